//! One transaction in DOKU's words, for notifications and for check status alike.

use doku_shared::clock::Timestamp;
use serde_json::{Value, json};

use crate::random;
use crate::world::World;
use crate::world::cards::charge::Charge;
use crate::world::cards::page::{Choice, Page, PaymentType};
use crate::world::outbox::{Notice, OrderNotice, Subject};
use crate::world::settings::AuthorizeIdPosition;

/// What happened, to which page, and with which card.
pub struct Transaction<'a> {
    /// The page it belongs to.
    pub page: &'a Page,
    /// `transaction.status`.
    pub status: &'a str,
    /// `transaction.type`.
    pub kind: &'a str,
    /// Whole rupiah.
    pub amount: u64,
    /// When.
    pub at: Timestamp,
    /// `Request-Id` of the call it is the outcome of.
    pub request_id: &'a str,
    /// With what card; none before the customer chose one.
    pub choice: Option<&'a Choice>,
    /// `response_code` and `response_message` of the bank.
    pub decision: Option<(&'a str, &'a str)>,
    /// The bank's.
    pub approval_code: Option<&'a str>,
    /// Of an authorisation.
    pub authorize_id: Option<&'a str>,
    /// Of 3-D Secure.
    pub authentication_id: Option<&'a str>,
    /// Rupiah given back.
    pub refunded: Option<u64>,
}

const APPROVED: (&str, &str) = ("00", "APPROVED");

impl<'a> Transaction<'a> {
    /// Something that has not come as far as a bank.
    pub fn of_page(page: &'a Page, status: &'a str) -> Self {
        Self {
            page,
            status,
            kind: page.order.kind.map_or("SALE", PaymentType::word),
            amount: page.order.amount,
            at: page.changed_at,
            request_id: &page.request_id,
            choice: None,
            decision: None,
            approval_code: None,
            authorize_id: None,
            authentication_id: None,
            refunded: None,
        }
    }

    /// The charge or authorisation itself.
    pub fn of_charge(page: &'a Page, charge: &'a Charge) -> Self {
        Self {
            status: "SUCCESS",
            kind: charge.kind.word(),
            amount: charge.amount,
            at: charge.at,
            choice: Some(&charge.choice),
            decision: Some(APPROVED),
            approval_code: Some(&charge.approval_code),
            authorize_id: charge.authorize_id.as_deref(),
            authentication_id: charge.authentication_id.as_deref(),
            ..Self::of_page(page, "SUCCESS")
        }
    }

    /// The notification that tells of it.
    pub fn notice(&self, world: &World) -> Notice {
        let position = world.settings.authorize_id_position;
        let mut body = self.frame(position == AuthorizeIdPosition::CardPayment);
        body["customer"] = self.page.order.customer.echoed.clone();
        if let Some(id) = self.authorize_id {
            match position {
                AuthorizeIdPosition::Top => body["authorize_id"] = json!(id),
                AuthorizeIdPosition::Payment => body["payment"] = json!({"authorize_id": id}),
                AuthorizeIdPosition::CardPayment => {}
            }
        }
        Notice::Order(OrderNotice {
            subject: Subject {
                invoice_number: Some(self.page.order.invoice.clone()),
                kind: Some(self.kind.to_owned()),
                status: Some(self.status.to_owned()),
                request_id: Some(self.request_id.to_owned()),
                ..Subject::default()
            },
            body,
            url: self.page.order.notification_url.clone(),
            request_id: world
                .settings
                .retry_keeps_request_id
                .then(random::request_id),
        })
    }

    /// The body of check status. Only what succeeded or failed has a type.
    pub fn status(&self) -> Value {
        let mut body = self.frame(true);
        body["order"]["currency"] = json!("IDR");
        if !matches!(self.status, "SUCCESS" | "FAILED")
            && let Some(transaction) = body["transaction"].as_object_mut()
        {
            transaction.remove("type");
        }
        body
    }

    fn frame(&self, with_authorize_id: bool) -> Value {
        let acquirer = self.page.order.acquirer.unwrap_or("BANK_CIMB");
        let mut body = json!({
            "order": {"invoice_number": self.page.order.invoice, "amount": self.amount},
            "transaction": {
                "status": self.status,
                "date": self.at.rfc3339(),
                "type": self.kind,
                "original_request_id": self.page.request_id,
            },
            "service": {"id": "CREDIT_CARD"},
            "acquirer": {"id": acquirer, "name": acquirer.replace('_', " ")},
            "channel": {"id": "CREDIT_CARD"},
            "card_payment": self.card_payment(with_authorize_id),
        });
        if let Some(amount) = self.refunded {
            body["refund"] = json!({"amount": amount.to_string()});
        }
        body
    }

    fn card_payment(&self, with_authorize_id: bool) -> Value {
        let mut all = json!({
            "request_id": self.request_id,
            "transaction_status": self.status,
            "acquiring_off_us_status": "FALSE",
            "type": self.kind,
        });
        let mut put = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                all[name] = json!(value);
            }
        };
        put("response_code", self.decision.map(|(code, _)| code));
        put(
            "response_message",
            self.decision.map(|(_, message)| message),
        );
        put("approval_code", self.approval_code);
        put("authentication_id", self.authentication_id);
        put(
            "authorize_id",
            self.authorize_id.filter(|_| with_authorize_id),
        );
        if let Some(choice) = self.choice {
            let proved = self.authentication_id.is_some();
            put("card_masked", Some(&choice.card.masked()));
            put("card_type", Some(choice.card.kind));
            put("issuer", Some(choice.card.issuer));
            put("brand", Some(choice.card.brand));
            put("token_id", choice.token_id.as_deref());
            put("date", Some(&self.at.rfc3339()));
            put(
                "three_dsecure_status",
                Some(if proved { "TRUE" } else { "FALSE" }),
            );
        }
        all
    }
}
