//! One signed SNAP request.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::Doku;
use super::lenient;
use super::reading::{self, Reading};
use crate::domain::channel::Confirmation;
use crate::domain::ids::ExternalId;
use crate::signing::snap;

/// Largest answer that is read.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

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
    pub path: &'static str,
    /// `X-EXTERNAL-ID`.
    pub external_id: &'a ExternalId,
    /// `Authorization-customer`.
    pub customer_token: Option<&'a SecretString>,
    /// `X-CHANNEL-ID`.
    pub confirmation: Option<Confirmation>,
    /// Compact JSON. These very bytes are signed and sent.
    pub body: &'a [u8],
}

/// How an attempt ended.
pub enum Reply {
    /// DOKU (or something before it) answered.
    Answer(Answer),
    /// The request never left: no connection came about.
    NotSent,
    /// It may have arrived; no usable answer came back.
    Lost,
}

/// An answer, read as far as every operation needs it.
pub struct Answer {
    /// What it means.
    pub reading: Reading,
    /// The seven digits, as received.
    pub response_code: Option<String>,
    /// The body, for the wire file of the operation. May hold tokens: never log it.
    pub body: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    response_code: Option<String>,
}

impl Answer {
    /// Reads status and body.
    pub fn new(http: u16, body: Vec<u8>) -> Self {
        let head: Option<Head> = serde_json::from_slice(&body).ok();
        let response_code = head.and_then(|head| head.response_code);
        Self {
            reading: reading::read(http, response_code.as_deref()),
            response_code,
            body,
        }
    }
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
            .request(call.path, patience)
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
        if let Some(confirmation) = call.confirmation {
            let value = match confirmation {
                Confirmation::Otp => "H2H",
                Confirmation::Page => "DH",
            };
            request = request.header("X-CHANNEL-ID", value);
        }
        let reply = exchange(request).await;
        log(call.path, &reply);
        reply
    }

    /// A JSON POST that gives up after the shorter of the caller's and our own patience.
    pub(super) fn request(&self, path: &str, patience: Duration) -> reqwest::RequestBuilder {
        let mut url = self.base_url.clone();
        url.set_path(path);
        self.http
            .post(url)
            .timeout(patience.min(self.timeout))
            .header("Content-Type", "application/json")
    }
}

/// Sends, and tells apart what certainly did not arrive from what may have.
pub(super) async fn exchange(request: reqwest::RequestBuilder) -> Reply {
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() || error.is_builder() => return Reply::NotSent,
        Err(_) => return Reply::Lost,
    };
    let http = response.status().as_u16();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_MAX_BYTES => {
                body.extend_from_slice(&chunk);
            }
            Ok(None) => return Reply::Answer(Answer::new(http, body)),
            Ok(Some(_)) | Err(_) => return Reply::Lost,
        }
    }
}

fn log(path: &str, reply: &Reply) {
    match reply {
        Reply::Answer(answer) => tracing::info!(
            path,
            response_code = answer.response_code.as_deref().unwrap_or("none"),
            reading = ?answer.reading,
            "DOKU answered"
        ),
        Reply::NotSent => tracing::warn!(path, "DOKU could not be reached; nothing was sent"),
        Reply::Lost => tracing::warn!(path, "DOKU's answer was lost"),
    }
}
