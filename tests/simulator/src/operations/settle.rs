//! How a payment ends: paid, or failed, and what the merchant is told.

use doku_shared::clock::Timestamp;

use crate::world::World;
use crate::world::accounts::Charge;
use crate::world::outbox::{DebitNotice, Notice};
use crate::world::payment::{Payment, PaymentStatus};

/// The one OTP that is right, as in DOKU's sandbox sample.
pub const RIGHT_OTP: &str = "111000";
/// Wrong OTPs that end a binding or a payment.
pub const WRONG_OTPS_ALLOWED: u32 = 3;

/// What became of an OTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtpOutcome {
    /// Right, and the account was debited.
    Paid,
    /// Right, but the account holds too little; the payment has failed.
    InsufficientFunds,
    /// Wrong; the customer may try again.
    Wrong,
    /// Wrong too often; the payment has failed.
    Blocked,
    /// The payment does not wait for an OTP.
    NotWaiting,
}

/// Tries an OTP on a payment. Only a waiting payment can change, so nothing is charged twice.
pub fn try_otp(world: &mut World, reference: &str, otp: &str, now: Timestamp) -> OtpOutcome {
    let Some(payment) = world.payments.get_mut(reference) else {
        return OtpOutcome::NotWaiting;
    };
    if payment.status != PaymentStatus::Initiated {
        return OtpOutcome::NotWaiting;
    }
    if otp != RIGHT_OTP {
        payment.wrong_otps += 1;
        if payment.wrong_otps < WRONG_OTPS_ALLOWED {
            return OtpOutcome::Wrong;
        }
        fail(world, reference);
        return OtpOutcome::Blocked;
    }
    if pay(world, reference, now) {
        OtpOutcome::Paid
    } else {
        OtpOutcome::InsufficientFunds
    }
}

/// Debits the account and tells the merchant how it went; true when it is paid now.
pub fn pay(world: &mut World, reference: &str, now: Timestamp) -> bool {
    let Some(payment) = world.payments.get(reference) else {
        return false;
    };
    if payment.status != PaymentStatus::Initiated {
        return false;
    }
    let charge = Charge {
        partner_reference_no: reference.to_owned(),
        cust_id: payment.order.cust_id.clone(),
        amount: payment.order.amount,
        at: now,
    };
    if !world.accounts.charge(charge) {
        fail(world, reference);
        return false;
    }
    if let Some(payment) = world.payments.get_mut(reference) {
        payment.status = PaymentStatus::Paid;
        payment.paid_at = Some(now);
        let notice = notice(payment);
        world.outbox.fresh.push(Notice::Debit(notice));
    }
    true
}

/// Ends a waiting payment without money and tells the merchant.
pub fn fail(world: &mut World, reference: &str) {
    if let Some(payment) = world.payments.get_mut(reference)
        && payment.status == PaymentStatus::Initiated
    {
        payment.status = PaymentStatus::Failed;
        let notice = notice(payment);
        world.outbox.fresh.push(Notice::Debit(notice));
    }
}

/// The notification that tells of the payment as it stands.
pub fn notice(payment: &Payment) -> DebitNotice {
    let (status, description) = payment.latest_status();
    let channel = payment.order.channel;
    DebitNotice {
        partner_reference_no: payment.order.partner_reference_no.clone(),
        reference_no: payment.reference_no.clone(),
        external_id: payment.external_id().to_owned(),
        status: status.to_owned(),
        description: description.to_owned(),
        amount: payment.order.amount.to_string(),
        currency: "IDR".to_owned(),
        channel: channel.code.to_owned(),
        acquirer: channel.acquirer.to_owned(),
        account_type: channel.account_type.to_owned(),
        cust_id: payment.order.cust_id.clone(),
        partner_refund_no: None,
    }
}
