//! What each code means for each operation.
//!
//! Source: SNAP (ASPI), "Responses Code", as republished by DOKU (read 2026-11-20).

use super::case::Told;
use Told::{Again, Asks, Ends, Refused, RenewsCustomer, RenewsMerchant, Waits, Works};

/// A code, and what comes of it where an operation is answered with it; nothing where that makes no
/// sense.
pub struct Row {
    /// The first three digits.
    pub http: u16,
    /// The last two.
    pub case: &'static str,
    pub why: &'static str,
    pub payment: Option<Told>,
    pub otp: Option<Told>,
    pub refund: Option<Told>,
    /// The status check that follows a payment whose answer was lost.
    pub status: Option<Told>,
    pub binding: Option<Told>,
}

/// What DOKU documents: each HTTP status with its cases.
pub const DOCUMENTED: [(u16, &[&str]); 11] = [
    (200, &["00"]),
    (202, &["00"]),
    (400, &["00", "01", "02", "03", "04"]),
    (401, &["00", "01", "02", "03", "04"]),
    (
        403,
        &[
            "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13",
            "14", "15", "16", "17", "18", "19", "20", "21", "22", "23",
        ],
    ),
    (
        404,
        &[
            "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13",
            "14", "15", "16", "17", "18", "19",
        ],
    ),
    (405, &["00", "01"]),
    (409, &["00", "01"]),
    (429, &["00"]),
    (500, &["00", "01", "02"]),
    (504, &["00"]),
];

/// Not taken, and nothing that another attempt at once would change.
const MISCONFIGURED: Told = Refused(502, "gateway_misconfigured");
const THROTTLED: Told = Refused(503, "throttled");

/// No row says less: nothing that makes sense.
const fn row(http: u16, case: &'static str, why: &'static str) -> Row {
    Row {
        http,
        case,
        why,
        payment: None,
        otp: None,
        refund: None,
        status: None,
        binding: None,
    }
}

/// A final no to a charge as such.
const fn of_charge(http: u16, case: &'static str, why: &'static str, failure: &'static str) -> Row {
    Row {
        payment: Some(Ends("failed", failure)),
        ..row(http, case, why)
    }
}

/// A final no to taking or giving money.
const fn of_money(http: u16, case: &'static str, why: &'static str, failure: &'static str) -> Row {
    let no = Some(Ends("failed", failure));
    Row {
        otp: no,
        refund: no,
        ..of_charge(http, case, why, failure)
    }
}

/// A final no to whatever concerns an account.
const fn refusal(http: u16, case: &'static str, why: &'static str, failure: &'static str) -> Row {
    Row {
        binding: Some(Ends("failed", failure)),
        ..of_money(http, case, why, failure)
    }
}

/// A final no to whatever this merchant asks, questions too: a question that is refused says nothing.
const fn of_all(http: u16, case: &'static str, why: &'static str, failure: &'static str) -> Row {
    Row {
        status: Some(Again),
        ..refusal(http, case, why, failure)
    }
}

/// A no to this OTP, while the payment is open for another one; `status` says whether it still is.
const fn of_otp(
    http: u16,
    case: &'static str,
    why: &'static str,
    (status, failure): (&'static str, &'static str),
) -> Row {
    Row {
        payment: Some(Ends("failed", failure)),
        otp: Some(Ends(status, failure)),
        ..row(http, case, why)
    }
}

/// Nobody knows what happened.
const fn open(http: u16, case: &'static str, why: &'static str) -> Row {
    Row {
        payment: Some(Asks),
        otp: Some(Asks),
        refund: Some(Asks),
        status: Some(Again),
        binding: Some(Again),
        ..row(http, case, why)
    }
}

/// Impossible in the state that DOKU has. An OTP is sent only where that state was right: there it
/// may be about an OTP on DOKU's page, or about a payment that is over.
const fn wrong_state(http: u16, case: &'static str, why: &'static str) -> Row {
    Row {
        otp: Some(Asks),
        binding: Some(Ends("failed", "account_unavailable")),
        ..of_all(http, case, why, "wrong_state")
    }
}

/// The same, but a refund's may be about an earlier one that is not remembered: DOKU is asked.
const fn doubted_refund(row: &Row) -> Row {
    Row {
        refund: Some(Asks),
        ..*row
    }
}

/// Taken and being worked on.
const fn in_progress(http: u16, case: &'static str, why: &'static str) -> Row {
    Row {
        otp: Some(Waits),
        refund: Some(Waits),
        ..open(http, case, why)
    }
}

/// The same for all.
const fn alike(http: u16, case: &'static str, why: &'static str, told: Told) -> Row {
    Row {
        payment: Some(told),
        otp: Some(told),
        refund: Some(told),
        status: Some(told),
        binding: Some(told),
        ..row(http, case, why)
    }
}

/// No customer's token goes with a status check or a binding.
const fn customer_token(case: &'static str, why: &'static str) -> Row {
    Row {
        status: None,
        binding: None,
        ..alike(401, case, why, RenewsCustomer)
    }
}

