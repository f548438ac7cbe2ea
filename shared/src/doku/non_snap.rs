//! One signed non-SNAP request.
//!
//! The id of a request is its idempotency key: the same id and body again bring HTTP 409 and the
//! first answer, which is the answer.
//!
//! Sources: DOKU developers, "Signature component, non-SNAP" (request, response and GET) and
//! "Idempotency request" (read 2026-11-20).

use std::time::Duration;

use reqwest::Method;
use secrecy::SecretString;
use serde::Deserialize;

use super::Doku;
use super::exchange::{Answer, Exchanged, Raw, Reply, exchange};
use super::lenient;
use super::reading::Reading;
use crate::domain::failure::Failure;
use crate::domain::ids::ExternalId;
use crate::signing::non_snap::{self, Parts};

/// What a signed request needs from the secret.
pub struct Credentials<'a> {
    /// Our client id.
    pub client_id: &'a str,
    /// The key of the signature, in both directions.
    pub secret_key: &'a SecretString,
}

/// One request, ready but for signature and time.
pub struct Call<'a> {
    /// Path from the first `/`, with nothing in it that would have to be percent-encoded.
    pub path: &'a str,
    /// `Request-Id`.
    pub request_id: &'a ExternalId,
    /// These very bytes are signed and sent; `None` makes it a GET, which has no digest.
    pub body: Option<&'a [u8]>,
}

/// Whether an answer is DOKU's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signed {
    /// Over the digest of the body, or (a GET's answer may do so) without it.
    Right { digest: bool },
    /// It carries no signature.
    Absent,
    /// It carries one that is not DOKU's, or that belongs to another request.
    Wrong,
}

impl Doku {
    /// Signs and sends one request, and checks the signature of its answer.
    pub async fn call(
        &self,
        credentials: &Credentials<'_>,
        call: &Call<'_>,
        patience: Duration,
    ) -> Reply {
        let timestamp = self.clock.now().rfc3339();
        let component = non_snap::request_component(&Parts {
            client_id: credentials.client_id,
            request_id: call.request_id.as_str(),
            timestamp: &timestamp,
            target: call.path,
            body: call.body,
        });
        let method = match call.body {
            Some(_) => Method::POST,
            None => Method::GET,
        };
        let signature = non_snap::sign(credentials.secret_key, &component);
        let mut request = self
            .request(method, call.path, patience)
            .header("Client-Id", credentials.client_id)
            .header("Request-Id", call.request_id.as_str())
            .header("Request-Timestamp", timestamp)
            .header("Signature", signature);
        if let Some(body) = call.body {
            request = request.body(body.to_vec());
        }
        let reply = match exchange(request).await {
            Exchanged::Raw(raw) => {
                let signed = check(credentials, call, &raw);
                match signed {
                    Signed::Right { digest } => tracing::debug!(digest, "DOKU's answer is signed"),
                    Signed::Absent => tracing::warn!(http = raw.http, "DOKU's answer is unsigned"),
                    Signed::Wrong => tracing::error!("DOKU's answer carries a wrong signature"),
                }
                let (reading, code) = read(raw.http, &raw.body, signed, call.body.is_none());
                Reply::Answer(Answer {
                    reading,
                    response_code: code,
                    body: raw.body,
                })
            }
            Exchanged::NotSent => Reply::NotSent,
            Exchanged::Lost => Reply::Lost,
        };
        reply.log(if call.body.is_some() {
            call.path
        } else {
            // What is asked about stands in the path.
            "GET"
        });
        reply
    }
}

/// Checks who signed an answer, and that it belongs to this request: an old answer is DOKU's too.
fn check(credentials: &Credentials<'_>, call: &Call<'_>, raw: &Raw) -> Signed {
    let text = |name: &str| raw.headers.get(name).and_then(|value| value.to_str().ok());
    let Some(signature) = text("Signature") else {
        return Signed::Absent;
    };
    let (Some(client_id), Some(request_id), Some(timestamp)) = (
        text("Client-Id"),
        text("Request-Id"),
        text("Response-Timestamp"),
    ) else {
        return Signed::Wrong;
    };
    if client_id != credentials.client_id || request_id != call.request_id.as_str() {
        return Signed::Wrong;
    }
    let verifies = |body: Option<&[u8]>| {
        let component = non_snap::response_component(&Parts {
            client_id,
            request_id,
            timestamp,
            target: call.path,
            body,
        });
        non_snap::verify(credentials.secret_key, &component, signature).is_ok()
    };
    if verifies(Some(&raw.body)) {
        Signed::Right { digest: true }
    } else if call.body.is_none() && verifies(None) {
        Signed::Right { digest: false }
    } else {
        Signed::Wrong
    }
}

#[derive(Default, Deserialize)]
struct Envelope {
    #[serde(default)]
    error: Option<ErrorBody>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    response_code: Option<String>,
}

#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    code: Option<String>,
}

