//! One accepted payment.

use doku_shared::clock::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::declines::Decline;
use crate::channel::{Channel, Version};
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

/// Who confirms it with the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Confirmation {
    /// DOKU's page.
    #[serde(rename = "DH")]
    DokuHosted,
    /// The merchant, by OTP verification.
    #[serde(rename = "H2H")]
    HostToHost,
    /// Either of them.
    #[serde(rename = "EITHER")]
    Either,
    /// Nobody: it is charged at once.
    #[serde(rename = "NONE")]
    AtOnce,
}

/// What the merchant asked for. A repeat must be equal to it in every field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentOrder {
    /// The merchant's reference, its key.
    pub partner_reference_no: String,
    /// The channel.
    pub channel: &'static Channel,
    /// The customer of the token it came with; empty where there is none.
    pub cust_id: String,
    /// How much.
    pub amount: Amount,
    /// Text for the statement.
    pub remarks: String,
    /// Where the customer goes after paying.
    pub success_url: String,
    /// Where the customer goes after failing.
    pub failed_url: String,
    /// Who confirms it.
    pub confirmation: Confirmation,
    /// The body it came with, without tokens, which may be newer in a repeat.
    pub body: Value,
}

/// One payment.
#[derive(Debug, Clone)]
pub struct Payment {
    /// What was asked for.
    pub order: PaymentOrder,
    /// How things are done where it came in.
    pub version: &'static Version,
    /// The binding whose account pays; empty where there is none.
    pub auth_code: String,
    /// DOKU's reference.
    pub reference_no: String,
    /// Last part of the page's address.
    pub page_id: String,
    /// `X-EXTERNAL-ID` of every accepted call for it, the first one first.
    pub external_ids: Vec<String>,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Why the bank refused, if it did.
    pub declined: Option<Decline>,
    /// Wrong OTPs given.
    pub wrong_otps: u32,
    /// Whether the page has sent its OTP.
    pub otp_sent: bool,
    /// Sum of its refunds.
    pub refunded: Amount,
    /// After which moment it cannot be confirmed any more.
    pub valid_until: Option<Timestamp>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
}

impl PaymentOrder {
    /// `SALE`, or `RECURRING` for one of a series.
    pub fn kind(&self) -> &'static str {
        match self.body.pointer("/additionalInfo/paymentType") {
            Some(kind) if kind == "RECURRING" => "RECURRING",
            _ => "SALE",
        }
    }
}

impl Payment {
    /// Its key in the table of payments.
    pub fn key(&self) -> String {
        super::key(self.order.channel, &self.order.partner_reference_no)
    }

    /// Whose account pays. A wallet whose customer the merchant does not know has one account
    /// per channel, under the channel's code.
    pub fn account(&self) -> &str {
        if self.order.cust_id.is_empty() {
            self.order.channel.code
        } else {
            &self.order.cust_id
        }
    }

    /// Whether nobody had to confirm it and the bank refused: the answer to the call was its refusal.
    pub fn refused_at_once(&self) -> Option<Decline> {
        let at_once = self.order.confirmation == Confirmation::AtOnce;
        self.declined.filter(|_| at_once)
    }

    /// Whether it waits for a confirmation that comes too late at that moment.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == PaymentStatus::Initiated && self.valid_until.is_some_and(|until| now > until)
    }

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
