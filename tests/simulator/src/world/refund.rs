//! One refund.

use doku_shared::clock::Timestamp;

use crate::channel::Channel;
use crate::money::Amount;

/// A refund that was carried out.
#[derive(Debug, Clone)]
pub struct Refund {
    /// The merchant's reference, its key. Empty where DOKU's staff made the refund: then its key is DOKU's
    /// reference.
    pub partner_refund_no: String,
    /// The channel.
    pub channel: &'static Channel,
    /// The payment it belongs to.
    pub partner_reference_no: String,
    /// DOKU's reference.
    pub doku_refund_no: String,
    /// How much went back.
    pub amount: Amount,
    /// Why, in the merchant's words.
    pub reason: Option<String>,
    /// How many equal calls were answered with it.
    pub attempts: u32,
    /// When.
    pub at: Timestamp,
}
