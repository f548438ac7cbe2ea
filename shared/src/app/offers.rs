//! What a channel offers, and what else does where it does not.

use super::{App, AppError};
use crate::domain::channel::{Capability, Channel};
use crate::domain::error::FieldError;
use crate::domain::payment::Payment;

/// Said where a channel's own description of an operation could not be read.
const UNCONFIRMED: &str =
    "leads to a channel whose implementation of this is not confirmed with DOKU";

impl App {
    /// Checks that a channel offers this and may be asked for it. `field` is the one that names the channel,
    /// or what leads to it.
    pub(super) fn offers(
        &self,
        channel: &Channel,
        capability: Capability,
        field: &str,
    ) -> Result<(), AppError> {
        if !channel.can(capability) {
            return Err(self.not_offered(&[capability], field));
        }
        if channel.is_confirmed(capability) {
            return Ok(());
        }
        let others = self.channels_that(|channel| may(channel, capability));
        let error = FieldError::new(field, UNCONFIRMED).alternatives(others);
        Err(AppError::NotConfirmed(error))
    }

    /// The error that a channel offers none of these operations, with the channels that do.
    pub(super) fn not_offered(&self, capabilities: &[Capability], field: &str) -> AppError {
        let rule = capabilities.first().map_or(NOTHING, |first| rule(*first));
        let others = self.channels_that(|channel| {
            let mut all = capabilities.iter();
            all.any(|capability| may(channel, *capability))
        });
        AppError::NotSupported(FieldError::new(field, rule).alternatives(others))
    }

    /// The error that nothing can be linked through a channel, with the channels that link.
    pub(super) fn not_linkable(&self, field: &str) -> AppError {
        self.not_offered(&[Capability::BindAccount, Capability::BindCard], field)
    }

    /// The error that a channel cannot be charged again and again, with the channels that can.
    pub(super) fn not_recurring(&self, field: &str) -> AppError {
        let others = self.channels_that(|channel| channel.recurring.is_some());
        let rule = "leads to a channel that cannot be charged without asking the customer";
        AppError::NotSupported(FieldError::new(field, rule).alternatives(others))
    }

    /// The codes of those channels on offer.
    fn channels_that(&self, fits: impl Fn(&Channel) -> bool) -> Vec<&'static str> {
        self.config.channels.codes(fits)
    }
}

/// The error that a channel does not confirm payments this way, with the ways that it has.
pub(super) fn confirmation_not_offered(channel: &Channel) -> AppError {
    let ways = channel.confirmations.iter();
    let error = FieldError::new("method.confirmation", "is not offered by this channel");
    AppError::NotSupported(error.alternatives(ways.map(|way| way.as_str())))
}

/// The error that a payment's channel does not give this much back, with what it does.
pub(super) fn refund_not_offered(payment: &Payment) -> AppError {
    let whole =
        payment.channel.can(Capability::FullRefund) && payment.refundable() == payment.taken();
    AppError::NotSupported(if whole {
        let error = FieldError::new("amount", rule(Capability::PartialRefund));
        error.alternatives([payment.taken().to_snap()])
    } else {
        FieldError::new("paymentId", rule(Capability::FullRefund))
    })
}

fn may(channel: &Channel, capability: Capability) -> bool {
    channel.can(capability) && channel.is_confirmed(capability)
}

const NOTHING: &str = "leads to a channel that does not offer this";

const fn rule(capability: Capability) -> &'static str {
    match capability {
        Capability::BindAccount => "names a channel that links no accounts",
        Capability::BindCard => "names a channel that links no cards",
        Capability::BindingOtp => "leads to a channel that confirms no linking by OTP",
        Capability::Pay => "leads to a channel that takes no payments",
        Capability::Capture => "leads to a channel that holds no money to be captured",
        Capability::PaymentOtp => "leads to a channel that confirms no payment by OTP",
        Capability::FullRefund => "leads to a channel that gives nothing back",
        Capability::PartialRefund => "must be the whole amount: the channel gives back no parts",
        Capability::Balance => "leads to a channel that does not tell what an account holds",
        Capability::UnbindAccount | Capability::UnbindCard => {
            "leads to a channel that unlinks nothing"
        }
    }
}
