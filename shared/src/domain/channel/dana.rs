//! DANA, a wallet. Nothing is linked: the customer goes to its app for each payment.

use super::{
    CORE, Capability, Channel, ChannelIdHeader, CustomerToken, DeviceRules, Dialect, TokenKind,
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
    // DOKU's pages mark both headers optional for these wallets. Its libraries for Python and Java
    // refuse a payment without them, the one for Node.js never sends the device's id with a payment.
    device: DeviceRules {
        id_welcome: true,
        ip_address_welcome: true,
        ..DeviceRules::NONE
    },
    channel_id_header: ChannelIdHeader::Hosted,
    ..CORE
};

/// Under the present paths. The description is the order's title there. The libraries mark the title
/// optional, DOKU's support is reported to demand it: it is always sent.
pub static DANA: Channel = Channel {
    code: "EMONEY_DANA_SNAP",
    acquirer: "DANA",
    remarks_max: 40,
    deep_link_checkout: true,
    ..JUMP_APP
};
