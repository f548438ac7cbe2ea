//! The customer's token on a call, and whether it belongs to the payment it is used for.

use super::Work;
use crate::answer::Refusal;
use crate::channel::{CustomerToken, Place, TokenAt};
use crate::checks::table::Body;
use crate::world::binding::BindingStatus;
use crate::world::tokens::Grant;

/// A customer who proved who they are.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The binding of the token.
    pub auth_code: String,
    /// The merchant's id of the customer.
    pub cust_id: String,
}

/// Reads `Authorization-customer`, where the operation takes it: a live token of an active
/// binding, else 401-02.
pub fn of_header(work: &mut Work<'_>, place: &Place) -> Result<Option<Customer>, Refusal> {
    const NAME: &str = "Authorization-customer";
    let wanted = place.offer.tokens.contains(&TokenAt::Header);
    if !wanted
        && (!place.offer.takes_customer_header() || work.call.optional_header(NAME)?.is_none())
    {
        return Ok(None);
    }
    let token = match work
        .call
        .bearer(NAME, work.world.settings.bearer_as_written)?
    {
        Some(token) => token,
        None if work.world.settings.customer_token_with_scheme => {
            return Err(Refusal::customer_token());
        }
        None => work.call.header(NAME)?,
    };
    of_token(work, place, token, NAME).map(Some)
}

/// Reads the tokens inside the body; all must be of the customer that the header names.
pub fn of_body(
    work: &mut Work<'_>,
    place: &Place,
    body: Body<'_>,
    mut customer: Option<Customer>,
) -> Result<Option<Customer>, Refusal> {
    for token in place.offer.tokens {
        let TokenAt::Field(name) = token else {
            continue;
        };
        let holder = of_token(work, place, body.must(name), name)?;
        match &customer {
            Some(known) => must_be(work, &holder, &known.cust_id)?,
            None => customer = Some(holder),
        }
    }
    Ok(customer)
}

fn of_token(
    work: &mut Work<'_>,
    place: &Place,
    token: &str,
    at: &str,
) -> Result<Customer, Refusal> {
    let now = work.now();
    if work.world.tokens.issued_as(token) == Some(&Grant::Merchant) {
        let detail = format!("{at} holds the merchant's token");
        work.world.violation(
            "merchant_token_as_customer_token",
            work.operation,
            detail,
            now,
        );
    }
    let in_header = at == "Authorization-customer";
    let (grant, kind) = (work.world.tokens.live(token, now), place.version.token);
    let auth_code = match grant {
        Some(Grant::Customer { auth_code }) if kind == CustomerToken::Exchanged || in_header => {
            auth_code
        }
        Some(Grant::Card { auth_code }) if kind == CustomerToken::Card => auth_code,
        _ => return Err(Refusal::customer_token()),
    };
    let binding = work
        .world
        .bindings
        .get(auth_code)
        .filter(|binding| binding.status == BindingStatus::Active)
        .ok_or_else(Refusal::customer_token)?;
    let customer = Customer {
        auth_code: auth_code.clone(),
        cust_id: binding.cust_id.clone(),
    };
    if binding.channel != place.channel {
        let detail = format!("{at}: token of {}", binding.channel.code);
        work.world.violation(
            "customer_token_of_another_channel",
            work.operation,
            detail,
            now,
        );
        return Err(Refusal::customer_token());
    }
    Ok(customer)
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
