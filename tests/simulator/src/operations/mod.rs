//! DOKU's operations, one file each. Verified calls come in, answers go out, the world changes.

mod b2b;
mod b2b2c;
mod balance;
mod binding;
pub mod bri;
mod card_binding;
pub mod cards;
mod customer;
mod disagreement;
pub mod non_snap;
mod otp;
mod payment;
mod refund;
pub mod settle;
mod status;
mod unbinding;

use doku_shared::clock::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};

pub use self::refund::by_doku as refund_by_doku;

use self::customer::Customer;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::channel::Place;
use crate::checks::fields::Fields;
use crate::checks::strictness::{Strictness, says_nothing};
use crate::checks::table::Body;
use crate::checks::{headers, misuse, signature};
use crate::operation::Operation;
use crate::shared::Shared;
use crate::world::World;
use crate::world::calls::CallRecord;
use crate::world::faults::{Fault, FaultKind};

/// What an operation works with.
struct Work<'a> {
    world: &'a mut World,
    call: &'a Call,
    operation: Operation,
    /// `X-EXTERNAL-ID`; empty for token requests.
    external_id: String,
    page_base: &'a str,
    secret: &'a SecretString,
}

impl<'a> Work<'a> {
    fn now(&self) -> Timestamp {
        self.call.arrived
    }

    fn body(&self) -> Result<Fields<'a>, Refusal> {
        let strict = Strictness::of_snap(&self.world.settings);
        let fields = Fields::of_body(&self.call.body, strict)?;
        strict.check(&self.call.body)?;
        Ok(fields)
    }
}

/// A call to a channel whose headers, tokens and fields are right.
struct Order<'a> {
    place: Place,
    body: Body<'a>,
    /// Whose token it brought; none where the operation takes none.
    customer: Option<Customer>,
}

/// Verifies a call and carries it out, in one step that nothing can interleave with.
///
/// `fault` is an order that refuses the call after verification, or alters its answer.
pub fn perform(
    shared: &Shared,
    operation: Operation,
    call: &Call,
    fault: Option<&Fault>,
) -> Answer {
    let secret = shared.identity.secret();
    let mut world = shared.world();
    let rejected = fault.filter(|fault| fault.kind == FaultKind::Reject);
    let kind = fault.map(|fault| fault.kind);
    let mut refused_after = false;
    let outcome = verified(shared, &mut world, operation, call).and_then(|external_id| {
        let place = (!operation.is_token()).then(|| place(&world, operation, call));
        let known = place.as_ref().and_then(|place| place.as_ref().ok());
        misuse::record(&mut world, call, operation, known);
        if let Some(code) = rejected.and_then(|fault| fault.response_code.as_deref()) {
            return Ok(Answer::coded(code, "Rejected by order"));
        }
        disagreement::note(&mut world, call, operation, fault);
        let truth = disagreement::begin(&mut world, call, fault);
        let mut work = Work {
            world: &mut world,
            call,
            operation,
            external_id,
            page_base: &shared.page_base,
            secret: &secret,
        };
        let outcome = match place {
            Some(Ok(_)) if kind == Some(FaultKind::Miss) => Err(status::not_found()),
            Some(place) => place.and_then(|place| at_channel(&mut work, place)),
            None if operation == Operation::B2b => b2b::perform(&mut work),
            None => b2b2c::perform(&mut work),
        };
        disagreement::end(&mut world, truth);
        match fault.filter(|fault| fault.kind == FaultKind::AcceptThenReject) {
            Some(Fault {
                response_code: Some(code),
                ..
            }) => {
                refused_after = outcome.is_ok();
                Ok(Answer::coded(code, "Rejected by order"))
            }
            _ => outcome,
        }
    });
    let mut answer = outcome.unwrap_or_else(|refusal| Answer::refusal(operation, &refusal));
    let accepted = match kind {
        Some(FaultKind::AcceptThenReject) => refused_after,
        Some(FaultKind::Reject | FaultKind::AcknowledgeOnly) => false,
        _ => answer.is_success(),
    };
    if accepted && world.settings.response_code_as_integer {
        answer = answer.with_integer("responseCode");
    }
    if kind == Some(FaultKind::NoHistory) {
        answer.alter(&json!({"refundHistory": null}));
    }
    if let Some(fault) = fault.filter(|fault| fault.kind == FaultKind::Alter) {
        answer = altered(answer, fault);
    }
    record(
        &mut world,
        operation,
        call,
        accepted,
        Some((answer.code.clone(), answer.status)),
    );
    answer
}

