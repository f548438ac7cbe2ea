//! The SNAP headers that every call carries.

use std::time::Duration;

use doku_shared::clock::Timestamp;

use crate::answer::Refusal;
use crate::call::Call;
use crate::channel::Header;

/// How far `X-TIMESTAMP` may be from DOKU's clock, either way. DOKU names no figure; assumed.
const TOLERANCE: Duration = Duration::from_mins(5);

/// `X-TIMESTAMP`, whole seconds and fresh; `utc`: ending in `Z`.
pub fn timestamp(call: &Call, utc: bool) -> Result<&str, Refusal> {
    let text = call.header("X-TIMESTAMP")?;
    let well_formed = has_whole_seconds(text) && (!utc || text.ends_with('Z'));
    let moment = Timestamp::parse_rfc3339(text)
        .filter(|_| well_formed)
        .ok_or_else(|| Refusal::format("X-TIMESTAMP"))?;
    let distance = moment.since(call.arrived).max(call.arrived.since(moment));
    if distance > TOLERANCE {
        return Err(Refusal::unauthorized(
            "X-TIMESTAMP is too far from DOKU's clock",
        ));
    }
    Ok(text)
}

/// `YYYY-MM-DDTHH:MM:SS` and then `Z` or `+HH:MM`.
fn has_whole_seconds(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|character| {
            if character.is_ascii_digit() {
                '0'
            } else {
                character
            }
        })
        .collect();
    matches!(
        shape.as_str(),
        "0000-00-00T00:00:00Z" | "0000-00-00T00:00:00+00:00" | "0000-00-00T00:00:00-00:00"
    )
}

/// `Content-Type: application/json`, with or without UTF-8 named.
pub fn content_type(call: &Call) -> Result<(), Refusal> {
    let value = call.header("Content-Type")?.to_ascii_lowercase();
    let (kind, rest) = value.split_once(';').unwrap_or((&value, ""));
    let utf8 = matches!(rest.trim(), "" | "charset=utf-8");
    if kind.trim() == "application/json" && utf8 {
        Ok(())
    } else {
        Err(Refusal::format("Content-Type"))
    }
}

/// `X-EXTERNAL-ID`: 1 to 36 digits.
pub fn external_id(call: &Call) -> Result<&str, Refusal> {
    let id = call.header("X-EXTERNAL-ID")?;
    if id.len() <= 36 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(id)
    } else {
        Err(Refusal::format("X-EXTERNAL-ID"))
    }
}

/// The form of headers that may be left out: `X-IP-ADDRESS` (IPv4 text of 10 to 15 characters)
/// and `X-DEVICE-ID` (at most 64, no symbols).
pub fn optional(call: &Call) -> Result<(), Refusal> {
    if let Some(address) = call.optional_header("X-IP-ADDRESS")?
        && (address.len() < 10 || address.parse::<std::net::Ipv4Addr>().is_err())
    {
        return Err(Refusal::format("X-IP-ADDRESS"));
    }
    if let Some(device) = call.optional_header("X-DEVICE-ID")?
        && (device.len() > 64 || !device.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    {
        return Err(Refusal::format("X-DEVICE-ID"));
    }
    Ok(())
}

/// The headers that an operation of a channel asks for; their form is checked by [`optional`].
/// `demands`: also those that only some of DOKU's libraries demand.
pub fn of_channel(call: &Call, headers: &[Header], demands: bool) -> Result<(), Refusal> {
    for header in headers {
        match header {
            Header::DemandedIpAddress | Header::DemandedDeviceId if !demands => {}
            Header::DemandedIpAddress => call.header("X-IP-ADDRESS").map(|_| ())?,
            Header::DemandedDeviceId => call.header("X-DEVICE-ID").map(|_| ())?,
            Header::IpAddress => call.header("X-IP-ADDRESS").map(|_| ())?,
            Header::DeviceId => call.header("X-DEVICE-ID").map(|_| ())?,
            Header::CardChannelId => {
                if call.header("CHANNEL-ID")? != "DH" {
                    return Err(Refusal::format("CHANNEL-ID"));
                }
            }
            Header::ChannelId(allowed) => {
                let given = call.optional_header("X-CHANNEL-ID")?;
                if given.is_some_and(|given| !allowed.contains(&given)) {
                    return Err(Refusal::format("X-CHANNEL-ID"));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn call(headers: &[(&'static str, &'static str)]) -> Call {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_static(value),
            );
        }
        let now = Timestamp::parse_rfc3339("2026-11-20T01:15:30Z").unwrap();
        Call::new("/".to_owned(), map, Vec::new(), now)
    }

    #[test]
    fn timestamps() {
        const ANY: bool = false;
        const UTC: bool = true;
        let table = [
            ("now", ANY, "2026-11-20T01:15:30Z", None),
            ("with an offset", ANY, "2026-11-20T08:15:30+07:00", None),
            (
                "an offset on a token",
                UTC,
                "2026-11-20T08:15:30+07:00",
                Some("01"),
            ),
            ("milliseconds", ANY, "2026-11-20T01:15:30.000Z", Some("01")),
            ("no zone", ANY, "2026-11-20T01:15:30", Some("01")),
            ("no such day", ANY, "2026-11-31T01:15:30Z", Some("01")),
            ("the last second", ANY, "2026-11-20T01:10:30Z", None),
            ("one second older", ANY, "2026-11-20T01:10:29Z", Some("00")),
            ("the last second ahead", ANY, "2026-11-20T01:20:30Z", None),
            (
                "one second further",
                ANY,
                "2026-11-20T01:20:31Z",
                Some("00"),
            ),
        ];
        for (why, utc, text, case) in table {
            let outcome = timestamp(&call(&[("x-timestamp", text)]), utc).map(|_| ());
            assert_eq!(outcome.err().map(|refusal| refusal.case), case, "{why}");
        }
    }

    #[test]
    fn other_headers() {
        assert!(external_id(&call(&[("x-external-id", "123")])).is_ok());
        assert!(external_id(&call(&[("x-external-id", "12a")])).is_err());
        assert!(external_id(&call(&[("x-external-id", "1"), ("x-external-id", "2")])).is_err());
        assert!(
            content_type(&call(&[(
                "content-type",
                "application/json; charset=UTF-8"
            )]))
            .is_ok()
        );
        assert!(content_type(&call(&[("content-type", "text/plain")])).is_err());
        assert!(optional(&call(&[("x-ip-address", "8.8.8.8")])).is_err());
        assert!(optional(&call(&[("x-ip-address", "192.0.2.10")])).is_ok());
        assert!(optional(&call(&[("x-device-id", "a-b")])).is_err());
    }
}