/// What an answer means, and the code of its error.
///
/// Without DOKU's signature no success is believed. A refusal is: DOKU may not sign what it could
/// not attribute to a client, and a success that comes later is believed all the same. But that DOKU does
/// not know what it was `asked` about may lead to sending it again: only DOKU can say that.
///
/// That the signatures do not agree is believed too: while the secret is being rotated, DOKU says so
/// under the one that it knows.
fn read(http: u16, body: &[u8], signed: Signed, asked: bool) -> (Reading, Option<String>) {
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    let Some(envelope) = is_object
        .then(|| serde_json::from_slice::<Envelope>(body).ok())
        .flatten()
    else {
        return (Reading::Ambiguous, None);
    };
    let code = match &envelope.error {
        Some(error) => error.code.clone().or(Some("UNKNOWN".to_owned())),
        None if http >= 400 && http != 409 => envelope.response_code,
        None => None,
    };
    let success = matches!(signed, Signed::Right { .. });
    let reading = match (http, code.as_deref()) {
        (401, Some(_)) => Reading::Misconfigured,
        _ if signed == Signed::Wrong => Reading::Ambiguous,
        // The first answer again: a 409 with the shape of a success is that success.
        (200 | 201 | 409, None) if success => Reading::Success,
        (202, None) if success => Reading::InProgress,
        // Nobody but DOKU may say what the first answer was.
        (409, _) if !success => Reading::Ambiguous,
        (400 | 409 | 422, Some(code)) if is_duplicate(code) => Reading::Inconsistent,
        // The first answer again, without its HTTP status: it may have been a server's error.
        (409, code) if !code.is_some_and(is_refusal) => Reading::Ambiguous,
        (400 | 409 | 422, _) => Reading::Refused(Failure::GatewayRejected),
        (401, _) => Reading::Misconfigured,
        (403 | 412, _) => Reading::Refused(Failure::NotAllowed),
        (404, _) if asked && !success => Reading::Ambiguous,
        (404, _) => Reading::NotFound,
        (429, _) => Reading::Throttled,
        (408 | 425 | 499, _) => Reading::Ambiguous,
        // An error inside a 200 is an error.
        (200 | 201, Some(_)) | (402..=499, _) => Reading::Refused(Failure::Declined),
        _ => Reading::Ambiguous,
    };
    (reading, code)
}

/// True when an error is about something that is known already, not about the request itself.
pub(super) fn is_duplicate(code: &str) -> bool {
    let code = code.to_ascii_uppercase();
    code.contains("DUPLICATE") || code.contains("IDEMPOTENCY")
}

/// True when an error says of itself that the request was refused, and did not fail on the way.
fn is_refusal(code: &str) -> bool {
    const OF_REQUESTS: [&str; 5] = [
        "INVALID",
        "VALIDATION",
        "NOT_CONFIGURED",
        "NOT_ACTIVE",
        "NOT_FOUND",
    ];
    let code = code.to_ascii_uppercase();
    OF_REQUESTS.iter().any(|word| code.contains(word))
}

