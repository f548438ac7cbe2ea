//! What DOKU answers: a seven-digit code, a message, and the fields of the operation.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value};

use crate::merge::merge;
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
    /// Members, wherever they stand, and the JSON text printed in place of their values.
    literals: Vec<(String, String)>,
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
            literals: Vec::new(),
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
            literals: Vec::new(),
        }
    }

    /// An answer made of a whole seven-digit code, for what belongs to no operation.
    pub fn coded(code: &str, message: &str) -> Self {
        let status = code
            .get(..3)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(500);
        Self {
            status,
            code: code.to_owned(),
            fields: header_fields(code, message),
            literals: Vec::new(),
        }
    }

    /// Prints the member as an integer literal instead of a string, as some of DOKU's samples do.
    pub fn with_integer(self, member: &str) -> Self {
        match text_of(&self.fields, member) {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.with_literal(member, digits)
            }
            _ => self,
        }
    }

    /// Prints a member of digits as a float of 16 of them.
    pub fn with_float(self, member: &str) -> Self {
        let float = text_of(&self.fields, member).and_then(|digits| {
            let (first, rest) = digits.split_at_checked(1)?;
            let exponent = rest.len();
            Some(format!("{first}.{}e+{exponent}", rest.get(..15)?))
        });
        match float {
            Some(float) => self.with_literal(member, float),
            None => self,
        }
    }

    /// Prints that JSON text as the member's value: numbers that no number type holds.
    pub fn with_literal(mut self, member: &str, literal: String) -> Self {
        self.literals.push((member.to_owned(), literal));
        self
    }

    /// With another HTTP status than its code says.
    pub fn with_http_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Lays a patch over the body.
    pub fn alter(&mut self, patch: &Value) {
        let mut fields = Value::Object(std::mem::take(&mut self.fields));
        merge(&mut fields, patch);
        if let Value::Object(fields) = fields {
            self.fields = fields;
        }
        match self.fields.get("responseCode") {
            Some(Value::String(code)) => self.code.clone_from(code),
            Some(code) => self.code = code.to_string(),
            None => {}
        }
    }

    /// Whether the work was done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body's text.
    pub fn body(&self) -> String {
        let mut fields = Value::Object(self.fields.clone());
        let mut places = Vec::new();
        for (number, (member, literal)) in self.literals.iter().enumerate() {
            let place = format!("\u{e000}{number}\u{e000}");
            put(&mut fields, member, &place);
            places.push((format!("\"{place}\""), literal));
        }
        let text = fields.to_string();
        places
            .iter()
            .fold(text, |text, (place, literal)| text.replace(place, literal))
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

/// The text of the member, wherever it stands.
fn text_of(fields: &Map<String, Value>, member: &str) -> Option<String> {
    fields.iter().find_map(|(name, value)| match value {
        Value::String(text) if name == member => Some(text.clone()),
        Value::Object(inner) => text_of(inner, member),
        _ => None,
    })
}

/// Puts a text in the place of every value of that name.
fn put(value: &mut Value, member: &str, text: &str) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == member {
                    *value = Value::from(text);
                } else {
                    put(value, member, text);
                }
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                put(entry, member, text);
            }
        }
        _ => {}
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
        let answer = Answer::success(Operation::Binding, json!({"a": {"authCode": digits}}))
            .with_float("authCode")
            .body();
        assert!(
            answer.contains("\"authCode\":2.238261120001534e+39"),
            "{answer}"
        );
    }
}
