//! The payment page.
//!
//! Source: DOKU developers, "Cards: payment page integration guide" (read 2026-11-20). Where its
//! table and its samples disagree about a type, the samples are followed.

use serde::{Deserialize, Serialize};

use super::super::super::lenient;
use super::super::compact;
use crate::domain::card::{self, CardOrder, CardPaymentType, PageOptions};
use crate::domain::contact::{Email, PersonName, Phone};
use crate::domain::ids::Reference;
use crate::domain::money::Rupiah;
use crate::domain::return_url::ReturnUrl;

/// Where it is sent.
pub const PATH: &str = "/credit-card/v1/payment-page";

/// What a page asks for.
pub struct PageOrder<'a> {
    /// As the merchant ordered it.
    pub order: &'a CardOrder,
    /// Our name for the payment.
    pub reference: &'a Reference,
    /// How much.
    pub amount: Rupiah,
    /// What is bought.
    pub items: &'a [card::Item],
    /// Where the browser goes after a success.
    pub callback_url: Option<String>,
    /// Where it goes after a failure.
    pub failed_url: Option<String>,
}

#[derive(Serialize)]
struct Request<'a> {
    order: Order<'a>,
    customer: Customer<'a>,
    #[serde(skip_serializing_if = "Payment::is_empty")]
    payment: Payment,
    #[serde(skip_serializing_if = "Card::is_empty")]
    card: Card<'a>,
    #[serde(skip_serializing_if = "Override::is_empty")]
    override_configuration: Override<'a>,
    #[serde(skip_serializing_if = "Additional::is_empty")]
    additional_info: Additional<'a>,
}

#[derive(Serialize)]
struct Order<'a> {
    amount: u64,
    invoice_number: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    line_items: Vec<LineItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_url: Option<&'a str>,
    auto_redirect: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor: Option<&'a str>,
}

#[derive(Serialize)]
struct LineItem<'a> {
    name: &'a str,
    price: u64,
    quantity: u32,
}

#[derive(Serialize)]
struct Customer<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
}

#[derive(Serialize)]
struct Payment {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    auto_capture: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    acquirer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenor: Option<u8>,
}

impl Payment {
    const fn is_empty(&self) -> bool {
        self.r#type.is_none()
            && !self.auto_capture
            && self.acquirer.is_none()
            && self.tenor.is_none()
    }
}

#[derive(Serialize)]
struct Card<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    save: bool,
}

impl Card<'_> {
    const fn is_empty(&self) -> bool {
        self.token.is_none() && !self.save
    }
}

#[derive(Serialize)]
struct Override<'a> {
    #[serde(skip_serializing_if = "Themes::is_empty")]
    themes: Themes<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    promo: Vec<Promo<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allow_bin: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[u8]>::is_empty")]
    allow_tenor: &'a [u8],
}

impl Override<'_> {
    const fn is_empty(&self) -> bool {
        self.themes.is_empty()
            && self.promo.is_empty()
            && self.allow_bin.is_empty()
            && self.allow_tenor.is_empty()
    }
}

#[derive(Serialize)]
struct Themes<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    background_color: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    font_color: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    button_background_color: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    button_font_color: Option<&'a str>,
}

impl Themes<'_> {
    const fn is_empty(&self) -> bool {
        self.language.is_none()
            && self.background_color.is_none()
            && self.font_color.is_none()
            && self.button_background_color.is_none()
            && self.button_font_color.is_none()
    }
}

#[derive(Serialize)]
struct Promo<'a> {
    bin: &'a str,
    discount_amount: u64,
}

#[derive(Serialize)]
struct Additional<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    override_notification_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disclaimer: Option<Disclaimer<'a>>,
}

impl Additional<'_> {
    const fn is_empty(&self) -> bool {
        self.override_notification_url.is_none() && self.disclaimer.is_none()
    }
}

#[derive(Serialize)]
struct Disclaimer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    en: Option<&'a str>,
}

