//! Counts calls, and stops one of them on its way.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Semaphore, watch};

/// On which side of whoever is called a call is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before it hears of the call.
    Before,
    /// When the call was done, before whoever called hears of it.
    After,
}

/// Counts the calls over one line or several.
#[derive(Default)]
pub struct Counter {
    counted: AtomicUsize,
    stop: Mutex<Option<Arc<Stop>>>,
}

/// One call, to be stopped.
pub struct Stop {
    /// How many calls go through before it.
    before: AtomicUsize,
    moment: Moment,
    /// Tells when it is there (true), or when it was given up (false).
    there: watch::Sender<Option<bool>>,
    /// True when it is not to go further.
    is_lost: AtomicBool,
    gate: Semaphore,
}

impl Stop {
    /// Stops a call whose turn it is; false when it is not to go further.
    pub async fn passes(&self, moment: Moment) -> bool {
        if moment == self.moment {
            self.there.send_replace(Some(true));
            let _ = self.gate.acquire().await; // opens by being closed
        }
        !self.is_lost.load(Ordering::Relaxed)
    }
}

impl Counter {
    /// Counts a call; the stop that is meant for it, if one is.
    pub fn count(&self) -> Option<Arc<Stop>> {
        self.counted.fetch_add(1, Ordering::Relaxed);
        let stop = self.stop.lock().unwrap().clone()?;
        let before = &stop.before;
        let left = before.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            Some(left.wrapping_sub(1))
        });
        (left == Ok(0)).then_some(stop)
    }

    /// How many calls there were since the last time this was asked.
    pub fn counted(&self) -> usize {
        self.counted.swap(0, Ordering::Relaxed)
    }

    /// Stops the nth call from now on.
    pub fn stops_at(&self, nth: usize, moment: Moment) {
        let stop = Stop {
            before: AtomicUsize::new(nth - 1),
            moment,
            there: watch::Sender::new(None),
            is_lost: AtomicBool::new(false),
            gate: Semaphore::new(0),
        };
        *self.stop.lock().unwrap() = Some(Arc::new(stop));
    }

    /// Waits until the call is stopped; false when it was given up before it came.
    pub async fn is_stopped(&self) -> bool {
        let stop = self.stop.lock().unwrap().clone();
        let Some(stop) = stop else {
            return false;
        };
        let mut there = stop.there.subscribe();
        let there = there.wait_for(Option::is_some).await.unwrap();
        *there == Some(true)
    }

    /// Lets the call that is stopped go, and stops none.
    pub fn goes_on(&self) {
        self.end(false);
    }

    /// The call that is stopped goes no further, and none is stopped any more.
    pub fn loses_it(&self) {
        self.end(true);
    }

    fn end(&self, is_lost: bool) {
        if let Some(stop) = self.stop.lock().unwrap().take() {
            stop.is_lost.store(is_lost, Ordering::Relaxed);
            stop.there.send_if_modified(|there| {
                let none = there.is_none();
                if none {
                    *there = Some(false);
                }
                none
            });
            stop.gate.close();
        }
    }
}
