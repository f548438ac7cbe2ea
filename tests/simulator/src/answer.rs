//! What DOKU answers: a seven-digit code, a message, and the fields of the operation.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value};

use crate::operation::Operation;

/// A refusal, before the service digits are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status, the first three digits.
    pub status: u16,
    /// Case, the last two digits.
    pub case: &'static str,
    /// `responseMessage`, at most 150 characters.
    pub message: String,
}

impl Refusal {
    /// A refusal with its message.
    pub fn new(status: u16, case: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            case,
            message: message.into(),
        }
    }

    /// 400-01: the field or header has the wrong form or length.
    pub fn format(field: &str) -> Self {
        Self::new(400, "01", format!("Invalid Field Format {field}"))
    }

    /// 400-02: the field or header is not there.
    pub fn missing(field: &str) -> Self {
        Self::new(400, "02", format!("Invalid Mandatory Field {field}"))
    }

    /// 401-00: client, timestamp or signature.
    pub fn unauthorized(reason: &str) -> Self {
        Self::new(401, "00", format!("Unauthorized. {reason}"))
    }

    /// 401-01: the merchant's token.
    pub fn b2b_token() -> Self {
        Self::new(401, "01", "Invalid Token (B2B)")
    }

    /// 401-02: the customer's token.
    pub fn customer_token() -> Self {
        Self::new(401, "02", "Invalid Customer Token")
    }
}

/// An answer, ready to be put on the wire.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `responseCode`.
    pub code: String,
    fields: Map<String, Value>,
    integers: Vec<&'static str>,
}

impl Answer {
    /// Success of `operation`: `200{service}00`.
    pub fn success(operation: Operation, fields: Value) -> Self {
        Self::accepted(operation.service(), fields)
    }

    /// Success under another service than the operation's own.
    pub fn accepted(service: &str, fields: Value) -> Self {
        let mut all = header_fields(&format!("200{service}00"), "Successful");
        if let Value::Object(fields) = fields {
            all.extend(fields);
        }
        Self {
            status: 200,
            code: format!("200{service}00"),
            fields: all,
            integers: Vec::new(),
        }
    }

    /// The refusal under the service of `operation`.
    pub fn refusal(operation: Operation, refusal: &Refusal) -> Self {
        let code = format!("{}{}{}", refusal.status, operation.service(), refusal.case);
        let message: String = refusal.message.chars().take(150).collect();
        Self {
            status: refusal.status,
            fields: header_fields(&code, &message),
            code,
            integers: Vec::new(),
        }
    }

    /// An answer made of a whole seven-digit code, for faults that order one.
    pub fn coded(code: &str) -> Self {
        let status = code
            .get(..3)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(500);
        Self {
            status,
            code: code.to_owned(),
            fields: header_fields(code, "Rejected by order"),
            integers: Vec::new(),
        }
    }

    /// Prints the member as an integer literal instead of a string, as some of DOKU's samples do.
    pub fn with_integer(mut self, member: &'static str) -> Self {
        self.integers.push(member);
        self
    }

    /// Whether the work was done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body's text.
    pub fn body(&self) -> String {
        let mut text = Value::Object(self.fields.clone()).to_string();
        for member in &self.integers {
            text = unquote(&text, member);
        }
        text
    }

    /// The HTTP response, stamped with the simulator's time.
    pub fn into_response(self, timestamp: &str) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body()));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        if let Ok(value) = HeaderValue::from_str(timestamp) {
            headers.insert("x-timestamp", value);
        }
        response
    }
}

fn header_fields(code: &str, message: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("responseCode".to_owned(), Value::from(code));
    fields.insert("responseMessage".to_owned(), Value::from(message));
    fields
}

/// Turns `"member":"123"` into `"member":123`. Done on the text because forty digits fit no
/// number type.
fn unquote(text: &str, member: &str) -> String {
    let label = format!("\"{member}\":\"");
    let Some((before, rest)) = text.split_once(&label) else {
        return text.to_owned();
    };
    match rest.split_once('"') {
        Some((digits, after)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{before}\"{member}\":{digits}{after}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_takes_the_service_of_its_operation() {
        let table = [
            (
                Operation::Payment,
                Refusal::format("amount.value"),
                "4005401",
            ),
            (
                Operation::Otp,
                Refusal::new(404, "15", "Invalid OTP"),
                "4040415",
            ),
            (
                Operation::B2b,
                Refusal::unauthorized("Invalid Signature"),
                "4017300",
            ),
            (Operation::Unbinding, Refusal::customer_token(), "4010502"),
        ];
        for (operation, refusal, code) in table {
            assert_eq!(Answer::refusal(operation, &refusal).code, code);
        }
    }

    #[test]
    fn forty_digits_survive_as_an_integer_literal() {
        let digits = "2238261120001534401107183161486001168389";
        let answer = Answer::success(Operation::Binding, json!({"authCode": digits}))
            .with_integer("authCode")
            .body();
        assert!(
            answer.contains(&format!("\"authCode\":{digits}")),
            "{answer}"
        );
    }
}
