//! Bank Mandiri direct debit: a card is linked, as at BRI.

use super::bri::CHARGE_TOKEN_MAX;
use super::{
    CORE, Capability, Channel, Confirmation, CustomerIds, Lengths, Otp, OtpSpelling, Registration,
    Wanted,
};

const ALL: &[Capability] = &[
    Capability::BindCard,
    Capability::BindingOtp,
    Capability::Pay,
    Capability::PaymentOtp,
    Capability::FullRefund,
    Capability::PartialRefund,
    Capability::UnbindCard,
];

/// Under the present paths. None of its tables could be read: BRI's words are taken.
///
/// Source: DOKU developers, "Mandiri Direct Debit" (read 2026-11-20).
pub static MANDIRI: Channel = Channel {
    code: "DIRECT_DEBIT_MANDIRI_SNAP",
    acquirer: "BANK_MANDIRI",
    capabilities: ALL,
    unconfirmed: ALL,
    registration: Some(Registration::EncryptedCard),
    customer_ids: CustomerIds {
        max: 64,
        symbols: false,
    },
    confirmations: &[Confirmation::Page, Confirmation::Otp],
    otp: Some(Otp {
        spelling: OtpSpelling::OfReference,
        length: Lengths { min: 1, max: 18 },
        attempts: 3,
        counted_for: None,
    }),
    charge_token: Wanted::Maybe,
    charge_token_max: CHARGE_TOKEN_MAX,
    ..CORE
};
