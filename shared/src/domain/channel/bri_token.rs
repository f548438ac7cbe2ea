//! BRI direct debit by a token that the merchant holds from DOKU's earlier registration: for recurring
//! charges only, in DOKU's own protocol.

use super::{
    CORE, Capability, Channel, Confirmation, CustomerToken, Family, Lengths, Recurring, TokenKind,
    Wanted,
};

/// BRI by token.
///
/// Source: DOKU's earlier documentation, "BRI direct debit recurring", and DOKU's new reference (read
/// 2026-11-20). How such a charge is given back is not documented, so that it is not offered. That
/// check status and notifications are those of the other non-SNAP payments is assumed.
pub static BRI_TOKEN: Channel = Channel {
    code: "DIRECT_DEBIT_BRI",
    acquirer: "BRI",
    family: Family::NonSnap,
    prefix: "",
    capabilities: &[Capability::Pay],
    registration: None,
    customer_token: CustomerToken {
        kind: TokenKind::None,
        header: &[],
    },
    confirmations: &[Confirmation::Unasked],
    recurring: Some(Recurring::Token),
    payment_reference: Lengths { min: 1, max: 64 },
    remarks_max: 0,
    items: Wanted::Maybe,
    status_service_code: "",
    ..CORE
};
