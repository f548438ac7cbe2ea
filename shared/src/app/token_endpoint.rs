//! The token that DOKU asks us for, to sign its notifications with.
//!
//! Ours is an HS256 JWT: nothing about it needs to be stored, so that verifying one reads nothing.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::notification::{InboundHeaders, Refusal, is_partner};
use super::{App, AppError};
use crate::doku::wire;
use crate::doku::wire::notification::BadMember;
use crate::secrets::Secrets;
use crate::signing::asymmetric;

/// How long our token lives, in seconds. DOKU's own lives as long.
const LIFE_SECONDS: i64 = 900;

const ISSUER: &str = "doku-lambda";
const AUDIENCE: &str = "doku-notifications";

/// DOKU's request for a token.
pub struct TokenRequest<'a> {
    /// The headers; `X-CLIENT-KEY` counts as partner.
    pub headers: InboundHeaders,
    /// The body.
    pub body: &'a [u8],
}

/// A token for DOKU.
pub struct IssuedToken {
    /// The token.
    pub access_token: SecretString,
    /// Seconds until its end.
    pub expires_in: i64,
    /// Our client id, to be echoed.
    pub client_id: String,
    /// The time, to be echoed.
    pub timestamp: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
    jti: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    grant_type: String,
}

impl App {
    /// Issues a token to whoever signs with DOKU's key.
    pub async fn issue_token(&self, request: &TokenRequest<'_>) -> Result<IssuedToken, Refusal> {
        let secrets = self
            .signed_by_doku(&request.headers)
            .await
            .inspect_err(|refusal| refusal.log("a token request was refused"))?;
        let body: Body = wire::object(request.body).ok_or(BadMember("body"))?;
        if body.grant_type != "client_credentials" {
            return Err(BadMember("grantType").into());
        }
        let now = self.clock.now();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: secrets.client_id().to_owned(),
            iat: now.seconds(),
            exp: now.seconds() + LIFE_SECONDS,
            jti: self.ulid()?.to_string(),
        };
        let key = EncodingKey::from_secret(secrets.token_signing_key().expose_secret());
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
            .map_err(|_| AppError::Internal("a token cannot be signed"))?;
        Ok(IssuedToken {
            access_token: token.into(),
            expires_in: LIFE_SECONDS,
            client_id: secrets.client_id().to_owned(),
            timestamp: now.rfc3339(),
        })
    }

    /// The secret whose DOKU key verifies the request.
    async fn signed_by_doku(&self, headers: &InboundHeaders) -> Result<Arc<Secrets>, Refusal> {
        let timestamp = self.fresh_timestamp(headers)?;
        let signature = headers.signature.as_deref().ok_or(Refusal::Signature)?;
        let partner = headers.partner.as_deref().ok_or(Refusal::Partner)?;
        let text = asymmetric::token_string(partner, timestamp);
        let verify = |secrets: &Secrets| {
            let key = secrets.doku_public_key().map_err(|_| Refusal::Signature)?;
            if !is_partner(headers, secrets, &self.config) {
                return Err(Refusal::Partner);
            }
            key.verify(&text, signature).map_err(|_| Refusal::Signature)
        };
        self.with_any_secret(verify).await
    }

    /// True for a token of ours that has not ended.
    pub(super) fn is_own_token(&self, secrets: &Secrets, token: &str) -> bool {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // The library would look at the machine's clock; ours may be another one.
        validation.validate_exp = false;
        let key = DecodingKey::from_secret(secrets.token_signing_key().expose_secret());
        let now = self.clock.now().seconds();
        jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .is_ok_and(|decoded| decoded.claims.exp > now && decoded.claims.iat <= now + 60)
    }
}
