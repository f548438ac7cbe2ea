//! How a wallet's payment is split, and who bears the fee.

use super::error::Rule;
use super::money::Rupiah;

/// One part of a payment (`payOptionDetails`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayOption {
    /// Out of what: one of the channel's words, such as `CASH`.
    pub method: String,
    /// How much of the payment.
    pub amount: Rupiah,
    /// The fee on it.
    pub fee: Rupiah,
}

impl PayOption {
    /// Reads the word for what it is paid out of; whether the channel knows it is the channel's
    /// business.
    pub fn method(raw: &str) -> Result<String, Rule> {
        if (1..=16).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_uppercase()) {
            Ok(raw.to_owned())
        } else {
            Err(Rule("must be 1 to 16 capital letters"))
        }
    }
}

/// Who bears the fee (`feeType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeeType {
    /// The merchant.
    Our,
    /// The customer.
    Ben,
    /// Both.
    Sha,
}

impl FeeType {
    /// DOKU's word, also ours.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Our => "OUR",
            Self::Ben => "BEN",
            Self::Sha => "SHA",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        [Self::Our, Self::Ben, Self::Sha]
            .into_iter()
            .find(|fee| fee.as_str() == raw)
            .ok_or(Rule("must be OUR, BEN or SHA"))
    }
}
