//! Get Token B2B2C: a customer's token, for an `authCode` or a refresh token.

use serde_json::json;

use super::Work;
use crate::answer::{Answer, Refusal};
use crate::checks::fields;
use crate::clock::printed;
use crate::world::binding::BindingStatus;
use crate::world::tokens::Grant;

pub fn perform(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let body = work.body()?;
    body.ignore(&["additionalInfo"]);
    let grant_type = body.text("grantType", 1..=64, fields::any)?;
    let auth_code = match grant_type {
        "authorization_code" => body.text("authCode", 1..=256, fields::any)?.to_owned(),
        "refresh_token" => {
            let refresh = body.text("refreshToken", 1..=2048, fields::any)?;
            spend(work, refresh)?
        }
        _ => return Err(body.format("grantType")),
    };
    body.close()?;
    // DOKU's page says nothing on an unfinished or ended binding; a merchant's client reads
    // 401-00 here as "customer unlinked".
    let active = work
        .world
        .bindings
        .get(&auth_code)
        .is_some_and(|binding| binding.status == BindingStatus::Active);
    if !active {
        return Err(Refusal::unauthorized("Invalid Auth Code"));
    }
    let tokens = work
        .world
        .tokens
        .mint_customer(&auth_code, work.call.arrived);
    let times = work.world.settings.times;
    Ok(Answer::success(
        work.operation,
        json!({
            "accessToken": tokens.access,
            "tokenType": "Bearer",
            "accessTokenExpiryTime": printed(tokens.access_expires_at, times),
            "refreshToken": tokens.refresh,
            "refreshTokenExpiryTime": printed(tokens.refresh_expires_at, times),
            "additionalInfo": {},
        }),
    ))
}

/// Takes a refresh token, which is good for one exchange, and says whose it was.
fn spend(work: &mut Work<'_>, refresh: &str) -> Result<String, Refusal> {
    let Some(Grant::Refresh { auth_code }) = work.world.tokens.live(refresh, work.now()).cloned()
    else {
        return Err(Refusal::unauthorized("Invalid Refresh Token"));
    };
    work.world.tokens.void(refresh);
    Ok(auth_code)
}
