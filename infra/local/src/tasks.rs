//! Background tasks that end with their owner.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::task::AbortHandle;

/// A set of spawned tasks. Dropping it stops them all; a task that owns a child process kills it
/// by being stopped.
#[derive(Debug, Default)]
pub struct Tasks(Mutex<Running>);

#[derive(Debug, Default)]
struct Running {
    handles: Vec<AbortHandle>,
    stopped: bool,
}

impl Tasks {
    /// Runs `task` until it ends or this set is stopped; after that, not at all. Needs a Tokio runtime.
    pub fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if running.stopped {
            return;
        }
        running.handles.retain(|handle| !handle.is_finished());
        running.handles.push(tokio::spawn(task).abort_handle());
    }

    /// Stops every task.
    pub fn stop(&self) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.stopped = true;
        for handle in running.handles.drain(..) {
            handle.abort();
        }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.stop();
    }
}
