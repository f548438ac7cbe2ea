//! The commands, a file each, and what they share.

pub mod customer;
pub mod demo;
pub mod measure;
pub mod paint;
pub mod serve;
pub mod ship;

use local::{Options, StartError};

/// The scope that marks the merchant's backend, and everything that it may do.
pub const MERCHANT_SCOPES: &str = "merchant bindings:write bindings:read payments:write payments:read \
     refunds:write captures:write subscriptions:write subscriptions:read";
/// Everything a customer's app may do.
pub const CUSTOMER_SCOPES: &str =
    "bindings:write bindings:read payments:write payments:read subscriptions:read";
/// The customer of the demo and of the ready-made commands.
pub const CUSTOMER: &str = "cust-001";
/// The OTP that DOKU's sandbox takes.
pub const RIGHT_OTP: &str = "111000";

/// The shop, its app, and a developer's own machine: where `cargo local` and `cargo demo` let browsers go.
const OWN_SHOP: &str = "https://shop.example,shopapp:,http://127.0.0.1";

/// Lists where browsers may go, unless the command line does.
pub fn allow_own_shop(options: &mut Options) {
    let listed = options.parameters.entry("ReturnUrls".to_owned());
    listed.or_insert_with(|| OWN_SHOP.to_owned());
}

/// Something did not go as it should. The text is a sentence for whoever typed the command.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Surprise(String);

impl Surprise {
    /// A surprise with its sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl From<StartError> for Surprise {
    fn from(error: StartError) -> Self {
        Self(format!("error: {error}"))
    }
}

impl From<reqwest::Error> for Surprise {
    fn from(error: reqwest::Error) -> Self {
        Self(format!("a request failed on the way: {error}"))
    }
}
