//! The operations of the non-SNAP family: cards and BRI's recurring charges.
//!
//! A verified call is answered once: under its `Request-Id` the first answer is kept, and the
//! same call again gets it with HTTP 409 and changes nothing.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Response};
use doku_shared::clock::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::cards::{capture, page, refund, status, token_deletion, tokens};
use super::{bri, disagreement};
use crate::call::Call;
use crate::checks::fields::Fields;
use crate::checks::strictness::Strictness;
use crate::checks::{misuse, non_snap};
use crate::merge::merge;
use crate::non_snap::answer::{Answer, Envelope, Refusal, Seal};
use crate::operation::Operation;
use crate::shared::Shared;
use crate::world::World;
use crate::world::answers::Seen;
use crate::world::faults::{Fault, FaultKind};

/// What an operation works with.
pub struct Work<'a> {
    pub(super) world: &'a mut World,
    pub(super) call: &'a Call,
    pub(super) operation: Operation,
    pub(super) request_id: &'a str,
    pub(super) page_base: &'a str,
    /// The address registered for notifications.
    pub(super) registered: Option<Url>,
    /// A fault that shows in what the operation answers.
    pub(super) fault: Option<FaultKind>,
}

impl<'a> Work<'a> {
    pub(super) fn now(&self) -> Timestamp {
        self.call.arrived
    }

    pub(super) fn body(&self) -> Result<Fields<'a>, Refusal> {
        let strict = Strictness::of_non_snap(&self.world.settings);
        Ok(Fields::of_body(&self.call.body, strict)?)
    }

    pub(super) fn violation(&mut self, kind: &'static str, detail: impl Into<String>) {
        let (operation, now) = (self.operation, self.now());
        self.world.violation(kind, operation, detail, now);
    }
}

/// Verifies a call, carries it out in one step that nothing can interleave with, and signs the
/// answer.
pub fn perform(
    shared: &Shared,
    operation: Operation,
    call: &Call,
    fault: Option<&Fault>,
) -> Response<Body> {
    let mut world = shared.world();
    let mut accepted = false;
    let answer = match non_snap::verified(&shared.identity, call, operation) {
        Err(refusal) => Answer::refusal(&refusal),
        Ok(request_id) => {
            let mut work = Work {
                registered: shared.merchant.card_address(&world),
                world: &mut world,
                call,
                operation,
                request_id,
                page_base: &shared.page_base,
                fault: fault.map(|fault| fault.kind),
            };
            answered(&mut work, fault, &mut accepted)
        }
    };
    let accepted = match fault.map(|fault| fault.kind) {
        Some(FaultKind::AcceptThenReject) => accepted,
        Some(FaultKind::Reject | FaultKind::AcknowledgeOnly) => false,
        _ => answer.is_success(),
    };
    super::record(
        &mut world,
        operation,
        call,
        accepted,
        Some((answer.code.clone(), answer.status)),
    );
    let reads = operation.method() == Method::GET;
    let envelope = Envelope {
        request_id: non_snap::request_id(call).ok(),
        target: &call.path,
        digest: !reads || world.settings.digest_on_get_answers,
        seal: match fault.map(|fault| fault.kind) {
            Some(FaultKind::NoSignature) => Seal::Missing,
            Some(FaultKind::WrongSignature) => Seal::Wrong,
            _ => Seal::Right,
        },
        timestamp: &shared.clock.now().rfc3339(),
    };
    envelope.response(&shared.identity, &answer)
}

