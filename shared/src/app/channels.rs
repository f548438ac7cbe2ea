//! What each channel can do, so that an app can build its form from it.

use serde::Serialize;

use super::answer::Answer;
use super::view::ListView;
use super::{App, AppError};
use crate::domain::channel::{Call, Capability, Channel, Confirmation, Registration, Wanted};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChannelView {
    channel: &'static str,
    acquirer: &'static str,
    /// What `method.type` of a payment is.
    method_type: &'static str,
    operations: Vec<&'static str>,
    /// Operations that are not begun until the deployment allows them. What exists can be refunded and
    /// unlinked all the same.
    unconfirmed: Vec<&'static str>,
    confirmations: Vec<&'static str>,
    /// Whether a subscription may charge what is linked here.
    recurring: bool,
    /// What a payment may be paid out of, the default first.
    pay_methods: &'static [&'static str],
    /// By what a customer is linked.
    registration: Option<&'static str>,
    /// Fields that are optional elsewhere.
    requires: RequiresView,
    limits: LimitsView,
}

#[derive(Serialize)]
struct RequiresView {
    binding: Vec<&'static str>,
    payment: Vec<&'static str>,
}

/// Absent where there is none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitsView {
    description_max_length: Option<usize>,
    item_name_max_length: Option<usize>,
    otp_min_digits: Option<usize>,
    otp_max_digits: Option<usize>,
    otp_attempts: Option<u8>,
    valid_until_max_seconds: Option<u64>,
}

impl ChannelView {
    fn new(channel: &'static Channel) -> Self {
        let words = |capabilities: &[Capability]| {
            capabilities
                .iter()
                .map(|capability| capability.as_str())
                .collect()
        };
        let items = channel.items != Wanted::No;
        Self {
            channel: channel.code,
            acquirer: channel.acquirer,
            method_type: channel.method_type(),
            operations: words(channel.capabilities),
            unconfirmed: words(channel.unconfirmed),
            confirmations: channel
                .confirmations
                .iter()
                .copied()
                .map(Confirmation::as_str)
                .collect(),
            recurring: channel.recurring.is_some(),
            pay_methods: channel.pay_methods,
            registration: channel.registration.map(Registration::as_str),
            requires: RequiresView {
                binding: binding_needs(channel),
                payment: payment_needs(channel),
            },
            limits: LimitsView {
                description_max_length: (channel.remarks_max > 0).then_some(channel.remarks_max),
                item_name_max_length: items.then_some(channel.item_name_max),
                otp_min_digits: channel.otp.map(|otp| otp.length.min),
                otp_max_digits: channel.otp.map(|otp| otp.length.max),
                otp_attempts: channel.otp.map(|otp| otp.attempts),
                valid_until_max_seconds: channel.valid_for_max.map(|longest| longest.as_secs()),
            },
        }
    }
}

fn device_needs(channel: &Channel, calls: &[Call]) -> Vec<&'static str> {
    let mut needs = Vec::new();
    if channel.device.wants_id(calls) {
        needs.push("device.id");
    }
    if channel.device.wants_ip_address(calls) {
        needs.push("device.ipAddress");
    }
    needs
}

fn binding_needs(channel: &Channel) -> Vec<&'static str> {
    let mut needs = match channel.registration {
        None => return Vec::new(),
        Some(Registration::Account) => Vec::new(),
        Some(Registration::EncryptedCard) => vec!["cardData"],
        Some(Registration::CardDigits) => vec!["card.lastFour"],
    };
    needs.extend(device_needs(channel, Call::OF_BINDINGS));
    if channel.device.details {
        needs.extend(["device.model", "device.os", "device.app"]);
    }
    needs
}

fn payment_needs(channel: &Channel) -> Vec<&'static str> {
    let mut needs = device_needs(channel, Call::OF_PAYMENTS);
    if channel.items == Wanted::Must {
        needs.push("items");
    }
    needs
}

impl App {
    /// Every channel on offer.
    pub fn list_channels(&self) -> Result<Answer, AppError> {
        let items = self.config.channels.iter().map(ChannelView::new).collect();
        Answer::new(200, &ListView::new(items, None))
    }
}
