//! Waiting for what must happen.

use std::time::{Duration, Instant};

/// Nothing that a test waits for takes longer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Looks again and again until `look` finds something; `what` says in the failure what was missed.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "{} s passed without {what}",
            PATIENCE.as_secs()
        );
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
