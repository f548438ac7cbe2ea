//! Notifications: what was delivered, what waits, and ones made to order.

use std::hash::{DefaultHasher, Hash, Hasher};

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdminError, Outcome, read};
use crate::channel::{Channel, Items};
use crate::notifications::courier;
use crate::notifications::merchant::{self, Trouble};
use crate::operations::settle;
use crate::shared::Shared;
use crate::world::World;
use crate::world::outbox::{DebitNotice, Errand, Notice, Subject, Waits};

/// A notification to order. What is left out comes from the payment, or is made up when DOKU
/// knows no such payment.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Order {
    partner_reference_no: String,
    latest_transaction_status: Option<String>,
    transaction_status_desc: Option<String>,
    reference_no: Option<String>,
    original_external_id: Option<String>,
    amount: Option<Money>,
    currency: Option<String>,
    cust_id_merchant: Option<String>,
    channel: Option<String>,
    /// `channelId` or `channel`.
    channel_key: Option<String>,
    line_items: Option<Value>,
    /// Where the items stand.
    items: Option<Items>,
    partner_refund_no: Option<String>,
    /// DOKU's number of a refund.
    refund_no: Option<String>,
}

/// `"10000.00"`, or the object SNAP uses.
#[derive(Deserialize)]
#[serde(untagged)]
enum Money {
    Text(String),
    Object {
        value: String,
        currency: Option<String>,
    },
}

/// `GET /admin/notifications`
pub async fn deliveries(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.world().outbox.deliveries))
}

/// `GET /admin/notifications/waiting`: held, reordered or due later, and how many are on the wire.
pub async fn waiting(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let waiting: Vec<Value> = world
        .outbox
        .waiting
        .iter()
        .map(|(errand, waits)| {
            let (state, due) = match waits {
                Waits::Held => ("held", None),
                Waits::Reordered => ("reordered", None),
                Waits::Due(at) => ("scheduled", Some(at.rfc3339())),
            };
            let mut row = json!(errand.notice.subject());
            row["attempt"] = json!(errand.attempt);
            row["state"] = json!(state);
            row["dueAt"] = json!(due);
            row
        })
        .collect();
    Json(json!({"inFlight": world.outbox.in_flight, "waiting": waiting}))
}

/// `POST /admin/notifications`: sent now, past all faults, and not retried.
pub async fn send(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let notice = notice(&shared.world(), read(&body)?);
    send_now(&shared, Notice::Debit(notice)).await
}

/// Sends a notice past all faults and shows what was sent and what came back.
pub(super) async fn send_now(shared: &Shared, notice: Notice) -> Outcome {
    let errand = Errand {
        notice,
        attempt: 1,
        first_at: shared.clock.now(),
    };
    match merchant::deliver(shared, &errand.notice).await {
        Ok((signed, reply)) => {
            let answer = json!({
                "status": reply.status,
                "body": serde_json::from_str(&reply.body)
                    .unwrap_or_else(|_| Value::from(reply.body.clone())),
                "request": signed,
            });
            courier::record(shared, &errand, &Ok(reply));
            Ok(Json(answer))
        }
        Err(trouble) => {
            let refused = Err(undeliverable(&trouble));
            courier::record(shared, &errand, &Err(trouble));
            refused
        }
    }
}

/// `POST /admin/notifications/build`: signed, and handed back instead of sent.
pub async fn build(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let notice = notice(&shared.world(), read(&body)?);
    build_only(&shared, &Notice::Debit(notice)).await
}

/// Signs a notice and shows it.
pub(super) async fn build_only(shared: &Shared, notice: &Notice) -> Outcome {
    let signed = merchant::sign(shared, notice).await;
    signed
        .map(|signed| Json(json!(signed)))
        .map_err(|trouble| undeliverable(&trouble))
}

/// Which of the notifications kept back to release: those that every member given fits.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Release {
    partner_reference_no: Option<String>,
    channel: Option<String>,
    latest_transaction_status: Option<String>,
    invoice_number: Option<String>,
    r#type: Option<String>,
    status: Option<String>,
    request_id: Option<String>,
    at_most: Option<usize>,
}

