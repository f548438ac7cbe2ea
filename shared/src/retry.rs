//! "Not now", as AWS says it, and the time that there is to try again.
//!
//! The SDK repeats a call that was throttled twice, within five seconds, and knows neither an answer that
//! was cancelled nor one that succeeded in part. What it does not repeat is repeated here: with full
//! jitter, until the deadline of the invocation is near.
//!
//! Before a request was sent to DOKU, each call may take half of the time that is left and eight seconds at
//! most, so that enough remains for the request itself, and for what else is due. [`must_be_stored`] ends
//! that: what DOKU took has to be recorded, if it takes all the time there is.

use std::cell::Cell;
use std::time::Duration;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::Instant;

use crate::telemetry;

/// Used outside of [`within`].
const WITHOUT_DEADLINE: Duration = Duration::from_secs(5);

/// The most time for a call that nothing depends on yet: who asked for it may ask again.
const UNTIL_REFUSED: Duration = Duration::from_secs(8);

/// Kept back from the last attempt, to give an answer.
const TO_ANSWER: Duration = Duration::from_millis(500);

/// The first pause is at most this long, the second twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(25);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

tokio::task_local! {
    static BUDGET: Budget;
}

/// The time that one piece of work has.
struct Budget {
    ends: Instant,
    must_be_stored: Cell<bool>,
}

/// Does a piece of work that has to be done in that time: calls to AWS that are throttled on its way are
/// repeated for as long.
pub async fn within<W: Future>(time: Duration, work: W) -> W::Output {
    let budget = Budget {
        ends: Instant::now() + time,
        must_be_stored: Cell::new(false),
    };
    BUDGET.scope(budget, work).await
}

/// From now on the rest of this work is to record what cannot be undone: a write may take all the time
/// that is left, and is repeated also when AWS does not answer.
pub fn must_be_stored() {
    // Without a deadline there is nothing to extend.
    let _ = BUDGET.try_with(|budget| budget.must_be_stored.set(true));
}

/// How AWS said "not now".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotNow {
    /// Too much at once: nothing was done.
    Throttled,
    /// A failure of the service: it may have been done.
    Failed,
    /// No answer: it may have been done.
    NoAnswer,
}

impl NotNow {
    /// Whether it may have been done all the same.
    pub(crate) const fn is_unclear(self) -> bool {
        match self {
            Self::Throttled => false,
            Self::Failed | Self::NoAnswer => true,
        }
    }
}

/// Codes that mean "later": of errors, of one entry of a batch, or of one item of a transaction. Those of
/// which the SDK knows nothing are among them.
const LATER: [&str; 19] = [
    "BandwidthLimitExceeded",
    "KmsThrottled",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingError",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflict",
    "TransactionConflictException",
];

/// Codes of the service's own failures. A transaction with this token is being worked on: it will have
/// been done.
const FAILURES: [&str; 9] = [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceError",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "TransactionInProgressException",
];

/// What a code of AWS's says of time; `None` when trying again is of no use.
pub(crate) fn meaning(code: &str) -> Option<NotNow> {
    // Errors of KMS come as `KMS.ThrottlingException` through the services that use it.
    let name = code.rsplit('.').next().unwrap_or(code);
    if LATER.contains(&name) {
        Some(NotNow::Throttled)
    } else if FAILURES.contains(&name) {
        Some(NotNow::Failed)
    } else {
        None
    }
}

/// The same of the failure of a call.
pub(crate) fn meaning_of<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
) -> Option<NotNow> {
    match error {
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => Some(NotNow::NoAnswer),
        SdkError::DispatchFailure(failure) => {
            (failure.is_io() || failure.is_timeout()).then_some(NotNow::NoAnswer)
        }
        SdkError::ServiceError(refusal) => {
            let named = refusal.err().code().and_then(meaning);
            named.or_else(|| match refusal.raw().status().as_u16() {
                429 => Some(NotNow::Throttled),
                500..=599 => Some(NotNow::Failed),
                _ => None,
            })
        }
        _ => None,
    }
}

/// The pauses between the attempts at one call.
pub(crate) struct Backoff {
    until: Instant,
    must_be_stored: bool,
    round: u32,
}

impl Backoff {
    /// For a call that is about to be made.
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let (until, must_be_stored) = BUDGET
            .try_with(|budget| {
                let left = budget.ends.saturating_duration_since(now);
                let left = left.saturating_sub(TO_ANSWER);
                let must_be_stored = budget.must_be_stored.get();
                let share = if must_be_stored {
                    left
                } else {
                    UNTIL_REFUSED.min(left / 2)
                };
                (now + share, must_be_stored)
            })
            .unwrap_or((now + WITHOUT_DEADLINE, false));
        Self {
            until,
            must_be_stored,
            round: 0,
        }
    }

    /// The same, but no longer than that.
    pub(crate) fn at_most(time: Duration) -> Self {
        let backoff = Self::new();
        Self {
            until: backoff.until.min(Instant::now() + time),
            ..backoff
        }
    }

    /// Begins anew with short pauses: the last attempt did some of the work.
    pub(crate) const fn advanced(&mut self) {
        self.round = 0;
    }

    /// Waits until the next attempt; false when there is none, for want of time or because it would be of
    /// no use.
    pub(crate) async fn allows(&mut self, why: NotNow) -> bool {
        // The SDK has tried three times: a caller who may ask again need not wait for more.
        if why == NotNow::NoAnswer && !self.must_be_stored {
            return false;
        }
        let pause = jitter(ceiling(self.round));
        if Instant::now() + pause >= self.until {
            return false;
        }
        self.round += 1;
        tracing::debug!(reason = ?why, round = self.round, "a call to AWS is made again");
        telemetry::count("AwsCallRetried", 1);
        tokio::time::sleep(pause).await;
        true
    }
}

