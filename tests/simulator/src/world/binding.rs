//! A customer's account linked to the merchant.

use serde::Serialize;

use crate::channel::{Channel, Page};

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

/// One binding, of an account or of a card.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Forty digits, its key. BRI's archived registration does not tell it to anybody.
    pub auth_code: String,
    /// DOKU's reference.
    pub reference_no: String,
    /// The channel.
    pub channel: &'static Channel,
    /// What its page asks for; none where there is no page.
    pub page: Option<Page>,
    /// The merchant's customer.
    pub cust_id: String,
    /// The customer's phone; shown masked only.
    pub phone: String,
    /// The card's last four digits, if it is one.
    pub card: Option<String>,
    /// What a payment by the card has to bring along, if that was told.
    pub charge_token: Option<String>,
    /// Where the customer goes after agreeing; empty where nobody said so.
    pub success_url: String,
    /// Where the customer goes after refusing, likewise.
    pub failed_url: String,
    /// Where it stands.
    pub status: BindingStatus,
    /// Wrong OTPs given for the binding itself. Where the bank counts those of its card, see
    /// [`super::card_otps`].
    pub wrong_otps: u32,
}
