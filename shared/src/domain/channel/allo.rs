//! Allo Bank direct debit. It wants to know the customer's device and what is bought.

use super::{
    ACQUIRER_WITH_PAGE, CORE, Call, Capability, Channel, DeviceRules, EVERY_CALL, Lengths, Wanted,
};

/// Long ones: a shorter invoice number is replaced by a hash of it.
const REFERENCES: Lengths = Lengths { min: 32, max: 64 };
const PAY_METHODS: &[&str] = &["BALANCE", "POINT", "PAYLATER"];

/// Under the present paths.
///
/// Source: DOKU developers, "Allo Bank Direct Debit", and DOKU's SDKs (read 2026-11-20).
pub static ALLO: Channel = Channel {
    code: "DIRECT_DEBIT_ALLO_SNAP",
    acquirer: "ALLO",
    capabilities: &[
        Capability::BindAccount,
        Capability::Pay,
        Capability::FullRefund,
        Capability::PartialRefund,
        Capability::Balance,
        Capability::UnbindAccount,
    ],
    payment_reference: REFERENCES,
    refund_reference: REFERENCES,
    items: Wanted::Must,
    item_name_max: 32,
    pay_methods: PAY_METHODS,
    pay_options: Wanted::Maybe,
    account_by_phone: true,
    device: DeviceRules {
        id: &[Call::Bind],
        ip_address: &[
            Call::Bind,
            Call::Pay,
            Call::Refund,
            Call::Balance,
            Call::Unbind,
        ],
        details: true,
        ..DeviceRules::NONE
    },
    ..CORE
};

/// Under the archived paths. An older alias of them begins with `/direct-debit/allobank/v1.0`.
///
/// Source: DOKU developers, archive, "Allo Bank" (read 2026-11-20).
pub static ALLO_ARCHIVED: Channel = Channel {
    code: ALLO.code,
    acquirer: ALLO.acquirer,
    prefix: "/direct-debit/merchant/allo/v1.0",
    payment_reference: REFERENCES,
    refund_reference: REFERENCES,
    items: Wanted::Maybe,
    item_name_max: 32,
    pay_methods: PAY_METHODS,
    pay_options: Wanted::Maybe,
    device: DeviceRules {
        id: EVERY_CALL,
        ..DeviceRules::NONE
    },
    ..ACQUIRER_WITH_PAGE
};
