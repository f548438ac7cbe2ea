//! The headers that a channel asks for beside those of every call.

use crate::domain::channel::{Call, Channel, ChannelIdHeader, Confirmation, Registration};
use crate::domain::device::Device;

/// Name and value of a header.
pub(super) type Header = (&'static str, String);

/// Those of one call, as far as the device is known.
pub(super) fn channel_headers(channel: &Channel, call: Call, device: &Device) -> Vec<Header> {
    let rules = &channel.device;
    let mut headers = Vec::new();
    if (rules.id.contains(&call) || rules.id_welcome)
        && let Some(id) = &device.id
    {
        headers.push(("X-DEVICE-ID", id.clone()));
    }
    if (rules.ip_address.contains(&call) || rules.ip_address_welcome)
        && let Some(address) = &device.ip_address
    {
        headers.push(("X-IP-ADDRESS", address.clone()));
    }
    if call == Call::Bind && channel.registration == Some(Registration::EncryptedCard) {
        headers.push(("CHANNEL-ID", "DH".to_owned()));
    }
    headers
}

/// Those of a payment.
pub(super) fn payment_headers(
    channel: &Channel,
    confirmation: Confirmation,
    device: &Device,
) -> Vec<Header> {
    let mut headers = channel_headers(channel, Call::Pay, device);
    let value = match (channel.channel_id_header, confirmation) {
        (ChannelIdHeader::Never, _) => return headers,
        (ChannelIdHeader::ByConfirmation, Confirmation::Otp) => "H2H",
        (ChannelIdHeader::ByConfirmation | ChannelIdHeader::Hosted, _) => "DH",
    };
    headers.push(("X-CHANNEL-ID", value.to_owned()));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{ALLO, BRI, BRI_ARCHIVED, CIMB, DANA, OVO};

    fn names(headers: &[Header]) -> Vec<&'static str> {
        headers.iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn each_channel_gets_what_it_asks_for_and_nothing_else() {
        let device = Device {
            id: Some("0123456789abcdef".to_owned()),
            ip_address: Some("203.0.113.10".to_owned()),
            ..Device::default()
        };
        let (id, address) = ("X-DEVICE-ID", "X-IP-ADDRESS");
        let table: [(&Channel, Call, &[&str]); 9] = [
            (&CIMB, Call::Bind, &[]),
            (&BRI, Call::Bind, &["CHANNEL-ID"]),
            (&BRI, Call::Refund, &[]),
            (&ALLO, Call::Bind, &[id, address]),
            (&ALLO, Call::Refund, &[address]),
            (&ALLO, Call::Unbind, &[address]),
            (&DANA, Call::Refund, &[id, address]),
            (&BRI_ARCHIVED, Call::BindingOtp, &[id, address]),
            (&OVO, Call::Balance, &[]),
        ];
        for (channel, call, wanted) in table {
            let headers = channel_headers(channel, call, &device);
            assert_eq!(names(&headers), wanted, "{} {call:?}", channel.code);
        }
        let bare = channel_headers(&BRI_ARCHIVED, Call::Unbind, &Device::default());
        assert!(bare.is_empty());
    }

    #[test]
    fn who_confirms_stands_in_a_header_at_some_channels() {
        let value = |channel, confirmation| {
            let headers = payment_headers(channel, confirmation, &Device::default());
            headers.into_iter().next()
        };
        let header = |text: &str| Some(("X-CHANNEL-ID", text.to_owned()));
        assert_eq!(value(&CIMB, Confirmation::Otp), header("H2H"));
        assert_eq!(value(&CIMB, Confirmation::Page), header("DH"));
        assert_eq!(value(&DANA, Confirmation::Page), header("DH"));
        assert_eq!(value(&OVO, Confirmation::Page), None);
    }
}
