//! The card's part of a payment: the customer, the method and DOKU's page.

use url::Url;

use super::rupiah;
use crate::domain::card::{
    self, Acquirer, Bin, CardOrder, CardPaymentType, CardTokenId, Color, Customer, Disclaimer,
    Language, PageOptions, Promo,
};
use crate::domain::contact::{Email, PersonName, Phone};
use crate::domain::error::Rule;
use crate::domain::ids::InvoiceNumber;
use crate::domain::money::Rupiah;
use crate::domain::return_url::{ReturnRules, ReturnUrl};
use crate::http::fields::{self, Fields};

/// The members of `method` that only a card has.
pub(super) const METHOD_MEMBERS: &[&str] = &[
    "paymentType",
    "autoCapture",
    "acquirer",
    "tenor",
    "saveCard",
    "cardTokenId",
    "page",
];

/// The members of `customer` that only a card's payment tells DOKU.
pub(super) const CUSTOMER_MEMBERS: &[&str] = &["name", "email", "phone", "address", "country"];

/// Longest tenor, in months: DOKU takes two digits.
const TENOR_MAX: u64 = 99;
const PROMOS_MAX: usize = 20;
const BINS_MAX: usize = 50;
const TENORS_MAX: usize = 12;

/// `method` of a card. What is `None` and was there has been noted as wrong.
pub(super) struct Method {
    payment_type: Option<CardPaymentType>,
    auto_capture: bool,
    acquirer: Option<Acquirer>,
    tenor: Option<u8>,
    save_card: bool,
    token: Option<CardTokenId>,
    page: PageOptions,
}

/// Reads `method`.
pub(super) fn method(
    fields: &mut Fields<'_>,
    amount: Option<Rupiah>,
    notification_path: &str,
) -> Method {
    let payment_type = fields.optional("paymentType", CardPaymentType::parse);
    let method = Method {
        payment_type,
        auto_capture: fields.flag("autoCapture"),
        acquirer: fields.optional("acquirer", Acquirer::parse),
        tenor: fields
            .optional_integer("tenor", 1..=TENOR_MAX)
            .and_then(|months| u8::try_from(months).ok()),
        save_card: fields.flag("saveCard"),
        token: fields.optional_reference("cardTokenId", token),
        page: fields
            .optional_object("page", |fields| page(fields, amount, notification_path))
            .unwrap_or_default(),
    };
    if method.save_card && fields.has("cardTokenId") {
        fields.refuse("saveCard", "must not be true together with cardTokenId");
    }
    // What goes with an unknown type, nobody can say.
    if payment_type.is_some() || !fields.has("paymentType") {
        by_type(fields, &method);
    }
    method
}

/// What goes with one payment type only, or has to.
fn by_type(fields: &mut Fields<'_>, method: &Method) {
    if method.auto_capture && method.payment_type != Some(CardPaymentType::Authorize) {
        fields.refuse("autoCapture", "is for AUTHORIZE only");
    }
    if method.payment_type == Some(CardPaymentType::Installment) {
        for name in ["acquirer", "tenor"] {
            if !fields.has(name) {
                fields.refuse(name, "is required with INSTALLMENT");
            }
        }
        let offered = &method.page.allow_tenors;
        if let Some(tenor) = method.tenor
            && !offered.is_empty()
            && !offered.contains(&tenor)
        {
            fields.refuse("tenor", "must be one of page.allowTenors");
        }
        return;
    }
    if fields.has("tenor") {
        fields.refuse("tenor", INSTALLMENT_ONLY);
    }
    if !method.page.allow_tenors.is_empty() {
        fields.refuse("page.allowTenors", INSTALLMENT_ONLY);
    }
}

const INSTALLMENT_ONLY: &str = "is for INSTALLMENT only";

/// Reads the name of a saved card. DOKU's are 32 or 64 hexadecimal digits.
fn token(raw: &str) -> Result<CardTokenId, Rule> {
    fields::no_card_but_hash(raw)?;
    CardTokenId::parse(raw)
}

fn page(fields: &mut Fields<'_>, amount: Option<Rupiah>, notification_path: &str) -> PageOptions {
    let allow_bins = fields.text_list("allowBins", BINS_MAX, Bin::parse);
    let tenors = fields.integer_list("allowTenors", TENORS_MAX, 1..=TENOR_MAX);
    PageOptions {
        auto_redirect: fields.flag("autoRedirect"),
        failed_url: fields.optional_return_url("failedUrl"),
        language: fields.optional("language", Language::parse),
        background_color: fields.optional("backgroundColor", Color::parse),
        font_color: fields.optional("fontColor", Color::parse),
        button_background_color: fields.optional("buttonBackgroundColor", Color::parse),
        button_font_color: fields.optional("buttonFontColor", Color::parse),
        descriptor: fields.optional("descriptor", card::descriptor),
        disclaimer: disclaimer(fields),
        promos: promos(fields, amount, &allow_bins),
        allow_bins,
        allow_tenors: tenors
            .into_iter()
            .filter_map(|months| u8::try_from(months).ok())
            .collect(),
        notification_url: fields.optional("notificationUrl", |raw| {
            notification_url(raw, notification_path)
        }),
    }
}

