//! What a response code means, and what to do about it.
//!
//! SNAP's seven digits are the HTTP status, the service and the case. The service digits are never
//! looked at: DOKU's own samples carry another service's digits now and then.
//!
//! Source: SNAP (ASPI), "Responses Code", as republished by DOKU (read 2026-11-20).

use crate::domain::failure::Failure;

/// What an answer means for the caller of the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Done, or for a payment: taken.
    Success,
    /// Taken and being worked on.
    InProgress,
    /// The bank sent the customer an OTP: a step, not a refusal.
    OtpSent,
    /// Our B2B token is not valid (any more).
    RenewB2b,
    /// The customer's token is not valid (any more).
    RenewCustomer,
    /// A final no.
    Refused(Failure),
    /// The OTP was not accepted; the payment is still open.
    OtpRejected(Failure),
    /// Too many requests: this one was not taken.
    Throttled,
    /// DOKU does not know the transaction.
    NotFound,
    /// DOKU knows the reference with other parameters, or knows the refund already.
    Inconsistent,
    /// The transaction is in another state than the request supposes.
    WrongState,
    /// DOKU does not accept our credentials or signature.
    Misconfigured,
    /// It may or may not have happened: ask before doing anything else.
    Ambiguous,
}

/// Reads an answer by its HTTP status and the `responseCode` in its body.
///
/// Where the two disagree the worse one counts; an answer without a code (a proxy's page, broken
/// JSON) is ambiguous whatever its status.
pub fn read(http: u16, response_code: Option<&str>) -> Reading {
    let Some((stated, case)) = response_code.and_then(parts) else {
        return Reading::Ambiguous;
    };
    let (http_class, stated_class) = (http / 100, stated / 100);
    match (http_class, stated_class) {
        // Whoever answered so does not know, or has seen the request before.
        _ if OPEN.contains(&http) => Reading::Ambiguous,
        // A refusal inside a 200 is a refusal.
        (2, _) | (4, 4) => by_code(stated, case),
        // A gateway in between failed, or contradicts the body: nobody knows.
        _ => Reading::Ambiguous,
    }
}

/// True for 404-00, "invalid transaction status": what is asked for may have been done before. The other
/// cases of [`Reading::WrongState`] say nothing of the kind.
pub fn is_invalid_status(response_code: Option<&str>) -> bool {
    response_code.and_then(parts) == Some((404, 0))
}

/// Statuses that say nothing final although they are of the class that does.
const OPEN: [u16; 4] = [408, 409, 425, 499];

/// The HTTP status and the case of a seven-digit code.
pub(super) fn parts(code: &str) -> Option<(u16, u8)> {
    if code.len() != 7 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((code[..3].parse().ok()?, code[5..].parse().ok()?))
}

