//! Bodies of requests, read into commands. After this no field is checked again.

mod card;
mod pay;

pub use pay::pay;

use secrecy::SecretString;
use serde_json::Value;

use super::fields::Fields;
use crate::app::{BindCommand, CaptureCommand, OtpCommand, RefundCommand};
use crate::domain::channel::Channel;
use crate::domain::contact::{Email, PersonName, Phone};
use crate::domain::error::{FieldError, Rule};
use crate::domain::ids::{CustomerId, PaymentId};
use crate::domain::money::Rupiah;
use crate::domain::text::{Reason, ReturnUrl};

type Parsed<T> = Result<T, Vec<FieldError>>;

/// Ends the reading of `fields`: the command, or everything that is wrong. Every `None` in it has
/// noted why.
fn done<T>(fields: Fields<'_>, command: Option<T>) -> Parsed<T> {
    fields.finish()?;
    command.ok_or_else(|| vec![FieldError::new("body", "is not valid")])
}

/// `POST /v1/bindings`.
pub fn bind(value: &Value, public_base_url: String) -> Parsed<BindCommand> {
    let mut fields = Fields::new(value);
    let customer = fields.object("customer", |customer| {
        (
            customer.required_reference("id", CustomerId::parse),
            customer.optional("name", PersonName::parse),
            customer.optional("email", Email::parse),
            customer.required_reference("phone", Phone::parse),
        )
    });
    let channel = fields.required("channel", Channel::parse);
    let return_url = fields.required("returnUrl", ReturnUrl::parse);
    let command = (|| {
        let (id, name, email, phone) = customer?;
        Some(BindCommand {
            customer: id?,
            name,
            email,
            phone: phone?,
            channel: channel?,
            return_url: return_url?,
            public_base_url,
        })
    })();
    done(fields, command)
}

/// `POST /v1/payments/{paymentId}/otp`.
pub fn otp(value: &Value, payment: PaymentId) -> Parsed<OtpCommand> {
    let mut fields = Fields::new(value);
    let otp = fields.required_reference("otp", |text| {
        if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(SecretString::from(text))
        } else {
            Err(Rule("must be 6 digits"))
        }
    });
    let command = otp.map(|otp| OtpCommand { payment, otp });
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
    let value = fields.required_reference("value", Rupiah::parse_charge);
    fields.required("currency", currency).and(value)
}

fn currency(text: &str) -> Result<(), Rule> {
    match text {
        "IDR" => Ok(()),
        _ => Err(Rule("must be IDR")),
    }
}

#[cfg(test)]
mod tests;
