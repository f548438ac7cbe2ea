//! A card transaction as DOKU tells of it: the body of a notification, and of a status check.
//!
//! DOKU's own sample of the notification is not published; its members are those of the status
//! check. Only the invoice number, the status and, of a success, the amount must be there, members that
//! are not known are ignored, and the name of the authorisation is read wherever it stands.
//!
//! Sources: DOKU developers, "HTTP notification sample, non-SNAP" and "Check status API, non-SNAP"
//! (read 2026-11-20).

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::super::super::lenient::{self, Presence};
use super::super::super::non_snap::declined;
use super::super::notification::BadMember;
use crate::clock::Timestamp;
use crate::domain::card::{UsedCard, masked};
use crate::domain::channel::Family;
use crate::domain::failure::Failure;
use crate::domain::identity::{Ids, Service, Statement};
use crate::domain::money::StatedAmount;
use crate::domain::movement::RefundKind;
use crate::domain::outcome::{CardNews, Verdict};

/// Where the status of an order (by our name for the payment) or of one request (by its `Request-Id`)
/// is asked for. Neither holds a character that would have to be encoded.
pub fn status_path(name: &str) -> String {
    format!("/orders/v1/status/{name}")
}

/// What was told, of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Our name for the payment.
    pub invoice: String,
    /// The order's amount; which of the amounts of a captured or refunded order it is, DOKU does not
    /// say. Without a value where none is stated, which only a success has to.
    pub amount: StatedAmount,
    /// `SUCCESS`, `FAILED`, …, as received.
    pub status: String,
    /// `SALE`, `AUTHORIZE`, `CAPTURE`, `REFUND`, …, as received.
    pub kind: Option<String>,
    /// When it happened, as received.
    pub date: Option<String>,
    /// `Request-Id` of the payment's call.
    pub original_request_id: Option<String>,
    /// `Request-Id` of the call that this is about.
    pub request_id: Option<String>,
    /// The card decision's code.
    pub response_code: Option<String>,
    /// What went back.
    pub refund_amount: Option<StatedAmount>,
    /// `service.id`, as received: `CREDIT_CARD`, `DIRECT_DEBIT`.
    pub service: Option<String>,
    /// `channel.id`, as received.
    pub channel: Option<String>,
    /// `acquirer.id`, as received.
    pub acquirer: Option<String>,
    /// Another payment method, of which a block of the body has the details.
    pub method: Option<Service>,
    /// True when it has details of a card.
    pub has_card: bool,
    /// The card's side.
    pub card: CardNews,
}

/// What a transaction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The payment, or its capture.
    Payment(Verdict),
    /// Money went back, or did not.
    Refund {
        /// How, where it says so.
        kind: Option<RefundKind>,
        /// Why not.
        failed: Option<Failure>,
    },
    /// DOKU works on it, or waits for the customer.
    Open,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Body {
    #[serde(deserialize_with = "lenient::member")]
    order: Option<Order>,
    #[serde(deserialize_with = "lenient::member")]
    transaction: Option<Inner>,
    #[serde(deserialize_with = "named")]
    service: Option<Named>,
    #[serde(deserialize_with = "named")]
    channel: Option<Named>,
    #[serde(deserialize_with = "named")]
    acquirer: Option<Named>,
    #[serde(deserialize_with = "lenient::member")]
    card_payment: Option<CardPayment>,
    #[serde(deserialize_with = "lenient::member")]
    payment: Option<CardPayment>,
    #[serde(deserialize_with = "lenient::member")]
    refund: Option<Refund>,
    #[serde(deserialize_with = "lenient::optional_text")]
    authorize_id: Option<String>,
    // As one merchant's model spells it.
    #[serde(skip_serializing, deserialize_with = "lenient::optional_text")]
    authorized_id: Option<String>,
    /// Not DOKU's: what the blocks of other methods came to, in a body that was kept.
    #[serde(deserialize_with = "lenient::optional_text")]
    other_method: Option<String>,
    // Blocks that hold the details of other methods.
    #[serde(skip_serializing)]
    virtual_account_info: Presence,
    #[serde(skip_serializing)]
    virtual_account_payment: Presence,
    #[serde(skip_serializing)]
    online_to_offline_info: Presence,
    #[serde(skip_serializing)]
    online_to_offline_payment: Presence,
    #[serde(skip_serializing)]
    peer_to_peer_info: Presence,
    #[serde(skip_serializing)]
    shopeepay_configuration: Presence,
    #[serde(skip_serializing)]
    shopeepay_payment: Presence,
    #[serde(skip_serializing)]
    emoney_payment: Presence,
    #[serde(skip_serializing)]
    wallet: Presence,
}

