//! Cards, by DOKU's payment page. Nothing is linked and nothing is confirmed by OTP here: the page
//! does it, 3-D Secure included.

use super::{CORE, Capability, Channel, CustomerToken, Family, TokenKind, Wanted};

/// Cards.
///
/// Source: DOKU developers, "Cards: payment page integration guide" (read 2026-11-20). A refund is
/// named by its `Request-Id`, so that its reference is one of those.
pub static CARD: Channel = Channel {
    code: "CREDIT_CARD",
    acquirer: "cards",
    family: Family::NonSnap,
    prefix: "",
    capabilities: &[
        Capability::Pay,
        Capability::Capture,
        Capability::FullRefund,
        Capability::PartialRefund,
    ],
    registration: None,
    customer_token: CustomerToken {
        kind: TokenKind::None,
        header: &[],
    },
    remarks_max: 0,
    items: Wanted::Maybe,
    status_service_code: "",
    ..CORE
};
