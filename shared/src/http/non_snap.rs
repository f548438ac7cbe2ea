//! Answers to DOKU's non-SNAP notifications, of which it reads the status only.

use lambda_http::http::StatusCode;
use lambda_http::http::header::{CONTENT_TYPE, HeaderValue};
use lambda_http::{Body, Response};
use serde_json::json;

use super::inbound::Inbound;
use super::snap::{once, status_of};
use crate::app::{InboundHeaders, Refusal};

/// The headers that a notification is verified with.
pub fn headers(inbound: &Inbound) -> Result<InboundHeaders, Refusal> {
    let text = |name| once(inbound, name);
    Ok(InboundHeaders {
        partner: text("Client-Id")?,
        request_id: text("Request-Id")?,
        timestamp: text("Request-Timestamp")?,
        signature: text("Signature")?,
        authorization: None,
    })
}

/// "Taken", for a notification that is stored, now or before.
pub fn acknowledged() -> Response<Body> {
    answer(200, "OK")
}

/// A refusal. Anything but 2xx makes DOKU try again later.
pub fn refused(refusal: Refusal) -> Response<Body> {
    match refusal {
        Refusal::Signature | Refusal::Token => {
            answer(401, "The notification is not signed as it must be")
        }
        Refusal::Partner => answer(401, "Client-Id is not known here"),
        Refusal::Untimed => answer(401, "Request-Timestamp is missing"),
        Refusal::Stale => answer(401, "Request-Timestamp is too far from now"),
        Refusal::UnreadableTime => answer(400, "Request-Timestamp cannot be read"),
        Refusal::Repeated(header) => {
            answer(400, &format!("{header} must come once and hold no comma"))
        }
        Refusal::Member(member) => answer(400, &member.to_string()),
        Refusal::Failed(error) => answer(status_of(error), "Not stored; send it again"),
    }
}

/// A body that is too large.
pub fn bad_request() -> Response<Body> {
    answer(400, "The body cannot be read")
}

fn answer(status: u16, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({"message": message}).to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
