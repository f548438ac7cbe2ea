//! OVO, a wallet. The customer confirms on its page.

use super::{ACQUIRER_WITH_PAGE, CORE, Capability, Channel, Lengths, Recurring, Wanted};

const PAY_METHODS: &[&str] = &["CASH", "POINTS"];

/// Under the present paths.
///
/// Source: DOKU's SDKs and their READMEs (read 2026-11-20). A payment takes references of 64
/// characters there, but its refund only 32: a payment that could not be refunded is not made.
/// The READMEs demand `remarks`, which DOKU's page does not name; the page demands `paymentType`, which
/// the READMEs mark optional: both are sent.
pub static OVO: Channel = Channel {
    code: "EMONEY_OVO_SNAP",
    acquirer: "OVO",
    capabilities: &[
        Capability::BindAccount,
        Capability::Pay,
        Capability::FullRefund,
        Capability::PartialRefund,
        Capability::Balance,
        Capability::UnbindAccount,
    ],
    account_by_phone: true,
    recurring: Some(Recurring::PaymentType),
    payment_reference: Lengths { min: 1, max: 32 },
    pay_methods: PAY_METHODS,
    pay_options: Wanted::Must,
    fee_types: true,
    ..CORE
};

/// Under the archived paths.
///
/// Source: DOKU's earlier documentation (read 2026-11-20).
pub static OVO_ARCHIVED: Channel = Channel {
    code: OVO.code,
    acquirer: OVO.acquirer,
    prefix: "/direct-debit/ovo/v1.0",
    pay_methods: PAY_METHODS,
    pay_options: Wanted::Must,
    fee_types: true,
    ..ACQUIRER_WITH_PAGE
};
