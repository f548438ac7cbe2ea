//! What can go wrong in a use case. Knows no HTTP: `http` holds the one table from here to there.

use std::time::Duration;

use crate::domain::error::FieldError;
use crate::queue::QueueError;
use crate::secrets::SecretsError;
use crate::store::{Rejected, StoreError};

/// Why a use case gives no answer.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Fields are wrong.
    #[error("the request is not valid")]
    Invalid(Vec<FieldError>),
    /// The channel has no such operation: the field that led to it, and what would do.
    #[error("the channel does not offer this")]
    NotSupported(FieldError),
    /// The channel offers it, but nobody has read how: the deployment has to allow it.
    #[error("nobody has confirmed how the channel does this")]
    NotConfirmed(FieldError),
    /// A customer's app asks for somebody else.
    #[error("a customer's app may act for its own customer only")]
    Forbidden,
    /// A customer's app asks for what only the merchant may decide.
    #[error("only the merchant may ask for this")]
    MerchantOnly,
    /// No such binding, or none of the caller's.
    #[error("no such binding")]
    BindingNotFound,
    /// No such payment, or none of the caller's.
    #[error("no such payment")]
    PaymentNotFound,
    /// No such saved card, or none of the customer's.
    #[error("no such card")]
    CardNotFound,
    /// No such subscription, or none of the caller's.
    #[error("no such subscription")]
    SubscriptionNotFound,
    /// No such refund.
    #[error("no such refund")]
    RefundNotFound,
    /// The same request, or another one for the same thing, is still running.
    #[error("still running")]
    InProgress(Duration),
    /// The step is impossible now; the text says why.
    #[error("{0}")]
    Illegal(&'static str),
    /// The invoice number belongs to another payment.
    #[error("the invoice number is used")]
    InvoiceUsed,
    /// The idempotency key came with another request before.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// No such token of BRI's, or none of the customer's.
    #[error("no such token")]
    TokenNotFound,
    /// There is no time left for another charge.
    #[error("no time is left")]
    OutOfTime,
    /// The queue did not take what was due.
    #[error("the queue is not available")]
    Queue(#[from] QueueError),
    /// DOKU could not be reached. Nothing happened there.
    #[error("DOKU could not be reached")]
    Unreachable,
    /// DOKU does not accept our credentials. Nothing happened there.
    #[error("DOKU does not accept our credentials")]
    Misconfigured,
    /// DOKU asks for fewer requests. Nothing happened there.
    #[error("DOKU throttles us")]
    Throttled,
    /// The table failed before anything was sent.
    #[error("the table is not available")]
    Store(#[source] StoreError),
    /// The table failed after something was sent: what became of it will be asked.
    #[error("the table is not available after sending")]
    StoreAfterSend(#[source] StoreError),
    /// The secret is not available or not usable.
    #[error("the secret is not available")]
    Secrets(#[from] SecretsError),
    /// A bug.
    #[error("internal: {0}")]
    Internal(&'static str),
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl AppError {
    /// The same when something was sent before.
    pub(super) fn after_sending(self) -> Self {
        match self {
            Self::Store(error) => Self::StoreAfterSend(error),
            other => other,
        }
    }

    /// What a refused write means where no better meaning is at hand.
    pub(super) fn of_write(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Unavailable(error) => Self::Store(error),
            Rejected::Stale | Rejected::Seen => Self::InProgress(Duration::from_secs(1)),
            Rejected::Claimed(_) | Rejected::Referenced { .. } | Rejected::Answered => {
                Self::Internal("a write was refused for a reason it cannot have")
            }
        }
    }
}
