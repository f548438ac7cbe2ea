//! One signed SNAP request.

use std::time::Duration;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::Doku;
use super::exchange::{Answer, Exchanged, Reply, exchange};
use super::lenient;
use super::reading;
use crate::domain::ids::ExternalId;
use crate::signing::snap;

/// What a signed request needs from the secret.
pub struct Credentials<'a> {
    /// Our client id (`X-PARTNER-ID`).
    pub client_id: &'a str,
    /// The key of the symmetric signature.
    pub secret_key: &'a SecretString,
    /// The B2B token.
    pub b2b_token: &'a SecretString,
}

/// One request, ready but for signature and time.
pub struct Call<'a> {
    /// Path from the first `/`.
    pub path: &'a str,
    /// `X-EXTERNAL-ID`.
    pub external_id: &'a ExternalId,
    /// `Authorization-customer`.
    pub customer_token: Option<&'a SecretString>,
    /// Headers that some channels ask for, such as `X-DEVICE-ID`.
    pub headers: &'a [(&'static str, String)],
    /// Compact JSON. These very bytes are signed and sent.
    pub body: &'a [u8],
}

impl Doku {
    /// Signs and sends one request. The time in header and signature is taken once, here, so that
    /// every attempt is signed afresh.
    pub async fn post(
        &self,
        credentials: &Credentials<'_>,
        call: &Call<'_>,
        patience: Duration,
    ) -> Reply {
        let timestamp = self.clock.now().rfc3339();
        let token = credentials.b2b_token.expose_secret();
        let to_sign = snap::string_to_sign("POST", call.path, token, call.body, &timestamp);
        let mut request = self
            .request(Method::POST, call.path, patience)
            .header("X-PARTNER-ID", credentials.client_id)
            .header("X-EXTERNAL-ID", call.external_id.as_str())
            .header("X-TIMESTAMP", timestamp)
            .header("X-SIGNATURE", snap::sign(credentials.secret_key, &to_sign))
            .bearer_auth(token)
            .body(call.body.to_vec());
        if let Some(customer) = call.customer_token {
            request = request.header(
                "Authorization-customer",
                format!("Bearer {}", customer.expose_secret()),
            );
        }
        for (name, value) in call.headers {
            request = request.header(*name, value);
        }
        post(request, call.path).await
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    response_code: Option<String>,
}

/// Sends a SNAP request and reads the seven digits of its answer.
pub(super) async fn post(request: reqwest::RequestBuilder, path: &str) -> Reply {
    let reply = match exchange(request).await {
        Exchanged::Raw(raw) => {
            let head: Option<Head> = super::wire::object(&raw.body);
            let response_code = head.and_then(|head| head.response_code);
            Reply::Answer(Answer {
                reading: reading::read(raw.http, response_code.as_deref()),
                response_code,
                body: raw.body,
            })
        }
        Exchanged::NotSent => Reply::NotSent,
        Exchanged::Lost => Reply::Lost,
    };
    reply.log(path);
    reply
}
