//! Notifications of the non-SNAP family made to order: of cards, and of BRI's recurring charges.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::notifications::{build_only, send_now};
use super::{Outcome, read};
use crate::merge::merge;
use crate::operations::bri::transaction;
use crate::operations::cards::status;
use crate::shared::Shared;
use crate::world::World;
use crate::world::outbox::{Notice, OrderNotice, Subject};

/// The notification that tells how an invoice stands, with changes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Order {
    invoice_number: String,
    /// Laid over the body: objects member by member, null takes a member away.
    #[serde(default)]
    set: Value,
    /// `Request-Id` of the notification; a new one when left out.
    request_id: Option<String>,
}

/// `POST /admin/cards/notifications`: sent now, past all faults, and not retried.
pub async fn send(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let notice = notice(&shared.world(), read(&body)?);
    send_now(&shared, notice).await
}

/// `POST /admin/cards/notifications/build`: signed, and handed back instead of sent.
pub async fn build(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let notice = notice(&shared.world(), read(&body)?);
    build_only(&shared, &notice).await
}

fn notice(world: &World, order: Order) -> Notice {
    let page = world.cards.page_of(&order.invoice_number);
    let known = page.map(|page| status::of_page(world, page).notice(world));
    let known = known.or_else(|| {
        let payment = world.bri.payment_of(&order.invoice_number)?;
        Some(transaction::notice(&world.settings, payment))
    });
    let mut notice = match known {
        Some(Notice::Order(notice)) => notice,
        _ => made_up(&order.invoice_number),
    };
    if !order.set.is_null() {
        merge(&mut notice.body, &order.set);
    }
    let text = |pointer: &str| Some(notice.body.pointer(pointer)?.as_str()?.to_owned());
    notice.subject = Subject {
        invoice_number: text("/order/invoice_number"),
        kind: text("/transaction/type"),
        status: text("/transaction/status"),
        request_id: text("/card_payment/request_id")
            .or_else(|| text("/transaction/original_request_id")),
        ..Subject::default()
    };
    notice.request_id = order.request_id;
    Notice::Order(notice)
}

/// A notice about an invoice that DOKU does not know.
fn made_up(invoice: &str) -> OrderNotice {
    OrderNotice {
        subject: Subject::default(),
        body: json!({
            "order": {"invoice_number": invoice, "amount": 10000},
            "transaction": {"status": "SUCCESS", "type": "SALE"},
            "service": {"id": "CREDIT_CARD"},
            "channel": {"id": "CREDIT_CARD"},
        }),
        url: None,
        request_id: None,
    }
}
