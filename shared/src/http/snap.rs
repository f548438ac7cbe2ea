//! Answers to DOKU, in SNAP's own form: seven digits and a sentence.

use lambda_http::http::StatusCode;
use lambda_http::http::header::{CONTENT_TYPE, HeaderValue};
use lambda_http::{Body, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::inbound::{Inbound, Repeated};
use super::problem::Problem;
use crate::app::{AppError, InboundHeaders, IssuedToken, Refusal};

/// The digits of the service, in the middle of a response code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The token that DOKU asks us for.
    Token,
    /// A payment notification.
    Notification,
}

impl Service {
    const fn digits(self) -> &'static str {
        match self {
            Self::Token => "73",
            Self::Notification => "56",
        }
    }
}

/// The headers that a call of DOKU's is verified with.
pub fn headers(inbound: &Inbound, partner: &'static str) -> Result<InboundHeaders, Refusal> {
    let text = |name| once(inbound, name);
    // Not read, but sent with every notification: twice, it is not one request of DOKU's.
    text("X-EXTERNAL-ID")?;
    Ok(InboundHeaders {
        partner: text(partner)?,
        request_id: None,
        timestamp: text("X-TIMESTAMP")?,
        signature: text("X-SIGNATURE")?,
        authorization: text("Authorization")?.map(SecretString::from),
    })
}

/// A header's text; a refusal, which is logged, when it came more than once.
pub(super) fn once(inbound: &Inbound, name: &'static str) -> Result<Option<String>, Refusal> {
    match inbound.header(name) {
        Ok(text) => Ok(text.map(str::to_owned)),
        Err(Repeated(name)) => {
            let refusal = Refusal::Repeated(name);
            refusal.log("a call of DOKU's was refused");
            Err(refusal)
        }
    }
}

/// "Taken", for a notification that is stored, now or before.
pub fn acknowledged() -> Response<Body> {
    answer(
        StatusCode::OK,
        &json!({
            "responseCode": "2005600",
            "responseMessage": "Request has been processed successfully",
        }),
    )
}

/// A token for DOKU.
pub fn token(issued: &IssuedToken) -> Response<Body> {
    let mut response = answer(
        StatusCode::OK,
        &json!({
            "responseCode": "2007300",
            "responseMessage": "Successful",
            "accessToken": issued.access_token.expose_secret(),
            "tokenType": "Bearer",
            "expiresIn": issued.expires_in,
            "additionalInfo": "",
        }),
    );
    let pairs = [
        ("x-client-key", &issued.client_id),
        ("x-timestamp", &issued.timestamp),
    ];
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A refusal. Anything but 2xx makes DOKU try again later.
pub fn refused(service: Service, refusal: Refusal) -> Response<Body> {
    let (status, case, message) = match refusal {
        Refusal::Signature => (401, "00", "Unauthorized. Invalid Signature"),
        Refusal::Partner => (401, "00", "Unauthorized. Unknown Client"),
        Refusal::Untimed => (401, "00", "Unauthorized. X-TIMESTAMP is missing"),
        Refusal::Stale => (401, "00", "Unauthorized. X-TIMESTAMP is too far from now"),
        Refusal::UnreadableTime => (400, "01", "Invalid Field Format X-TIMESTAMP"),
        Refusal::Token => (401, "01", "Invalid Token (B2B)"),
        Refusal::Repeated(header) => {
            return coded(
                service,
                400,
                "01",
                &format!("Invalid Field Format {header}"),
            );
        }
        Refusal::Member(member) if member.0 == "body" => (400, "01", "Invalid Field Format body"),
        Refusal::Member(member) => {
            return coded(
                service,
                400,
                "02",
                &format!("Invalid Mandatory Field {}", member.0),
            );
        }
        Refusal::Failed(error) => {
            let status = status_of(error);
            (status, "00", "General Error")
        }
    };
    coded(service, status, case, message)
}

/// The status for a failure of ours. Logged where every failure is; DOKU learns no more than that it
/// should come again.
pub(super) fn status_of(error: AppError) -> u16 {
    let busy = matches!(error, AppError::InProgress(_));
    let problem = Problem::from(error);
    if busy {
        503
    } else {
        problem.code.status().as_u16().max(500)
    }
}

/// A body that is too large or a path that is not known.
pub fn bad_request(service: Service) -> Response<Body> {
    coded(service, 400, "00", "Bad Request")
}

fn coded(service: Service, status: u16, case: &str, message: &str) -> Response<Body> {
    let code = format!("{status}{}{case}", service.digits());
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer(
        status,
        &json!({"responseCode": code, "responseMessage": message}),
    )
}

fn answer(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
