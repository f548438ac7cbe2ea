//! One request and its answer, whichever protocol they speak.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;

use super::Doku;
use super::reading::Reading;

/// Largest answer that is read.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

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
    /// SNAP's seven digits or a non-SNAP error's code, as received.
    pub response_code: Option<String>,
    /// The body, for the wire file of the operation. May hold tokens: never log it.
    pub body: Vec<u8>,
}

/// An answer as it came.
pub(super) struct Raw {
    pub http: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

pub(super) enum Exchanged {
    Raw(Raw),
    NotSent,
    Lost,
}

impl Doku {
    /// A JSON request that gives up after the shorter of the caller's and our own patience.
    pub(super) fn request(
        &self,
        method: Method,
        path: &str,
        patience: Duration,
    ) -> reqwest::RequestBuilder {
        let mut url = self.base_url.clone();
        url.set_path(path);
        self.http
            .request(method, url)
            .timeout(patience.min(self.timeout))
            .header("Content-Type", "application/json")
    }
}

/// Sends, and tells apart what certainly did not arrive from what may have.
pub(super) async fn exchange(request: reqwest::RequestBuilder) -> Exchanged {
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() || error.is_builder() => return Exchanged::NotSent,
        Err(_) => return Exchanged::Lost,
    };
    let http = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_MAX_BYTES => {
                body.extend_from_slice(&chunk);
            }
            Ok(None) => {
                return Exchanged::Raw(Raw {
                    http,
                    headers,
                    body,
                });
            }
            Ok(Some(_)) | Err(_) => return Exchanged::Lost,
        }
    }
}

impl Reply {
    /// Logs how an attempt ended, and nothing of what was in it.
    pub(super) fn log(&self, path: &str) {
        match self {
            Self::Answer(answer) => tracing::info!(
                path,
                response_code = answer.response_code.as_deref().unwrap_or("none"),
                reading = ?answer.reading,
                "DOKU answered"
            ),
            Self::NotSent => tracing::warn!(path, "DOKU could not be reached; nothing was sent"),
            Self::Lost => tracing::warn!(path, "DOKU's answer was lost"),
        }
    }
}
