//! What differs by channel, as data. A new channel is a new row.

use std::ops::RangeInclusive;

use crate::answer::Refusal;
use crate::operation::Operation;

/// One channel and its rules.
#[derive(Debug, PartialEq, Eq)]
pub struct Channel {
    /// `additionalInfo.channel`.
    pub code: &'static str,
    /// `additionalInfo.acquirerId` of notifications.
    pub acquirer: &'static str,
    /// `additionalInfo.accountType` of notifications.
    pub account_type: &'static str,
    /// What the channel offers besides tokens.
    pub operations: &'static [Operation],
    /// Length of `partnerReferenceNo`.
    pub reference: RangeInclusive<usize>,
    /// Length of `partnerRefundNo`, and of the reference a refund points back with.
    pub refund_reference: RangeInclusive<usize>,
    /// Longest `remarks`; they are mandatory.
    pub remarks_max: usize,
    /// Whether a refund needs the customer's token.
    pub customer_token_on_refund: bool,
    /// `serviceCode` that check status expects.
    pub status_service_code: &'static str,
}

/// Every channel the simulator serves.
pub const CHANNELS: &[Channel] = &[Channel {
    code: "DIRECT_DEBIT_CIMB_SNAP",
    acquirer: "CIMB",
    account_type: "DIRECT_DEBIT",
    operations: &[
        Operation::Binding,
        Operation::Payment,
        Operation::Otp,
        Operation::Refund,
        Operation::Unbinding,
        Operation::Status,
    ],
    reference: 1..=12,
    refund_reference: 1..=12,
    remarks_max: 40,
    customer_token_on_refund: true,
    status_service_code: "55",
}];

impl Channel {
    /// The channel of that code, if it offers the operation.
    ///
    /// An unknown code is 400-01, a known one without the operation 403-01.
    pub fn offering(code: &str, operation: Operation) -> Result<&'static Self, Refusal> {
        let channel = CHANNELS
            .iter()
            .find(|channel| channel.code == code)
            .ok_or_else(|| Refusal::format("additionalInfo.channel"))?;
        if channel.operations.contains(&operation) {
            Ok(channel)
        } else {
            Err(Refusal::new(403, "01", "Feature Not Allowed"))
        }
    }
}