impl Body {
    /// The other payment method of which it has the details, and not those of a card.
    fn method(&self) -> Option<Service> {
        if self.card_payment.is_some() {
            return None;
        }
        let blocks = [
            (self.virtual_account_info, Service::VirtualAccount),
            (self.virtual_account_payment, Service::VirtualAccount),
            (self.online_to_offline_info, Service::ConvenienceStore),
            (self.online_to_offline_payment, Service::ConvenienceStore),
            (self.peer_to_peer_info, Service::PayLater),
            (self.shopeepay_configuration, Service::Wallet),
            (self.shopeepay_payment, Service::Wallet),
            (self.emoney_payment, Service::Wallet),
            (self.wallet, Service::Wallet),
        ];
        let mut present = blocks.into_iter().filter(|(block, _)| block.0);
        let kept = self.other_method.as_deref();
        present
            .next()
            .map(|(_, service)| service)
            .or_else(|| kept.and_then(Service::parse))
    }
}

/// Something with an id: a service, a channel or an acquirer.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Named {
    #[serde(deserialize_with = "lenient::optional_text")]
    id: Option<String>,
}

/// Reads it as an object with an id, or as the id alone: what names another product must not be overlooked.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Named>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    let read = |text: &str| {
        let id = serde_json::from_str::<String>(text).ok();
        let id = id.filter(|id| !id.is_empty());
        lenient::object(text).or(id.map(|id| Named { id: Some(id) }))
    };
    Ok(raw.and_then(|raw| read(raw.get())))
}

impl Named {
    fn id(named: Option<Self>) -> Option<String> {
        let fits =
            |id: &String| id.len() <= 64 && id.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        named.and_then(|named| named.id).filter(fits)
    }

