//! DOKU's operations, one file each. Verified calls come in, answers go out, the world changes.

mod b2b;
mod b2b2c;
mod binding;
pub mod cards;
mod customer;
mod otp;
mod payment;
mod refund;
pub mod settle;
mod status;
mod unbinding;

use doku_shared::clock::Timestamp;

use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::channel::Channel;
use crate::checks::fields::{self, Fields};
use crate::checks::{misuse, signature};
use crate::operation::Operation;
use crate::shared::Shared;
use crate::world::World;
use crate::world::calls::CallRecord;
use crate::world::faults::Fault;

/// What an operation works with.
struct Work<'a> {
    world: &'a mut World,
    call: &'a Call,
    operation: Operation,
    /// `X-EXTERNAL-ID`; empty for token requests.
    external_id: String,
    page_base: &'a str,
}

impl<'a> Work<'a> {
    fn now(&self) -> Timestamp {
        self.call.arrived
    }

    fn body(&self) -> Result<Fields<'a>, Refusal> {
        Fields::of_body(&self.call.body, self.world.settings.refuse_unknown_fields)
    }

    /// `additionalInfo` and the channel it names. DOKU's SDKs put `origin` there as well.
    fn channel(&self, body: &Fields<'a>) -> Result<(Fields<'a>, &'static Channel), Refusal> {
        let info = body.object("additionalInfo")?;
        let code = info.text("channel", 1..=64, fields::any)?;
        info.ignore(&["origin"]);
        let channel = Channel::offering(code, self.operation)?;
        Ok((info, channel))
    }
}

/// Verifies a call and carries it out, in one step that nothing can interleave with.
///
/// `rejected` is a fault order that refuses the call after verification.
pub fn perform(
    shared: &Shared,
    operation: Operation,
    call: &Call,
    rejected: Option<&Fault>,
) -> Answer {
    let mut world = shared.world();
    let outcome = verified(shared, &mut world, operation, call).and_then(|external_id| {
        misuse::record(&mut world, call, operation);
        if let Some(code) = rejected.and_then(|fault| fault.response_code.as_deref()) {
            return Ok(Answer::coded(code, "Rejected by order"));
        }
        let mut work = Work {
            world: &mut world,
            call,
            operation,
            external_id,
            page_base: &shared.page_base,
        };
        match operation {
            Operation::B2b => b2b::perform(&mut work),
            Operation::B2b2c => b2b2c::perform(&mut work),
            Operation::Binding => binding::perform(&mut work),
            Operation::Payment => payment::perform(&mut work),
            Operation::Otp => otp::perform(&mut work),
            Operation::Refund => refund::perform(&mut work),
            Operation::Unbinding => unbinding::perform(&mut work),
            Operation::Status => status::perform(&mut work),
            // Of the other family, and never sent here.
            _ => Err(Refusal::new(404, "00", "Not Found")),
        }
    });
    let answer = outcome.unwrap_or_else(|refusal| Answer::refusal(operation, &refusal));
    let accepted = answer.is_success() && rejected.is_none();
    record(
        &mut world,
        operation,
        call,
        accepted,
        Some((answer.code.clone(), answer.status)),
    );
    answer
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
        signature::of_token_request(&shared.identity, call, operation)?;
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
    world.calls.push(CallRecord {
        operation,
        external_id: header("X-EXTERNAL-ID"),
        request_id: header("Request-Id"),
        reference: call.reference(),
        accepted,
        response_code,
        http_status,
        at: call.arrived.rfc3339_millis(),
    });
}