/// Every documented code.
pub fn documented() -> Vec<Row> {
    vec![
        alike(200, "00", "successful", Works),
        in_progress(202, "00", "in progress"),
        of_all(400, "00", "bad request", "gateway_rejected"),
        of_all(400, "01", "field format", "gateway_rejected"),
        of_all(400, "02", "mandatory field", "gateway_rejected"),
        open(400, "03", "done already"),
        of_all(400, "04", "invalid parameter", "gateway_rejected"),
        alike(401, "00", "signature, client or key", MISCONFIGURED),
        alike(401, "01", "merchant's token invalid", RenewsMerchant),
        customer_token("02", "customer's token invalid"),
        alike(401, "03", "merchant's token not found", RenewsMerchant),
        customer_token("04", "customer's token not found"),
        refusal(403, "00", "transaction expired", "expired"),
        of_all(403, "01", "feature not allowed", "not_allowed"),
        of_money(403, "02", "over the amount limit", "limit_exceeded"),
        refusal(403, "03", "suspected fraud", "suspected_fraud"),
        of_all(403, "04", "too many attempts", "try_later"),
        of_all(403, "05", "do not honour", "declined"),
        of_all(403, "06", "cut-off", "try_later"),
        refusal(403, "07", "card blocked", "account_unavailable"),
        refusal(403, "08", "card expired", "account_unavailable"),
        refusal(403, "09", "card dormant", "account_unavailable"),
        refusal(403, "10", "a limit must be set", "customer_action_required"),
        of_otp(403, "11", "OTP blocked", ("failed", "otp_blocked")),
        of_otp(403, "12", "OTP expired", ("otp_required", "otp_expired")),
        Row {
            payment: Some(Works),
            otp: Some(Ends("otp_required", "otp_expired")),
            ..row(403, "13", "an OTP was sent: a step, not a failure")
        },
        of_money(403, "14", "insufficient funds", "insufficient_funds"),
        of_all(403, "15", "not permitted", "not_allowed"),
        refusal(403, "16", "account suspended", "account_unavailable"),
        of_money(403, "17", "token's limit exceeded", "limit_exceeded"),
        refusal(403, "18", "account inactive", "account_unavailable"),
        of_all(403, "19", "merchant blacklisted", "not_allowed"),
        of_money(403, "20", "merchant's limit", "not_allowed"),
        of_charge(403, "21", "no limit can be set", "limit_exceeded"),
        of_charge(403, "22", "limit invalid", "limit_exceeded"),
        of_money(403, "23", "account's limit", "limit_exceeded"),
        doubted_refund(&wrong_state(404, "00", "invalid transaction status")),
        Row {
            payment: Some(Ends("failed", "account_unavailable")),
            ..wrong_state(404, "01", "transaction not found")
        },
        refusal(404, "02", "routing", "not_allowed"),
        refusal(404, "03", "bank not supported", "not_allowed"),
        refusal(404, "04", "customer cancelled", "cancelled_by_customer"),
        refusal(404, "05", "merchant not registered", "not_allowed"),
        of_otp(404, "06", "no OTP", ("otp_required", "otp_expired")),
        wrong_state(404, "07", "journey not found"),
        of_all(404, "08", "merchant", "not_allowed"),
        refusal(404, "09", "no issuer", "not_allowed"),
        wrong_state(404, "10", "bad transition"),
        refusal(404, "11", "card or customer", "account_unavailable"),
        of_charge(404, "12", "bill", "declined"),
        doubted_refund(&of_all(404, "13", "amount differs", "gateway_rejected")),
        of_charge(404, "14", "bill paid", "declined"),
        of_otp(404, "15", "OTP wrong", ("otp_required", "otp_incorrect")),
        of_all(404, "16", "partner", "not_allowed"),
        of_all(404, "17", "terminal", "not_allowed"),
        Row {
            binding: Some(Ends("failed", "account_unavailable")),
            ..open(
                404,
                "18",
                "known with other parameters: the work may be done",
            )
        },
        of_charge(404, "19", "bill expired", "declined"),
        doubted_refund(&wrong_state(405, "00", "function not allowed now")),
        doubted_refund(&wrong_state(405, "01", "operation not allowed now")),
        open(409, "00", "X-EXTERNAL-ID used already today"),
        open(409, "01", "reference has succeeded already"),
        alike(429, "00", "too many requests", THROTTLED),
        open(500, "00", "general failure"),
        open(500, "01", "internal failure"),
        open(500, "02", "external failure"),
        open(504, "00", "timeout at the issuer"),
    ]
}

/// What nobody documents: judged by the HTTP status alone.
pub fn undocumented() -> Vec<Row> {
    vec![
        in_progress(200, "77", "a success of an unknown kind"),
        open(300, "00", "neither success nor failure"),
        refusal(400, "77", "an unknown bad request", "declined"),
        refusal(403, "24", "an unknown refusal", "declined"),
        doubted_refund(&wrong_state(405, "77", "not allowed now in an unknown way")),
        open(408, "00", "DOKU gave up waiting"),
        open(409, "77", "a conflict with something that happened"),
        of_all(422, "00", "an unknown refusal", "declined"),
        alike(429, "77", "too many of anything", THROTTLED),
        open(500, "77", "an unknown failure"),
        open(599, "99", "the last code there can be"),
    ]
}

/// Payments whose answer is not sure of itself: its HTTP status, its code, and what comes of it. The
/// worse of the two counts.
pub const CONTRADICTIONS: [(&str, u16, &str, Told); 14] = [
    ("one refusal inside another", 400, "4035414", FUNDS),
    ("a refusal inside a success", 200, "4035414", FUNDS),
    ("a conflict inside a success", 200, "4095401", Asks),
    ("a failure inside a success", 200, "5005400", Asks),
    ("a success inside a refusal", 403, "2005400", Asks),
    ("a success inside a conflict", 409, "2005400", Asks),
    ("a success inside a failure", 500, "2005400", Asks),
    ("a success inside a gateway's timeout", 504, "2005400", Asks),
    ("a refusal inside a conflict", 409, "4035414", Asks),
    ("a refusal inside a timeout", 408, "4035414", Asks),
    ("a refusal inside a failure", 502, "4035414", Asks),
    ("six digits", 200, "200540", Asks),
    ("eight digits", 200, "20054000", Asks),
    ("no digits", 200, "20054OO", Asks),
];
const FUNDS: Told = Ends("failed", "insufficient_funds");
