//! Get Token B2B.

use serde_json::json;

use super::Work;
use crate::answer::{Answer, Refusal};
use crate::world::tokens::ACCESS_LIFE;

pub fn perform(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let body = work.body()?;
    body.constant("grantType", "client_credentials")?;
    body.ignore(&["additionalInfo"]);
    body.close()?;
    let now = work.now();
    let voids_older = work.world.settings.newest_token_voids_older;
    let token = work.world.tokens.mint_merchant(now, voids_older);
    Ok(Answer::success(
        work.operation,
        json!({
            "accessToken": token,
            "tokenType": "Bearer",
            "expiresIn": ACCESS_LIFE.as_secs(),
            "additionalInfo": "",
        }),
    ))
}
