//! Lines of a timeline: what happened to a payment, refund or binding.

/// What happened. The codes are part of the contract: merchants route on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// The customer linked an account.
    BindingActive,
    /// Linking did not work.
    BindingFailed,
    /// The account is linked no more.
    BindingUnbound,
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
    /// The bank is working on a refund.
    RefundPending,
    /// Money went back.
    RefundSucceeded,
    /// No money went back.
    RefundFailed,
    /// The answer to a refund was lost; it will be known later.
    RefundUnknown,
}

impl EventType {
    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BindingActive => "binding.active",
            Self::BindingFailed => "binding.failed",
            Self::BindingUnbound => "binding.unbound",
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
            Self::RefundPending => "refund.pending",
            Self::RefundSucceeded => "refund.succeeded",
            Self::RefundFailed => "refund.failed",
            Self::RefundUnknown => "refund.unknown",
        }
    }
}
