//! DOKU's calls: signed as they must be, and almost so.

use fastrand::Rng;

use super::texts;
use crate::document::Operation;
use crate::request::Request;

/// The headers of a good call. Its signature is made once the request is complete.
pub fn headers(request: &mut Request, operation: &Operation, rng: &mut Rng) {
    let id: String = (0..20).map(|_| rng.digit(10)).collect();
    let headers: &[(&str, &str)] = match operation.path.as_str() {
        "/v1.0/access-token/b2b" => &[("x-client-key", "$(client-id)"), ("x-timestamp", "$(now)")],
        "/v1.0/debit/notify" => &[
            ("authorization", "Bearer $(b2b-token)"),
            ("x-partner-id", "$(client-id)"),
            ("x-external-id", &id),
            ("x-timestamp", "$(now)"),
        ],
        _ => &[
            ("client-id", "$(client-id)"),
            ("request-id", &id),
            ("request-timestamp", "$(now)"),
        ],
    };
    for (name, value) in headers {
        request
            .headers
            .push(((*name).to_owned(), value.as_bytes().to_vec()));
    }
}

/// Alters what the call is verified with.
pub fn alter(request: &mut Request, rng: &mut Rng) {
    let count = request.headers.len();
    match rng.u8(..6) {
        0 => {
            request.signed = false;
            let value = rng.choice([
                "",
                "x",
                "HMACSHA256=",
                "AAAA",
                "HMACSHA256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            ]);
            let name = if rng.bool() {
                "x-signature"
            } else {
                "signature"
            };
            request
                .headers
                .push((name.to_owned(), value.unwrap_or("").as_bytes().to_vec()));
        }
        1 => request.signed = false,
        2 if count > 0 => {
            request.headers.remove(rng.usize(..count));
        }
        3 if count > 0 => {
            let again = request.headers[rng.usize(..count)].clone();
            request.headers.push(again);
        }
        _ if count > 0 => {
            let odd = texts::odd(rng).replace(['\r', '\n', '\0', '\u{7f}'], " ");
            request.headers[rng.usize(..count)].1 = odd.into_bytes();
        }
        _ => {}
    }
}
