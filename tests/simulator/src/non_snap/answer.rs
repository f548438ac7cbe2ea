//! What DOKU answers in the non-SNAP family: a body of the operation, or `{"error": …}`; signed.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::signing::{Lines, Side};
use crate::answer::Refusal as SnapRefusal;
use crate::shared::Identity;

/// A refusal: HTTP status and the three members of `error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `error.code`.
    pub code: &'static str,
    /// `error.message`.
    pub message: String,
}

impl Refusal {
    /// 400 `INVALID_PARAMETER`.
    pub fn parameter(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: "INVALID_PARAMETER",
            message: message.into(),
        }
    }

    /// 401: client, timestamp or signature.
    pub fn unauthorized(code: &'static str, message: &str) -> Self {
        Self {
            status: 401,
            code,
            message: message.to_owned(),
        }
    }

    /// 400: the invoice number is taken.
    pub fn used_invoice(message: &str) -> Self {
        Self {
            status: 400,
            code: "DUPLICATE_INVOICE_NUMBER",
            message: message.to_owned(),
        }
    }

    /// 404: there is no such thing.
    pub fn not_found(message: &str) -> Self {
        Self {
            status: 404,
            code: "TRANSACTION_NOT_FOUND",
            message: message.to_owned(),
        }
    }
}

/// The checks of fields and headers are shared with SNAP; here each of their refusals is an
/// invalid parameter.
impl From<SnapRefusal> for Refusal {
    fn from(refusal: SnapRefusal) -> Self {
        Self::parameter(refusal.message)
    }
}

/// An answer before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The exact text.
    pub body: String,
    /// `SUCCESS`, `REPEATED`, or the code of the refusal; for the list of calls.
    pub code: String,
}

impl Answer {
    /// The operation's body, under its HTTP status.
    pub fn success(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string(),
            code: "SUCCESS".to_owned(),
        }
    }

    /// A refusal in DOKU's frame.
    pub fn refusal(refusal: &Refusal) -> Self {
        let error = json!({"error": {
            "code": refusal.code,
            "message": refusal.message,
            "type": type_of(refusal.status),
        }});
        Self {
            status: refusal.status,
            body: error.to_string(),
            code: refusal.code.to_owned(),
        }
    }

    /// A refusal by order. A 500 has the body of the framework DOKU is written in.
    pub fn ordered(status: u16, code: Option<&str>, path: &str, at: &str) -> Self {
        let code = code.unwrap_or("REJECTED_BY_ORDER");
        let body = if status == 500 {
            json!({
                "timestamp": at,
                "status": status,
                "error": "Internal Server Error",
                "path": path,
            })
        } else {
            json!({"error": {
                "code": code,
                "message": "Rejected by order",
                "type": type_of(status),
            }})
        };
        Self {
            status,
            body: body.to_string(),
            code: code.to_owned(),
        }
    }

    /// Whether the work was done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

fn type_of(status: u16) -> &'static str {
    match status {
        401 => "Unauthorized",
        404 => "Not Found",
        409 => "Conflict",
        500.. => "Server Error",
        _ => "Invalid Parameter",
    }
}

/// How an answer is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// As documented.
    Right,
    /// Without a `Signature` header.
    Missing,
    /// With a signature over something else.
    Wrong,
}

/// Where an answer goes: what its signature covers besides the body.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// `Request-Id` of the call; without one nothing can be signed.
    pub request_id: Option<&'a str>,
    /// Path of the call.
    pub target: &'a str,
    /// Whether the signature has a `Digest` line.
    pub digest: bool,
    /// How it is signed.
    pub seal: Seal,
    /// `Response-Timestamp`.
    pub timestamp: &'a str,
}

impl Envelope<'_> {
    /// The HTTP response.
    pub fn response(&self, identity: &Identity, answer: &Answer) -> Response<Body> {
        let mut response = Response::new(Body::from(answer.body.clone()));
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        let Some(request_id) = self.request_id else {
            return response;
        };
        let mut lines = Lines {
            side: Side::Response,
            client_id: &identity.client_id,
            request_id,
            timestamp: self.timestamp,
            target: self.target,
            body: self.digest.then_some(answer.body.as_bytes()),
        };
        if self.seal == Seal::Wrong {
            lines.target = "/another/path";
        }
        let signature = (self.seal != Seal::Missing).then(|| lines.sign(&identity.secret()));
        let all = [
            ("client-id", Some(identity.client_id.as_str())),
            ("request-id", Some(request_id)),
            ("response-timestamp", Some(self.timestamp)),
            ("signature", signature.as_deref()),
        ];
        for (name, value) in all {
            if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
                headers.insert(name, value);
            }
        }
        response
    }
}
