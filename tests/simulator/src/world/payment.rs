//! One accepted payment.

use doku_shared::clock::Timestamp;
use serde::Serialize;

use crate::channel::Channel;
use crate::money::Amount;

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentStatus {
    /// Accepted, not paid.
    Initiated,
    /// The account was debited.
    Paid,
    /// It will not be paid any more.
    Failed,
}

/// Who asks the customer for the OTP (`X-CHANNEL-ID`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Confirmation {
    /// DOKU's page.
    #[serde(rename = "DH")]
    DokuHosted,
    /// The merchant, by OTP verification.
    #[serde(rename = "H2H")]
    HostToHost,
}

/// What the merchant asked for. A repeat must be equal to it in every field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentOrder {
    /// The merchant's reference, its key.
    pub partner_reference_no: String,
    /// The channel.
    pub channel: &'static Channel,
    /// The customer of the token it came with.
    pub cust_id: String,
    /// How much.
    pub amount: Amount,
    /// Text for the statement.
    pub remarks: String,
    /// Where the customer goes after paying.
    pub success_url: String,
    /// Where the customer goes after failing.
    pub failed_url: String,
    /// Who asks for the OTP.
    pub confirmation: Confirmation,
}

/// One payment.
#[derive(Debug, Clone)]
pub struct Payment {
    /// What was asked for.
    pub order: PaymentOrder,
    /// The binding whose account pays.
    pub auth_code: String,
    /// DOKU's reference.
    pub reference_no: String,
    /// Last part of the page's address.
    pub page_id: String,
    /// `X-EXTERNAL-ID` of every accepted call for it, the first one first.
    pub external_ids: Vec<String>,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Wrong OTPs given.
    pub wrong_otps: u32,
    /// Whether the page has sent its OTP.
    pub otp_sent: bool,
    /// Sum of its refunds.
    pub refunded: Amount,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
}

impl Payment {
    /// `X-EXTERNAL-ID` of the first call.
    pub fn external_id(&self) -> &str {
        self.external_ids.first().map_or("", String::as_str)
    }

    /// `latestTransactionStatus` and its description.
    pub fn latest_status(&self) -> (&'static str, &'static str) {
        let waits_for_otp = self.otp_sent || self.order.confirmation == Confirmation::HostToHost;
        match self.status {
            PaymentStatus::Paid if self.refunded > Amount::ZERO => ("04", "Refunded"),
            PaymentStatus::Paid => ("00", "Success"),
            PaymentStatus::Failed => ("06", "Failed"),
            PaymentStatus::Initiated if waits_for_otp => ("03", "Pending"),
            PaymentStatus::Initiated => ("01", "Initiated"),
        }
    }
}
