//! Faults in which what DOKU answers and what it knows disagree: the work is done on a copy, or on
//! what was known earlier, and the truth is put back afterwards.

use std::time::Duration;

use crate::call::Call;
use crate::world::World;
use crate::world::facts::Facts;
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

/// Puts the truth back.
pub fn end(world: &mut World, truth: Option<Facts>) {
    if let Some(truth) = truth {
        world.put_back(truth);
    }
}