fn disclaimer(fields: &mut Fields<'_>) -> Option<Disclaimer> {
    let (disclaimer, any) = fields.optional_object("disclaimer", |fields| {
        let disclaimer = Disclaimer {
            indonesian: fields.optional("id", card::disclaimer),
            english: fields.optional("en", card::disclaimer),
        };
        (disclaimer, fields.has("id") || fields.has("en"))
    })?;
    if !any {
        fields.refuse("disclaimer", "must have id or en");
    }
    Some(disclaimer)
}

fn promos(fields: &mut Fields<'_>, amount: Option<Rupiah>, allowed: &[Bin]) -> Vec<Promo> {
    let read = fields.array("promos", PROMOS_MAX, |fields| {
        let bin = fields.required("bin", |raw| {
            let bin = Bin::parse(raw)?;
            if allowed.is_empty() || allowed.iter().any(|allowed| allowed.meets(&bin)) {
                Ok(bin)
            } else {
                Err(Rule("is none of the BINs in allowBins"))
            }
        });
        let discount = fields.required_reference("discount", |raw| {
            let discount = rupiah(raw, Rupiah::parse_charge)?;
            if amount.is_some_and(|amount| discount >= amount) {
                Err(Rule("must be less than the amount"))
            } else {
                Ok(discount)
            }
        });
        (bin, discount)
    });
    let mut promos: Vec<Promo> = Vec::new();
    let mut seen = Vec::new();
    for (index, promo) in read.into_iter().flatten().enumerate() {
        let Some((Some(bin), discount)) = promo else {
            continue;
        };
        if seen.contains(&bin) {
            fields.refuse(&format!("promos[{index}].bin"), fields::TWICE.0);
        }
        seen.push(bin.clone());
        promos.extend(discount.map(|discount| Promo { bin, discount }));
    }
    promos
}

/// Reads an address for notifications: DOKU calls the path of the registered one, whatever the
/// host, and its signature covers that path alone.
fn notification_url(raw: &str, path: &str) -> Result<ReturnUrl, Rule> {
    // No browser goes there: the list of those addresses does not hold for it.
    let address = ReturnUrl::parse(raw, &ReturnRules::ANY_HOST)?;
    let url = Url::parse(address.as_str()).map_err(|_| Rule("must be an absolute address"))?;
    if url.scheme() != "https" {
        return Err(Rule("must be an absolute https address"));
    }
    if url.query().is_some() {
        return Err(Rule("must not have a query"));
    }
    if url.path() != path {
        return Err(Rule(
            "must have the path of the registered notification address",
        ));
    }
    Ok(address)
}

/// Reads the rest of a card payment: `customer`, `returnUrl`, and what these and the invoice
/// number have to do with the method. `None` means that an error was noted.
pub(super) fn order(
    fields: &mut Fields<'_>,
    method: Method,
    invoice: Option<&InvoiceNumber>,
) -> Option<CardOrder> {
    let customer = fields.object("customer", customer).flatten();
    let return_url = fields.optional_return_url("returnUrl");
    if method.page.auto_redirect && !fields.has("returnUrl") {
        fields.refuse("returnUrl", "is required with method.page.autoRedirect");
    }
    if let (Some(acquirer), Some(invoice)) = (method.acquirer, invoice)
        && invoice.as_str().len() > acquirer.invoice_max()
    {
        let rule = "must have at most 27 characters with BANK_MANDIRI";
        fields.refuse("invoiceNumber", rule);
    }
    Some(CardOrder {
        customer: customer?,
        payment_type: method.payment_type,
        auto_capture: method.auto_capture,
        acquirer: method.acquirer,
        tenor: method.tenor,
        save_card: method.save_card,
        token: method.token,
        return_url,
        page: method.page,
    })
}

fn customer(fields: &mut Fields<'_>) -> Option<Customer> {
    let id = fields.required_identifier("id", card::customer_id);
    let name = fields.optional("name", PersonName::parse);
    let email = fields.optional("email", Email::parse);
    let phone = fields.optional_reference("phone", Phone::parse);
    let address = fields.optional("address", card::address);
    let country = fields.optional("country", card::country);
    if !fields.has("email") && !fields.has("phone") {
        fields.refuse("email", "is required, or phone");
    }
    Some(Customer {
        id: id?,
        name,
        email,
        phone,
        address,
        country,
    })
}

#[cfg(test)]
mod tests;
