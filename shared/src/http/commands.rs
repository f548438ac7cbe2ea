//! Bodies of requests, read into commands. After this no field is checked again.

mod bind;
mod card;
mod device;
mod pay;
mod settlement;
mod subscription;
mod wallet;

pub use bind::bind;
pub use pay::pay;
pub use settlement::{operator, settlement};
pub use subscription::{at_period_end, change_subscription, subscribe};

use secrecy::SecretString;
use serde_json::Value;

use super::fields::{FieldRules, Fields, no_card, no_card_but_hash};
use crate::app::{
    BindingOtpCommand, CaptureCommand, ConfirmBindingCommand, OtpCommand, RefundCommand,
};
use crate::config::Config;
use crate::domain::channel::Channels;
use crate::domain::error::{FieldError, Rule};
use crate::domain::ids::{BindingId, PaymentId};
use crate::domain::money::Rupiah;
use crate::domain::text::Reason;

/// Most digits of an OTP.
const OTP_MAX: usize = 18;

/// Longest `returnCode`.
const CODE_MAX: usize = 128;

type Parsed<T> = Result<T, Vec<FieldError>>;

/// What a deployment decides about requests.
#[derive(Debug, Clone, Copy)]
pub struct InputRules<'a> {
    /// The channels on offer.
    pub channels: &'a Channels,
    /// The path of the registered address for non-SNAP notifications.
    pub notification_path: &'a str,
    /// What holds for single fields.
    pub fields: FieldRules<'a>,
}

impl<'a> InputRules<'a> {
    /// What the settings say.
    pub fn of(config: &'a Config) -> Self {
        Self {
            channels: &config.channels,
            notification_path: &config.non_snap_notification_path,
            fields: FieldRules {
                return_urls: &config.return_urls,
                search_identifiers: config.refuse_cards_in_identifiers,
            },
        }
    }
}

/// Ends the reading of `fields`: the command, or everything that is wrong. Every `None` in it has
/// noted why.
fn done<T>(fields: Fields<'_>, command: Option<T>) -> Parsed<T> {
    fields.finish()?;
    command.ok_or_else(|| vec![FieldError::new("body", "is not valid")])
}

/// `POST /v1/payments/{paymentId}/otp`.
pub fn otp(value: &Value, payment: PaymentId) -> Parsed<OtpCommand> {
    code(value).map(|otp| OtpCommand { payment, otp })
}

/// `POST /v1/bindings/{bindingId}/otp`.
pub fn binding_otp(value: &Value, binding: BindingId) -> Parsed<BindingOtpCommand> {
    code(value).map(|otp| BindingOtpCommand { binding, otp })
}

/// The OTP of a body that holds nothing else. How many digits are right, the channel says.
fn code(value: &Value) -> Parsed<SecretString> {
    let mut fields = Fields::new(value);
    let otp = fields.required_reference("otp", |text| {
        no_card(text)?;
        if (1..=OTP_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(SecretString::from(text))
        } else {
            Err(Rule("must be 1 to 18 digits"))
        }
    });
    done(fields, otp)
}

/// `POST /v1/bindings/{bindingId}/confirm`.
pub fn confirm_binding(value: &Value, binding: BindingId) -> Parsed<ConfirmBindingCommand> {
    let mut fields = Fields::new(value);
    let code = fields.required_reference("returnCode", |text| {
        no_card_but_hash(text.rsplit('-').next().unwrap_or(text))?;
        let made_of = |b: u8| b.is_ascii_hexdigit() || b == b'-';
        if (1..=CODE_MAX).contains(&text.len()) && text.bytes().all(made_of) {
            Ok(SecretString::from(text))
        } else {
            Err(Rule(
                "must be the returnCode that the browser brought to returnUrl",
            ))
        }
    });
    let command = code.map(|code| ConfirmBindingCommand { binding, code });
    done(fields, command)
}

/// `POST /v1/payments/{paymentId}/capture`.
pub fn capture(value: &Value, payment: PaymentId) -> Parsed<CaptureCommand> {
    let mut fields = Fields::new(value);
    let amount = fields.optional_object("amount", money);
    let command = CaptureCommand {
        payment,
        amount: amount.flatten(),
    };
    done(fields, Some(command))
}

/// `POST /v1/payments/{paymentId}/refunds`.
pub fn refund(value: &Value, payment: PaymentId) -> Parsed<RefundCommand> {
    let mut fields = Fields::new(value);
    let amount = fields.optional_object("amount", money);
    let reason = fields.optional("reason", Reason::parse);
    let command = RefundCommand {
        payment,
        amount: amount.flatten(),
        reason,
    };
    done(fields, Some(command))
}

fn money(fields: &mut Fields<'_>) -> Option<Rupiah> {
    let value = fields.required_reference("value", |raw| rupiah(raw, Rupiah::parse_charge));
    fields.required("currency", currency).and(value)
}

/// Reads an amount. What stands before the point must not be a card number; with the `.00` behind it, it
/// would be another one.
fn rupiah(raw: &str, parse: impl Fn(&str) -> Result<Rupiah, Rule>) -> Result<Rupiah, Rule> {
    no_card(raw.strip_suffix(".00").unwrap_or(raw))?;
    parse(raw)
}

fn currency(text: &str) -> Result<(), Rule> {
    match text {
        "IDR" => Ok(()),
        _ => Err(Rule("must be IDR")),
    }
}

#[cfg(test)]
mod tests;
