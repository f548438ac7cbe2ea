//! What a caller is told when something did not work: RFC 9457 `application/problem+json`.

use std::borrow::Cow;

use lambda_http::{
    Body, Response,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
    },
};
use serde_json::{Value, json};

use crate::domain::error::FieldError;

/// The most bytes of a problem's body.
pub const MAX_BYTES: usize = 2048;
/// The longest path of a field that is shown.
const MAX_FIELD_CHARS: usize = 200;

/// What kind of problem it is. The text form is part of the contract and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant's title says what it means")]
pub enum ProblemCode {
    InvalidRequest,
    OperationNotSupported,
    ChannelNotConfirmed,
    Unauthenticated,
    BadSignature,
    MissingMark,
    MissingScope,
    MerchantOnly,
    Forbidden,
    NotFound,
    BindingNotFound,
    PaymentNotFound,
    RefundNotFound,
    CardNotFound,
    SubscriptionNotFound,
    TokenNotFound,
    MethodNotAllowed,
    InProgress,
    IllegalTransition,
    InvoiceNumberUsed,
    PayloadTooLarge,
    IdempotencyKeyReused,
    GatewayUnreachable,
    GatewayMisconfigured,
    Throttled,
    StoreUnavailable,
    NewerVersion,
    ChannelUnknown,
    Internal,
}

impl ProblemCode {
    /// Every code, for tables and tests.
    pub const ALL: [Self; 29] = [
        Self::InvalidRequest,
        Self::OperationNotSupported,
        Self::ChannelNotConfirmed,
        Self::Unauthenticated,
        Self::BadSignature,
        Self::MissingMark,
        Self::MissingScope,
        Self::MerchantOnly,
        Self::Forbidden,
        Self::NotFound,
        Self::BindingNotFound,
        Self::PaymentNotFound,
        Self::RefundNotFound,
        Self::CardNotFound,
        Self::SubscriptionNotFound,
        Self::TokenNotFound,
        Self::MethodNotAllowed,
        Self::InProgress,
        Self::IllegalTransition,
        Self::InvoiceNumberUsed,
        Self::PayloadTooLarge,
        Self::IdempotencyKeyReused,
        Self::GatewayUnreachable,
        Self::GatewayMisconfigured,
        Self::Throttled,
        Self::StoreUnavailable,
        Self::NewerVersion,
        Self::ChannelUnknown,
        Self::Internal,
    ];

