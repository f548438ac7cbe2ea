//! Account unbinding, service 09 (DOKU's CIMB sample carries 05).
//!
//! Source: DOKU developers, "CIMB Direct Debit" (read 2026-11-20).

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{ChannelOnly, compact};
use crate::domain::channel::Channel;

/// Where it is sent.
pub fn path(channel: &Channel) -> String {
    channel.path("registration-account-unbinding")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    token_id: &'a str,
    additional_info: ChannelOnly,
}

/// The body to send. It holds the customer's token.
pub fn request(channel: &'static Channel, customer_token: &SecretString) -> Vec<u8> {
    compact(&Request {
        token_id: customer_token.expose_secret(),
        additional_info: ChannelOnly {
            channel: channel.code,
        },
    })
}
