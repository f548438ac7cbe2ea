//! The place for the customer's token in a body that is frozen before it is sent.
//!
//! A repeat sends the very body of the first attempt, but by then the token may be another one. So
//! the body is stored with an empty token, and each attempt fills in the one that is good now.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// An empty token, as [`super::compact`] writes it.
const PLACE: &[u8] = br#""bankCardToken":"""#;

/// The member that keeps the place.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenPlace {
    bank_card_token: &'static str,
}

impl TokenPlace {
    pub(super) const EMPTY: Self = Self {
        bank_card_token: "",
    };
}

/// Puts the customer's token where a frozen body left the place for it. A body without a place, or
/// no token, leaves the body as it is.
///
/// What the merchant wrote cannot pass for the place: inside JSON text every quote follows a backslash,
/// so these bytes are only ever a member of an object.
pub fn with_token(body: &[u8], token: Option<&SecretString>) -> Vec<u8> {
    let place = body.windows(PLACE.len()).position(|bytes| bytes == PLACE);
    let (Some(start), Some(token)) = (place, token) else {
        return body.to_vec();
    };
    // Between the two quotes; the token brings its own.
    let (before, after) = body.split_at(start + PLACE.len() - 2);
    [before, &super::compact(&token.expose_secret()), &after[2..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn what_becomes_of_a_body() {
        let token = SecretString::from(r#"to"k\en"#);
        let some = Some(&token);
        let table = [
            (
                "at the top",
                r#"{"a":"1","bankCardToken":"","b":{}}"#,
                some,
                r#"{"a":"1","bankCardToken":"to\"k\\en","b":{}}"#,
            ),
            (
                "inside",
                r#"{"additionalInfo":{"bankCardToken":""}}"#,
                some,
                r#"{"additionalInfo":{"bankCardToken":"to\"k\\en"}}"#,
            ),
            ("no place", r#"{"amount":"1"}"#, some, r#"{"amount":"1"}"#),
            (
                "no token",
                r#"{"bankCardToken":""}"#,
                None,
                r#"{"bankCardToken":""}"#,
            ),
            (
                "a token already",
                r#"{"bankCardToken":"x"}"#,
                some,
                r#"{"bankCardToken":"x"}"#,
            ),
            (
                "a remark that looks like a place",
                r#"{"remarks":"\"bankCardToken\":\"\""}"#,
                some,
                r#"{"remarks":"\"bankCardToken\":\"\""}"#,
            ),
            ("nothing", "", some, ""),
        ];
        for (why, body, token, wanted) in table {
            let filled = with_token(body.as_bytes(), token);
            assert_eq!(String::from_utf8(filled).unwrap(), wanted, "{why}");
        }
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            r#"["\\:,{}a]*"bankCardToken":""["\\:,{}a]*"#,
            r#"["\\]{0,3}bankCardToken["\\]{0,3}:["\\]{0,4}"#,
        ]
    }

    proptest! {
        #[test]
        fn any_token_arrives_whole_whatever_the_remarks_say(remarks in text(), token in text()) {
            #[derive(Serialize)]
            struct Body<'a> {
                remarks: &'a str,
                #[serde(flatten)]
                place: TokenPlace,
                last: &'a str,
            }
            let body = super::super::compact(&Body {
                remarks: &remarks,
                place: TokenPlace::EMPTY,
                last: &remarks,
            });
            let filled = with_token(&body, Some(&token.clone().into()));
            let read: Value = serde_json::from_slice(&filled).unwrap();
            prop_assert_eq!(
                read,
                json!({"remarks": remarks, "bankCardToken": token, "last": remarks})
            );
        }

        #[test]
        fn no_text_is_taken_for_a_place(remarks in text()) {
            let body = super::super::compact(&json!({"remarks": remarks}));
            prop_assert_eq!(with_token(&body, Some(&"token".into())), body);
        }
    }
}
