//! Bodies of requests, read into commands. After this no field is checked again.

use secrecy::SecretString;
use serde_json::Value;

use super::fields::Fields;
use crate::app::{
    AccountOrder, BindCommand, CaptureCommand, OtpCommand, PayCommand, PayMethod, RefundCommand,
};
use crate::domain::channel::{Channel, Confirmation};
use crate::domain::contact::{Email, PersonName, Phone};
use crate::domain::error::{FieldError, Rule};
use crate::domain::ids::{BindingId, CustomerId, InvoiceNumber, PaymentId};
use crate::domain::money::Rupiah;
use crate::domain::text::{self, Description, Reason, ReturnUrl};

type Parsed<T> = Result<T, Vec<FieldError>>;

/// Most items of one payment.
const ITEMS_MAX: usize = 50;
/// Most pieces of one item.
const QUANTITY_MAX: u64 = 9_999;

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

/// `POST /v1/payments`.
pub fn pay(value: &Value) -> Parsed<PayCommand> {
    let mut fields = Fields::new(value);
    let invoice = fields.required_reference("invoiceNumber", InvoiceNumber::parse);
    let amount = fields.object("amount", money).flatten();
    let method = fields.object("method", |method| {
        method.required("type", |text| match text {
            "direct_debit" => Ok(()),
            _ => Err(Rule("must be direct_debit")),
        });
        (
            method.required_reference("bindingId", BindingId::parse),
            method.optional("confirmation", Confirmation::parse),
        )
    });
    let items = fields.array("items", ITEMS_MAX, |item| {
        item.required("name", text::item_name);
        let price = item.required_reference("price", Rupiah::parse_snap);
        let quantity = item.integer("quantity", 1..=QUANTITY_MAX);
        price?.times(u32::try_from(quantity?).ok()?)
    });
    if let (Some(items), Some(amount)) = (items, amount)
        && !items.is_empty()
        && items.iter().all(Option::is_some)
    {
        let sum = items
            .into_iter()
            .flatten()
            .try_fold(Rupiah::ZERO, Rupiah::plus);
        if sum != Some(amount) {
            fields.refuse("items", "must add up to the amount");
        }
    }
    let return_url = fields.required("returnUrl", ReturnUrl::parse);
    let description = fields.optional("description", Description::parse);
    let metadata = fields.texts("metadata", text::METADATA_MAX, |key, value| {
        text::metadata_key(key)?;
        text::metadata_value(value).map(drop)
    });
    let command = (|| {
        let (binding, confirmation) = method?;
        Some(PayCommand {
            invoice: invoice?,
            amount: amount?,
            method: PayMethod::Account(AccountOrder {
                binding: binding?,
                confirmation,
                return_url: return_url?,
            }),
            items: Vec::new(),
            description,
            metadata: metadata.unwrap_or_default(),
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
    let currency = fields.required("currency", |text| match text {
        "IDR" => Ok(()),
        _ => Err(Rule("must be IDR")),
    });
    currency.and(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn payment() -> Value {
        json!({
            "invoiceNumber": "INV-0001",
            "amount": {"value": "10000.00", "currency": "IDR"},
            "method": {"type": "direct_debit", "bindingId": "bnd_01KASZDRH0FAXQMQNQW3M8QH7J"},
            "items": [{"name": "Vitamin C", "price": "5000.00", "quantity": 2}],
            "returnUrl": "https://shop.example/paid",
        })
    }

    #[test]
    fn a_payment_is_read() {
        let command = pay(&payment()).unwrap();
        assert_eq!(command.amount, Rupiah::new(10_000));
        assert!(
            matches!(command.method, PayMethod::Account(order) if order.confirmation.is_none())
        );
    }

    #[test]
    fn every_wrong_field_is_named() {
        let body = json!({
            "invoiceNumber": 7,
            "amount": {"value": 10000.0, "currency": "USD", "extra": 1},
            "method": {"type": "cash"},
            "items": [{"name": "", "price": "1", "quantity": 0.5}],
            "metadata": {"cart": 1},
            "surprise": true,
        });
        let mut named: Vec<_> = pay(&body)
            .unwrap_err()
            .into_iter()
            .map(|e| e.field)
            .collect();
        named.sort();
        assert_eq!(
            named,
            [
                "amount.currency",
                "amount.extra",
                "amount.value",
                "invoiceNumber",
                "items[0].name",
                "items[0].price",
                "items[0].quantity",
                "metadata.cart",
                "method.bindingId",
                "method.type",
                "returnUrl",
                "surprise"
            ]
        );
    }

    #[test]
    fn items_must_add_up() {
        let mut body = payment();
        body["items"][0]["quantity"] = json!(3);
        assert_eq!(pay(&body).unwrap_err()[0].field, "items");
    }

    #[test]
    fn a_card_number_is_refused_wherever_it_stands() {
        for (field, value) in [
            ("description", json!("4111 1111 1111 1111")),
            ("metadata", json!({"note": "4111-1111-1111-1111"})),
            (
                "items",
                json!([{"name": "4111111111111111", "price": "10000.00", "quantity": 1}]),
            ),
        ] {
            let mut body = payment();
            body[field] = value;
            let errors = pay(&body).unwrap_err();
            assert!(errors[0].field.starts_with(field), "{field}: {errors:?}");
        }
    }
}
