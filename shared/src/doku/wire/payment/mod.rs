//! Direct-debit payment, service 54.
//!
//! Sources: see the file of each spelling.

mod acquirer;
mod bri;
mod core;
mod jump_app;
#[cfg(test)]
mod sample;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::super::lenient;
use super::Amount;
use crate::clock::Timestamp;
use crate::domain::card::Item;
use crate::domain::channel::{Channel, Confirmation, Dialect};
use crate::domain::ids::Reference;
use crate::domain::money::Rupiah;
use crate::domain::pay_option::{FeeType, PayOption};
use crate::domain::wallet::StartingPoint;

/// Where it is sent.
pub fn path(channel: &Channel) -> String {
    channel.path("debit/payment-host-to-host")
}

/// What a payment asks for.
pub struct PaymentOrder<'a> {
    /// The product.
    pub channel: &'static Channel,
    /// DOKU's name for the merchant, which is the client id.
    pub merchant: &'a str,
    /// Our name for it.
    pub reference: &'a Reference,
    /// How much.
    pub amount: Rupiah,
    /// What it is paid out of; empty where the channel is not asked.
    pub pay_options: &'a [PayOption],
    /// Who bears the fee.
    pub fee_type: Option<FeeType>,
    /// What is bought; empty where the channel is not told.
    pub items: &'a [Item],
    /// What the statement says, within the channel's length.
    pub remarks: &'a str,
    /// What goes with the card.
    pub charge_token: Option<&'a SecretString>,
    /// How the customer confirms.
    pub confirmation: Confirmation,
    /// Where the customer goes afterwards.
    pub way_back: WayBack<'a>,
    /// Whether it says that nobody is asked because it is one of many.
    pub is_recurring: bool,
}

/// Where the customer goes after DOKU's page.
pub enum WayBack<'a> {
    /// By what became of it.
    Urls {
        /// When the customer agreed.
        success: &'a str,
        /// Otherwise.
        failed: &'a str,
    },
    /// From the wallet's app.
    Jump(Jump<'a>),
}

/// The way to the wallet's app and back.
pub struct Jump<'a> {
    /// Where to.
    pub url: &'a str,
    /// Whether it opens an app.
    pub is_deep_link: bool,
    /// Where the customer starts.
    pub from: Option<StartingPoint>,
    /// Until when it can be paid.
    pub valid_until: Option<Timestamp>,
    /// Whether the checkout's address may be opened as a deep link.
    pub deep_link_checkout: bool,
    /// A text for the wallet.
    pub metadata: Option<&'a str>,
}

impl<'a> WayBack<'a> {
    /// Where to when the customer agreed, and where to otherwise.
    const fn urls(&self) -> (&'a str, &'a str) {
        match self {
            Self::Urls { success, failed } => (success, failed),
            Self::Jump(jump) => (jump.url, jump.url),
        }
    }
}

/// The body to send. Where the customer's token belongs into it, it leaves the place for it: see
/// [`super::with_token`].
pub fn request(order: &PaymentOrder<'_>) -> Vec<u8> {
    match order.channel.dialect {
        Dialect::Core => core::request(order),
        Dialect::JumpApp => jump_app::request(order),
        Dialect::Acquirer => acquirer::request(order),
        Dialect::Bri => bri::request(order),
    }
}

impl<'a> PaymentOrder<'a> {
    /// What the statement says, where it says something.
    fn remarks(&self) -> Option<&'a str> {
        (self.channel.remarks_max > 0 && !self.remarks.is_empty()).then_some(self.remarks)
    }

    fn pay_option_details(&self) -> Vec<PayOptionDetail<'a>> {
        self.pay_options.iter().map(PayOptionDetail::from).collect()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PayOptionDetail<'a> {
    pay_method: &'a str,
    trans_amount: Amount,
    fee_amount: Amount,
}

impl<'a> From<&'a PayOption> for PayOptionDetail<'a> {
    fn from(option: &'a PayOption) -> Self {
        Self {
            pay_method: &option.method,
            trans_amount: option.amount.into(),
            fee_amount: option.fee.into(),
        }
    }
}

/// What a successful answer may hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// DOKU's page for the customer.
    pub redirect_url: Option<String>,
    /// DOKU's id.
    pub reference_no: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    web_redirect_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    reference_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::member")]
    additional_info: Option<ResponseInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseInfo {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    web_redirect_url: Option<String>,
}

/// Reads a successful answer. Nothing in it is needed to know that the payment was taken.
pub fn read(body: &[u8]) -> Taken {
    let response: Response = super::object(body).unwrap_or_default();
    Taken {
        redirect_url: response
            .web_redirect_url
            .or_else(|| response.additional_info?.web_redirect_url),
        reference_no: response.reference_no,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let table = [
            (
                "the documented one",
                r#"{"responseCode":"2005400","responseMessage":"Successful","partnerReferenceNo":"INV-0001","referenceNo":"DK1","webRedirectUrl":"https://sandbox.doku.com/x"}"#,
                Some("https://sandbox.doku.com/x"),
                Some("DK1"),
            ),
            (
                "numbers",
                r#"{"responseCode":2015400,"referenceNo":2238261120001534401107183161486001168389}"#,
                None,
                Some("2238261120001534401107183161486001168389"),
            ),
            (
                "the page inside",
                r#"{"referenceNo":"DK1","additionalInfo":{"webRedirectUrl":"https://sandbox.doku.com/y"}}"#,
                Some("https://sandbox.doku.com/y"),
                Some("DK1"),
            ),
            (
                "BRI's archived one",
                r#"{"responseCode":"2005400","referenceNo":"DK1","additionalInfo":{"merchantTrxId":"INV-0001","transactionStatus":"PENDING","transactionStatusMessage":"m"}}"#,
                None,
                Some("DK1"),
            ),
            (
                "something odd beside it",
                r#"{"referenceNo":"DK1","webRedirectUrl":{},"additionalInfo":["https://x"]}"#,
                None,
                Some("DK1"),
            ),
            ("nothing", "{}", None, None),
            ("a list", r#"["https://x","DK1"]"#, None, None),
            ("a page", "<html>", None, None),
        ];
        for (why, body, url, reference_no) in table {
            let taken = read(body.as_bytes());
            assert_eq!(taken.redirect_url.as_deref(), url, "{why}");
            assert_eq!(taken.reference_no.as_deref(), reference_no, "{why}");
        }
    }

    #[test]
    fn every_payment_has_the_same_tail_behind_the_prefix_of_its_channel() {
        use crate::domain::channel::{ALLO_ARCHIVED, BRI_ARCHIVED, CIMB};
        let table = [
            (&CIMB, "/direct-debit/core/v1/debit/payment-host-to-host"),
            (
                &ALLO_ARCHIVED,
                "/direct-debit/merchant/allo/v1.0/debit/payment-host-to-host",
            ),
            (
                &BRI_ARCHIVED,
                "/wtd-direct-debit-snap-bri/snap/v1.0/debit/payment-host-to-host",
            ),
        ];
        for (channel, wanted) in table {
            assert_eq!(path(channel), wanted);
        }
    }
}
