//! A recurring charge in DOKU's words, for notifications and for check status alike.

use serde_json::{Value, json};

use crate::random;
use crate::world::bri::payment::RecurringPayment;
use crate::world::outbox::{Notice, OrderNotice, Subject};
use crate::world::payment::PaymentStatus;
use crate::world::settings::Settings;

/// `transaction.type`.
const KIND: &str = "RECURRING";

/// The notification that tells of it: the members that all notifications share. What else one of
/// direct debit has is not documented.
pub fn notice(settings: &Settings, payment: &RecurringPayment) -> Notice {
    Notice::Order(OrderNotice {
        subject: Subject {
            invoice_number: Some(payment.order.invoice.clone()),
            kind: Some(KIND.to_owned()),
            status: Some(payment.word().to_owned()),
            request_id: Some(payment.request_id.clone()),
            ..Subject::default()
        },
        body: frame(payment),
        url: payment.order.notification_url.clone(),
        request_id: settings.retry_keeps_request_id.then(random::request_id),
    })
}

/// The body of check status. Only what succeeded or failed has a type.
pub fn status(payment: &RecurringPayment) -> Value {
    let mut body = frame(payment);
    body["order"]["currency"] = json!("IDR");
    if payment.status == PaymentStatus::Initiated
        && let Some(transaction) = body["transaction"].as_object_mut()
    {
        transaction.remove("type");
    }
    body
}

fn frame(payment: &RecurringPayment) -> Value {
    json!({
        "order": {"invoice_number": payment.order.invoice, "amount": payment.order.amount},
        "transaction": {
            "status": payment.word(),
            "date": payment.changed_at().rfc3339(),
            "type": KIND,
            "original_request_id": payment.request_id,
        },
        "service": {"id": "DIRECT_DEBIT"},
        "acquirer": {"id": "BRI", "name": "BRI"},
        "channel": {"id": "DIRECT_DEBIT"},
    })
}
