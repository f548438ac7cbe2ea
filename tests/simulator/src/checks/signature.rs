//! Who calls: partner, token and signature.

use doku_shared::signing::{asymmetric, reserialise, snap};

use super::headers;
use crate::answer::Refusal;
use crate::call::Call;
use crate::operation::Operation;
use crate::shared::Identity;
use crate::world::World;
use crate::world::settings::Settings;
use crate::world::tokens::Grant;

/// A token request: client key, timestamp, and the merchant's asymmetric signature over both.
pub fn of_token_request(
    identity: &Identity,
    call: &Call,
    settings: &Settings,
) -> Result<(), Refusal> {
    headers::content_type(call)?;
    let client = call.header("X-CLIENT-KEY")?;
    let timestamp = headers::timestamp(call, settings.token_times_in_utc_only)?;
    let signature = call.header("X-SIGNATURE")?;
    if client != identity.client_id {
        return Err(Refusal::unauthorized("Unknown Client"));
    }
    identity
        .merchant_key
        .verify(&asymmetric::token_string(client, timestamp), signature)
        .map_err(|_| Refusal::unauthorized("Invalid Signature"))
}

/// Any other call: headers, live B2B token, symmetric signature over the raw body or over the body
/// without its escapes, and an `X-EXTERNAL-ID` that this day has not seen. Returns the external id.
///
/// The id is used up only by a call whose signature is right, so that nobody else can burn it.
pub fn of_transaction(
    world: &mut World,
    identity: &Identity,
    call: &Call,
    operation: Operation,
) -> Result<String, Refusal> {
    headers::content_type(call)?;
    let partner = call.header("X-PARTNER-ID")?;
    let timestamp = headers::timestamp(call, false)?;
    let external_id = headers::external_id(call)?;
    let signature = call.header("X-SIGNATURE")?;
    let token = call.bearer("Authorization", world.settings.bearer_as_written)?;
    headers::optional(call)?;
    if partner != identity.client_id {
        return Err(Refusal::unauthorized("Unknown Client"));
    }
    let token = token.ok_or_else(Refusal::b2b_token)?;
    if let Some(Grant::Customer { .. } | Grant::Refresh { .. }) = world.tokens.issued_as(token) {
        world.violation(
            "customer_token_as_merchant_token",
            operation,
            "Authorization holds a customer's token",
            call.arrived,
        );
    }
    if world.tokens.live(token, call.arrived) != Some(&Grant::Merchant) {
        return Err(Refusal::b2b_token());
    }
    let fits = |body: &[u8]| {
        let text = snap::string_to_sign("POST", &call.path, token, body, timestamp);
        snap::verify(&identity.secret(), &text, signature).is_ok()
    };
    let as_sent = world.settings.signature_of_body_as_sent;
    let unescaped = || reserialise(&call.raw).filter(|_| !as_sent);
    if !fits(&call.raw) && !unescaped().is_some_and(|body| fits(&body)) {
        return Err(Refusal::unauthorized("Invalid Signature"));
    }
    if !world.external_ids.take(external_id, call.arrived) {
        return Err(Refusal::new(
            409,
            "00",
            "Conflict. X-EXTERNAL-ID was used already today",
        ));
    }
    Ok(external_id.to_owned())
}
