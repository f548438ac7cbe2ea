//! Lines of a timeline: what happened to a payment, refund, binding or subscription.

/// What happened. The codes are part of the contract: merchants route on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// The customer linked an account.
    BindingActive,
    /// Linking did not work.
    BindingFailed,
    /// The account is linked no more.
    BindingUnbound,
    /// DOKU refuses to unlink the account: it still is linked.
    BindingUnbindFailed,
    /// DOKU took the payment and waits for an OTP.
    PaymentOtpRequired,
    /// DOKU took the payment and waits for the customer on its page.
    PaymentRedirectRequired,
    /// The customer confirmed; the bank is working.
    PaymentProcessing,
    /// An OTP was wrong.
    PaymentOtpRejected,
    /// A card was declined; the customer may try another one.
    PaymentAttemptFailed,
    /// Money is held, to be captured.
    PaymentAuthorized,
    /// The authorisation lapses within a day: capture now, or let it go.
    PaymentCaptureDue,
    /// A capture took nothing.
    PaymentCaptureFailed,
    /// The answer to a capture was lost; it will be known later.
    PaymentCaptureUnknown,
    /// Money was taken.
    PaymentPaid,
    /// No money was taken.
    PaymentFailed,
    /// The customer or the bank cancelled.
    PaymentCancelled,
    /// The hold was given up, or the charge taken back before it was settled.
    PaymentVoided,
    /// Nobody confirmed, or captured, in time.
    PaymentExpired,
    /// The answer was lost; it will be known later.
    PaymentUnknown,
    /// DOKU stated another amount than ours: not believed, look at it.
    PaymentAmountMismatch,
    /// DOKU told of a refund that is none of ours: look at it.
    PaymentRefundUnmatched,
    /// DOKU knows the payment, which this deployment does not remember to have sent: what DOKU reports
    /// was taken over.
    PaymentAdopted,
    /// The same of a capture.
    PaymentCaptureAdopted,
    /// DOKU stated another channel or id than ours: not believed, an operator has to check it.
    PaymentIdentityMismatch,
    /// News of another transaction came under the payment's reference: it decided nothing.
    PaymentForeignNews,
    /// DOKU reported that a payment failed after it had reported its success: the payment stays paid, and
    /// an operator has to check it.
    PaymentReversalReported,
    /// The bank is working on a refund.
    RefundPending,
    /// Money went back.
    RefundSucceeded,
    /// No money went back.
    RefundFailed,
    /// The answer to a refund was lost; it will be known later.
    RefundUnknown,
    /// DOKU has a refund that this deployment does not remember to have sent: what DOKU reports was
    /// taken over.
    RefundAdopted,
    /// Nobody knows for a week what became of a payment: look at it.
    PaymentNeedsAttention,
    /// Nobody knows for a week what became of a refund: look at it.
    RefundNeedsAttention,
    /// An account could not be unlinked for a week: look at it.
    BindingNeedsAttention,
    /// An operator stated how a payment, or its capture, ended.
    PaymentSettled,
    /// An operator stated how a refund ended.
    RefundSettled,
    /// An operator stated how a binding ended.
    BindingSettled,
    /// A customer is to be charged again and again.
    SubscriptionCreated,
    /// Amount, goods, method or policy changed.
    SubscriptionChanged,
    /// A period was charged and paid.
    SubscriptionCharged,
    /// A charge was declined; it will be tried again.
    SubscriptionPastDue,
    /// A charge cannot be made before the customer links an account anew; it will be tried again.
    SubscriptionActionRequired,
    /// A charge was declined for the last time.
    SubscriptionChargeFailed,
    /// A charge was tried twice, and paid twice: look at it.
    SubscriptionChargedTwice,
    /// Nobody knows for a week what became of a charge: look at it.
    SubscriptionNeedsAttention,
    /// A period is not charged.
    SubscriptionSkipped,
    /// No charge is made until it is resumed.
    SubscriptionPaused,
    /// Charges are made again.
    SubscriptionResumed,
    /// No charge is made after the present period.
    SubscriptionEnding,
    /// The last charge was made.
    SubscriptionCompleted,
    /// No charge is made any more.
    SubscriptionCancelled,
}

impl EventType {
    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BindingActive => "binding.active",
            Self::BindingFailed => "binding.failed",
            Self::BindingUnbound => "binding.unbound",
            Self::BindingUnbindFailed => "binding.unbind_failed",
            Self::PaymentOtpRequired => "payment.otp_required",
            Self::PaymentRedirectRequired => "payment.redirect_required",
            Self::PaymentProcessing => "payment.processing",
            Self::PaymentOtpRejected => "payment.otp_rejected",
            Self::PaymentAttemptFailed => "payment.attempt_failed",
            Self::PaymentAuthorized => "payment.authorized",
            Self::PaymentCaptureDue => "payment.capture_due",
            Self::PaymentCaptureFailed => "payment.capture_failed",
            Self::PaymentCaptureUnknown => "payment.capture_unknown",
            Self::PaymentVoided => "payment.voided",
            Self::PaymentPaid => "payment.paid",
            Self::PaymentFailed => "payment.failed",
            Self::PaymentCancelled => "payment.cancelled",
            Self::PaymentExpired => "payment.expired",
            Self::PaymentUnknown => "payment.unknown",
            Self::PaymentAmountMismatch => "payment.amount_mismatch",
            Self::PaymentRefundUnmatched => "payment.refund_unmatched",
            Self::PaymentAdopted => "payment.adopted",
            Self::PaymentCaptureAdopted => "payment.capture_adopted",
            Self::PaymentIdentityMismatch => "payment.identity_mismatch",
            Self::PaymentForeignNews => "payment.foreign_news",
            Self::PaymentReversalReported => "payment.reversal_reported",
            Self::RefundPending => "refund.pending",
            Self::RefundSucceeded => "refund.succeeded",
            Self::RefundFailed => "refund.failed",
            Self::RefundUnknown => "refund.unknown",
            Self::RefundAdopted => "refund.adopted",
            Self::PaymentNeedsAttention => "payment.needs_attention",
            Self::RefundNeedsAttention => "refund.needs_attention",
            Self::BindingNeedsAttention => "binding.needs_attention",
            Self::PaymentSettled => "payment.settled",
            Self::RefundSettled => "refund.settled",
            Self::BindingSettled => "binding.settled",
            Self::SubscriptionCreated => "subscription.created",
            Self::SubscriptionChanged => "subscription.changed",
            Self::SubscriptionCharged => "subscription.charged",
            Self::SubscriptionPastDue => "subscription.past_due",
            Self::SubscriptionActionRequired => "subscription.action_required",
            Self::SubscriptionChargeFailed => "subscription.charge_failed",
            Self::SubscriptionChargedTwice => "subscription.charged_twice",
            Self::SubscriptionNeedsAttention => "subscription.needs_attention",
            Self::SubscriptionSkipped => "subscription.skipped",
            Self::SubscriptionPaused => "subscription.paused",
            Self::SubscriptionResumed => "subscription.resumed",
            Self::SubscriptionEnding => "subscription.ending",
            Self::SubscriptionCompleted => "subscription.completed",
            Self::SubscriptionCancelled => "subscription.cancelled",
        }
    }
}