/// The first answer under this `Request-Id`, or the work; sets `accepted` when it was done. A refusal by order is not kept: DOKU
/// never looked at the call.
fn answered(work: &mut Work<'_>, fault: Option<&Fault>, accepted: &mut bool) -> Answer {
    let kept = work.world.settings.request_ids_kept_seconds;
    let kept = kept.map(Duration::from_secs);
    let answers = &work.world.answers;
    match answers.look_up(work.request_id, work.call, kept) {
        Seen::Never => {}
        Seen::Before(first) => {
            return Answer {
                status: 409,
                body: first.body,
                code: "REPEATED".to_owned(),
            };
        }
        Seen::AnotherCall => {
            let detail = format!("Request-Id {}", work.request_id);
            work.violation("request_id_of_another_call", detail);
            return Answer::refusal(&Refusal {
                status: 409,
                code: "REQUEST_ID_CONFLICT",
                message: "Request-Id was used for another request".to_owned(),
            });
        }
    }
    misuse::record(work.world, work.call, work.operation, None);
    if let Some(fault) = fault
        && fault.kind == FaultKind::Reject
    {
        return refused(work, fault);
    }
    let kind = fault.map(|fault| fault.kind);
    disagreement::note(work.world, work.call, work.operation, fault);
    let truth = disagreement::begin(work.world, work.call, fault);
    let outcome = match work.operation {
        Operation::PaymentPage => page::perform(work),
        Operation::Capture => capture::perform(work),
        Operation::CardRefund => refund::perform(work),
        Operation::CardTokens => tokens::perform(work),
        Operation::CardTokenDeletion => token_deletion::perform(work),
        Operation::OrderStatus if kind == Some(FaultKind::Miss) => Err(status::not_found()),
        Operation::OrderStatus => status::perform(work),
        Operation::BriRecurring => bri::payment::perform(work),
        Operation::BriTokens => bri::tokens::perform(work),
        // Of the other family, and never sent here.
        _ => Err(Refusal::not_found("No such operation")),
    };
    disagreement::end(work.world, truth);
    *accepted = outcome.is_ok();
    let answer = match (outcome, fault) {
        (_, Some(fault)) if fault.kind == FaultKind::AcceptThenReject => refused(work, fault),
        (Ok(mut body), fault) => {
            match fault {
                Some(fault) if fault.kind == FaultKind::WrongEcho => misname(&mut body),
                Some(fault) if fault.kind == FaultKind::Alter => merge(&mut body, &fault.set),
                _ => {}
            }
            Answer::success(success(work.operation), &body)
        }
        (Err(refusal), _) => Answer::refusal(&refusal),
    };
    if kind != Some(FaultKind::AcknowledgeOnly) {
        work.world.answers.keep(work.request_id, work.call, &answer);
    }
    answer
}

/// The refusal that a fault orders.
fn refused(work: &Work<'_>, fault: &Fault) -> Answer {
    let status = fault.rejected_status().unwrap_or(500);
    let at = work.now().rfc3339_millis();
    Answer::ordered(status, fault.error_code.as_deref(), &work.call.path, &at)
}

/// HTTP status of success. DOKU's page about recurring charges shows 201.
const fn success(operation: Operation) -> u16 {
    match operation {
        Operation::BriRecurring => 201,
        _ => 200,
    }
}

/// Whether notifications can go to that address, if one is given instead of the registered one:
/// there has to be a registered one, with the same path.
pub(super) fn override_works(url: Option<&str>, registered: Option<&Url>) -> bool {
    let Some(url) = url else {
        return true;
    };
    match (Url::parse(url), registered) {
        (Ok(url), Some(registered)) => url.path() == registered.path() && url.query().is_none(),
        _ => false,
    }
}

/// Makes an answer speak of something else: every invoice, amount and id it names changes.
fn misname(body: &mut Value) {
    let texts = [
        "/order/invoice_number",
        "/payment/authorize_id",
        "/token/id",
        "/payment/token",
        "/customer/id",
        "/transaction/original_request_id",
    ];
    for pointer in texts {
        if let Some(place) = body.pointer_mut(pointer) {
            *place = json!("OF-ANOTHER-CALL");
        }
    }
    for pointer in ["/order/amount", "/refund/amount"] {
        if let Some(place) = body.pointer_mut(pointer) {
            *place = json!(1);
        }
    }
}
