//! Reads the order of a payment page, against every rule DOKU's table names.

use serde_json::Value;
use url::Url;

use crate::answer::Refusal as FieldRefusal;
use crate::checks::fields::{self, Fields};
use crate::checks::items::{self, AMOUNT_MAX};
use crate::non_snap::answer::Refusal;
use crate::operations::non_snap::{Work, override_works};
use crate::world::cards::page::{Customer, Look, PageOrder, PaymentType, Promo};

/// `payment.acquirer`.
const ACQUIRERS: [&str; 10] = [
    "BNI",
    "BRI",
    "BANK_CIMB",
    "BANK_MANDIRI",
    "BCA",
    "BANK_PERMATA",
    "DANAMON",
    "BUKOPIN",
    "HSBC",
    "OCBC_NISP",
];
/// Longest invoice number with Mandiri as acquirer.
const MANDIRI_INVOICE_MAX: usize = 27;
const TENOR_MAX: u64 = 99;

/// The order, complete and consistent.
pub fn read(work: &Work<'_>) -> Result<PageOrder, Refusal> {
    let body = work.body()?;
    let order = body.object("order")?;
    let total = items::total(&order.objects("line_items")?)?;
    let mut page = PageOrder {
        invoice: order
            .text("invoice_number", 1..=64, fields::any)?
            .to_owned(),
        amount: order.integer("amount", 1..=AMOUNT_MAX)?,
        line_items: member(&work.call.body, "/order/line_items"),
        callback_url: owned(order.optional_text("callback_url", 1..=2048, fields::web_address)?),
        failed_url: owned(order.optional_text("failed_url", 1..=2048, fields::web_address)?),
        auto_redirect: order
            .optional_flag("auto_redirect")?
            .ok_or_else(|| order.missing("auto_redirect"))?,
        token: None,
        save: false,
        customer: customer(&body.object("customer")?, &work.call.body)?,
        kind: None,
        auto_capture: false,
        acquirer: None,
        tenor: None,
        look: Look::default(),
        promos: Vec::new(),
        allow_bins: Vec::new(),
        allow_tenors: Vec::new(),
        notification_url: None,
        additional_info: member(&work.call.body, "/additional_info"),
    };
    order.optional_text("descriptor", 1..=255, fields::any)?;
    order.close()?;
    if let Some(card) = body.optional_object("card")? {
        page.token = owned(card.optional_text("token", 1..=255, fields::any)?);
        page.save = card.optional_flag("save")?.unwrap_or(false);
        card.close()?;
    }
    let auto_capture = payment(&mut page, body.optional_object("payment")?)?;
    if let Some(configuration) = body.optional_object("override_configuration")? {
        overrides(&mut page, &configuration)?;
    }
    if let Some(info) = body.optional_object("additional_info")? {
        additional(&mut page, &info)?;
    }
    body.close()?;
    dependencies(&page, total, auto_capture, work.registered.as_ref())?;
    Ok(page)
}

fn customer(customer: &Fields<'_>, body: &Value) -> Result<Customer, FieldRefusal> {
    let id = owned(customer.optional_text("id", 1..=50, fields::any)?);
    customer.optional_text("name", 1..=255, fields::any)?;
    let email = customer.optional_text("email", 1..=128, fields::email)?;
    let phone = customer.optional_text("phone", 7..=16, fields::phone)?;
    customer.optional_text("address", 1..=512, fields::any)?;
    customer.optional_text("country", 2..=2, fields::country)?;
    customer.close()?;
    if email.is_none() && phone.is_none() {
        return Err(customer.missing("email"));
    }
    Ok(Customer {
        id,
        echoed: member(body, "/customer"),
    })
}

/// Reads `payment`; returns whether `auto_capture` was there at all.
fn payment(page: &mut PageOrder, payment: Option<Fields<'_>>) -> Result<bool, FieldRefusal> {
    let Some(payment) = payment else {
        return Ok(false);
    };
    page.kind = payment
        .optional_word("type", &PaymentType::WORDS)?
        .and_then(PaymentType::from_word);
    let auto_capture = payment.optional_flag("auto_capture")?;
    page.auto_capture = auto_capture.unwrap_or(false);
    page.acquirer = payment.optional_word("acquirer", &ACQUIRERS)?;
    page.tenor = payment.optional_integer("tenor", 1..=TENOR_MAX)?;
    payment.close()?;
    Ok(auto_capture.is_some())
}

