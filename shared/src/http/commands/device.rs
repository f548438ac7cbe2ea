//! `device`: what is known of the customer's device, and what a channel has to know of it.

use crate::domain::channel::{Call, DeviceRules};
use crate::domain::device::{self, AppKind, Device, Os};
use crate::domain::error::Rule;
use crate::http::fields::{self, Fields};

/// Reads `device`. `needed` are its members without which the channel cannot do what is asked.
pub(super) fn device(fields: &mut Fields<'_>, needed: &[&str]) -> Device {
    const RULE: &str = "is required by this channel";
    if !fields.has("device") {
        for name in needed {
            fields.refuse(&format!("device.{name}"), RULE);
        }
    }
    let device = fields.optional_object("device", |fields| {
        for name in needed {
            if !fields.has(name) {
                fields.refuse(name, RULE);
            }
        }
        Device {
            id: fields.optional_reference("id", id),
            ip_address: fields.optional("ipAddress", device::ip_address),
            model: fields.optional("model", device::model),
            os: fields.optional("os", Os::parse),
            app: fields.optional("app", AppKind::parse),
        }
    });
    device.unwrap_or_default()
}

/// The members of `device` that some of `calls` carry in a header.
pub(super) fn headers_of(rules: &DeviceRules, calls: &[Call]) -> Vec<&'static str> {
    let mut needed = Vec::new();
    if rules.wants_id(calls) {
        needed.push("id");
    }
    if rules.wants_ip_address(calls) {
        needed.push("ipAddress");
    }
    needed
}

/// Reads a device's id, which is a hash more often than not.
fn id(raw: &str) -> Result<String, Rule> {
    fields::no_card_but_hash(raw)?;
    device::device_id(raw)
}

#[cfg(test)]
mod tests;