    /// The stable text, such as `invalid_request`.
    pub const fn text(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status it is answered with.
    pub const fn status(self) -> StatusCode {
        self.row().1
    }

    /// A short sentence that says what it means.
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// Whether the same request may succeed later without being changed.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::InProgress
                | Self::GatewayUnreachable
                | Self::Throttled
                | Self::StoreUnavailable
                | Self::NewerVersion
        )
    }

    #[expect(clippy::too_many_lines, reason = "a table")]
    const fn row(self) -> (&'static str, StatusCode, &'static str) {
        type S = StatusCode;
        match self {
            Self::InvalidRequest => (
                "invalid_request",
                S::BAD_REQUEST,
                "The request is not well-formed",
            ),
            Self::OperationNotSupported => (
                "operation_not_supported",
                S::BAD_REQUEST,
                "The channel does not offer this operation",
            ),
            Self::ChannelNotConfirmed => (
                "channel_not_confirmed",
                S::BAD_REQUEST,
                "Nobody has confirmed with DOKU how this channel does it",
            ),
            Self::Unauthenticated => (
                "unauthenticated",
                S::UNAUTHORIZED,
                "The request carries no valid token",
            ),
            Self::BadSignature => (
                "bad_signature",
                S::UNAUTHORIZED,
                "The request is not signed as it must be",
            ),
            Self::MissingMark => (
                "missing_mark",
                S::FORBIDDEN,
                "The token marks its holder neither as the merchant nor as a customer",
            ),
            Self::MissingScope => (
                "missing_scope",
                S::FORBIDDEN,
                "The token lacks the scope this needs",
            ),
            Self::MerchantOnly => (
                "merchant_only",
                S::FORBIDDEN,
                "Only the merchant's backend may do this",
            ),
            Self::Forbidden => ("forbidden", S::FORBIDDEN, "The caller may not do this"),
            Self::NotFound => (
                "not_found",
                S::NOT_FOUND,
                "There is nothing at this address",
            ),
            Self::BindingNotFound => ("binding_not_found", S::NOT_FOUND, "No such binding"),
            Self::PaymentNotFound => ("payment_not_found", S::NOT_FOUND, "No such payment"),
            Self::RefundNotFound => ("refund_not_found", S::NOT_FOUND, "No such refund"),
            Self::CardNotFound => ("card_not_found", S::NOT_FOUND, "No such saved card"),
            Self::SubscriptionNotFound => (
                "subscription_not_found",
                S::NOT_FOUND,
                "No such subscription",
            ),
            Self::TokenNotFound => ("token_not_found", S::NOT_FOUND, "No such token"),
            Self::MethodNotAllowed => (
                "method_not_allowed",
                S::METHOD_NOT_ALLOWED,
                "This address has no such method",
            ),
            Self::InProgress => (
                "in_progress",
                S::CONFLICT,
                "The same request is still being worked on",
            ),
            Self::IllegalTransition => (
                "illegal_transition",
                S::CONFLICT,
                "This is not possible in the current status",
            ),
            Self::InvoiceNumberUsed => (
                "invoice_number_used",
                S::CONFLICT,
                "Another payment has this invoice number",
            ),
            Self::PayloadTooLarge => (
                "payload_too_large",
                S::PAYLOAD_TOO_LARGE,
                "The body is larger than 64 KiB",
            ),
            Self::IdempotencyKeyReused => (
                "idempotency_key_reused",
                S::UNPROCESSABLE_ENTITY,
                "The idempotency key was used for another request",
            ),
            Self::GatewayUnreachable => (
                "gateway_unreachable",
                S::BAD_GATEWAY,
                "DOKU could not be reached",
            ),
            Self::GatewayMisconfigured => (
                "gateway_misconfigured",
                S::BAD_GATEWAY,
                "DOKU refuses the merchant's credentials or settings",
            ),
            Self::Throttled => (
                "throttled",
                S::SERVICE_UNAVAILABLE,
                "Too many requests at the moment",
            ),
            Self::StoreUnavailable => (
                "store_unavailable",
                S::SERVICE_UNAVAILABLE,
                "The records cannot be reached at the moment",
            ),
            Self::NewerVersion => (
                "newer_version",
                S::SERVICE_UNAVAILABLE,
                "A newer release of this service wrote this record",
            ),
            Self::ChannelUnknown => (
                "channel_unknown",
                S::INTERNAL_SERVER_ERROR,
                "This deployment does not know the channel of this record",
            ),
            Self::Internal => (
                "internal",
                S::INTERNAL_SERVER_ERROR,
                "Something went wrong on our side",
            ),
        }
    }
}

/// Whether anything may have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemOutcome {
    /// Nothing happened.
    None,
    /// Nobody knows yet; ask later.
    Unknown,
}

/// A problem, before it is written as an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", code.text())]
pub struct Problem {
    /// What kind.
    pub code: ProblemCode,
    /// One sentence for the caller's developer; the title when there is nothing to add.
    pub detail: Cow<'static, str>,
    /// Every wrong field.
    pub errors: Vec<FieldError>,
    /// Whether anything may have happened.
    pub outcome: ProblemOutcome,
    /// Headers of the answer, such as `Retry-After` or `Allow`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem that says no more than its code, and after which nothing happened.
    pub fn new(code: ProblemCode) -> Self {
        Self {
            code,
            detail: code.title().into(),
            errors: Vec::new(),
            outcome: ProblemOutcome::None,
            headers: Vec::new(),
        }
    }

    /// With every wrong field.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// `invalid_request` with every wrong field.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::new(ProblemCode::InvalidRequest)
        }
    }

    /// Both values, or every wrong field of both. A problem of another kind than wrong fields comes first.
    pub fn both<A, B>(
        first: Result<A, impl Into<Self>>,
        second: Result<B, impl Into<Self>>,
    ) -> Result<(A, B), Self> {
        match (first.map_err(Into::into), second.map_err(Into::into)) {
            (Ok(first), Ok(second)) => Ok((first, second)),
            (Err(mut first), Err(second)) if first.is_invalid() && second.is_invalid() => {
                let new = |error: &FieldError| !first.errors.contains(error);
                let more: Vec<_> = second.errors.into_iter().filter(new).collect();
                first.errors.extend(more);
                Err(first)
            }
            (Err(first), Err(second)) if first.is_invalid() => Err(second),
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
        }
    }

    fn is_invalid(&self) -> bool {
        self.code == ProblemCode::InvalidRequest
    }

    /// With a sentence of its own. It must not repeat anything that was sent.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }

    /// With `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// With another header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Something may have happened: the caller has to ask later.
    #[must_use]
    pub const fn outcome_unknown(mut self) -> Self {
        self.outcome = ProblemOutcome::Unknown;
        self
    }

    /// The answer. `request_id` is what the logs of this request are found by.
    ///
    /// Its body has at most [`MAX_BYTES`]: wrong fields that do not fit are counted in `errorsOmitted`.
    pub fn into_response(self, request_id: &str) -> Response<Body> {
        let code = self.code;
        let mut body = json!({
            "type": format!("https://doku-lambda.dev/problems/{}", code.text()),
            "title": code.title(),
            "status": code.status().as_u16(),
            "detail": self.detail,
            "code": code.text(),
            "errors": [],
            "retryable": code.retryable(),
            "outcome": match self.outcome {
                ProblemOutcome::None => "none",
                ProblemOutcome::Unknown => "unknown",
            },
            "requestId": request_id,
        });
        put_errors(&mut body, self.errors);
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = code.status();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.headers);
        response
    }
}

