//! Kills a function at one of its calls to the outside: the process stops there and never goes on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use doku_simulator::{Gate, Passage};
use tokio::sync::Notify;

/// Where a function dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// At which of its calls, from 1.
    pub call: u32,
    /// After the call was answered and before the function sees it; else before the call leaves.
    pub answered: bool,
}

/// Whose call it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A function that callers or schedules start, by its number.
    Function(usize),
    /// The function that takes notifications.
    Webhook,
}

#[derive(Default)]
struct Plan {
    /// Who dies, and where.
    victim: Option<(Caller, Death)>,
    calls: u32,
    /// The call that is under way at DOKU is the last one.
    last_at_doku: bool,
}

/// Waits at every call for the one that is the last.
#[derive(Clone, Default)]
pub struct Reaper(Arc<Shared>);

#[derive(Default)]
struct Shared {
    plan: Mutex<Plan>,
    died: Notify,
}

impl Reaper {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on `caller` dies at that call.
    pub fn await_call(&self, caller: Caller, death: Death) {
        *self.plan() = Plan {
            victim: Some((caller, death)),
            ..Plan::default()
        };
    }

    /// Nobody dies any more.
    pub fn rest(&self) {
        *self.plan() = Plan::default();
    }

    /// Returns when the victim has died.
    pub async fn death(&self) {
        self.0.died.notified().await;
    }

    /// Whether that caller's death is awaited.
    pub fn awaits(&self, caller: Caller) -> bool {
        self.plan()
            .victim
            .is_some_and(|(victim, _)| victim == caller)
    }

    async fn die(&self) {
        self.0.died.notify_one();
        std::future::pending::<()>().await;
    }

    /// A call is about to leave; gives its number, for [`Reaper::answered`].
    pub async fn leaves(&self, caller: Caller) -> u32 {
        let (number, dies) = {
            let mut plan = self.plan();
            match plan.victim {
                Some((victim, death)) if victim == caller => {
                    plan.calls += 1;
                    (plan.calls, plan.calls == death.call && !death.answered)
                }
                _ => (0, false),
            }
        };
        if dies {
            self.die().await;
        }
        number
    }

    /// A call was answered, and its caller is about to see it.
    pub async fn answered(&self, caller: Caller, number: u32) {
        let dies = self.plan().victim.is_some_and(|(victim, death)| {
            victim == caller && death.answered && number == death.call
        });
        if dies {
            self.die().await;
        }
    }
}

/// The calls to DOKU, which are all made by functions that callers or schedules start.
impl Gate for Reaper {
    fn arrives(&self) -> Passage {
        let reaper = self.clone();
        Box::pin(async move {
            let dies = {
                let mut plan = reaper.plan();
                let Some((Caller::Function(_), death)) = plan.victim else {
                    return;
                };
                plan.calls += 1;
                let last = plan.calls == death.call;
                plan.last_at_doku = last && death.answered;
                last && !death.answered
            };
            if dies {
                reaper.die().await;
            }
        })
    }

    fn leaves(&self) -> Passage {
        let reaper = self.clone();
        Box::pin(async move {
            let dies = std::mem::take(&mut reaper.plan().last_at_doku);
            if dies {
                reaper.die().await;
            }
        })
    }
}
