//! Account unbinding: ends a binding and everything issued for it.

use serde_json::json;

use super::{Work, customer};
use crate::answer::{Answer, Refusal};
use crate::checks::fields;
use crate::random;
use crate::world::binding::BindingStatus;

pub fn perform(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let body = work.body()?;
    let token = body.text("tokenId", 1..=2048, fields::any)?;
    let (info, _) = work.channel(&body)?;
    info.close()?;
    body.close()?;
    let holder = customer::of_token(work, token, "tokenId")?;
    if let Some(binding) = work.world.bindings.get_mut(&holder.auth_code) {
        binding.status = BindingStatus::Unbound;
    }
    work.world.tokens.void_binding(&holder.auth_code);
    let reference = format!("UNB-{}", random::digits(12));
    Ok(Answer::success(
        work.operation,
        json!({"referenceNo": reference}),
    ))
}
