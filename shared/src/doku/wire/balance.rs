//! Balance inquiry, service 11.
//!
//! Sources: DOKU's SDKs and SNAP (ASPI), "Balance inquiry"; for the archived paths DOKU's earlier
//! documentation, "Balance inquiry" (read 2026-11-20).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::lenient;
use super::token_place::TokenPlace;
use super::{ChannelOnly, Stated, Unreadable, compact, object};
use crate::domain::channel::{Channel, Dialect};
use crate::domain::money::StatedAmount;

/// Where it is sent.
pub fn path(channel: &Channel) -> String {
    channel.path("balance-inquiry")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    additional_info: ChannelOnly,
}

/// The body to send. Where the customer's token belongs into it, it leaves the place for it: see
/// [`super::with_token`].
pub fn request(channel: &'static Channel) -> Vec<u8> {
    match channel.dialect {
        Dialect::Acquirer => compact(&TokenPlace::EMPTY),
        Dialect::Core | Dialect::JumpApp | Dialect::Bri => compact(&Request {
            additional_info: ChannelOnly {
                channel: channel.code,
            },
        }),
    }
}

/// What one of the customer's accounts holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// `CASH`, `POINTS`, …, as received.
    pub kind: Option<String>,
    /// What can be paid out of it.
    pub amount: Option<StatedAmount>,
    /// What was there at the start of the day.
    pub flat: Option<StatedAmount>,
    /// What is set aside.
    pub held: Option<StatedAmount>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    account_infos: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    balance_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::member")]
    amount: Option<Stated>,
    #[serde(default, deserialize_with = "lenient::member")]
    flat_amount: Option<Stated>,
    #[serde(default, deserialize_with = "lenient::member")]
    hold_amount: Option<Stated>,
}

/// Reads a successful answer.
pub fn read(body: &[u8]) -> Result<Vec<Balance>, Unreadable> {
    let response: Response = object(body).ok_or(Unreadable)?;
    let balance = |raw: Box<RawValue>| {
        let info: Info = lenient::object(raw.get()).ok_or(Unreadable)?;
        Ok(Balance {
            kind: info.balance_type,
            amount: info.amount.map(StatedAmount::from),
            flat: info.flat_amount.map(StatedAmount::from),
            held: info.hold_amount.map(StatedAmount::from),
        })
    };
    response.account_infos.into_iter().map(balance).collect()
}

#[cfg(test)]
mod tests {
    use super::super::with_token;
    use super::*;
    use crate::domain::channel::{ALLO_ARCHIVED, OVO};

    #[test]
    fn the_documented_requests() {
        let text = |body| String::from_utf8(body).unwrap();
        assert_eq!(path(&OVO), "/direct-debit/core/v1/balance-inquiry");
        assert_eq!(
            text(request(&OVO)),
            r#"{"additionalInfo":{"channel":"EMONEY_OVO_SNAP"}}"#
        );
        assert_eq!(
            path(&ALLO_ARCHIVED),
            "/direct-debit/merchant/allo/v1.0/balance-inquiry"
        );
        let body = request(&ALLO_ARCHIVED);
        assert_eq!(
            text(with_token(&body, Some(&"TOKEN".into()))),
            r#"{"bankCardToken":"TOKEN"}"#
        );
    }

    #[test]
    fn the_documented_answer() {
        let balances = read(br#"{"responseCode":"2001100","accountInfos":[{"balanceType":"CASH","amount":{"value":"200000.00","currency":"IDR"},"flatAmount":{"value":"200000.00","currency":"IDR"},"holdAmount":{"value":"0.00","currency":"IDR"}},{"balanceType":"POINTS","amount":null}]}"#).unwrap();
        assert_eq!(balances.len(), 2);
        assert_eq!(balances[0].kind.as_deref(), Some("CASH"));
        assert_eq!(balances[0].amount.as_ref().unwrap().value, "200000.00");
        assert_eq!(balances[1].amount, None);
    }

    #[test]
    fn what_cannot_be_read_is_no_balance() {
        let table = [
            ("no accounts", r#"{"responseCode":"2001100"}"#),
            ("accounts that are none", r#"{"accountInfos":{}}"#),
            (
                "an account that is a list",
                r#"{"accountInfos":[["CASH"]]}"#,
            ),
            ("a list", r#"[[{"balanceType":"CASH"}]]"#),
            ("a page", "<html>"),
        ];
        for (why, body) in table {
            assert_eq!(read(body.as_bytes()), Err(Unreadable), "{why}");
        }
        let odd = br#"{"responseCode":2001100,"accountInfos":[{"balanceType":7,"amount":["1.00","IDR"],"holdAmount":{"value":5,"currency":"IDR"}}]}"#;
        let [balance] = &read(odd).unwrap()[..] else {
            panic!("one account");
        };
        assert_eq!(balance.kind.as_deref(), Some("7"));
        assert_eq!(balance.amount, None, "a list is no amount");
        assert_eq!(balance.held.as_ref().unwrap().value, "5");
    }
}
