//! `POST /v1/payments`.

use serde_json::Value;

use super::card;
use super::{Parsed, currency, done, money};
use crate::app::{AccountOrder, PayCommand, PayMethod};
use crate::domain::card::Item;
use crate::domain::channel::Confirmation;
use crate::domain::error::Rule;
use crate::domain::ids::{BindingId, InvoiceNumber};
use crate::domain::money::Rupiah;
use crate::domain::pay_option::{FeeType, PayOption};
use crate::domain::text::{self, Description, ReturnUrl};
use crate::http::fields::Fields;

/// Most parts of one payment.
const PAY_OPTIONS_MAX: usize = 5;
/// Most items of one payment.
const ITEMS_MAX: usize = 50;
/// Most pieces of one item.
const QUANTITY_MAX: u64 = 9_999;

/// The members of `method` that only a linked account has.
const ACCOUNT_MEMBERS: &[&str] = &["bindingId", "confirmation", "payOptions", "feeType"];
const CARD_ONLY: &str = "is for cards only";

/// What `method` holds, by its `type`.
enum Method {
    Account {
        binding: Option<BindingId>,
        confirmation: Option<Confirmation>,
        pay_options: Vec<PayOption>,
        fee_type: Option<FeeType>,
    },
    Card(Box<card::Method>),
}

/// Reads a payment. A card's page may name another host for its notifications, but only with
/// `notification_path`, the path of the registered address: DOKU sends to no other.
pub fn pay(value: &Value, notification_path: &str) -> Parsed<PayCommand> {
    let mut fields = Fields::new(value);
    let invoice = fields.required_reference("invoiceNumber", InvoiceNumber::parse);
    let amount = fields.object("amount", money).flatten();
    let method = fields
        .object("method", |fields| method(fields, amount, notification_path))
        .flatten();
    let items = items(&mut fields, amount);
    let description = fields.optional("description", Description::parse);
    let metadata = fields.texts("metadata", text::METADATA_MAX, |key, value| {
        text::metadata_key(key)?;
        text::metadata_value(value).map(drop)
    });
    let method = match method {
        Some(Method::Account {
            binding,
            confirmation,
            pay_options,
            fee_type,
        }) => account(&mut fields, binding).map(|(binding, return_url)| {
            PayMethod::Account(AccountOrder {
                binding,
                confirmation,
                return_url,
                pay_options,
                fee_type,
            })
        }),
        Some(Method::Card(method)) => card::order(&mut fields, *method, invoice.as_ref())
            .map(|order| PayMethod::Card(order.into())),
        None => {
            // Which fields belong to an unknown method, nobody can say.
            fields.optional("returnUrl", ReturnUrl::parse);
            fields.leave(&["customer"]);
            None
        }
    };
    let command = (|| {
        Some(PayCommand {
            invoice: invoice?,
            amount: amount?,
            method: method?,
            items,
            description,
            metadata: metadata.unwrap_or_default(),
        })
    })();
    done(fields, command)
}

/// `None` for an unknown method, which was noted.
fn method(
    fields: &mut Fields<'_>,
    amount: Option<Rupiah>,
    notification_path: &str,
) -> Option<Method> {
    let is_card = fields.required("type", |text| match text {
        "direct_debit" => Ok(false),
        "card" => Ok(true),
        _ => Err(Rule("must be direct_debit or card")),
    });
    match is_card {
        Some(true) => {
            fields.forbid(ACCOUNT_MEMBERS, "is for direct_debit only");
            let method = card::method(fields, amount, notification_path);
            Some(Method::Card(method.into()))
        }
        Some(false) => {
            fields.forbid(card::METHOD_MEMBERS, CARD_ONLY);
            Some(Method::Account {
                binding: fields.required_reference("bindingId", BindingId::parse),
                confirmation: fields.optional("confirmation", Confirmation::parse),
                pay_options: pay_options(fields, amount),
                fee_type: fields.optional("feeType", FeeType::parse),
            })
        }
        None => {
            fields.leave(ACCOUNT_MEMBERS);
            fields.leave(card::METHOD_MEMBERS);
            None
        }
    }
}

fn account(fields: &mut Fields<'_>, binding: Option<BindingId>) -> Option<(BindingId, ReturnUrl)> {
    fields.forbid(&["customer"], CARD_ONLY);
    let return_url = fields.required("returnUrl", ReturnUrl::parse);
    Some((binding?, return_url?))
}

/// What a wallet's payment is paid out of; the parts must make the whole.
fn pay_options(fields: &mut Fields<'_>, amount: Option<Rupiah>) -> Vec<PayOption> {
    let options = fields.array("payOptions", PAY_OPTIONS_MAX, |option| {
        let method = option.required("method", PayOption::method);
        let part = option.object("amount", money).flatten();
        let fee = option.optional_object("fee", |fee| {
            let value = fee.required_reference("value", Rupiah::parse_snap);
            fee.required("currency", currency).and(value)
        });
        Some(PayOption {
            method: method?,
            amount: part?,
            fee: fee.flatten().unwrap_or_default(),
        })
    });
    let options: Option<Vec<_>> = options.unwrap_or_default().into_iter().flatten().collect();
    // Of parts of which one is wrong, nobody can say what they add up to.
    let options = options.unwrap_or_default();
    if let Some(amount) = amount
        && !options.is_empty()
    {
        let sum = options
            .iter()
            .try_fold(Rupiah::ZERO, |sum, option| sum.plus(option.amount));
        if sum != Some(amount) {
            fields.refuse("payOptions", "must add up to the amount");
        }
    }
    options
}

fn items(fields: &mut Fields<'_>, amount: Option<Rupiah>) -> Vec<Item> {
    let items = fields.array("items", ITEMS_MAX, |item| {
        let name = item.required("name", text::item_name);
        let price = item.required_reference("price", Rupiah::parse_snap);
        let quantity = item.integer("quantity", 1..=QUANTITY_MAX);
        (name, price, quantity.and_then(|n| u32::try_from(n).ok()))
    });
    let items = items.unwrap_or_default();
    // Items of which one has no price add up to nothing that could be compared.
    let totals: Option<Vec<_>> = items
        .iter()
        .map(|item| item.as_ref().and_then(|(_, price, n)| price.zip(*n)))
        .collect();
    if let (Some(totals), Some(amount)) = (totals, amount)
        && !totals.is_empty()
    {
        let sum = totals
            .into_iter()
            .try_fold(Rupiah::ZERO, |sum, (price, n)| sum.plus(price.times(n)?));
        if sum != Some(amount) {
            fields.refuse("items", "must add up to the amount");
        }
    }
    let item = |(name, price, quantity): (Option<_>, Option<_>, Option<_>)| {
        Some(Item {
            name: name?,
            price: price?,
            quantity: quantity?,
        })
    };
    items.into_iter().flatten().filter_map(item).collect()
}
