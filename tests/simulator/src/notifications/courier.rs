//! Carries notices to the merchant: faults, attempts, retries.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::merchant::{self, Reply, Trouble};
use crate::shared::Shared;
use crate::world::World;
use crate::world::faults::{Fault, FaultKind};
use crate::world::outbox::{Delivery, Errand, Subject, Waits};

/// How often the clock is looked at for retries that have become due by themselves.
const TICK: Duration = Duration::from_millis(500);

/// Sends everything new, each in its own task. Faults are dealt out here, in the order of events.
pub fn dispatch(shared: &Arc<Shared>) {
    let mut world = shared.world();
    let now = shared.clock.now();
    for notice in std::mem::take(&mut world.outbox.fresh) {
        let errand = Errand {
            notice,
            attempt: 1,
            first_at: now,
        };
        if let Some((errand, copies)) = past_faults(shared, &mut world, errand) {
            world.outbox.in_flight += 1;
            tokio::spawn(carry(Arc::clone(shared), errand, copies));
        }
    }
}

/// Sends every retry that is due, and returns when all have been answered. A long jump of the
/// clock can make several attempts of one notice due, one after the other.
pub async fn send_due(shared: &Arc<Shared>) {
    let _one_at_a_time = shared.retrying.lock().await;
    loop {
        let mut tasks = JoinSet::new();
        {
            let mut world = shared.world();
            let now = shared.clock.now();
            let due = world
                .outbox
                .take(|waits| matches!(waits, Waits::Due(at) if at <= now));
            if due.is_empty() {
                return;
            }
            for errand in due {
                if let Some((errand, copies)) = past_faults(shared, &mut world, errand) {
                    world.outbox.in_flight += 1;
                    tasks.spawn(carry(Arc::clone(shared), errand, copies));
                }
            }
        }
        while tasks.join_next().await.is_some() {}
    }
}

/// Waits until nothing is on the wire, at most two seconds. Called before the clock jumps, so that
/// an attempt under way fails at the time it was made and its retry is part of the jump.
pub async fn settle(shared: &Shared) {
    const LOOKS: u32 = 400;
    for _ in 0..LOOKS {
        if shared.world().outbox.in_flight == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Sends what is held or kept back for reordering and is about `wanted`, oldest first and at most
/// so many, faults aside; returns when all have been answered.
pub async fn release(shared: &Arc<Shared>, wanted: &Subject, at_most: usize) -> usize {
    let mut tasks = JoinSet::new();
    let count = {
        let mut world = shared.world();
        let errands = world.outbox.take_some(at_most, |errand, waits| {
            matches!(waits, Waits::Held | Waits::Reordered) && errand.notice.subject().fits(wanted)
        });
        world.outbox.in_flight += errands.len();
        let count = errands.len();
        for errand in errands {
            tasks.spawn(carry(Arc::clone(shared), errand, 0));
        }
        count
    };
    while tasks.join_next().await.is_some() {}
    count
}

/// Looks at the clock until the simulator stops.
pub async fn watch_clock(shared: Arc<Shared>) {
    loop {
        tokio::select! {
            () = shared.stopped() => return,
            () = tokio::time::sleep(TICK) => send_due(&shared).await,
        }
    }
}

/// Notes how an attempt went.
pub fn record(shared: &Shared, errand: &Errand, outcome: &Result<Reply, Trouble>) {
    let (http_status, outcome) = match outcome {
        Ok(reply) if reply.is_taken() => (Some(reply.status), "delivered"),
        Ok(reply) => (Some(reply.status), "refused"),
        Err(trouble) => (None, trouble.outcome()),
    };
    let at = shared.clock.now().rfc3339_millis();
    shared
        .world()
        .outbox
        .deliveries
        .push(delivery(errand, http_status, outcome, at));
}

/// Applies a fault to an errand: none when it does not go out now, otherwise with the number of
/// extra copies.
fn past_faults(shared: &Shared, world: &mut World, errand: Errand) -> Option<(Errand, u32)> {
    let channel = errand.notice.subject().channel;
    let fault = world
        .faults
        .for_notification(channel.as_deref(), shared.clock.now());
    let Some(Fault { kind, times, .. }) = fault else {
        return Some((errand, 0));
    };
    match kind {
        FaultKind::Hold => world.outbox.waiting.push((errand, Waits::Held)),
        FaultKind::Reorder => world.outbox.waiting.push((errand, Waits::Reordered)),
        FaultKind::Lose => {
            let at = shared.clock.now().rfc3339_millis();
            world
                .outbox
                .deliveries
                .push(delivery(&errand, None, "lost", at));
            schedule(world, &errand);
        }
        FaultKind::Duplicate => return Some((errand, times)),
        // Kinds for calls are refused for notifications when they are ordered.
        _ => return Some((errand, 0)),
    }
    None
}

async fn carry(shared: Arc<Shared>, errand: Errand, copies: u32) {
    let mut queue = VecDeque::from([(errand, copies)]);
    while let Some((errand, copies)) = queue.pop_front() {
        let taken = if copies == 0 {
            let outcome = merchant::deliver(&shared, &errand.notice)
                .await
                .map(|(_, reply)| reply);
            record(&shared, &errand, &outcome);
            outcome.is_ok_and(|reply| reply.is_taken())
        } else {
            carry_copies(&shared, &errand, copies).await
        };
        let mut world = shared.world();
        world.outbox.in_flight -= 1;
        if taken {
            let overtaken = world.outbox.take(|waits| waits == Waits::Reordered);
            world.outbox.in_flight += overtaken.len();
            queue.extend(overtaken.into_iter().map(|errand| (errand, 0)));
        } else {
            schedule(&mut world, &errand);
        }
    }
}

/// Sends one signed message several times at once, byte for byte the same; true when the
/// merchant took any of them.
async fn carry_copies(shared: &Arc<Shared>, errand: &Errand, copies: u32) -> bool {
    let signed = match merchant::sign(shared, &errand.notice).await {
        Ok(signed) => signed,
        Err(trouble) => {
            record(shared, errand, &Err(trouble));
            return false;
        }
    };
    let mut tasks = JoinSet::new();
    for _ in 0..=copies {
        let (shared, errand, signed) = (Arc::clone(shared), errand.clone(), signed.clone());
        tasks.spawn(async move {
            let outcome = merchant::send(&shared, &signed).await;
            record(&shared, &errand, &outcome);
            outcome.is_ok_and(|reply| reply.is_taken())
        });
    }
    tasks.join_all().await.contains(&true)
}

fn schedule(world: &mut World, errand: &Errand) {
    if let Some((next, due)) = errand.retry() {
        world.outbox.waiting.push((next, Waits::Due(due)));
    }
}

fn delivery(
    errand: &Errand,
    http_status: Option<u16>,
    outcome: &'static str,
    at: String,
) -> Delivery {
    Delivery {
        subject: errand.notice.subject(),
        attempt: errand.attempt,
        http_status,
        outcome,
        at,
    }
}
