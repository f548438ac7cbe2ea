//! The payment of DOKU's samples, for the tests of every spelling.

use super::{PaymentOrder, WayBack, request};
use crate::domain::card::Item;
use crate::domain::channel::{Channel, Confirmation};
use crate::domain::ids::Reference;
use crate::domain::money::Rupiah;
use crate::domain::pay_option::PayOption;

pub(super) fn order<'a>(channel: &'static Channel, reference: &'a Reference) -> PaymentOrder<'a> {
    PaymentOrder {
        channel,
        merchant: "BRN-0000-TESTONLY00001",
        reference,
        amount: Rupiah::new(10_000),
        pay_options: &[],
        fee_type: None,
        items: &[],
        remarks: "Order 1",
        charge_token: None,
        confirmation: Confirmation::Page,
        way_back: WayBack::Urls {
            success: "https://merchant.example.com/pay/ok",
            failed: "https://merchant.example.com/pay/failed",
        },
        is_recurring: false,
    }
}

pub(super) fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

pub(super) fn option(method: &str, amount: u64, fee: u64) -> PayOption {
    PayOption {
        method: method.to_owned(),
        amount: Rupiah::new(amount),
        fee: Rupiah::new(fee),
    }
}

pub(super) fn items() -> [Item; 1] {
    [Item {
        name: "Vitamin C".to_owned(),
        price: Rupiah::new(10_000),
        quantity: 1,
    }]
}

pub(super) fn body(order: &PaymentOrder<'_>) -> String {
    String::from_utf8(request(order)).unwrap()
}
