//! The one table from what went wrong to what the caller is told.

use std::time::Duration;

use super::problem::{Problem, ProblemCode};
use crate::app::AppError;
use crate::secrets::SecretsError;
use crate::store::StoreError;

/// Said where nothing reached DOKU: the work that was begun is continued by the same key only.
const REPEAT: &str = "Nothing reached DOKU. Repeat the request with the same Idempotency-Key.";

/// Said where the channel's own description could not be read.
const UNREAD: &str = "DOKU's own description of this operation could not be read. Ask DOKU, then list the \
     channel in UNCONFIRMED_CHANNELS to allow it.";

/// Said where something was made through a channel that was taken out of the settings.
const REMOVED: &str = "It was made through a channel that is no longer among MORE_CHANNELS. Repeating the request \
     does not help; putting the channel back does.";

/// Said where a record holds a word that only a newer release knows.
const NEWER: &str = "It can be read, and nothing is done with it until that release runs again. Repeat the request \
     then, with the same Idempotency-Key.";

/// The longest that a caller is asked to wait for work that is still running.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Whole seconds for `Retry-After`, at least one.
pub(super) fn seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000))
        .unwrap_or(u32::MAX)
        .max(1)
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        log(&error);
        match error {
            AppError::Invalid(errors) => Self::invalid(errors),
            AppError::NotSupported(error) => {
                Self::new(ProblemCode::OperationNotSupported).errors(vec![error])
            }
            AppError::NotConfirmed(error) => Self::new(ProblemCode::ChannelNotConfirmed)
                .detail(UNREAD)
                .errors(vec![error]),
            AppError::Forbidden => ProblemCode::Forbidden.into(),
            AppError::MerchantOnly => ProblemCode::MerchantOnly.into(),
            AppError::BindingNotFound => ProblemCode::BindingNotFound.into(),
            AppError::PaymentNotFound => ProblemCode::PaymentNotFound.into(),
            AppError::CardNotFound => ProblemCode::CardNotFound.into(),
            AppError::SubscriptionNotFound => ProblemCode::SubscriptionNotFound.into(),
            AppError::TokenNotFound => ProblemCode::TokenNotFound.into(),
            AppError::RefundNotFound => ProblemCode::RefundNotFound.into(),
            AppError::InProgress(wait) => {
                // The lease tells how long it may take at most; most work is done much sooner.
                Self::new(ProblemCode::InProgress).retry_after(seconds(wait.min(LOOK_AGAIN)))
            }
            AppError::Illegal(why) => Self::new(ProblemCode::IllegalTransition).detail(why),
            AppError::InvoiceUsed => ProblemCode::InvoiceNumberUsed.into(),
            AppError::KeyReused => ProblemCode::IdempotencyKeyReused.into(),
            AppError::Unreachable => Self::new(ProblemCode::GatewayUnreachable)
                .detail(REPEAT)
                .retry_after(1),
            AppError::Throttled => Self::new(ProblemCode::Throttled)
                .detail(REPEAT)
                .retry_after(5),
            // Refused by DOKU, not filled yet or filled wrongly: nothing that waiting would mend.
            AppError::Misconfigured
            | AppError::Secrets(
                SecretsError::Field { .. } | SecretsError::Key { .. } | SecretsError::NotAnObject,
            ) => ProblemCode::GatewayMisconfigured.into(),
            AppError::Store(StoreError::NewerVersion(_)) => Self::new(ProblemCode::NewerVersion)
                .detail(NEWER)
                .retry_after(60),
            AppError::Store(StoreError::UnknownChannel(_)) => {
                Self::new(ProblemCode::ChannelUnknown).detail(REMOVED)
            }
            AppError::Store(_) | AppError::Secrets(_) => {
                Self::new(ProblemCode::StoreUnavailable).retry_after(1)
            }
            AppError::StoreAfterSend(_) => Self::new(ProblemCode::StoreUnavailable)
                .retry_after(60)
                .outcome_unknown(),
            AppError::Internal(_) | AppError::Queue(_) | AppError::OutOfTime => {
                ProblemCode::Internal.into()
            }
        }
    }
}

/// Logs, once and here, what an operator should see; what a caller did wrong is not that.
fn log(error: &AppError) {
    match error {
        AppError::Store(_)
        | AppError::StoreAfterSend(_)
        | AppError::Secrets(_)
        | AppError::Misconfigured
        | AppError::Internal(_) => {
            tracing::error!(error = chain(error), "the request failed");
        }
        AppError::Unreachable | AppError::Throttled => {
            tracing::warn!(error = %error, "the request failed");
        }
        _ => {}
    }
}

/// An error with everything behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::FieldError;

    #[test]
    fn a_wait_is_never_shown_as_nothing() {
        assert_eq!(seconds(Duration::ZERO), 1);
        assert_eq!(seconds(Duration::from_millis(1001)), 2);
    }

    #[test]
    fn what_happened_after_sending_is_not_called_nothing() {
        let lost = StoreError::Unavailable("timeout".into());
        let problem = Problem::from(AppError::StoreAfterSend(lost));
        assert_eq!(
            problem.outcome,
            super::super::problem::ProblemOutcome::Unknown
        );
        assert_eq!(problem.code.status().as_u16(), 503);
    }

    #[test]
    fn what_a_newer_release_wrote_is_waited_for() {
        let problem = Problem::from(AppError::Store(StoreError::NewerVersion("status")));
        assert_eq!(problem.code, ProblemCode::NewerVersion);
        assert_eq!(problem.code.status().as_u16(), 503);
        assert!(problem.code.retryable() && problem.headers[0].1 == "60");
    }

    #[test]
    fn a_channel_that_is_gone_is_not_waited_for() {
        let gone = StoreError::UnknownChannel("X".into());
        let problem = Problem::from(AppError::Store(gone));
        assert_eq!(problem.code, ProblemCode::ChannelUnknown);
        assert!(!problem.code.retryable() && problem.headers.is_empty());
        assert!(problem.detail.contains("MORE_CHANNELS"));
    }

    #[test]
    fn what_nobody_confirmed_says_which_setting_allows_it() {
        let problem = Problem::from(AppError::NotConfirmed(FieldError::new("channel", "x")));
        assert_eq!(problem.errors.len(), 1);
        assert_eq!(problem.code, ProblemCode::ChannelNotConfirmed);
        assert_eq!(problem.code.status().as_u16(), 400);
        assert!(!problem.code.retryable());
        assert!(problem.detail.contains("UNCONFIRMED_CHANNELS"));
    }
}
