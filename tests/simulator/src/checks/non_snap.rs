//! The headers and the signature of a non-SNAP call.

use std::time::Duration;

use axum::http::Method;
use doku_shared::clock::Timestamp;

use super::headers;
use crate::call::Call;
use crate::non_snap::answer::Refusal;
use crate::non_snap::signing::{Lines, Side};
use crate::operation::Operation;
use crate::shared::Identity;

/// How far `Request-Timestamp` may be from DOKU's clock, either way. DOKU names no figure; assumed.
const TOLERANCE: Duration = Duration::from_mins(5);

/// Checks `Client-Id`, `Request-Id`, `Request-Timestamp` and `Signature`; returns the `Request-Id`.
pub fn verified<'a>(
    identity: &Identity,
    call: &'a Call,
    operation: Operation,
) -> Result<&'a str, Refusal> {
    let reads = operation.method() == Method::GET;
    if !reads {
        headers::content_type(call)?;
    }
    let client_id = call.header("Client-Id")?;
    let request_id = request_id(call)?;
    let timestamp = call.header("Request-Timestamp")?;
    let signature = call.header("Signature")?;
    let moment = Timestamp::parse_rfc3339(timestamp)
        .filter(|moment| moment.rfc3339() == timestamp)
        .ok_or_else(|| Refusal::parameter("Invalid Field Format Request-Timestamp"))?;
    if client_id != identity.client_id {
        return Err(Refusal::unauthorized(
            "INVALID_CLIENT_ID",
            "Unknown Client-Id",
        ));
    }
    let distance = moment.since(call.arrived).max(call.arrived.since(moment));
    if distance > TOLERANCE {
        return Err(Refusal::unauthorized(
            "INVALID_TIMESTAMP",
            "Request-Timestamp is too far from DOKU's clock",
        ));
    }
    if reads && !call.raw.is_empty() {
        return Err(Refusal::parameter("A GET has no body"));
    }
    let lines = Lines {
        side: Side::Request,
        client_id,
        request_id,
        timestamp,
        target: &call.path,
        body: (!reads).then_some(&call.raw),
    };
    if lines.verify(&identity.secret(), signature) {
        Ok(request_id)
    } else {
        Err(Refusal::unauthorized(
            "INVALID_SIGNATURE",
            "Invalid Signature",
        ))
    }
}

/// `Request-Id`: 1 to 128 visible ASCII characters.
pub fn request_id(call: &Call) -> Result<&str, Refusal> {
    let id = call.header("Request-Id")?;
    if id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(id)
    } else {
        Err(Refusal::parameter("Invalid Field Format Request-Id"))
    }
}
