//! What pressing a button does, for the pages and for the admin API alike.
//!
//! Every function answers with the address the customer goes to next, or with a sentence saying
//! why nothing can be done. A payment is named by its key, see `world::key`.

use doku_shared::clock::Timestamp;

use crate::operations::settle;
use crate::world::World;
use crate::world::binding::BindingStatus;
use crate::world::payment::PaymentStatus;

const UNKNOWN: &str = "This address is not known.";
const FINISHED: &str = "This has been decided already.";

/// The customer agrees to a binding.
pub fn approve_binding(world: &mut World, auth_code: &str) -> Result<String, &'static str> {
    decide_binding(world, auth_code, BindingStatus::Active)
}

/// The customer refuses a binding.
pub fn decline_binding(world: &mut World, auth_code: &str) -> Result<String, &'static str> {
    decide_binding(world, auth_code, BindingStatus::Declined)
}

/// The customer ends a linked account: on the page that an unbinding answered, or in the wallet's app,
/// of which nobody tells the merchant.
pub fn end_binding(world: &mut World, auth_code: &str) -> Result<(), &'static str> {
    let binding = world.bindings.get_mut(auth_code).ok_or(UNKNOWN)?;
    if binding.status != BindingStatus::Active {
        return Err(FINISHED);
    }
    binding.status = BindingStatus::Unbound;
    world.tokens.void_binding(auth_code);
    Ok(())
}

/// The customer agrees to a payment: it is charged, or fails because the bank refuses.
pub fn approve_payment(
    world: &mut World,
    key: &str,
    now: Timestamp,
) -> Result<String, &'static str> {
    decide_payment(world, key, |world| settle::pay(world, key, now).is_ok())
}

/// The customer refuses a payment.
pub fn decline_payment(world: &mut World, key: &str) -> Result<String, &'static str> {
    decide_payment(world, key, |world| {
        settle::fail(world, key);
        false
    })
}

fn decide_binding(
    world: &mut World,
    auth_code: &str,
    status: BindingStatus,
) -> Result<String, &'static str> {
    let binding = world.bindings.get_mut(auth_code).ok_or(UNKNOWN)?;
    if binding.status != BindingStatus::Pending {
        return Err(FINISHED);
    }
    binding.status = status;
    let agreed = status == BindingStatus::Active;
    Ok(if agreed {
        &binding.success_url
    } else {
        &binding.failed_url
    }
    .clone())
}

fn decide_payment(
    world: &mut World,
    key: &str,
    decide: impl FnOnce(&mut World) -> bool,
) -> Result<String, &'static str> {
    let payment = world.payments.get(key).ok_or(UNKNOWN)?;
    if payment.status != PaymentStatus::Initiated {
        return Err(FINISHED);
    }
    let (success, failed) = (
        payment.order.success_url.clone(),
        payment.order.failed_url.clone(),
    );
    Ok(if decide(world) { success } else { failed })
}