/// The failure that a card decision's code stands for.
///
/// Source: DOKU developers, "Response code" (read 2026-11-20); the numbers are ISO 8583's.
pub fn declined(response_code: Option<&str>) -> Failure {
    match response_code {
        Some("51") => Failure::InsufficientFunds,
        Some("61" | "65") => Failure::LimitExceeded,
        Some("59" | "34" | "63") => Failure::SuspectedFraud,
        Some("14" | "33" | "36" | "41" | "43" | "54" | "62" | "78") => Failure::AccountUnavailable,
        Some("01" | "02" | "70" | "1A") => Failure::CustomerActionRequired,
        Some("03" | "57" | "58") => Failure::NotAllowed,
        Some("68" | "91" | "96") => Failure::TryLater,
        _ => Failure::Declined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderMap, HeaderValue};

    const RIGHT: Signed = Signed::Right { digest: true };

    #[test]
    fn the_first_answer_again_is_a_refusal_where_it_says_so() {
        let read = |code: &str| {
            let body = format!(r#"{{"error":{{"code":"{code}"}}}}"#);
            read(409, body.as_bytes(), RIGHT, false).0
        };
        let rejected = Reading::Refused(Failure::GatewayRejected);
        for code in [
            "INVALID_FIELD",
            "VALIDATION_ERROR",
            "MERCHANT_NOT_ACTIVE",
            "TRANSACTION_NOT_FOUND",
        ] {
            assert_eq!(read(code), rejected, "{code}");
        }
        for code in ["MAINTENANCE_MODE", "SERVER_ERROR", "UNHEARD_OF"] {
            assert_eq!(read(code), Reading::Ambiguous, "{code}");
        }
    }

    #[test]
    fn answers() {
        use Failure as F;
        use Reading as R;
        let error = r#"{"error":{"code":"INVALID_PARAMETER","message":"m","type":"t"}}"#;
        let done = r#"{"payment":{"status":"SUCCESS"}}"#;
        let rejected = R::Refused(F::GatewayRejected);
        let table = [
            ("done", 200, done, RIGHT, R::Success),
            ("made", 201, done, RIGHT, R::Success),
            ("the first answer again", 409, done, RIGHT, R::Success),
            ("not signed", 200, done, Signed::Absent, R::Ambiguous),
            (
                "a replay not signed",
                409,
                done,
                Signed::Absent,
                R::Ambiguous,
            ),
            ("signed by somebody", 200, done, Signed::Wrong, R::Ambiguous),
            (
                "refused by somebody",
                400,
                error,
                Signed::Wrong,
                R::Ambiguous,
            ),
            ("another key", 401, error, Signed::Wrong, R::Misconfigured),
            ("a gateway's 401", 401, done, Signed::Wrong, R::Ambiguous),
            ("refused", 400, error, RIGHT, rejected),
            ("refused, not signed", 400, error, Signed::Absent, rejected),
            ("the first refusal again", 409, error, RIGHT, rejected),
            (
                "a conflict of another kind",
                409,
                r#"{"error":{"code":"DUPLICATE_TRANSACTION"}}"#,
                RIGHT,
                R::Inconsistent,
            ),
            (
                "the first refusal, whatever it was",
                409,
                r#"{"error":{"code":"MERCHANT_NOT_CONFIGURED"}}"#,
                RIGHT,
                rejected,
            ),
            (
                "a refusal that anybody can claim",
                409,
                error,
                Signed::Absent,
                R::Ambiguous,
            ),
            ("credentials", 401, error, Signed::Absent, R::Misconfigured),
            ("not allowed", 403, error, RIGHT, R::Refused(F::NotAllowed)),
            ("not set up", 412, error, RIGHT, R::Refused(F::NotAllowed)),
            ("unknown", 404, error, RIGHT, R::NotFound),
            ("too many", 429, error, RIGHT, R::Throttled),
            ("gave up", 408, error, RIGHT, R::Ambiguous),
            (
                "broken",
                500,
                r#"{"status":500,"path":"/"}"#,
                RIGHT,
                R::Ambiguous,
            ),
            (
                "an error in a 200",
                200,
                error,
                RIGHT,
                R::Refused(F::Declined),
            ),
            ("a proxy's page", 200, "<html>", RIGHT, R::Ambiguous),
            (
                "a proxy's refusal",
                400,
                "<html>",
                Signed::Absent,
                R::Ambiguous,
            ),
            ("a list", 200, "[]", RIGHT, R::Ambiguous),
            ("moved", 302, done, RIGHT, R::Ambiguous),
        ];
        for (why, http, body, signed, wanted) in table {
            assert_eq!(
                read(http, body.as_bytes(), signed, false).0,
                wanted,
                "{why}"
            );
        }
        for (signed, wanted) in [(RIGHT, R::NotFound), (Signed::Absent, R::Ambiguous)] {
            assert_eq!(read(404, error.as_bytes(), signed, true).0, wanted);
        }
    }

    #[test]
    fn an_answer_belongs_to_its_request() {
        let secret = SecretString::from("SK-TESTONLY-0123456789abcdef");
        let credentials = Credentials {
            client_id: "BRN-0000-TESTONLY00001",
            secret_key: &secret,
        };
        let request_id = ExternalId::new("20261120011530", 7);
        let call = |body| Call {
            path: "/credit-card/capture",
            request_id: &request_id,
            body,
        };
        let answer = |id: &str, with_digest: bool| {
            let body = b"{}".to_vec();
            let component = non_snap::response_component(&Parts {
                client_id: credentials.client_id,
                request_id: id,
                timestamp: "2026-11-20T01:15:31Z",
                target: "/credit-card/capture",
                body: with_digest.then_some(&body[..]),
            });
            let mut headers = HeaderMap::new();
            let mut set = |name: &'static str, value: &str| {
                headers.insert(name, HeaderValue::from_str(value).unwrap());
            };
            set("client-id", credentials.client_id);
            set("request-id", id);
            set("response-timestamp", "2026-11-20T01:15:31Z");
            set("signature", &non_snap::sign(&secret, &component));
            Raw {
                http: 200,
                headers,
                body,
            }
        };
        let own = request_id.as_str();
        let (post, get) = (call(Some(b"{}")), call(None));
        assert_eq!(check(&credentials, &post, &answer(own, true)), RIGHT);
        assert_eq!(check(&credentials, &get, &answer(own, true)), RIGHT);
        let bare = Signed::Right { digest: false };
        assert_eq!(check(&credentials, &get, &answer(own, false)), bare);
        assert_eq!(
            check(&credentials, &post, &answer(own, false)),
            Signed::Wrong,
            "only a GET's answer may go without digest"
        );
        assert_eq!(
            check(&credentials, &post, &answer("20261120011530", true)),
            Signed::Wrong,
            "the answer to another request"
        );
        let mut altered = answer(own, true);
        altered.body = b"{ }".to_vec();
        assert_eq!(check(&credentials, &post, &altered), Signed::Wrong);
        let mut unsigned = answer(own, true);
        unsigned.headers.remove("signature");
        assert_eq!(check(&credentials, &post, &unsigned), Signed::Absent);
    }
}