/// Finds the channel of a call: an archived path names it, otherwise the body does.
fn place(world: &World, operation: Operation, call: &Call) -> Result<Place, Refusal> {
    const NAME: &str = "additionalInfo.channel";
    let map = call
        .body
        .as_object()
        .ok_or_else(|| Refusal::new(400, "00", "Bad Request"))?;
    let info = map.get("additionalInfo");
    let info = info.filter(|info| info.is_object() || !says_nothing(info));
    let code = match info {
        None => None,
        Some(Value::Object(info)) => info.get("channel").filter(|code| !says_nothing(code)),
        Some(_) => return Err(Refusal::format("additionalInfo")),
    };
    let code = code
        .map(|code| code.as_str().ok_or_else(|| Refusal::format(NAME)))
        .transpose()?;
    match (call.archived, code) {
        (Some(place), Some(code)) if place.channel.code != code => Err(Refusal::format(NAME)),
        (Some(place), _) => Ok(place),
        (None, Some(code)) => world.channels.core(code, operation),
        (None, None) if info.is_none() => Err(Refusal::missing("additionalInfo")),
        (None, None) => Err(Refusal::missing(NAME)),
    }
}

/// Checks a call against the description of its channel, and carries it out.
fn at_channel(work: &mut Work<'_>, place: Place) -> Result<Answer, Refusal> {
    let demands = work.world.settings.demands_of_libraries;
    headers::of_channel(work.call, place.offer.headers, demands)?;
    let customer = customer::of_header(work, &place)?;
    let strictness = Strictness::of_snap(&work.world.settings);
    let strictness = Strictness {
        unknown: strictness.unknown && !place.offer.lenient,
        ..strictness
    };
    let body = Body::checked(&work.call.body, place.offer.fields, strictness)?;
    let mut demanded = place.offer.demanded.iter().filter(|_| demands);
    if let Some(missing) = demanded.find(|name| body.text(name).is_none()) {
        return Err(Refusal::missing(missing));
    }
    let customer = customer::of_body(work, &place, body, customer)?;
    let order = Order {
        place,
        body,
        customer,
    };
    let answer = match work.operation {
        Operation::Binding => Ok(binding::perform(work, &order)),
        Operation::CardBinding => card_binding::perform(work, &order),
        Operation::Payment => payment::perform(work, &order),
        Operation::Otp => otp::perform(work, &order),
        Operation::Refund => refund::perform(work, &order),
        Operation::Unbinding | Operation::CardUnbinding => Ok(unbinding::perform(work, &order)),
        Operation::Balance => Ok(balance::perform(work, &order)),
        Operation::Status => status::perform(work, &order),
        // Token requests and the other family, never sent here.
        _ => Err(Refusal::new(404, "00", "Not Found")),
    }?;
    let status = work.world.settings.success_http_status;
    let usual = match work.operation {
        Operation::Status => 200,
        _ => place.version.success,
    };
    Ok(answer.with_http_status(status.unwrap_or(usual)))
}

/// The answer as a fault wants it: a patch laid over it, numbers no patch can hold, another
/// HTTP status.
fn altered(mut answer: Answer, fault: &Fault) -> Answer {
    answer.alter(&fault.set);
    for (member, literal) in &fault.literals {
        answer = answer.with_literal(member, literal.clone());
    }
    match fault.http_status {
        Some(status) => answer.with_http_status(status),
        None => answer,
    }
}

/// Notes a call that a fault ended before anything was looked at.
pub fn record_unanswered(shared: &Shared, operation: Operation, call: &Call) {
    record(&mut shared.world(), operation, call, false, None);
}

fn verified(
    shared: &Shared,
    world: &mut World,
    operation: Operation,
    call: &Call,
) -> Result<String, Refusal> {
    if operation.is_token() {
        signature::of_token_request(&shared.identity, call, &world.settings)?;
        return Ok(String::new());
    }
    signature::of_transaction(world, &shared.identity, call, operation)
}

fn record(
    world: &mut World,
    operation: Operation,
    call: &Call,
    accepted: bool,
    answered: Option<(String, u16)>,
) {
    let header = |name: &str| Some(call.headers.get(name)?.to_str().ok()?.to_owned());
    let (response_code, http_status) = answered.unzip();
    let channel = call.channel().and_then(|code| world.channels.get(code));
    let path = call.path.split('?').next().unwrap_or_default();
    world.calls.push(CallRecord {
        operation,
        path: path.to_owned(),
        channel: channel.map(|channel| channel.code),
        external_id: header("X-EXTERNAL-ID"),
        request_id: header("Request-Id"),
        reference: call.reference(),
        accepted,
        response_code,
        http_status,
        at: call.arrived.rfc3339_millis(),
    });
}
