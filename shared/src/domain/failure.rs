//! Why something did not work, in words of ours that stay the same whatever bank is behind it.

/// A reason for a decline or refusal.
///
/// The list only grows: merchants' programs compare the codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The bank said no and does not say more.
    Declined,
    /// Too little money in the account.
    InsufficientFunds,
    /// Over a limit of the account, the day or the merchant.
    LimitExceeded,
    /// The bank suspects fraud.
    SuspectedFraud,
    /// The account is blocked, expired, dormant or unknown.
    AccountUnavailable,
    /// The customer must act at the bank first (set a limit, register).
    CustomerActionRequired,
    /// The OTP was wrong.
    OtpIncorrect,
    /// The OTP is too old, or none was asked for.
    OtpExpired,
    /// The bank takes no more OTPs.
    OtpBlocked,
    /// We stopped before the bank would block the customer.
    OtpAttemptsExceeded,
    /// The OTP was sent, its answer was lost and DOKU still waits for one.
    OtpOutcomeUnknown,
    /// The customer's consent is gone: link the account again.
    BindingLost,
    /// The customer said no.
    CancelledByCustomer,
    /// It took too long.
    Expired,
    /// The bank is closed for its daily cut-off, or asks for fewer attempts.
    TryLater,
    /// DOKU does not allow this merchant to do it.
    NotAllowed,
    /// The payment's state at DOKU does not allow it.
    WrongState,
    /// DOKU knows this reference with other parameters.
    DuplicateReference,
    /// DOKU refused our request as malformed or unauthorised: ours to mend.
    GatewayRejected,
    /// The subscription ended before the charge was sent.
    SubscriptionEnded,
    /// It did not reach DOKU, and nobody asked for it again.
    NotSent,
}

impl Failure {
    /// Every reason, for tables and documents.
    pub const ALL: [Self; 21] = [
        Self::Declined,
        Self::InsufficientFunds,
        Self::LimitExceeded,
        Self::SuspectedFraud,
        Self::AccountUnavailable,
        Self::CustomerActionRequired,
        Self::OtpIncorrect,
        Self::OtpExpired,
        Self::OtpBlocked,
        Self::OtpAttemptsExceeded,
        Self::OtpOutcomeUnknown,
        Self::BindingLost,
        Self::CancelledByCustomer,
        Self::Expired,
        Self::TryLater,
        Self::NotAllowed,
        Self::WrongState,
        Self::DuplicateReference,
        Self::GatewayRejected,
        Self::SubscriptionEnded,
        Self::NotSent,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::InsufficientFunds => "insufficient_funds",
            Self::LimitExceeded => "limit_exceeded",
            Self::SuspectedFraud => "suspected_fraud",
            Self::AccountUnavailable => "account_unavailable",
            Self::CustomerActionRequired => "customer_action_required",
            Self::OtpIncorrect => "otp_incorrect",
            Self::OtpExpired => "otp_expired",
            Self::OtpBlocked => "otp_blocked",
            Self::OtpAttemptsExceeded => "otp_attempts_exceeded",
            Self::OtpOutcomeUnknown => "otp_outcome_unknown",
            Self::BindingLost => "binding_lost",
            Self::CancelledByCustomer => "cancelled_by_customer",
            Self::Expired => "expired",
            Self::TryLater => "try_later",
            Self::NotAllowed => "not_allowed",
            Self::WrongState => "wrong_state",
            Self::DuplicateReference => "duplicate_reference",
            Self::GatewayRejected => "gateway_rejected",
            Self::SubscriptionEnded => "subscription_ended",
            Self::NotSent => "not_sent",
        }
    }

    /// Reads the code back from the table.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.code() == code)
    }

    /// A sentence for people.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Declined => "The bank declined.",
            Self::InsufficientFunds => "The account holds too little money.",
            Self::LimitExceeded => "A limit of the account or of the merchant is exceeded.",
            Self::SuspectedFraud => "The bank suspects fraud.",
            Self::AccountUnavailable => "The account is blocked, expired, dormant or unknown.",
            Self::CustomerActionRequired => "The customer must act at the bank first.",
            Self::OtpIncorrect => "The OTP is wrong.",
            Self::OtpExpired => "The OTP is too old; ask for a new one.",
            Self::OtpBlocked => "The bank takes no more OTPs for now.",
            Self::OtpAttemptsExceeded => "Too many wrong OTPs; start a new payment.",
            Self::OtpOutcomeUnknown => "The OTP's answer was lost; enter a new OTP.",
            Self::BindingLost => "The account is no longer linked; link it again.",
            Self::CancelledByCustomer => "The customer cancelled.",
            Self::Expired => "It was not completed in time.",
            Self::TryLater => "The bank cannot do this now; try again later.",
            Self::NotAllowed => "DOKU does not allow this for the merchant.",
            Self::WrongState => "The payment's state at DOKU does not allow this.",
            Self::DuplicateReference => "DOKU already knows this reference with other parameters.",
            Self::GatewayRejected => "DOKU refused the request; the operator has been told.",
            Self::SubscriptionEnded => "The subscription ended before the charge was sent.",
            Self::NotSent => "It did not reach DOKU, and nobody asked for it again.",
        }
    }

    /// True when the same customer may succeed with a new attempt and nothing else changed.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::OtpIncorrect | Self::OtpExpired | Self::OtpOutcomeUnknown | Self::TryLater
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back_and_differ() {
        let mut codes: Vec<_> = Failure::ALL.iter().map(|f| f.code()).collect();
        for failure in Failure::ALL {
            assert_eq!(Failure::parse(failure.code()), Some(failure));
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Failure::ALL.len());
    }
}