fn by_code(http: u16, case: u8) -> Reading {
    use Failure as F;
    match (http, case) {
        (200 | 201, 0) => Reading::Success,
        (401, 0) => Reading::Misconfigured,
        (401, 1 | 3) => Reading::RenewB2b,
        (401, 2 | 4) => Reading::RenewCustomer,
        (400, 0 | 1 | 2 | 4) | (404, 13) => Reading::Refused(F::GatewayRejected),
        (403, 0) => Reading::Refused(F::Expired),
        (403, 1 | 15 | 19 | 20) | (404, 2 | 3 | 5 | 8 | 9 | 16 | 17) => {
            Reading::Refused(F::NotAllowed)
        }
        (403, 2 | 17 | 21 | 22 | 23) => Reading::Refused(F::LimitExceeded),
        (403, 3) => Reading::Refused(F::SuspectedFraud),
        (403, 4 | 6) => Reading::Refused(F::TryLater),
        (403, 7 | 8 | 9 | 16 | 18) | (404, 11) => Reading::Refused(F::AccountUnavailable),
        (403, 10) => Reading::Refused(F::CustomerActionRequired),
        (403, 11) => Reading::OtpRejected(F::OtpBlocked),
        (403, 12) | (404, 6) => Reading::OtpRejected(F::OtpExpired),
        (403, 13) => Reading::OtpSent,
        (403, 14) => Reading::Refused(F::InsufficientFunds),
        (404, 0 | 7 | 10) | (405, _) => Reading::WrongState,
        (404, 1) => Reading::NotFound,
        (404, 4) => Reading::Refused(F::CancelledByCustomer),
        (404, 15) => Reading::OtpRejected(F::OtpIncorrect),
        (404, 18) => Reading::Inconsistent,
        // The request's id was used already, or the reference has succeeded already: what became
        // of the first one is exactly what has to be asked.
        (400, 3) => Reading::Ambiguous,
        _ if OPEN.contains(&http) => Reading::Ambiguous,
        (429, _) => Reading::Throttled,
        (200..=299, _) => Reading::InProgress,
        (403, 5) | (400..=499, _) => Reading::Refused(F::Declined),
        _ => Reading::Ambiguous,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_wrong_state_says_that_it_may_have_been_done_before() {
        for (code, is) in [
            (Some("4040400"), true),
            (Some("4040407"), false),
            (Some("4040410"), false),
            (Some("4050400"), false),
            (Some("404040"), false),
            (None, false),
        ] {
            assert_eq!(is_invalid_status(code), is, "{code:?}");
        }
    }

    #[test]
    fn codes() {
        use Failure as F;
        use Reading as R;
        let declined = R::Refused(F::Declined);
        let table = [
            ("payment taken", 200, "2005400", R::Success),
            ("refund, binding's digits", 200, "2000700", R::Success),
            ("refund, its own digits", 201, "2015800", R::Success),
            ("in progress", 202, "2025400", R::InProgress),
            ("unknown case of 200", 200, "2005477", R::InProgress),
            ("bad field", 400, "4005401", R::Refused(F::GatewayRejected)),
            ("already done", 400, "4005403", R::Ambiguous),
            ("bad signature", 401, "4015400", R::Misconfigured),
            ("our token", 401, "4015401", R::RenewB2b),
            ("our token not found", 401, "4015403", R::RenewB2b),
            ("customer's token", 401, "4015402", R::RenewCustomer),
            ("do not honour", 403, "4035405", declined),
            ("funds", 403, "4035414", R::Refused(F::InsufficientFunds)),
            ("limit", 403, "4035402", R::Refused(F::LimitExceeded)),
            ("fraud", 403, "4035403", R::Refused(F::SuspectedFraud)),
            ("cut-off", 403, "4035406", R::Refused(F::TryLater)),
            (
                "blocked card",
                403,
                "4035407",
                R::Refused(F::AccountUnavailable),
            ),
            ("OTP blocked", 403, "4030411", R::OtpRejected(F::OtpBlocked)),
            ("OTP expired", 403, "4030412", R::OtpRejected(F::OtpExpired)),
            ("OTP sent", 403, "4035413", R::OtpSent),
            ("OTP wrong", 404, "4040415", R::OtpRejected(F::OtpIncorrect)),
            ("no such transaction", 404, "4045501", R::NotFound),
            ("other parameters", 404, "4045418", R::Inconsistent),
            ("wrong state", 404, "4045400", R::WrongState),
            ("not now", 405, "4055401", R::WrongState),
            ("id used", 409, "4095400", R::Ambiguous),
            ("reference done", 409, "4095401", R::Ambiguous),
            ("gave up waiting", 408, "4085400", R::Ambiguous),
            ("too many", 429, "4295400", R::Throttled),
            ("internal", 500, "5005401", R::Ambiguous),
            ("issuer timeout", 504, "5045400", R::Ambiguous),
            ("unknown 4xx", 418, "4185499", declined),
            (
                "a refusal inside a 200",
                200,
                "4035414",
                R::Refused(F::InsufficientFunds),
            ),
            ("a failure inside a 200", 200, "5005400", R::Ambiguous),
            ("a refusal inside a conflict", 409, "4035405", R::Ambiguous),
            ("one refusal inside another", 400, "4035405", declined),
            ("success inside a 500", 500, "2005400", R::Ambiguous),
            ("success inside a 403", 403, "2005400", R::Ambiguous),
            ("six digits", 200, "200540", R::Ambiguous),
            ("eight digits", 200, "20054000", R::Ambiguous),
            ("not digits", 200, "20054OO", R::Ambiguous),
        ];
        for (why, http, code, reading) in table {
            assert_eq!(read(http, Some(code)), reading, "{why}");
        }
        for http in [200, 302, 400, 401, 403, 404, 429, 500, 502, 503] {
            assert_eq!(read(http, None), Reading::Ambiguous, "no code, {http}");
        }
    }
}