/// The body to send.
pub fn request(page: &PageOrder<'_>) -> Vec<u8> {
    let CardOrder {
        customer,
        payment_type,
        auto_capture,
        acquirer,
        tenor,
        save_card,
        token,
        page: options,
        ..
    } = page.order;
    let items = page.items.iter().map(|item| LineItem {
        name: &item.name,
        price: item.price.whole(),
        quantity: item.quantity,
    });
    compact(&Request {
        order: Order {
            amount: page.amount.whole(),
            invoice_number: page.reference.as_str(),
            line_items: items.collect(),
            callback_url: page.callback_url.as_deref(),
            failed_url: page.failed_url.as_deref(),
            auto_redirect: options.auto_redirect,
            descriptor: options.descriptor.as_deref(),
        },
        customer: Customer {
            id: customer.id.as_str(),
            name: customer.name.as_ref().map(PersonName::expose),
            email: customer.email.as_ref().map(Email::expose),
            phone: customer.phone.as_ref().map(Phone::expose),
            address: customer.address.as_deref(),
            country: customer.country.as_deref(),
        },
        payment: Payment {
            r#type: payment_type.map(CardPaymentType::as_str),
            auto_capture: *auto_capture,
            acquirer: acquirer.map(card::Acquirer::as_str),
            tenor: *tenor,
        },
        card: Card {
            token: token.as_ref().map(card::CardTokenId::expose),
            save: *save_card,
        },
        override_configuration: overrides(options),
        additional_info: Additional {
            override_notification_url: options.notification_url.as_ref().map(ReturnUrl::as_str),
            disclaimer: options.disclaimer.as_ref().map(|texts| Disclaimer {
                id: texts.indonesian.as_deref(),
                en: texts.english.as_deref(),
            }),
        },
    })
}

fn overrides(options: &PageOptions) -> Override<'_> {
    fn color(color: Option<&card::Color>) -> Option<&str> {
        color.map(card::Color::as_str)
    }
    Override {
        themes: Themes {
            language: options.language.map(card::Language::as_str),
            background_color: color(options.background_color.as_ref()),
            font_color: color(options.font_color.as_ref()),
            button_background_color: color(options.button_background_color.as_ref()),
            button_font_color: color(options.button_font_color.as_ref()),
        },
        promo: options
            .promos
            .iter()
            .map(|promo| Promo {
                bin: promo.bin.as_str(),
                discount_amount: promo.discount.whole(),
            })
            .collect(),
        allow_bin: options.allow_bins.iter().map(card::Bin::as_str).collect(),
        allow_tenor: &options.allow_tenors,
    }
}

