//! A call with one field of its body changed or left out, and signed again.

use serde_json::{Value, json};

use super::refuses;
use crate::client::Draft;
use crate::world::World;

/// Why, where in the body (empty: all of it), the new value (null: left out), the code.
pub type Row = (&'static str, &'static str, fn() -> Value, &'static str);

const GONE: fn() -> Value = || Value::Null;

pub const PAYMENT: &[Row] = &[
    ("not an object", "", || json!([]), "4005400"),
    ("a text", "", || json!("{"), "4005400"),
    ("left out", "/partnerReferenceNo", GONE, "4005402"),
    (
        "13 characters",
        "/partnerReferenceNo",
        || json!("INV-123456789"),
        "4005401",
    ),
    ("a number", "/partnerReferenceNo", || json!(1), "4005401"),
    ("left out", "/amount", GONE, "4005402"),
    ("no decimals", "/amount/value", || json!("10000"), "4005401"),
    (
        "one decimal",
        "/amount/value",
        || json!("10000.0"),
        "4005401",
    ),
    ("negative", "/amount/value", || json!("-10.00"), "4005401"),
    ("zero", "/amount/value", || json!("0.00"), "4005401"),
    ("a number", "/amount/value", || json!(10_000), "4005401"),
    ("dollars", "/amount/currency", || json!("USD"), "4005401"),
    ("empty", "/additionalInfo/remarks", || json!(""), "4005402"),
    (
        "41 characters",
        "/additionalInfo/remarks",
        || json!("r".repeat(41)),
        "4005401",
    ),
    (
        "no address",
        "/additionalInfo/failedPaymentUrl",
        || json!("shop"),
        "4005401",
    ),
    (
        "left out",
        "/additionalInfo/successPaymentUrl",
        GONE,
        "4005402",
    ),
    (
        "unknown",
        "/additionalInfo/channel",
        || json!("DIRECT_DEBIT_X"),
        "4005401",
    ),
    (
        "misspelt",
        "/additionalInfo/remark",
        || json!("x"),
        "4005401",
    ),
];

pub const BINDING: &[Row] = &[
    ("eight digits", "/phoneNo", || json!("62812345"), "4000701"),
    ("a plus", "/phoneNo", || json!("+6281200000"), "4000701"),
    (
        "left out",
        "/additionalInfo/custIdMerchant",
        GONE,
        "4000702",
    ),
    (
        "65 characters",
        "/additionalInfo/custIdMerchant",
        || json!("c".repeat(65)),
        "4000701",
    ),
    (
        "71 characters",
        "/additionalInfo/customerName",
        || json!("n".repeat(71)),
        "4000701",
    ),
    (
        "no mail",
        "/additionalInfo/email",
        || json!("siti"),
        "4000701",
    ),
    (
        "six digits",
        "/additionalInfo/dateOfBirth",
        || json!("990101"),
        "4000701",
    ),
    (
        "left out",
        "/additionalInfo/failedRegistrationUrl",
        GONE,
        "4000702",
    ),
];

pub const OTP: &[Row] = &[
    ("five digits", "/otp", || json!("11100"), "4000401"),
    ("letters", "/otp", || json!("11100a"), "4000401"),
    ("another action", "/action", || json!("otp"), "4000401"),
    ("left out", "/additionalInfo/bankCardToken", GONE, "4000402"),
    (
        "no payment",
        "/originalPartnerReferenceNo",
        || json!("INV-9"),
        "4040401",
    ),
];

pub const REFUND: &[Row] = &[
    ("left out", "/partnerRefundNo", GONE, "4005802"),
    (
        "13 characters",
        "/partnerRefundNo",
        || json!("R".repeat(13)),
        "4005801",
    ),
    (
        "256 characters",
        "/reason",
        || json!("r".repeat(256)),
        "4005801",
    ),
    (
        "no payment",
        "/originalPartnerReferenceNo",
        || json!("INV-9"),
        "4045801",
    ),
    (
        "of another payment",
        "/originalExternalId",
        || json!("99"),
        "4045801",
    ),
    (
        "too much",
        "/refundAmount/value",
        || json!("10000.01"),
        "4045813",
    ),
];

pub const STATUS: &[Row] = &[
    ("left out", "/serviceCode", GONE, "4005502"),
    ("ASPI's", "/serviceCode", || json!("54"), "4005501"),
    ("left out", "/originalPartnerReferenceNo", GONE, "4005502"),
    (
        "no payment",
        "/originalPartnerReferenceNo",
        || json!("INV-9"),
        "4045501",
    ),
    (
        "of another payment",
        "/originalReferenceNo",
        || json!("DK9"),
        "4045501",
    ),
    (
        "another amount",
        "/amount",
        || json!({"value": "1.00", "currency": "IDR"}),
        "4045513",
    ),
    (
        "a day only",
        "/transactionDate",
        || json!("2026-11-20"),
        "4005501",
    ),
];

/// Checks every row; how many there are.
pub async fn check(world: &World, rows: &[Row], right: impl Fn() -> Draft) -> usize {
    for (why, pointer, value, code) in rows {
        let mut draft = right();
        draft.edit(pointer, value());
        draft.sign();
        // The field is named by its path wherever the fault is in the field itself.
        let name = pointer.trim_start_matches('/').replace('/', ".");
        let told = if code.starts_with("400") { &*name } else { "" };
        refuses(world, &format!("{pointer}: {why}"), &draft, code, told).await;
    }
    rows.len()
}
