//! Stops a function at one of its calls to the outside: for a while, so that something else happens
//! meanwhile, or for ever: then it has died.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doku_simulator::{Gate, Passage};
use tokio::sync::{Notify, oneshot};

/// Where a function dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// At which of its calls, from 1.
    pub call: u32,
    /// After the call was answered and before the function sees it; else before the call leaves.
    pub answered: bool,
}

/// Where something else happens while a function runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meeting {
    /// At which of its calls, from 1, before the call leaves.
    pub call: u32,
    /// Of its calls to DOKU, instead of all.
    pub at_doku: bool,
    /// How long the call is held back meanwhile.
    pub held: Duration,
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
    /// Whose calls are counted.
    watched: Option<Caller>,
    calls: u32,
    calls_to_doku: u32,
    /// Where it dies.
    death: Option<Death>,
    /// Where somebody else begins something, and who is told that it is time.
    meeting: Option<(Meeting, oneshot::Sender<()>)>,
    /// The call that is under way at DOKU is the last one.
    last_at_doku: bool,
}

/// What becomes of a call before it leaves.
#[derive(Default)]
struct Leaving {
    number: u32,
    held: Option<Duration>,
    dies: bool,
    /// It is the last one, once it was answered.
    last: bool,
}

impl Plan {
    fn count(&mut self, to_doku: bool) -> Leaving {
        self.calls += 1;
        self.calls_to_doku += u32::from(to_doku);
        let (number, at_doku) = (self.calls, self.calls_to_doku);
        let death = self.death.filter(|death| death.call == number);
        let meets = |(meeting, _): &mut (Meeting, _)| {
            let reached = if meeting.at_doku { at_doku } else { number };
            meeting.call == reached && (to_doku || !meeting.at_doku)
        };
        let held = self.meeting.take_if(meets).map(|(meeting, told)| {
            // Nobody may be left to be told.
            let _ = told.send(());
            meeting.held
        });
        Leaving {
            number,
            held,
            dies: death.is_some_and(|death| !death.answered),
            last: death.is_some_and(|death| death.answered),
        }
    }
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

    /// From now on the calls of `caller` are counted. It dies where that is said, and what is returned
    /// tells when the other thing begins: with an error where the function never came so far.
    pub fn watch(
        &self,
        caller: Caller,
        death: Option<Death>,
        meeting: Option<Meeting>,
    ) -> oneshot::Receiver<()> {
        let (tell, told) = oneshot::channel();
        *self.plan() = Plan {
            watched: Some(caller),
            death,
            meeting: meeting.map(|meeting| (meeting, tell)),
            ..Plan::default()
        };
        told
    }

    /// Nobody is watched any more.
    pub fn rest(&self) {
        *self.plan() = Plan::default();
    }

    /// Returns when the victim has died.
    pub async fn death(&self) {
        self.0.died.notified().await;
    }

    /// Whether that caller's death is awaited.
    pub fn awaits(&self, caller: Caller) -> bool {
        let plan = self.plan();
        plan.watched == Some(caller) && plan.death.is_some()
    }

    async fn die(&self) {
        self.0.died.notify_one();
        std::future::pending::<()>().await;
    }

    /// Holds a call, or keeps it for ever.
    async fn stop(&self, leaving: &Leaving) {
        if let Some(held) = leaving.held {
            tokio::time::sleep(held).await;
        }
        if leaving.dies {
            self.die().await;
        }
    }

    /// A call is about to leave; gives its number, for [`Reaper::answered`].
    pub async fn leaves(&self, caller: Caller) -> u32 {
        let leaving = {
            let mut plan = self.plan();
            if plan.watched == Some(caller) {
                plan.count(false)
            } else {
                Leaving::default()
            }
        };
        self.stop(&leaving).await;
        leaving.number
    }

    /// A call was answered, and its caller is about to see it.
    pub async fn answered(&self, caller: Caller, number: u32) {
        let dies = {
            let plan = self.plan();
            let last = |death: Death| death.answered && death.call == number;
            plan.watched == Some(caller) && plan.death.is_some_and(last)
        };
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
            let leaving = {
                let mut plan = reaper.plan();
                let Some(Caller::Function(_)) = plan.watched else {
                    return;
                };
                let leaving = plan.count(true);
                plan.last_at_doku = leaving.last;
                leaving
            };
            reaper.stop(&leaving).await;
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