/// Puts as many wrong fields into a problem as there is room for, in their order, and the number of the others.
fn put_errors(body: &mut Value, errors: Vec<FieldError>) {
    let omitted = |count: usize| format!(",\"errorsOmitted\":{count}").len();
    let all = errors.len();
    let mut size = body.to_string().len();
    let mut shown = Vec::new();
    for error in errors {
        let error = json!(shortened(error));
        let rest = all - shown.len() - 1;
        let more = error.to_string().len() + 1;
        if size + more + omitted(rest) > MAX_BYTES {
            break;
        }
        size += more;
        shown.push(error);
    }
    if shown.len() < all {
        body["errorsOmitted"] = json!(all - shown.len());
    }
    body["errors"] = Value::Array(shown);
}

/// A field that lies deep in a document may have a path of any length: its end tells more than its beginning.
fn shortened(mut error: FieldError) -> FieldError {
    let skip = error.field.chars().count().saturating_sub(MAX_FIELD_CHARS);
    if skip > 0 {
        let end: String = error.field.chars().skip(skip + 1).collect();
        error.field = format!("…{end}");
    }
    error
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self::new(code)
    }
}

impl From<Vec<FieldError>> for Problem {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::invalid(errors)
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self::invalid(vec![error])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_has_its_own_text_and_an_error_status() {
        let texts: HashSet<_> = ProblemCode::ALL.iter().map(|code| code.text()).collect();
        assert_eq!(texts.len(), ProblemCode::ALL.len());
        for code in ProblemCode::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error());
            let snake = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(code.text().chars().all(snake), "{}", code.text());
        }
    }

    #[test]
    fn a_problem_stays_small() {
        let deep = "name_of_sixty_four_characters_or_nearly.".repeat(60);
        let many = |field: &str, count| {
            let errors = (0..count).map(|n| {
                FieldError::new(format!("{field}{n}"), "is not a known field")
                    .alternatives(["DIRECT_DEBIT_CIMB_SNAP"; 3])
            });
            let response = Problem::invalid(errors.collect()).into_response(&"r".repeat(64));
            let body: Value = serde_json::from_slice(response.body()).unwrap();
            assert!(
                response.body().len() <= MAX_BYTES,
                "{}",
                response.body().len()
            );
            body
        };
        for (field, count) in [
            ("f", 1),
            ("f", 10_000),
            (&deep, 1),
            (&deep, 1_000),
            ("é", 500),
        ] {
            let body = many(field, count);
            let shown = body["errors"].as_array().unwrap().len();
            let omitted = body["errorsOmitted"].as_u64().unwrap_or(0);
            assert!(shown > 0, "{count}");
            assert_eq!(u64::try_from(shown).unwrap() + omitted, count, "{count}");
            assert_eq!(body["errorsOmitted"].is_null(), omitted == 0);
        }
        let field = many(&deep, 1)["errors"][0]["field"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(field.starts_with('…') && field.ends_with(".0"), "{field}");
    }

    #[test]
    fn the_answer_has_every_member() {
        let problem = Problem::from(FieldError::new("items[2].price", "must not be empty"))
            .retry_after(2)
            .outcome_unknown();
        let response = problem.into_response("r-1");
        assert_eq!(response.status(), 400);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert_eq!(response.headers()["retry-after"], "2");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(
            body,
            json!({
                "type": "https://doku-lambda.dev/problems/invalid_request",
                "title": "The request is not well-formed",
                "status": 400,
                "detail": "The request is not well-formed",
                "code": "invalid_request",
                "errors": [{"field": "items[2].price", "rule": "must not be empty"}],
                "retryable": false,
                "outcome": "unknown",
                "requestId": "r-1",
            })
        );
    }
}