/// What a successful answer may hold.
#[derive(Debug, Default)]
pub struct Opened {
    /// Where to send the customer.
    pub url: Option<String>,
    /// Of which payment.
    pub invoice: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Response {
    #[serde(deserialize_with = "lenient::member")]
    order: Option<OrderPart>,
    #[serde(deserialize_with = "lenient::member")]
    credit_card_payment_page: Option<PagePart>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OrderPart {
    #[serde(deserialize_with = "lenient::optional_text")]
    invoice_number: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PagePart {
    #[serde(deserialize_with = "lenient::optional_text")]
    url: Option<String>,
}

/// Reads a successful answer.
pub fn read(body: &[u8]) -> Opened {
    let response: Response = super::super::object(body).unwrap_or_default();
    Opened {
        url: response.credit_card_payment_page.and_then(|page| page.url),
        invoice: response.order.and_then(|order| order.invoice_number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card::{
        Acquirer, Bin, CardTokenId, Color, Disclaimer, Item, Language, Promo,
    };
    use crate::domain::ids::CustomerId;
    use crate::domain::return_url::ReturnRules;

    fn plain() -> CardOrder {
        CardOrder {
            customer: card::Customer {
                id: CustomerId::parse("cust-001").unwrap(),
                name: Some(PersonName::parse("Siti Aminah").unwrap()),
                email: Some(Email::parse("siti@example.com").unwrap()),
                phone: Some(Phone::parse("6281200000000").unwrap()),
                address: None,
                country: Some("ID".into()),
            },
            payment_type: Some(CardPaymentType::Authorize),
            auto_capture: false,
            acquirer: None,
            tenor: None,
            save_card: true,
            token: None,
            return_url: None,
            page: PageOptions {
                auto_redirect: true,
                notification_url: Some(
                    ReturnUrl::parse(
                        "https://hooks.example.com/doku/notifications/cards",
                        &ReturnRules::default(),
                    )
                    .unwrap(),
                ),
                ..PageOptions::default()
            },
        }
    }

    fn shirt() -> [Item; 1] {
        [Item {
            name: "Shirt".into(),
            price: Rupiah::new(90_000),
            quantity: 1,
        }]
    }

    fn sent(order: &CardOrder, items: &[Item], urls: bool) -> String {
        let reference = Reference::parse("INV-20261120-0001").unwrap();
        let url = |path: &str| urls.then(|| format!("https://merchant.example.com/pay/{path}"));
        let body = request(&PageOrder {
            order,
            reference: &reference,
            amount: Rupiah::new(90_000),
            items,
            callback_url: url("ok"),
            failed_url: url("failed"),
        });
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn the_documented_request() {
        assert_eq!(
            sent(&plain(), &shirt(), true),
            r#"{"order":{"amount":90000,"invoice_number":"INV-20261120-0001","line_items":[{"name":"Shirt","price":90000,"quantity":1}],"callback_url":"https://merchant.example.com/pay/ok","failed_url":"https://merchant.example.com/pay/failed","auto_redirect":true},"customer":{"id":"cust-001","name":"Siti Aminah","email":"siti@example.com","phone":"6281200000000","country":"ID"},"payment":{"type":"AUTHORIZE"},"card":{"save":true},"additional_info":{"override_notification_url":"https://hooks.example.com/doku/notifications/cards"}}"#
        );
    }

    #[test]
    fn what_is_not_asked_for_is_left_out() {
        let mut order = plain();
        order.payment_type = None;
        order.save_card = false;
        order.page = PageOptions::default();
        assert_eq!(
            sent(&order, &[], false),
            r#"{"order":{"amount":90000,"invoice_number":"INV-20261120-0001","auto_redirect":false},"customer":{"id":"cust-001","name":"Siti Aminah","email":"siti@example.com","phone":"6281200000000","country":"ID"}}"#
        );
    }

    #[test]
    fn everything_that_can_be_asked_for() {
        let color = |text| Some(Color::parse(text).unwrap());
        let mut order = plain();
        order.customer.address = Some("Jl. Sudirman 1".into());
        order.payment_type = Some(CardPaymentType::Installment);
        order.auto_capture = true;
        order.acquirer = Some(Acquirer::MANDIRI);
        order.tenor = Some(3);
        order.save_card = false;
        order.token = Some(CardTokenId::parse("1614dc14").unwrap());
        order.page = PageOptions {
            auto_redirect: false,
            failed_url: None,
            language: Some(Language::Indonesian),
            background_color: color("ffffff"),
            font_color: color("000000"),
            button_background_color: color("E1251B"),
            button_font_color: color("fafafa"),
            descriptor: Some("SHOP".into()),
            disclaimer: Some(Disclaimer {
                indonesian: Some("Ya".into()),
                english: Some("Yes".into()),
            }),
            promos: vec![Promo {
                bin: Bin::parse("411111").unwrap(),
                discount: Rupiah::new(5_000),
            }],
            allow_bins: vec![Bin::parse("411111").unwrap()],
            allow_tenors: vec![3, 6],
            notification_url: None,
        };
        assert_eq!(
            sent(&order, &[], false),
            r#"{"order":{"amount":90000,"invoice_number":"INV-20261120-0001","auto_redirect":false,"descriptor":"SHOP"},"customer":{"id":"cust-001","name":"Siti Aminah","email":"siti@example.com","phone":"6281200000000","address":"Jl. Sudirman 1","country":"ID"},"payment":{"type":"INSTALLMENT","auto_capture":true,"acquirer":"BANK_MANDIRI","tenor":3},"card":{"token":"1614dc14"},"override_configuration":{"themes":{"language":"ID","background_color":"ffffff","font_color":"000000","button_background_color":"E1251B","button_font_color":"fafafa"},"promo":[{"bin":"411111","discount_amount":5000}],"allow_bin":["411111"],"allow_tenor":[3,6]},"additional_info":{"disclaimer":{"id":"Ya","en":"Yes"}}}"#
        );
    }

    #[test]
    fn answers() {
        let opened = read(
            br#"{"order":{"invoice_number":"INV-1","line_items":[],"session_id":1234},"credit_card_payment_page":{"url":"https://sandbox.doku.com/wt-frontend-transaction/dynamic-payment-page?signature=x"},"additional_info":{}}"#,
        );
        assert!(opened.url.unwrap().starts_with("https://sandbox.doku.com/"));
        assert_eq!(opened.invoice.as_deref(), Some("INV-1"));
        assert!(read(b"<html>").url.is_none());
    }
}
