//! `ShopeePay`, a wallet. Nothing is linked: the customer goes to its app for each payment.

use std::time::Duration;

use super::dana::JUMP_APP;
use super::{Call, Channel, ChannelIdHeader, DeviceRules, PathVersion};

/// Under the present paths.
///
/// Source: DOKU developers, "`ShopeePay`" (read 2026-11-20): a payment is open for at most 24 hours.
pub static SHOPEEPAY: Channel = Channel {
    code: "EMONEY_SHOPEE_PAY_SNAP",
    acquirer: "SHOPEEPAY",
    valid_for_max: Some(Duration::from_hours(24)),
    wallet_metadata: true,
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
    valid_for_max: SHOPEEPAY.valid_for_max,
    ..JUMP_APP
};
