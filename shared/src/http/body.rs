//! The bytes of a request.

use lambda_http::http::header::{CONTENT_TYPE, HeaderValue};
use lambda_http::{Body, Request};
use serde_json::Value;

use super::{
    once::{self, ONCE},
    problem::{Problem, ProblemCode},
    strict_json,
};
use crate::domain::error::FieldError;

/// The bytes exactly as they arrived, at most 64 KiB; empty when there is no body.
///
/// A signature is verified on these, before anything is parsed. Where the gateway sent base64,
/// the runtime has already undone it.
pub fn raw(request: &Request) -> Result<&[u8], Problem> {
    let bytes: &[u8] = match request.body() {
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        _ => &[],
    };
    if bytes.len() > strict_json::MAX_BYTES {
        return Err(ProblemCode::PayloadTooLarge.into());
    }
    Ok(bytes)
}

/// The JSON object in the body of a merchant app's request.
pub fn json(request: &Request) -> Result<Value, Problem> {
    let bytes = raw(request)?;
    let fault = |rule| FieldError::new("Content-Type", rule);
    let content_type = once::value(request.headers(), CONTENT_TYPE.as_str());
    // No media type that is taken here has a parameter that could hold a comma.
    let content_type = content_type.map_err(|()| fault(ONCE))?;
    if !content_type.is_some_and(is_json) {
        return Err(fault("must be application/json").into());
    }
    Ok(strict_json::parse(bytes)?)
}

/// `application/json`, alone or with `charset=utf-8`.
fn is_json(value: &HeaderValue) -> bool {
    let Ok(text) = value.to_str() else {
        return false;
    };
    let (kind, parameters) = text.split_once(';').unwrap_or((text, ""));
    let parameters = parameters.trim();
    kind.trim().eq_ignore_ascii_case("application/json")
        && (parameters.is_empty()
            || parameters.eq_ignore_ascii_case("charset=utf-8")
            || parameters.eq_ignore_ascii_case("charset=\"utf-8\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content_type: Option<&str>, body: impl Into<Body>) -> Request {
        let mut request = Request::new(body.into());
        if let Some(value) = content_type {
            request
                .headers_mut()
                .insert(CONTENT_TYPE, value.parse().unwrap());
        }
        request
    }

    #[test]
    fn bytes_come_back_as_they_were() {
        assert_eq!(raw(&request(None, "é")).unwrap(), "é".as_bytes());
        assert_eq!(raw(&request(None, vec![0xff, 0x00])).unwrap(), [0xff, 0x00]);
        assert_eq!(raw(&request(None, Body::Empty)).unwrap(), b"");
        let limit = " ".repeat(strict_json::MAX_BYTES);
        assert!(raw(&request(None, limit.clone())).is_ok());
        let problem = raw(&request(None, limit + " ")).unwrap_err();
        assert_eq!(problem.code, ProblemCode::PayloadTooLarge);
    }

    #[test]
    fn content_types() {
        let table = [
            (Some("application/json"), true),
            (Some("Application/JSON; charset=UTF-8"), true),
            (Some("application/json;charset=\"utf-8\""), true),
            (Some("application/json; charset=latin1"), false),
            (Some("application/jsonp"), false),
            (Some("text/plain"), false),
            (Some("application/json,application/json"), false),
            (Some(""), false),
            (None, false),
        ];
        for (content_type, good) in table {
            let result = json(&request(content_type, "{}"));
            assert_eq!(result.is_ok(), good, "{content_type:?}");
            if let Err(problem) = result {
                assert_eq!(problem.errors[0].field, "Content-Type");
            }
        }
    }

    #[test]
    fn a_body_that_is_too_large_is_told_before_anything_else() {
        let problem = json(&request(None, " ".repeat(70_000))).unwrap_err();
        assert_eq!(problem.code, ProblemCode::PayloadTooLarge);
    }
}