    fn keep(id: Option<&String>) -> Option<Self> {
        id.map(|id| Self {
            id: Some(id.clone()),
        })
    }
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Order {
    #[serde(deserialize_with = "lenient::optional_text")]
    invoice_number: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    amount: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    currency: Option<String>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Inner {
    #[serde(deserialize_with = "lenient::optional_text")]
    status: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    date: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    r#type: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    original_request_id: Option<String>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct CardPayment {
    #[serde(deserialize_with = "lenient::optional_text")]
    authorize_id: Option<String>,
    #[serde(skip_serializing, deserialize_with = "lenient::optional_text")]
    authorized_id: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    request_id: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    response_code: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    r#type: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    card_masked: Option<String>,
    #[serde(skip_serializing, deserialize_with = "lenient::optional_text")]
    masked_card_number: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    card_type: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    issuer: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    brand: Option<String>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Refund {
    #[serde(deserialize_with = "lenient::optional_text")]
    amount: Option<String>,
}

/// Reads a notification's or a status check's body.
pub fn read(body: &[u8]) -> Result<Transaction, BadMember> {
    let body: Body = super::super::object(body).ok_or(BadMember("body"))?;
    let method = body.method();
    let has_card = body.card_payment.is_some();
    let order = body.order.unwrap_or_default();
    let inner = body.transaction.unwrap_or_default();
    let card = body.card_payment.unwrap_or_default();
    let payment = body.payment.unwrap_or_default();
    let invoice = order
        .invoice_number
        .filter(|text| text.len() <= 64 && text.bytes().all(|b| b.is_ascii_graphic()))
        .ok_or(BadMember("order.invoice_number"))?;
    let word = |text: &String| {
        text.len() <= 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let status = inner
        .status
        .filter(word)
        .ok_or(BadMember("transaction.status"))?;
    let currency = order.currency.unwrap_or_else(|| "IDR".to_owned());
    let stated = |value: String| StatedAmount {
        value,
        currency: currency.clone(),
    };
    let date = inner.date.filter(|text| text.len() <= 40);
    // Of other services an expiry states none.
    let amount = match order.amount {
        Some(amount) => amount,
        None if status != "SUCCESS" => String::new(),
        None => return Err(BadMember("order.amount")),
    };
    Ok(Transaction {
        amount: stated(amount),
        refund_amount: body.refund.and_then(|refund| refund.amount).map(stated),
        invoice,
        status,
        kind: inner.r#type.or(card.r#type).map(|kind| {
            // A type that cannot be read is not the same as none.
            if word(&kind) { kind } else { "?".to_owned() }
        }),
        original_request_id: inner.original_request_id.filter(|id| id.len() <= 128),
        request_id: card.request_id.filter(|id| id.len() <= 128),
        response_code: card.response_code.filter(word),
        service: Named::id(body.service),
        channel: Named::id(body.channel),
        acquirer: Named::id(body.acquirer),
        method,
        has_card,
        card: CardNews {
            authorize_id: body
                .authorize_id
                .or(body.authorized_id)
                .or(card.authorize_id)
                .or(card.authorized_id)
                .or(payment.authorize_id)
                .or(payment.authorized_id)
                .filter(|id| id.len() <= 128 && id.bytes().all(|b| b.is_ascii_graphic())),
            happened_at: date.as_deref().and_then(Timestamp::parse_lenient),
            used: UsedCard {
                masked: card
                    .card_masked
                    .or(card.masked_card_number)
                    .as_deref()
                    .and_then(masked),
                brand: card.brand.filter(|text| short(text)),
                issuer: card.issuer.filter(|text| short(text)),
                kind: card.card_type.filter(|text| short(text)),
            },
        },
        date,
    })
}

/// The service that a body is about which cannot be read and certainly is not of ours: of a review for
/// fraud, of an order whose number no payment of ours could have, or of something that is no order.
pub fn foreign_subject(
    body: &[u8],
    is_foreign: impl Fn(&Statement<'_>) -> bool,
) -> Option<&'static str> {
    let members: serde_json::Map<String, serde_json::Value> = super::super::object(body)?;
    if members
        .get("verification")
        .is_some_and(serde_json::Value::is_object)
    {
        return Some("FRAUD_REVIEW");
    }
    let frame = ["order", "transaction", "service", "channel", "card_payment"];
    if !members.is_empty() && !frame.iter().any(|name| members.contains_key(*name)) {
        return Some("OTHER");
    }
    let body: Body = super::super::object(body)?;
    let method = body.method();
    let invoice = body.order.and_then(|order| order.invoice_number);
    let has_space = invoice.is_some_and(|text| text.contains(char::is_whitespace));
    let (service, channel) = (Named::id(body.service), Named::id(body.channel));
    let acquirer = Named::id(body.acquirer);
    let statement = Statement {
        family: Family::NonSnap,
        reference: None,
        service: service.as_deref(),
        channel: channel.as_deref(),
        acquirer: acquirer.as_deref(),
        method,
        ids: Ids::NonSnap {
            original_request_id: None,
            request_id: None,
            is_first_charge: false,
        },
    };
    (has_space || is_foreign(&statement)).then(|| statement.label())
}

fn short(text: &str) -> bool {
    text.chars().count() <= 64 && !text.chars().any(char::is_control)
}

impl Transaction {
    /// What was read of it, in the form in which it can be read again: the rest, the customer's name
    /// and address among it, is not kept.
    pub fn keep(&self) -> String {
        let used = self.card.used.clone();
        let body = Body {
            order: Some(Order {
                invoice_number: Some(self.invoice.clone()),
                amount: Some(self.amount.value.clone()).filter(|value| !value.is_empty()),
                currency: Some(self.amount.currency.clone()),
            }),
            transaction: Some(Inner {
                status: Some(self.status.clone()),
                date: self.date.clone(),
                r#type: self.kind.clone(),
                original_request_id: self.original_request_id.clone(),
            }),
            service: Named::keep(self.service.as_ref()),
            channel: Named::keep(self.channel.as_ref()),
            acquirer: Named::keep(self.acquirer.as_ref()),
            card_payment: self.has_card.then(|| CardPayment {
                request_id: self.request_id.clone(),
                response_code: self.response_code.clone(),
                card_masked: used.masked,
                card_type: used.kind,
                issuer: used.issuer,
                brand: used.brand,
                ..CardPayment::default()
            }),
            payment: None,
            refund: self.refund_amount.as_ref().map(|amount| Refund {
                amount: Some(amount.value.clone()),
            }),
            authorize_id: self.card.authorize_id.clone(),
            other_method: self.method.map(|method| method.as_str().to_owned()),
            ..Body::default()
        };
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// What it states about the identity of its payment.
    pub fn statement(&self) -> Statement<'_> {
        let is_charge = match self.meaning() {
            Meaning::Payment(Verdict::Captured | Verdict::CaptureFailed(_))
            | Meaning::Refund { .. } => false,
            Meaning::Payment(_) | Meaning::Open => true,
        };
        // Also while DOKU works on it.
        let is_later = self.kind.as_deref().is_some_and(|kind| {
            matches!(kind, "RECURRING" | "CAPTURE" | "REFUND" | "VOID")
                || RefundKind::parse(kind).is_some()
        });
        Statement {
            family: Family::NonSnap,
            reference: Some(&self.invoice),
            service: self.service.as_deref(),
            channel: self.channel.as_deref(),
            acquirer: self.acquirer.as_deref(),
            method: self.method,
            ids: Ids::NonSnap {
                original_request_id: self.original_request_id.as_deref(),
                request_id: self.request_id.as_deref(),
                is_first_charge: is_charge && !is_later,
            },
        }
    }

    /// What it says. A status that DOKU does not document leaves everything as it is.
    pub fn meaning(&self) -> Meaning {
        let failure = declined(self.response_code.as_deref());
        let kind = self.kind.as_deref().unwrap_or_default();
        let refund_kind = match kind {
            "VOID" => Some(RefundKind::Void),
            other => RefundKind::parse(other),
        };
        let refund = kind == "REFUND" || refund_kind.is_some();
        let payment = Meaning::Payment;
        match (self.status.as_str(), kind) {
            ("SUCCESS", _) if refund => Meaning::Refund {
                kind: refund_kind,
                failed: None,
            },
            ("FAILED", _) if refund => Meaning::Refund {
                kind: refund_kind,
                failed: Some(failure),
            },
            ("SUCCESS", "AUTHORIZE" | "AUTHORIZATION") => payment(Verdict::Authorized),
            ("SUCCESS", "CAPTURE") => payment(Verdict::Captured),
            // Without a type, "success" is said of a payment that was not merely authorised.
            (
                "SUCCESS",
                "" | "SALE" | "INSTALLMENT" | "MOTO" | "RECURRING" | "AUTHORIZE_CAPTURE",
            ) => payment(Verdict::Paid),
            ("FAILED", "CAPTURE") => payment(Verdict::CaptureFailed(failure)),
            ("FAILED", _) => payment(Verdict::AttemptFailed(failure)),
            ("EXPIRED", _) => payment(Verdict::Expired),
            ("REFUNDED", _) => Meaning::Refund {
                kind: refund_kind,
                failed: None,
            },
            ("VOIDED", _) => Meaning::Refund {
                kind: Some(RefundKind::Void),
                failed: None,
            },
            ("PENDING" | "REDIRECT" | "TIMEOUT", _) => Meaning::Open,
            _ => payment(Verdict::Unrecognised),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_may_be_named_by_its_id_alone() {
        let body = r#"{"order":{"invoice_number":"I","amount":1},"transaction":{"status":"SUCCESS"},
            "service":"VIRTUAL_ACCOUNT","channel":"VIRTUAL_ACCOUNT_BCA","acquirer":{"id":"BCA"}}"#;
        let found = read(body.as_bytes()).unwrap();
        assert_eq!(found.service.as_deref(), Some("VIRTUAL_ACCOUNT"));
        assert_eq!(found.channel.as_deref(), Some("VIRTUAL_ACCOUNT_BCA"));
        assert_eq!(found.acquirer.as_deref(), Some("BCA"));
    }
    use crate::domain::money::Rupiah;
    use proptest::prelude::*;

    const SAMPLE: &str = r#"{"order":{"invoice_number":"INV-20261120-0001","amount":90000},"customer":{"id":"cust-001","name":"Siti Aminah","email":"siti@example.com","phone":"6281200000000"},"transaction":{"status":"SUCCESS","date":"2026-11-20T01:19:58Z","type":"AUTHORIZE","original_request_id":"b266c265-3d61-4708-9860-c0d5b9a98f82"},"service":{"id":"CREDIT_CARD"},"acquirer":{"id":"BANK_MANDIRI"},"channel":{"id":"CREDIT_CARD"},"card_payment":{"card_masked":"411111******1111","approval_code":"123456","response_code":"00","response_message":"APPROVED","type":"AUTHORIZE","acquiring_off_us_status":"FALSE","request_id":"b266c265-3d61-4708-9860-c0d5b9a98f82","card_type":"CREDIT","three_dsecure_status":"TRUE","issuer":"BANK EXAMPLE","transaction_status":"SUCCESS","brand":"VISA","date":"2026-11-20T01:19:58Z"},"authorize_id":"12312391719112"}"#;

    #[test]
    fn an_authorisation() {
        let transaction = read(SAMPLE.as_bytes()).unwrap();
        assert_eq!(transaction.invoice, "INV-20261120-0001");
        assert_eq!(transaction.amount.rupiah(), Some(Rupiah::new(90_000)));
        let news = &transaction.card;
        assert_eq!(news.authorize_id.as_deref(), Some("12312391719112"));
        assert_eq!(news.used.masked.as_deref(), Some("411111******1111"));
        assert_eq!(
            news.happened_at,
            Timestamp::parse_rfc3339("2026-11-20T01:19:58Z")
        );
        assert_eq!(transaction.meaning(), Meaning::Payment(Verdict::Authorized));
    }

    #[test]
    fn what_is_kept_reads_the_same_and_holds_nothing_else() {
        let whole = SAMPLE.replace("411111******1111", "4111111111111111");
        for body in [SAMPLE, &whole] {
            let transaction = read(body.as_bytes()).unwrap();
            let kept = transaction.keep();
            for personal in ["Siti", "6281200000000", "4111111111111111"] {
                assert!(!kept.contains(personal), "{kept}");
            }
            assert_eq!(read(kept.as_bytes()).unwrap(), transaction);
        }
    }

    #[test]
    fn details_of_another_method_are_noted_and_kept() {
        let frame =
            r#"{"order":{"invoice_number":"I","amount":1},"transaction":{"status":"SUCCESS"}"#;
        let table = [
            (
                r#""virtual_account_info":{"virtual_account_number":"1"}"#,
                Some(Service::VirtualAccount),
            ),
            (
                r#""peer_to_peer_info":{"status":"SUCCESS"}"#,
                Some(Service::PayLater),
            ),
            (
                r#""online_to_offline_info":{"payment_code":"1"}"#,
                Some(Service::ConvenienceStore),
            ),
            (
                r#""emoney_payment":{"account_id":"1"}"#,
                Some(Service::Wallet),
            ),
            (r#""emoney_payment":null"#, None),
            (r#""wallet":{}"#, None),
            (r#""wallet":"text""#, None),
            (
                r#""wallet":{"a":1},"card_payment":{"response_code":"00"}"#,
                None,
            ),
        ];
        for (block, method) in table {
            let transaction = read(format!("{frame},{block}}}").as_bytes()).unwrap();
            assert_eq!(transaction.method, method, "{block}");
            assert_eq!(read(transaction.keep().as_bytes()).unwrap(), transaction);
        }
    }

    #[test]
    fn what_only_a_success_has_to_state() {
        let body = |status: &str| {
            format!(r#"{{"order":{{"invoice_number":"I"}},"transaction":{{"status":"{status}"}}}}"#)
        };
        let expired = read(body("EXPIRED").as_bytes()).unwrap();
        assert_eq!(expired.amount.rupiah(), None);
        assert_eq!(read(expired.keep().as_bytes()).unwrap(), expired);
        assert_eq!(
            read(body("SUCCESS").as_bytes()),
            Err(BadMember("order.amount"))
        );
    }

    #[test]
    fn the_authorisation_is_named_in_one_of_three_places() {
        let table = [
            ("in a merchant's spelling", r#""authorized_id":"4""#, "4"),
            (
                "in both spellings",
                r#""authorize_id":"1","authorized_id":"4""#,
                "1",
            ),
            (
                "top level",
                r#""authorize_id":"1","card_payment":{"authorize_id":"2"}"#,
                "1",
            ),
            (
                "card_payment, as a number",
                r#""card_payment":{"authorize_id":2},"payment":{"authorize_id":"3"}"#,
                "2",
            ),
            ("payment", r#""payment":{"authorize_id":"3"}"#, "3"),
        ];
        for (why, members, wanted) in table {
            let body = format!(
                r#"{{"order":{{"invoice_number":"I","amount":"1"}},"transaction":{{"status":"SUCCESS"}},{members}}}"#
            );
            let transaction = read(body.as_bytes()).unwrap();
            assert_eq!(
                transaction.card.authorize_id.as_deref(),
                Some(wanted),
                "{why}"
            );
        }
    }

    #[test]
    fn what_each_status_means() {
        use Verdict as V;
        let refund = |kind, failed| Meaning::Refund { kind, failed };
        let pay = Meaning::Payment;
        let table = [
            ("SUCCESS", Some("SALE"), pay(V::Paid)),
            ("SUCCESS", Some("INSTALLMENT"), pay(V::Paid)),
            ("SUCCESS", Some("RECURRING"), pay(V::Paid)),
            ("SUCCESS", Some("MOTO"), pay(V::Paid)),
            ("SUCCESS", None, pay(V::Paid)),
            ("SUCCESS", Some("AUTHORIZE"), pay(V::Authorized)),
            ("SUCCESS", Some("AUTHORIZATION"), pay(V::Authorized)),
            ("SUCCESS", Some("CAPTURE"), pay(V::Captured)),
            ("SUCCESS", Some("REFUND"), refund(None, None)),
            (
                "SUCCESS",
                Some("VOID"),
                refund(Some(RefundKind::Void), None),
            ),
            (
                "SUCCESS",
                Some("FULL_REFUND"),
                refund(Some(RefundKind::Full), None),
            ),
            (
                "FAILED",
                Some("REFUND"),
                refund(None, Some(Failure::InsufficientFunds)),
            ),
            (
                "FAILED",
                Some("SALE"),
                pay(V::AttemptFailed(Failure::InsufficientFunds)),
            ),
            (
                "FAILED",
                None,
                pay(V::AttemptFailed(Failure::InsufficientFunds)),
            ),
            (
                "FAILED",
                Some("CAPTURE"),
                pay(V::CaptureFailed(Failure::InsufficientFunds)),
            ),
            ("EXPIRED", None, pay(V::Expired)),
            ("REFUNDED", Some("SALE"), refund(None, None)),
            ("VOIDED", None, refund(Some(RefundKind::Void), None)),
            ("PENDING", None, Meaning::Open),
            ("REDIRECT", None, Meaning::Open),
            ("TIMEOUT", Some("SALE"), Meaning::Open),
            ("SUCCESS", Some("SURPRISE"), pay(V::Unrecognised)),
            ("SUCCESS", Some("FULL REFUND"), pay(V::Unrecognised)),
            ("SURPRISE", None, pay(V::Unrecognised)),
        ];
        for (status, kind, wanted) in table {
            let kind = kind.map_or(String::new(), |kind| format!(r#","type":"{kind}""#));
            let body = format!(
                r#"{{"order":{{"invoice_number":"I","amount":1}},"transaction":{{"status":"{status}"{kind}}},"card_payment":{{"response_code":"51"}}}}"#
            );
            let transaction = read(body.as_bytes()).unwrap();
            assert_eq!(transaction.meaning(), wanted, "{status} {kind}");
        }
    }

    #[test]
    fn what_must_be_there() {
        let table = [
            (
                "no invoice",
                r#"{"order":{"amount":1},"transaction":{"status":"SUCCESS"}}"#,
                "order.invoice_number",
            ),
            (
                "no amount",
                r#"{"order":{"invoice_number":"I"},"transaction":{"status":"SUCCESS"}}"#,
                "order.amount",
            ),
            (
                "no status",
                r#"{"order":{"invoice_number":"I","amount":1}}"#,
                "transaction.status",
            ),
            ("not JSON", "<html>", "body"),
            ("a list", "[1]", "body"),
        ];
        for (why, body, member) in table {
            assert_eq!(
                read(body.as_bytes()).unwrap_err(),
                BadMember(member),
                "{why}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&body);
        }

        #[test]
        fn any_change_of_the_sample_is_read_or_refused(at in 0..SAMPLE.len(), byte in any::<u8>()) {
            let mut body = SAMPLE.as_bytes().to_vec();
            body[at] = byte;
            let _ = read(&body);
        }
    }
}
