//! Balance inquiry, service 11.
//!
//! Source: DOKU's SDKs and SNAP (ASPI), "Balance inquiry" (read 2026-11-20).

use serde::Deserialize;

use super::super::lenient;
use super::{ChannelOnly, Stated, Unreadable, compact};
use crate::domain::channel::Channel;
use crate::domain::money::StatedAmount;

/// Where it is sent.
pub fn path(channel: &Channel) -> String {
    channel.path("balance-inquiry")
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    additional_info: ChannelOnly,
}

/// The body to send.
pub fn request(channel: &'static Channel) -> Vec<u8> {
    compact(&Request {
        additional_info: ChannelOnly {
            channel: channel.code,
        },
    })
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
    account_infos: Vec<Info>,
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
    let response: Response = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    let balance = |info: Info| Balance {
        kind: info.balance_type,
        amount: info.amount.map(StatedAmount::from),
        flat: info.flat_amount.map(StatedAmount::from),
        held: info.hold_amount.map(StatedAmount::from),
    };
    Ok(response.account_infos.into_iter().map(balance).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::OVO;

    #[test]
    fn the_documented_request_and_answer() {
        assert_eq!(
            String::from_utf8(request(&OVO)).unwrap(),
            r#"{"additionalInfo":{"channel":"EMONEY_OVO_SNAP"}}"#
        );
        let balances = read(br#"{"responseCode":"2001100","accountInfos":[{"balanceType":"CASH","amount":{"value":"200000.00","currency":"IDR"},"flatAmount":{"value":"200000.00","currency":"IDR"},"holdAmount":{"value":"0.00","currency":"IDR"}},{"balanceType":"POINTS","amount":null}]}"#).unwrap();
        assert_eq!(balances.len(), 2);
        assert_eq!(balances[0].kind.as_deref(), Some("CASH"));
        assert_eq!(balances[0].amount.as_ref().unwrap().value, "200000.00");
        assert_eq!(balances[1].amount, None);
        assert_eq!(read(br#"{"responseCode":"2001100"}"#), Err(Unreadable));
        assert_eq!(read(b"<html>"), Err(Unreadable));
    }
}