fn overrides(page: &mut PageOrder, configuration: &Fields<'_>) -> Result<(), FieldRefusal> {
    if let Some(themes) = configuration.optional_object("themes")? {
        let colour =
            |name: &'static str| Ok(owned(themes.optional_text(name, 6..=6, fields::colour)?));
        page.look.language = themes.optional_word("language", &["EN", "ID"])?;
        page.look.background = colour("background_color")?;
        page.look.font = colour("font_color")?;
        page.look.button = colour("button_background_color")?;
        page.look.button_font = colour("button_font_color")?;
        themes.close()?;
    }
    for promo in configuration.objects("promo")? {
        page.promos.push(Promo {
            bin: promo.text("bin", 6..=8, fields::card_prefix)?.to_owned(),
            discount: promo.integer("discount_amount", 1..=AMOUNT_MAX)?,
        });
        promo.close()?;
    }
    page.allow_bins = configuration
        .texts("allow_bin", fields::card_prefix)?
        .into_iter()
        .map(str::to_owned)
        .collect();
    page.allow_tenors = configuration.integers("allow_tenor", &(1..=TENOR_MAX))?;
    configuration.close()
}

fn additional(page: &mut PageOrder, info: &Fields<'_>) -> Result<(), FieldRefusal> {
    page.notification_url =
        owned(info.optional_text("override_notification_url", 1..=2048, fields::web_address)?);
    if let Some(disclaimer) = info.optional_object("disclaimer")? {
        page.look.disclaimer_id = owned(disclaimer.optional_text("id", 1..=1000, fields::any)?);
        page.look.disclaimer_en = owned(disclaimer.optional_text("en", 1..=1000, fields::any)?);
        disclaimer.close()?;
    }
    info.close()
}

/// The rules between fields, each with what is told when it is broken.
fn dependencies(
    page: &PageOrder,
    total: Option<u64>,
    has_auto_capture: bool,
    registered: Option<&Url>,
) -> Result<(), Refusal> {
    let installment = page.kind == Some(PaymentType::Installment);
    let authorize = page.kind == Some(PaymentType::Authorize);
    let mandiri = page.acquirer == Some("BANK_MANDIRI");
    let stores = page.save || page.token.is_some();
    let offered = |tenor: u64| page.allow_tenors.is_empty() || page.allow_tenors.contains(&tenor);
    let rules = [
        (
            page.auto_redirect && page.callback_url.is_none(),
            "Invalid Mandatory Field order.callback_url",
        ),
        (
            total.is_some_and(|total| total != page.amount),
            "Invalid Field Format order.line_items. The total is not order.amount",
        ),
        (
            mandiri && page.invoice.chars().count() > MANDIRI_INVOICE_MAX,
            "Invalid Field Format order.invoice_number. At most 27 characters with this acquirer",
        ),
        (
            stores && page.customer.id.is_none(),
            "Invalid Mandatory Field customer.id",
        ),
        (
            installment && page.acquirer.is_none(),
            "Invalid Mandatory Field payment.acquirer",
        ),
        (
            installment && page.tenor.is_none(),
            "Invalid Mandatory Field payment.tenor",
        ),
        (
            !installment && page.tenor.is_some(),
            "Invalid Field Format payment.tenor. Only with INSTALLMENT",
        ),
        (
            !page.tenor.is_none_or(offered),
            "Invalid Field Format payment.tenor. Not one of allow_tenor",
        ),
        (
            !authorize && has_auto_capture,
            "Invalid Field Format payment.auto_capture. Only with AUTHORIZE",
        ),
        (
            page.promos
                .iter()
                .any(|promo| promo.discount >= page.amount),
            "Invalid Field Format override_configuration.promo. The discount leaves nothing",
        ),
        (
            !override_works(page.notification_url.as_deref(), registered),
            "Invalid Field Format additional_info.override_notification_url. Another path than \
             the registered one",
        ),
    ];
    match rules.into_iter().find(|(broken, _)| *broken) {
        Some((_, told)) => Err(Refusal::parameter(told)),
        None => Ok(()),
    }
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn member(body: &Value, pointer: &str) -> Value {
    body.pointer(pointer).cloned().unwrap_or(Value::Null)
}
