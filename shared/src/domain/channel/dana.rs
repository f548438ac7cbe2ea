//! DANA, a wallet. Nothing is linked: the customer goes to its app for each payment.

use super::{
    CORE, Call, Capability, Channel, ChannelIdHeader, CustomerToken, DeviceRules, Dialect,
    TokenKind,
};

/// What wallets of this kind have in common.
///
/// Source: DOKU's SDKs and their validators (read 2026-11-20).
pub(super) const JUMP_APP: Channel = Channel {
    dialect: Dialect::JumpApp,
    capabilities: &[
        Capability::Pay,
        Capability::FullRefund,
        Capability::PartialRefund,
    ],
    registration: None,
    customer_token: CustomerToken {
        kind: TokenKind::None,
        header: &[],
    },
    remarks_max: 0,
    device: DeviceRules {
        id: &[Call::Pay, Call::Refund],
        ip_address: &[Call::Pay, Call::Refund],
        ip_address_welcome: false,
        details: false,
    },
    channel_id_header: ChannelIdHeader::Hosted,
    ..CORE
};

/// Under the present paths. The description is the order's title there.
pub static DANA: Channel = Channel {
    code: "EMONEY_DANA_SNAP",
    acquirer: "DANA",
    remarks_max: 40,
    ..JUMP_APP
};
