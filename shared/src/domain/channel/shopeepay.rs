//! `ShopeePay`, a wallet. Nothing is linked: the customer goes to its app for each payment.

use super::dana::JUMP_APP;
use super::{Call, Channel, ChannelIdHeader, DeviceRules, PathVersion};

/// Under the present paths.
pub static SHOPEEPAY: Channel = Channel {
    code: "EMONEY_SHOPEE_PAY_SNAP",
    acquirer: "SHOPEEPAY",
    ..JUMP_APP
};

/// Under the archived paths. Which headers they ask for beside the device's id could not be read.
///
/// Source: DOKU developers, archive, "`ShopeePay`" (read 2026-11-20).
pub static SHOPEEPAY_ARCHIVED: Channel = Channel {
    code: SHOPEEPAY.code,
    acquirer: SHOPEEPAY.acquirer,
    version: PathVersion::Archived,
    prefix: "/direct-debit/merchant/shopeepay/v1.0",
    device: DeviceRules {
        id: &[Call::Pay, Call::Refund],
        ip_address_welcome: true,
        ..DeviceRules::NONE
    },
    channel_id_header: ChannelIdHeader::Never,
    ..JUMP_APP
};
