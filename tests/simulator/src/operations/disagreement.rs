//! Faults in which what DOKU answers and what it knows disagree: the work is done on a copy, or on
//! what was known earlier, and the truth is put back afterwards.

use std::time::Duration;

use crate::call::Call;
use crate::operation::Operation;
use crate::world::World;
use crate::world::facts::{Disagreement, Facts};
use crate::world::faults::{Fault, FaultKind};

/// Puts in place what a fault wants the work to be done on. Returns what is true, for [`end`].
pub fn begin(world: &mut World, call: &Call, fault: Option<&Fault>) -> Option<Facts> {
    let fault = fault?;
    let work_on = |world: &mut World, change: &dyn Fn(Facts) -> Facts| {
        let truth = world.facts();
        let changed = change(world.facts());
        world.put_back(changed);
        Some(truth)
    };
    match fault.kind {
        FaultKind::AcknowledgeOnly => Some(world.facts()),
        FaultKind::Lag => {
            let behind = fault.delay_ms.map(Duration::from_millis);
            let at = behind.map(|behind| call.arrived.minus(behind));
            work_on(world, &|facts| facts.earlier(at))
        }
        FaultKind::NoHistory | FaultKind::EmptyHistory => work_on(world, &Facts::without_refunds),
        _ => None,
    }
}

/// Writes down that an answer is about to disagree with the truth, and which names it concerns.
pub fn note(world: &mut World, call: &Call, operation: Operation, fault: Option<&Fault>) {
    const NAMES: [&str; 7] = [
        "/partnerReferenceNo",
        "/partnerRefundNo",
        "/originalPartnerReferenceNo",
        "/originalReferenceNo",
        "/additionalInfo/merchantTrxId",
        "/order/invoice_number",
        "/payment/authorize_id",
    ];
    let Some(fault) = fault.filter(|fault| fault.kind.disagrees()) else {
        return;
    };
    let names = NAMES
        .iter()
        .filter_map(|name| call.body.pointer(name)?.as_str());
    world.disagreements.push(Disagreement {
        kind: fault.kind,
        operation,
        names: names.map(str::to_owned).collect(),
        at: call.arrived.rfc3339_millis(),
    });
}

/// Puts the truth back.
pub fn end(world: &mut World, truth: Option<Facts>) {
    if let Some(truth) = truth {
        world.put_back(truth);
    }
}