/// Makes a call that may be made twice, as often as it takes.
pub(crate) async fn call<T, E, F>(attempt: impl Fn() -> F) -> F::Output
where
    E: ProvideErrorMetadata,
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    with(Backoff::new(), attempt).await
}

/// The same with pauses of the caller's choice.
pub(crate) async fn with<T, E, F>(mut backoff: Backoff, attempt: impl Fn() -> F) -> F::Output
where
    E: ProvideErrorMetadata,
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    loop {
        let error = match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        match meaning_of(&error) {
            Some(why) if backoff.allows(why).await => {}
            _ => return Err(error),
        }
    }
}

fn ceiling(round: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(1 << round.min(16))
        .min(LONGEST_PAUSE)
}

/// A random part of a duration. The sandboxes of a function share their process id, and began at the same
/// moment: nothing but a random source tells them apart.
pub(crate) fn jitter(ceiling: Duration) -> Duration {
    let most = u64::try_from(ceiling.as_micros()).unwrap_or(u64::MAX - 1);
    let mut bytes = [0; 8];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => Duration::from_micros(u64::from_be_bytes(bytes) % most.saturating_add(1)),
        Err(_) => ceiling,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let table = [
            ("ThrottlingError", Some(NotNow::Throttled)),
            ("ThrottlingException", Some(NotNow::Throttled)),
            ("ProvisionedThroughputExceeded", Some(NotNow::Throttled)),
            ("RequestLimitExceeded", Some(NotNow::Throttled)),
            ("TransactionConflict", Some(NotNow::Throttled)),
            ("TransactionConflictException", Some(NotNow::Throttled)),
            ("KMS.ThrottlingException", Some(NotNow::Throttled)),
            ("TransactionInProgressException", Some(NotNow::Failed)),
            ("InternalServerError", Some(NotNow::Failed)),
            ("InternalServiceError", Some(NotNow::Failed)),
            ("ServiceUnavailable", Some(NotNow::Failed)),
            ("ValidationError", None),
            ("ConditionalCheckFailed", None),
            ("AccessDeniedException", None),
            ("ItemCollectionSizeLimitExceeded", None),
            ("", None),
        ];
        for (code, expected) in table {
            assert_eq!(meaning(code), expected, "{code}");
        }
    }

    #[test]
    fn every_code_that_the_sdk_takes_for_throttling_is_one_here() {
        // Those of `aws_runtime::retries::classifiers`, less those of EC2.
        for code in [
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottledException",
            "TooManyRequestsException",
            "ProvisionedThroughputExceededException",
            "TransactionInProgressException",
            "RequestLimitExceeded",
            "BandwidthLimitExceeded",
            "LimitExceededException",
            "RequestThrottled",
            "SlowDown",
            "PriorRequestNotComplete",
            "RequestTimeout",
            "RequestTimeoutException",
        ] {
            assert!(meaning(code).is_some(), "{code}");
        }
    }

    #[test]
    fn jitter_fills_its_range_and_is_never_the_same() {
        let ceiling = Duration::from_secs(1);
        let pauses: Vec<_> = (0..200).map(|_| jitter(ceiling)).collect();
        assert!(pauses.iter().all(|pause| *pause <= ceiling));
        assert!(pauses.iter().any(|pause| *pause < ceiling / 4));
        assert!(pauses.iter().any(|pause| *pause > ceiling / 4 * 3));
        let mut different = pauses.clone();
        different.sort_unstable();
        different.dedup();
        assert!(different.len() > 190);
    }

    #[test]
    fn pauses_grow_up_to_a_second() {
        let table = [(0, 25), (1, 50), (4, 400), (6, 1_000), (99, 1_000)];
        for (round, millis) in table {
            assert_eq!(ceiling(round), Duration::from_millis(millis), "{round}");
        }
    }

    #[tokio::test]
    async fn a_call_takes_half_of_the_time_and_all_of_it_once_it_must_be_stored() {
        let given = || Backoff::new().until - Instant::now();
        let about = |seconds: f64| {
            let expected = Duration::from_secs_f64(seconds);
            expected.saturating_sub(Duration::from_millis(1_500))..=expected
        };
        assert!(about(5.0).contains(&given()), "no deadline");
        within(Duration::from_millis(20_500), async {
            assert!(about(8.0).contains(&given()));
            assert!(!Backoff::new().allows(NotNow::NoAnswer).await);
            assert!(Backoff::new().allows(NotNow::Failed).await);
            must_be_stored();
            assert!(about(20.0).contains(&given()));
            assert!(Backoff::new().allows(NotNow::NoAnswer).await);
            let mut shorter = Backoff::at_most(Duration::ZERO);
            assert!(!shorter.allows(NotNow::Throttled).await);
        })
        .await;
        within(Duration::from_millis(10_500), async {
            assert!(about(5.0).contains(&given()));
        })
        .await;
        within(Duration::from_millis(400), async {
            must_be_stored();
            assert!(!Backoff::new().allows(NotNow::Throttled).await);
        })
        .await;
    }
}
