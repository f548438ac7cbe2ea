//! A place to stop at: before a call is looked at, and before its answer leaves.

use std::pin::Pin;

/// What a gate waits for. One that never ends keeps the call, or its answer, for ever.
pub type Passage = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Sees every call to DOKU come in and its answer go out; pages and orders pass unseen.
pub trait Gate: Send + Sync {
    /// A call has arrived; nothing is done about it before the passage ends.
    fn arrives(&self) -> Passage;

    /// Everything is done; the answer leaves when the passage ends.
    fn leaves(&self) -> Passage;
}
