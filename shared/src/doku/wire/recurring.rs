//! Recurring charges by a token of BRI's, in DOKU's own protocol.
//!
//! Sources: DOKU's earlier documentation, "BRI direct debit recurring" and "Get token list", and DOKU's
//! new reference (read 2026-11-20). The table of the first calls the token `card_token`, its sample and
//! the new reference `token_id`: the sample is followed. That the list's answer is spelt like that of
//! saved cards is assumed.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::super::lenient;
use super::compact;
use crate::domain::card::Item;
use crate::domain::ids::{CustomerId, Reference};
use crate::domain::money::Rupiah;

/// Where a charge is sent.
pub const PATH: &str = "/direct-debit/v1/payment-recurring";
/// Where a customer's tokens are asked for.
pub const TOKENS_PATH: &str = "/direct-debit/v1/tokens";

/// What a charge asks for.
pub struct RecurringOrder<'a> {
    /// Whose token it is.
    pub customer: &'a CustomerId,
    /// Our name for the charge.
    pub reference: &'a Reference,
    /// How much.
    pub amount: Rupiah,
    /// What is bought; adds up to the amount, if there is anything.
    pub items: &'a [Item],
    /// What is charged.
    pub token: &'a SecretString,
}

#[derive(Serialize)]
struct Request<'a> {
    customer: Customer<'a>,
    order: Order<'a>,
    payment: Payment<'a>,
}

#[derive(Serialize)]
struct Customer<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct Order<'a> {
    amount: u64,
    invoice_number: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    line_items: Vec<LineItem<'a>>,
}

#[derive(Serialize)]
struct LineItem<'a> {
    name: &'a str,
    price: u64,
    quantity: u32,
}

#[derive(Serialize)]
struct Payment<'a> {
    token_id: &'a str,
}

/// The body of a charge.
pub fn request(order: &RecurringOrder<'_>) -> Vec<u8> {
    let lines = order.items.iter().map(|item| LineItem {
        name: &item.name,
        price: item.price.whole(),
        quantity: item.quantity,
    });
    compact(&Request {
        customer: Customer {
            id: order.customer.as_str(),
        },
        order: Order {
            amount: order.amount.whole(),
            invoice_number: order.reference.as_str(),
            line_items: lines.collect(),
        },
        payment: Payment {
            token_id: order.token.expose_secret(),
        },
    })
}

/// What a successful answer to a charge may hold. It is not final, whatever its status says: DOKU tells
/// of the end by notification and check status.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The charge that it is about.
    pub invoice: Option<String>,
    /// DOKU's id.
    pub payment_id: Option<String>,
}

#[derive(Default, Deserialize)]
struct Response {
    #[serde(default, deserialize_with = "lenient::member")]
    order: Option<ResponseOrder>,
    #[serde(default, deserialize_with = "lenient::member")]
    payment: Option<ResponsePayment>,
}

#[derive(Deserialize)]
struct ResponseOrder {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    invoice_number: Option<String>,
}

#[derive(Deserialize)]
struct ResponsePayment {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    payment_id: Option<String>,
}

/// Reads a successful answer. Nothing in it is needed to know that the charge was taken.
pub fn read(body: &[u8]) -> Taken {
    let response: Response = super::object(body).unwrap_or_default();
    Taken {
        invoice: response.order.and_then(|order| order.invoice_number),
        payment_id: response.payment.and_then(|payment| payment.payment_id),
    }
}

#[derive(Serialize)]
struct TokensRequest<'a> {
    customer: Customer<'a>,
}

/// The body that asks for a customer's tokens.
pub fn tokens_request(customer: &CustomerId) -> Vec<u8> {
    compact(&TokensRequest {
        customer: Customer {
            id: customer.as_str(),
        },
    })
}

#[derive(Deserialize)]
struct TokensResponse {
    tokens: Vec<Token>,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    token_id: Option<String>,
}

/// Whether a customer's list holds this token; `None` when the answer cannot be read.
pub fn lists(body: &[u8], token: &SecretString) -> Option<bool> {
    let response: TokensResponse = super::object(body)?;
    let mut ids = response
        .tokens
        .iter()
        .flat_map(|token| [&token.id, &token.token_id])
        .flatten();
    Some(ids.any(|id| id == token.expose_secret()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_request() {
        let items = [Item {
            name: "Plan".to_owned(),
            price: Rupiah::new(90_000),
            quantity: 1,
        }];
        let body = request(&RecurringOrder {
            customer: &CustomerId::parse("cust-001").unwrap(),
            reference: &Reference::parse("INV-20261120-0002").unwrap(),
            amount: Rupiah::new(90_000),
            items: &items,
            token: &"<token>".into(),
        });
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"customer":{"id":"cust-001"},"order":{"amount":90000,"invoice_number":"INV-20261120-0002","line_items":[{"name":"Plan","price":90000,"quantity":1}]},"payment":{"token_id":"<token>"}}"#
        );
    }

    #[test]
    fn answers() {
        let whole = br#"{"order":{"invoice_number":"INV-1","amount":90000},"payment":{"payment_id":12,"token":"t","status":"PENDING"}}"#;
        let wanted = Taken {
            invoice: Some("INV-1".to_owned()),
            payment_id: Some("12".to_owned()),
        };
        assert_eq!(read(whole), wanted);
        for odd in ["{}", "[]", "<html>", r#"{"order":[],"payment":"x"}"#] {
            assert_eq!(read(odd.as_bytes()), Taken::default(), "{odd}");
        }
    }

    #[test]
    fn a_token_is_looked_up_in_its_customers_list() {
        let token = SecretString::from("tok-1");
        let table = [
            (
                "there",
                r#"{"customer":{"id":"c"},"tokens":[{"id":"tok-2"},{"id":"tok-1"}]}"#,
                Some(true),
            ),
            (
                "by its other name",
                r#"{"tokens":[{"token_id":"tok-1"}]}"#,
                Some(true),
            ),
            ("another's", r#"{"tokens":[{"id":"tok-2"}]}"#, Some(false)),
            ("none", r#"{"tokens":[]}"#, Some(false)),
            ("no list", "{}", None),
            ("a page", "<html>", None),
        ];
        for (why, body, wanted) in table {
            assert_eq!(lists(body.as_bytes(), &token), wanted, "{why}");
        }
    }
}
