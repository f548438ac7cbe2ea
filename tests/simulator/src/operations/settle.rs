//! How a payment ends: paid, or failed, and what the merchant is told.

use doku_shared::clock::Timestamp;

use crate::answer::Refusal;
use crate::channel::{Channel, WrongOtps};
use crate::world::World;
use crate::world::accounts::Charge;
use crate::world::binding::BindingStatus;
use crate::world::declines::Decline;
use crate::world::outbox::{DebitNotice, Notice};
use crate::world::payment::{Payment, PaymentStatus};
use crate::world::settings::Settings;

/// The one OTP that is right, as in DOKU's sandbox sample.
pub const RIGHT_OTP: &str = "111000";
/// Wrong OTPs that end a binding on its page.
pub const WRONG_OTPS_ALLOWED: u32 = 3;

/// What became of an OTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtpOutcome {
    /// Right, and the account was debited.
    Paid,
    /// Right, but the bank refused; the payment has failed.
    Declined(Decline),
    /// Wrong; the customer may try again.
    Wrong,
    /// Wrong too often; the payment has failed.
    Blocked,
    /// The payment does not wait for an OTP.
    NotWaiting,
}

/// Why an account was not debited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpaid {
    /// The bank refused; the payment has failed.
    Declined(Decline),
    /// The payment does not wait, or has waited too long.
    NotWaiting,
}

impl Unpaid {
    /// The refusal in the words of SNAP.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Declined(decline) => decline.refusal(),
            Self::NotWaiting => Refusal::new(404, "00", "Invalid Transaction Status"),
        }
    }
}

/// Tries an OTP on a payment. Only a waiting payment can change, so nothing is charged twice.
pub fn try_otp(world: &mut World, key: &str, otp: &str, now: Timestamp) -> OtpOutcome {
    let Some(payment) = world.payments.get_mut(key) else {
        return OtpOutcome::NotWaiting;
    };
    if payment.status != PaymentStatus::Initiated {
        return OtpOutcome::NotWaiting;
    }
    if otp != RIGHT_OTP {
        payment.wrong_otps += 1;
        let rule = payment.version.wrong_otps;
        let own = payment.wrong_otps >= rule.allowed;
        let card = payment.auth_code.clone();
        let blocked = if rule.block.is_some() && world.bindings.get(&card).is_some() {
            miss(world, &card, rule, now)
        } else {
            own
        };
        if !blocked {
            return OtpOutcome::Wrong;
        }
        fail(world, key);
        return OtpOutcome::Blocked;
    }
    let card = payment.auth_code.clone();
    forgive(world, &card);
    match pay(world, key, now) {
        Ok(()) => OtpOutcome::Paid,
        Err(Unpaid::Declined(decline)) => OtpOutcome::Declined(decline),
        Err(Unpaid::NotWaiting) => OtpOutcome::NotWaiting,
    }
}

/// Counts a wrong OTP of a binding, or of its card; true when it was the last one allowed.
pub fn miss(world: &mut World, binding: &str, rule: WrongOtps, now: Timestamp) -> bool {
    let Some(binding) = world.bindings.get_mut(binding) else {
        return false;
    };
    if let Some(block) = rule.block {
        return world.card_otps.miss(binding, rule.allowed, block, now);
    }
    binding.wrong_otps += 1;
    binding.wrong_otps >= rule.allowed
}

/// Counts from nothing, after a right OTP.
pub fn forgive(world: &mut World, binding: &str) {
    if let Some(binding) = world.bindings.get_mut(binding) {
        binding.wrong_otps = 0;
        world.card_otps.forgive(binding);
    }
}

/// Puts a binding where it stands now.
pub fn stand(world: &mut World, binding: &str, status: BindingStatus) {
    if let Some(binding) = world.bindings.get_mut(binding) {
        binding.status = status;
    }
}

/// Debits the account and tells the merchant how it went.
pub fn pay(world: &mut World, key: &str, now: Timestamp) -> Result<(), Unpaid> {
    let payment = world.payments.get(key).ok_or(Unpaid::NotWaiting)?;
    if payment.status != PaymentStatus::Initiated {
        return Err(Unpaid::NotWaiting);
    }
    if payment.is_overdue(now) {
        fail(world, key);
        return Err(Unpaid::NotWaiting);
    }
    let charge = Charge {
        partner_reference_no: payment.order.partner_reference_no.clone(),
        kind: payment.order.kind(),
        token_id: None,
        channel: payment.order.channel,
        cust_id: payment.account().to_owned(),
        amount: payment.order.amount,
        at: now,
    };
    if let Err(decline) = world.accounts.charge(charge) {
        if let Some(payment) = world.payments.get_mut(key) {
            payment.declined = Some(decline);
        }
        fail(world, key);
        return Err(Unpaid::Declined(decline));
    }
    if let Some(payment) = world.payments.get_mut(key) {
        payment.status = PaymentStatus::Paid;
        payment.paid_at = Some(now);
        let notice = notice(&world.settings, payment);
        world.outbox.fresh.push(Notice::Debit(notice));
    }
    Ok(())
}

/// Ends a waiting payment without money and tells the merchant.
pub fn fail(world: &mut World, key: &str) {
    if let Some(payment) = world.payments.get_mut(key)
        && payment.status == PaymentStatus::Initiated
    {
        payment.status = PaymentStatus::Failed;
        let notice = notice(&world.settings, payment);
        world.outbox.fresh.push(Notice::Debit(notice));
    }
}

/// Ends a payment whose time has run out.
pub fn expire(world: &mut World, key: &str, now: Timestamp) {
    if world
        .payments
        .get(key)
        .is_some_and(|payment| payment.is_overdue(now))
    {
        fail(world, key);
    }
}

/// The notification that tells of the payment as it stands.
pub fn notice(settings: &Settings, payment: &Payment) -> DebitNotice {
    let (status, description) = payment.latest_status();
    let channel = payment.order.channel;
    let items = payment.order.body.pointer("/additionalInfo/lineItems");
    DebitNotice {
        partner_reference_no: payment.order.partner_reference_no.clone(),
        reference_no: payment.reference_no.clone(),
        external_id: payment.external_id().to_owned(),
        status: status.to_owned(),
        description: description.to_owned(),
        amount: payment.order.amount.to_string(),
        currency: "IDR".to_owned(),
        channel: channel.code.to_owned(),
        channel_key: channel_key(settings, channel),
        line_items: items.cloned().unwrap_or_default(),
        items: settings.notice_items.unwrap_or(channel.notice.items),
        acquirer: channel.acquirer.to_owned(),
        account_type: channel.account_type.to_owned(),
        cust_id: payment.order.cust_id.clone(),
        partner_refund_no: None,
        refund_no: None,
    }
}

/// The member of a notification that holds the channel's code.
pub fn channel_key(settings: &Settings, channel: &Channel) -> String {
    let ordered = settings.notice_channel_key.as_deref();
    ordered.unwrap_or(channel.notice.channel_key).to_owned()
}
