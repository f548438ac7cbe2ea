//! A customer's account linked to the merchant.

use serde::Serialize;

use crate::channel::Channel;

/// Where a binding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BindingStatus {
    /// The customer has not finished the page.
    Pending,
    /// The customer agreed; the `authCode` can be exchanged.
    Active,
    /// The customer refused, or gave a wrong OTP too often.
    Declined,
    /// The merchant ended it.
    Unbound,
}

/// One binding.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Forty digits, its key.
    pub auth_code: String,
    /// DOKU's reference.
    pub reference_no: String,
    /// The channel.
    pub channel: &'static Channel,
    /// The merchant's customer.
    pub cust_id: String,
    /// The customer's phone; shown masked only.
    pub phone: String,
    /// Where the customer goes after agreeing.
    pub success_url: String,
    /// Where the customer goes after refusing.
    pub failed_url: String,
    /// Where it stands.
    pub status: BindingStatus,
    /// Wrong OTPs given on the page.
    pub wrong_otps: u32,
}
