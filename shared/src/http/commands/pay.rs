//! `POST /v1/payments`.

use secrecy::SecretString;
use serde_json::Value;

use super::device::device;
use super::{InputRules, Parsed, card, currency, done, money, rupiah, wallet};
use crate::app::{AccountOrder, PayCommand, PayMethod};
use crate::domain::card::Item;
use crate::domain::card_registration;
use crate::domain::channel::Confirmation;
use crate::domain::device::Device;
use crate::domain::error::Rule;
use crate::domain::ids::{BindingId, InvoiceNumber};
use crate::domain::money::Rupiah;
use crate::domain::pay_option::{FeeType, PayOption};
use crate::domain::text::{self, Description};
use crate::http::fields::Fields;

/// Most parts of one payment.
const PAY_OPTIONS_MAX: usize = 5;
/// Most items of one payment.
const ITEMS_MAX: usize = 50;
/// Most pieces of one item.
const QUANTITY_MAX: u64 = 9_999;

/// The members of `method` that only a linked account has.
const ACCOUNT_MEMBERS: &[&str] = &[
    "bindingId",
    "confirmation",
    "payOptions",
    "feeType",
    "chargeToken",
];
const ACCOUNT_ONLY: &str = "is for direct_debit only";
const CARD_ONLY: &str = "is for cards only";
const WALLET_ONLY: &str = "is for wallets only";

/// The words of `method.type`.
#[derive(Clone, Copy)]
enum Kind {
    Account,
    Wallet,
    Card,
}

impl Kind {
    fn parse(raw: &str) -> Result<Self, Rule> {
        match raw {
            "direct_debit" => Ok(Self::Account),
            "wallet" => Ok(Self::Wallet),
            "card" => Ok(Self::Card),
            _ => Err(Rule("must be direct_debit, wallet or card")),
        }
    }
}

/// What `method` holds, by its `type`.
enum Method {
    Account(Account),
    Wallet(wallet::Method),
    Card(Box<card::Method>),
}

/// `method` of a linked account. What is `None` and was there has been noted as wrong.
struct Account {
    binding: Option<BindingId>,
    confirmation: Option<Confirmation>,
    pay_options: Vec<PayOption>,
    fee_type: Option<FeeType>,
    charge_token: Option<SecretString>,
}

/// Reads a payment. A card's page may name another host for its notifications, but only with
/// the path of the registered address: DOKU sends to no other. A wallet is one of the channels on offer.
pub fn pay(value: &Value, rules: &InputRules<'_>) -> Parsed<PayCommand> {
    let mut fields = Fields::under(rules.fields, value);
    let invoice = fields.required_identifier("invoiceNumber", InvoiceNumber::parse);
    let amount = fields.object("amount", money).flatten();
    let method = fields.object("method", |fields| method(fields, amount, rules));
    let items = items(&mut fields, amount);
    let description = fields.optional("description", Description::parse);
    let metadata = fields.texts("metadata", text::METADATA_MAX, |key, value| {
        text::metadata_key(key)?;
        text::metadata_value(value).map(drop)
    });
    let (method, device) = order(&mut fields, method.flatten(), invoice.as_ref());
    let command = (|| {
        Some(PayCommand {
            invoice: invoice?,
            amount: amount?,
            method: method?,
            items,
            device,
            description,
            metadata: metadata.unwrap_or_default(),
        })
    })();
    done(fields, command)
}

/// Reads `method`. `None` for an unknown type, which was noted.
fn method(
    fields: &mut Fields<'_>,
    amount: Option<Rupiah>,
    rules: &InputRules<'_>,
) -> Option<Method> {
    let Some(kind) = fields.required("type", Kind::parse) else {
        for members in [
            ACCOUNT_MEMBERS,
            wallet::METHOD_MEMBERS,
            card::METHOD_MEMBERS,
        ] {
            fields.leave(members);
        }
        return None;
    };
    if !matches!(kind, Kind::Account) {
        fields.forbid(ACCOUNT_MEMBERS, ACCOUNT_ONLY);
    }
    if !matches!(kind, Kind::Wallet) {
        fields.forbid(wallet::METHOD_MEMBERS, WALLET_ONLY);
    }
    if !matches!(kind, Kind::Card) {
        fields.forbid(card::METHOD_MEMBERS, CARD_ONLY);
    }
    Some(match kind {
        Kind::Account => Method::Account(Account {
            binding: fields.required_reference("bindingId", BindingId::parse),
            confirmation: fields.optional("confirmation", Confirmation::parse),
            pay_options: pay_options(fields, amount),
            fee_type: fields.optional("feeType", FeeType::parse),
            charge_token: fields.optional("chargeToken", card_registration::charge_token),
        }),
        Kind::Wallet => Method::Wallet(wallet::method(fields, rules.channels)),
        Kind::Card => Method::Card(card::method(fields, amount, rules.notification_path).into()),
    })
}

/// Reads what is beside `method` and depends on it. `None` means that an error was noted.
fn order(
    fields: &mut Fields<'_>,
    method: Option<Method>,
    invoice: Option<&InvoiceNumber>,
) -> (Option<PayMethod>, Device) {
    match method {
        Some(Method::Account(method)) => {
            let order = account(fields, method).map(PayMethod::Account);
            // What the channel has to know is the binding's business.
            (order, device(fields, &[]))
        }
        Some(Method::Wallet(method)) => {
            let (order, device) = wallet::order(fields, method);
            (order.map(PayMethod::Wallet), device)
        }
        Some(Method::Card(method)) => {
            fields.forbid(&["device"], "is not for cards");
            let order = card::order(fields, *method, invoice);
            let order = order.map(|order| PayMethod::Card(order.into()));
            (order, Device::default())
        }
        None => {
            // Which fields belong to an unknown method, nobody can say.
            fields.optional_return_url("returnUrl");
            fields.leave(&["customer", "device"]);
            (None, Device::default())
        }
    }
}

fn account(fields: &mut Fields<'_>, method: Account) -> Option<AccountOrder> {
    fields.forbid(&["customer"], "is not for direct_debit");
    let return_url = fields.required_return_url("returnUrl");
    Some(AccountOrder {
        binding: method.binding?,
        confirmation: method.confirmation,
        return_url: return_url?,
        pay_options: method.pay_options,
        fee_type: method.fee_type,
        charge_token: method.charge_token,
    })
}

/// What a wallet's payment is paid out of; the parts must make the whole.
fn pay_options(fields: &mut Fields<'_>, amount: Option<Rupiah>) -> Vec<PayOption> {
    let options = fields.array("payOptions", PAY_OPTIONS_MAX, |option| {
        let method = option.required("method", PayOption::method);
        let part = option.object("amount", money).flatten();
        let fee = option.optional_object("fee", |fee| {
            let value = fee.required_reference("value", |raw| rupiah(raw, Rupiah::parse_snap));
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

pub(super) fn items(fields: &mut Fields<'_>, amount: Option<Rupiah>) -> Vec<Item> {
    let items = fields.array("items", ITEMS_MAX, |item| {
        let name = item.required("name", text::item_name);
        let price = item.required_reference("price", |raw| rupiah(raw, Rupiah::parse_snap));
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
