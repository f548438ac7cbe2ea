//! CIMB Niaga direct debit.

use super::{
    ACQUIRER, CORE, Capability, Channel, ChannelIdHeader, Confirmation, DeviceRules, EVERY_CALL,
    Lengths, Otp, OtpSpelling,
};

const REFERENCES: Lengths = Lengths { min: 1, max: 12 };

/// Under the present paths.
///
/// Source: DOKU developers, "CIMB Direct Debit" (read 2026-11-20). The number of wrong OTPs that
/// CIMB forgives is not published; three is the usual figure.
pub static CIMB: Channel = Channel {
    code: "DIRECT_DEBIT_CIMB_SNAP",
    acquirer: "CIMB",
    capabilities: &[
        Capability::BindAccount,
        Capability::Pay,
        Capability::PaymentOtp,
        Capability::FullRefund,
        Capability::PartialRefund,
        Capability::UnbindAccount,
    ],
    confirmations: &[Confirmation::Otp, Confirmation::Page],
    otp: Some(Otp {
        spelling: OtpSpelling::Action,
        length: Lengths { min: 6, max: 6 },
        attempts: 3,
        counted_for: None,
    }),
    payment_reference: REFERENCES,
    refund_reference: REFERENCES,
    account_by_phone: true,
    channel_id_header: ChannelIdHeader::ByConfirmation,
    ..CORE
};

/// Under the archived paths.
///
/// Source: DOKU developers, archive, "CIMB Direct Debit" (read 2026-11-20). The page prints Allo's
/// path; the earlier documentation has CIMB's own.
pub static CIMB_ARCHIVED: Channel = Channel {
    code: CIMB.code,
    acquirer: CIMB.acquirer,
    prefix: "/direct-debit/cimb/v1.0",
    payment_reference: REFERENCES,
    device: DeviceRules {
        id: EVERY_CALL,
        ..DeviceRules::NONE
    },
    ..ACQUIRER
};
