//! The customer's token on a call, and whether it belongs to the payment it is used for.

use super::Work;
use crate::answer::Refusal;
use crate::world::binding::BindingStatus;
use crate::world::tokens::Grant;

/// A customer who proved who they are.
pub struct Customer {
    /// The binding of the token.
    pub auth_code: String,
    /// The merchant's id of the customer.
    pub cust_id: String,
}

/// Reads `Authorization-customer`: a live B2B2C token of an active binding, else 401-02.
pub fn of_header(work: &mut Work<'_>) -> Result<Customer, Refusal> {
    let token = work
        .call
        .bearer("Authorization-customer")?
        .ok_or_else(Refusal::customer_token)?;
    of_token(work, token, "Authorization-customer")
}

/// The same for a token found anywhere else in a call.
pub fn of_token(work: &mut Work<'_>, token: &str, place: &str) -> Result<Customer, Refusal> {
    let now = work.now();
    if work.world.tokens.issued_as(token) == Some(&Grant::Merchant) {
        let detail = format!("{place} holds the merchant's token");
        work.world.violation(
            "merchant_token_as_customer_token",
            work.operation,
            detail,
            now,
        );
    }
    let Some(Grant::Customer { auth_code }) = work.world.tokens.live(token, now) else {
        return Err(Refusal::customer_token());
    };
    let binding = work
        .world
        .bindings
        .get(auth_code)
        .filter(|binding| binding.status == BindingStatus::Active)
        .ok_or_else(Refusal::customer_token)?;
    Ok(Customer {
        auth_code: auth_code.clone(),
        cust_id: binding.cust_id.clone(),
    })
}

/// Refuses a token of another customer than `owner` with 401-02 and records the violation.
pub fn must_be(work: &mut Work<'_>, customer: &Customer, owner: &str) -> Result<(), Refusal> {
    if customer.cust_id == owner {
        return Ok(());
    }
    let detail = format!("token of {}, used for {owner}", customer.cust_id);
    let now = work.now();
    work.world.violation(
        "customer_token_of_another_customer",
        work.operation,
        detail,
        now,
    );
    Err(Refusal::customer_token())
}
