//! One file per API of DOKU's: its spelling on the wire, and the one conversion from and to the
//! domain.

pub mod balance;
pub mod binding;
pub mod card;
pub mod notification;
pub mod otp;
pub mod payment;
pub mod recurring;
pub mod refund;
pub mod refund_history;
pub mod status;
pub mod unbinding;
pub mod unread;

mod item;
mod token_place;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::lenient::{self, Text};
use crate::domain::money::{Rupiah, StatedAmount};

pub use token_place::with_token;

/// Bytes that cannot be read as what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body cannot be read")]
pub struct Unreadable;

/// An amount that we send.
#[derive(Serialize)]
struct Amount {
    value: String,
    currency: &'static str,
}

impl From<Rupiah> for Amount {
    fn from(amount: Rupiah) -> Self {
        Self {
            value: amount.to_snap(),
            currency: "IDR",
        }
    }
}

/// An amount that DOKU states.
#[derive(Deserialize, Serialize)]
struct Stated {
    value: Text,
    currency: String,
}

/// Reads an amount: an object of value and currency, or the value alone. Without a currency it is in rupiah, which
/// is all that SNAP pays in here. Anything else counts as absent.
fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Stated>, D::Error> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Parts {
        #[serde(deserialize_with = "lenient::optional_text")]
        value: Option<String>,
        #[serde(deserialize_with = "lenient::optional_text")]
        currency: Option<String>,
    }
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    Ok(raw.and_then(|raw| {
        let flat = serde_json::from_str::<Text>(raw.get()).ok();
        let parts = lenient::object::<Parts>(raw.get());
        let (value, currency) = match (flat, parts) {
            (Some(text), _) => (text.0, None),
            (None, Some(parts)) => (parts.value?, parts.currency),
            (None, None) => return None,
        };
        (!value.is_empty()).then(|| Stated {
            value: Text(value),
            currency: currency.unwrap_or_else(|| "IDR".to_owned()),
        })
    }))
}

impl From<Stated> for StatedAmount {
    fn from(stated: Stated) -> Self {
        Self {
            value: stated.value.0,
            currency: stated.currency,
        }
    }
}

/// The member that every request carries at least.
#[derive(Serialize)]
struct ChannelOnly {
    channel: &'static str,
}

/// Compact JSON with its keys in the order of the struct: what is signed and sent.
///
/// Cannot fail for the structs of this module, which hold only text.
fn compact<T: Serialize>(request: &T) -> Vec<u8> {
    serde_json::to_vec(request).unwrap_or_default()
}

/// Reads an answer that is an object. `None` for anything else, also for a list, which serde would
/// read as the members in their order.
///
/// A byte order mark in front of it is skipped, as RFC 8259 allows.
pub(crate) fn object<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(body).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    lenient::object(text.trim_ascii_start())
}