/// `POST /admin/notifications/release`: answers when all have been delivered. Without a body, or
/// with `{}`, everything is released.
pub async fn release(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let release: Release = if body.is_empty() {
        Release::default()
    } else {
        read(&body)?
    };
    let wanted = Subject {
        partner_reference_no: release.partner_reference_no,
        channel: release.channel,
        latest_transaction_status: release.latest_transaction_status,
        invoice_number: release.invoice_number,
        kind: release.r#type,
        status: release.status,
        request_id: release.request_id,
        ..Subject::default()
    };
    let at_most = release.at_most.unwrap_or(usize::MAX);
    let released = courier::release(&shared, &wanted, at_most).await;
    Ok(Json(json!({"released": released})))
}

fn undeliverable(trouble: &Trouble) -> AdminError {
    AdminError {
        status: StatusCode::BAD_GATEWAY,
        sentence: trouble.to_string(),
    }
}

fn notice(world: &World, order: Order) -> DebitNotice {
    let reference = &order.partner_reference_no;
    let key = world
        .payment_key(reference, order.channel.as_deref())
        .or_else(|| world.payment_key(reference, None));
    let payment = key.and_then(|key| world.payments.get(&key));
    let channel = order.channel.as_deref();
    let mut notice = payment.map_or_else(
        || made_up(world, reference, channel),
        |payment| settle::notice(&world.settings, payment),
    );
    let (amount, currency) = match order.amount {
        Some(Money::Text(value)) => (Some(value), None),
        Some(Money::Object { value, currency }) => (Some(value), currency),
        None => (None, None),
    };
    if let Some(status) = order.latest_transaction_status {
        describe(&status).clone_into(&mut notice.description);
        notice.status = status;
    }
    let replace = |place: &mut String, value: Option<String>| {
        if let Some(value) = value {
            *place = value;
        }
    };
    replace(&mut notice.description, order.transaction_status_desc);
    replace(&mut notice.reference_no, order.reference_no);
    replace(&mut notice.external_id, order.original_external_id);
    replace(&mut notice.amount, amount);
    replace(&mut notice.currency, order.currency.or(currency));
    replace(&mut notice.cust_id, order.cust_id_merchant);
    replace(&mut notice.channel, order.channel);
    replace(&mut notice.channel_key, order.channel_key);
    if let Some(items) = order.line_items {
        notice.line_items = items;
    }
    if let Some(place) = order.items {
        notice.items = place;
    }
    notice.partner_refund_no = order.partner_refund_no;
    notice.refund_no = order.refund_no;
    notice
}

/// A notice about a payment that DOKU does not know, in the spelling of that channel or, when
/// there is no such, of the first one.
fn made_up(world: &World, reference: &str, code: Option<&str>) -> DebitNotice {
    let channel = code
        .and_then(|code| world.channels.get(code))
        .or_else(|| world.channels.iter().next());
    let text = |part: fn(&Channel) -> &'static str| channel.map_or("", part).to_owned();
    // One transaction, however often it is reported.
    let mut hasher = DefaultHasher::new();
    reference.hash(&mut hasher);
    let number = hasher.finish();
    DebitNotice {
        partner_reference_no: reference.to_owned(),
        reference_no: format!("DK{number:030}"),
        external_id: format!("{number:032}"),
        status: "00".to_owned(),
        description: describe("00").to_owned(),
        amount: "10000.00".to_owned(),
        currency: "IDR".to_owned(),
        channel: text(|channel| channel.code),
        channel_key: channel.map_or_else(String::new, |channel| {
            settle::channel_key(&world.settings, channel)
        }),
        line_items: Value::Null,
        items: channel.map_or(Items::Nowhere, |channel| channel.notice.items),
        acquirer: text(|channel| channel.acquirer),
        account_type: text(|channel| channel.account_type),
        cust_id: "cust-unknown".to_owned(),
        partner_refund_no: None,
        refund_no: None,
    }
}

fn describe(status: &str) -> &'static str {
    match status {
        "00" => "Success",
        "01" => "Initiated",
        "02" => "Paying",
        "03" => "Pending",
        "04" => "Refunded",
        "05" => "Cancelled",
        "06" => "Failed",
        "07" => "Not found",
        _ => "Other",
    }
}
