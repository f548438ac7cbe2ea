//! The cards that DOKU keeps for a customer: listing and deleting them.
//!
//! Sources: DOKU developers, "Cards: tokenization" and, for the older deletion, "Cards: payment page
//! integration guide" (read 2026-11-20).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::super::lenient;
use super::super::{Unreadable, compact};
use crate::domain::card::{CardTokenId, SavedCard, TokenDeletion, masked};
use crate::domain::contact::PersonName;
use crate::domain::ids::CustomerId;

/// Where the list is asked for.
pub const LIST_PATH: &str = "/tokenization/v2/get-token";

/// Where a deletion is sent.
pub const fn deletion_path(which: TokenDeletion) -> &'static str {
    match which {
        TokenDeletion::V2 => "/tokenization/v2/delete-token",
        TokenDeletion::CreditCard => "/credit-card/delete-tokenization",
    }
}

#[derive(Serialize)]
struct Named<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct ListRequest<'a> {
    customer: Named<'a>,
    channel: Named<'a>,
}

/// The body that asks for a customer's cards.
pub fn list_request(customer: &CustomerId) -> Vec<u8> {
    compact(&ListRequest {
        customer: Named {
            id: customer.as_str(),
        },
        channel: Named { id: "CREDIT_CARD" },
    })
}

#[derive(Deserialize)]
struct List {
    #[serde(default, deserialize_with = "lenient::member")]
    customer: Option<Owner>,
    #[serde(default)]
    tokens: Option<Vec<Box<RawValue>>>,
}

#[derive(Deserialize)]
struct Owner {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Token {
    #[serde(deserialize_with = "lenient::optional_text")]
    id: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    status: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    masked_account: Option<String>,
    #[serde(deserialize_with = "lenient::member")]
    card: Option<Card>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Card {
    #[serde(deserialize_with = "lenient::optional_text")]
    cardholder_name: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    expiry: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    brand: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    issuer: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    country: Option<String>,
}

/// Reads the cards of `customer`. Cards that were deleted, and such as could not be named again, are
/// left out. An answer about another customer is as unreadable as one that names neither a customer
/// nor cards.
pub fn read_list(body: &[u8], customer: &CustomerId) -> Result<Vec<SavedCard>, Unreadable> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Unreadable);
    }
    let list: List = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    let owner = list.customer.and_then(|owner| owner.id);
    if owner.as_deref().is_some_and(|id| id != customer.as_str()) {
        return Err(Unreadable);
    }
    if list.tokens.is_none() && owner.is_none() {
        return Err(Unreadable);
    }
    let tokens = list.tokens.unwrap_or_default().into_iter();
    let read = |raw: Box<RawValue>| saved(lenient::object(raw.get())?);
    Ok(tokens.filter_map(read).collect())
}

fn saved(token: Token) -> Option<SavedCard> {
    if token.status.as_deref() == Some("INACTIVE") {
        return None;
    }
    let card = token.card.unwrap_or_default();
    Some(SavedCard {
        token: CardTokenId::parse(&token.id?).ok()?,
        masked: token.masked_account.as_deref().and_then(masked),
        brand: card.brand,
        issuer: card.issuer,
        cardholder_name: card
            .cardholder_name
            .and_then(|name| PersonName::parse(&name).ok()),
        expiry: card.expiry,
        country: card.country,
    })
}

#[derive(Serialize)]
struct V2Deletion<'a> {
    token: Named<'a>,
}

#[derive(Serialize)]
struct OldDeletion<'a> {
    token_id: &'a str,
    customer_id: &'a str,
}

/// The body that deletes a card.
pub fn deletion_request(
    which: TokenDeletion,
    customer: &CustomerId,
    token: &CardTokenId,
) -> Vec<u8> {
    match which {
        TokenDeletion::V2 => compact(&V2Deletion {
            token: Named { id: token.expose() },
        }),
        TokenDeletion::CreditCard => compact(&OldDeletion {
            token_id: token.expose(),
            customer_id: customer.as_str(),
        }),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Deleted {
    #[serde(deserialize_with = "lenient::optional_text")]
    status: Option<String>,
    token: Option<DeletedToken>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DeletedToken {
    #[serde(deserialize_with = "lenient::optional_text")]
    status: Option<String>,
}

/// True when an answer says that the card is deleted: a 200 may carry a failure.
pub fn read_deleted(which: TokenDeletion, body: &[u8]) -> bool {
    let deleted: Deleted = serde_json::from_slice(body).unwrap_or_default();
    match which {
        TokenDeletion::V2 => {
            let token = deleted.token.and_then(|token| token.status);
            token.as_deref() == Some("INACTIVE")
        }
        TokenDeletion::CreditCard => deleted.status.as_deref() == Some("DELETE SUCCESS"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(body: Vec<u8>) -> String {
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn the_documented_requests() {
        let customer = CustomerId::parse("cust-001").unwrap();
        let token = CardTokenId::parse("1614dc147e404f41f6d2de877fda1f94").unwrap();
        assert_eq!(
            text(list_request(&customer)),
            r#"{"customer":{"id":"cust-001"},"channel":{"id":"CREDIT_CARD"}}"#
        );
        assert_eq!(
            text(deletion_request(TokenDeletion::V2, &customer, &token)),
            r#"{"token":{"id":"1614dc147e404f41f6d2de877fda1f94"}}"#
        );
        assert_eq!(
            text(deletion_request(
                TokenDeletion::CreditCard,
                &customer,
                &token
            )),
            r#"{"token_id":"1614dc147e404f41f6d2de877fda1f94","customer_id":"cust-001"}"#
        );
    }

    #[test]
    fn lists() {
        let customer = CustomerId::parse("cust-001").unwrap();
        let cards = read_list(br#"{"customer":{"id":"cust-001"},"tokens":[{"id":"t1","masked_account":"411111******1111","card":{"cardholder_name":"SITI AMINAH","expiry":1227,"brand":"VISA","issuer":"BANK","country":"ID","bin":"411111"}},{"id":"t2","status":"INACTIVE"},{"masked_account":"x"},{"id":"a b"},null,[1]]}"#, &customer).unwrap();
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[0].token.expose(), "t1");
        assert_eq!(cards[0].expiry.as_deref(), Some("1227"));
        let none = br#"{"customer":{"id":"cust-001"},"tokens":null}"#;
        assert_eq!(read_list(none, &customer).unwrap(), []);
        for unreadable in [
            "<html>",
            "[[]]",
            r#"{"error":{"code":"X"}}"#,
            r#"{"customer":{"id":"cust-002"},"tokens":[]}"#,
        ] {
            let read = read_list(unreadable.as_bytes(), &customer);
            assert!(read.is_err(), "{unreadable}");
        }
    }

    #[test]
    fn a_200_may_carry_a_failure() {
        use TokenDeletion::{CreditCard, V2};
        let table = [
            (V2, r#"{"token":{"id":"t","status":"INACTIVE"}}"#, true),
            (V2, r#"{"token":{"id":"t","status":"ACTIVE"}}"#, false),
            (V2, r#"{"status":"DELETE SUCCESS"}"#, false),
            (CreditCard, r#"{"status":"DELETE SUCCESS"}"#, true),
            (CreditCard, r#"{"status":"DELETE FAILED"}"#, false),
            (V2, "<html>", false),
        ];
        for (which, body, wanted) in table {
            assert_eq!(read_deleted(which, body.as_bytes()), wanted, "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_list(&body, &CustomerId::parse("c").unwrap());
            let _ = read_deleted(TokenDeletion::V2, &body);
        }
    }
}
