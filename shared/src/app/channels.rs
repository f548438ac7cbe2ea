//! What each channel can do, so that an app can build its form from it.

use serde::Serialize;

use super::answer::Answer;
use super::view::ListView;
use super::{App, AppError};
use crate::domain::channel::{CHANNELS, Capability, Channel, Confirmation, Family};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChannelView {
    channel: &'static str,
    acquirer: &'static str,
    /// What `method.type` of a payment is.
    method_type: &'static str,
    operations: Vec<&'static str>,
    confirmations: Vec<&'static str>,
    /// What a payment may be paid out of, the default first.
    pay_methods: &'static [&'static str],
    limits: LimitsView,
}

/// Absent where there is none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitsView {
    description_max_length: Option<usize>,
    otp_digits: Option<usize>,
    otp_attempts: Option<u8>,
}

impl ChannelView {
    fn new(channel: &'static Channel) -> Self {
        let otp = channel.can(Capability::PaymentOtp);
        Self {
            channel: channel.code,
            acquirer: channel.acquirer,
            method_type: match channel.family {
                Family::Snap => "direct_debit",
                Family::NonSnap => "card",
            },
            operations: channel
                .capabilities
                .iter()
                .map(|capability| capability.as_str())
                .collect(),
            confirmations: channel
                .confirmations
                .iter()
                .copied()
                .map(Confirmation::as_str)
                .collect(),
            pay_methods: channel.pay_methods,
            limits: LimitsView {
                description_max_length: (channel.remarks_max > 0).then_some(channel.remarks_max),
                otp_digits: otp.then_some(channel.otp_digits),
                otp_attempts: otp.then_some(channel.otp_attempts),
            },
        }
    }
}

impl App {
    /// Every channel on offer.
    pub fn list_channels(&self) -> Result<Answer, AppError> {
        let items = CHANNELS.iter().copied().map(ChannelView::new).collect();
        Answer::new(200, &ListView::new(items, None))
    }
}
