//! DOKU's two tokens: B2B for the merchant, B2B2C for one customer's consent.

use std::time::Duration;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::Doku;
use super::exchange::{Answer, Reply};
use super::lenient;
use super::reading::Reading;
use super::snap;
use crate::clock::Timestamp;
use crate::signing::asymmetric::{self, SigningKey};

const B2B_PATH: &str = "/authorization/v1/access-token/b2b";
const B2B2C_PATH: &str = "/authorization/v1/access-token/b2b2c";

/// How long a token lives where DOKU does not say.
const DEFAULT_LIFE: Duration = Duration::from_mins(15);

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No connection, no answer, or an answer that says nothing: try again later.
    #[error("DOKU gave no answer about the token")]
    Unreachable,
    /// DOKU asks for fewer requests.
    #[error("DOKU throttles token requests")]
    Throttled,
    /// DOKU says no: for B2B the credentials are wrong, for B2B2C the customer has not consented
    /// (yet, or any more).
    #[error("DOKU refused the token")]
    Refused,
    /// Our own key cannot sign.
    #[error("the merchant's private key cannot sign")]
    Key,
}

/// A token with its end.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token.
    pub value: SecretString,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A customer's tokens.
#[derive(Debug, Clone)]
pub struct CustomerTokens {
    /// For payments.
    pub access: Token,
    /// Buys the next pair, where DOKU gave one.
    pub refresh: Option<Token>,
}

/// What a customer's tokens are bought with.
pub enum Grant<'a> {
    /// The code from the binding's answer.
    AuthCode(&'a SecretString),
    /// The refresh token of the last pair.
    Refresh(&'a SecretString),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    grant_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    access_token: Option<SecretString>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    expires_in: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    access_token_expiry_time: Option<String>,
    #[serde(default)]
    refresh_token: Option<SecretString>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    refresh_token_expiry_time: Option<String>,
}

impl Doku {
    /// Mints a B2B token. The caller holds the deployment's lock: a second token may void the
    /// first.
    pub async fn mint_b2b(
        &self,
        client_id: &str,
        key: &SigningKey,
        patience: Duration,
    ) -> Result<Token, TokenError> {
        let request = Request {
            grant_type: "client_credentials",
            auth_code: None,
            refresh_token: None,
        };
        let body = self
            .ask(B2B_PATH, client_id, key, &request, patience)
            .await?;
        let life = body
            .expires_in
            .as_deref()
            .and_then(|seconds| seconds.parse().ok())
            .map_or(DEFAULT_LIFE, Duration::from_secs);
        Ok(Token {
            value: body.access_token.ok_or(TokenError::Unreachable)?,
            expires_at: self.clock.now().plus(life),
        })
    }

    /// Buys a customer's tokens.
    pub async fn exchange_customer(
        &self,
        client_id: &str,
        key: &SigningKey,
        grant: Grant<'_>,
        patience: Duration,
    ) -> Result<CustomerTokens, TokenError> {
        let request = match &grant {
            Grant::AuthCode(code) => Request {
                grant_type: "authorization_code",
                auth_code: Some(code.expose_secret()),
                refresh_token: None,
            },
            Grant::Refresh(token) => Request {
                grant_type: "refresh_token",
                auth_code: None,
                refresh_token: Some(token.expose_secret()),
            },
        };
        let body = self
            .ask(B2B2C_PATH, client_id, key, &request, patience)
            .await?;
        let until = |text: Option<&String>| {
            text.and_then(|text| lenient::moment(text))
                .unwrap_or_else(|| self.clock.now().plus(DEFAULT_LIFE))
        };
        Ok(CustomerTokens {
            access: Token {
                value: body.access_token.ok_or(TokenError::Unreachable)?,
                expires_at: until(body.access_token_expiry_time.as_ref()),
            },
            refresh: body.refresh_token.map(|value| Token {
                value,
                expires_at: until(body.refresh_token_expiry_time.as_ref()),
            }),
        })
    }

    async fn ask(
        &self,
        path: &'static str,
        client_id: &str,
        key: &SigningKey,
        request: &Request<'_>,
        patience: Duration,
    ) -> Result<Body, TokenError> {
        let body = serde_json::to_vec(request).map_err(|_| TokenError::Key)?;
        let timestamp = self.clock.now().rfc3339();
        let signature = key
            .sign(&asymmetric::token_string(client_id, &timestamp))
            .map_err(|_| TokenError::Key)?;
        let request = self
            .request(Method::POST, path, patience)
            .header("X-CLIENT-KEY", client_id)
            .header("X-TIMESTAMP", timestamp)
            .header("X-SIGNATURE", signature)
            .body(body);
        match snap::post(request, path).await {
            Reply::Answer(answer) => read(&answer),
            Reply::NotSent | Reply::Lost => Err(TokenError::Unreachable),
        }
    }
}

fn read(answer: &Answer) -> Result<Body, TokenError> {
    match answer.reading {
        Reading::Success => {
            serde_json::from_slice(&answer.body).map_err(|_| TokenError::Unreachable)
        }
        Reading::Throttled => Err(TokenError::Throttled),
        Reading::Ambiguous | Reading::InProgress => Err(TokenError::Unreachable),
        _ => Err(TokenError::Refused),
    }
}
