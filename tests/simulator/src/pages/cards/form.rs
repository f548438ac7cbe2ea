//! The card page's HTML.

use axum::body::Body;
use axum::http::{Response, StatusCode};

use super::words::{self, Words};
use crate::pages::html::{escape, styled};
use crate::test_cards::{TEST_CARDS, TestCard, Verdict};
use crate::world::cards::page::{Choice, Look, Page};

/// The form, with what went wrong before.
pub fn form(merchant: &str, page: &Page, saved: Option<&Choice>, wrong: &str) -> Response<Body> {
    let order = &page.order;
    let words = words::of(order.look.language);
    let content = [
        summary(merchant, page),
        wrong_line(wrong),
        "<form method=\"post\">\n".to_owned(),
        saved.map_or_else(|| card_fields(&words), saved_card),
        input("cvv", words.security_code, "123", "3", "cc-csc"),
        tenors(page, &words),
        save_box(order.save && saved.is_none(), &words),
        format!(
            "<button name=\"action\" value=\"pay\">{}</button>\n\
             <button name=\"action\" value=\"cancel\" formnovalidate>{}</button>\n</form>\n",
            words.pay, words.cancel
        ),
        disclaimer(&order.look, words.code),
        test_cards(saved.is_none()),
    ];
    styled(
        StatusCode::OK,
        words.pay_by_card,
        &content.concat(),
        words.code,
        &style(&order.look),
    )
}

fn wrong_line(wrong: &str) -> String {
    if wrong.is_empty() {
        return String::new();
    }
    format!("<p class=\"wrong\">{}</p>\n", escape(wrong))
}

fn saved_card(choice: &Choice) -> String {
    format!(
        "<p><strong>{}</strong> {}</p>\n",
        choice.card.masked(),
        choice.card.brand
    )
}

fn save_box(offered: bool, words: &Words) -> String {
    if !offered {
        return String::new();
    }
    format!(
        "<label><input type=\"checkbox\" name=\"save\" value=\"yes\"> {}</label><br>\n",
        words.save
    )
}

/// After paying, when the customer goes back by hand.
pub fn paid(merchant: &str, page: &Page) -> Response<Body> {
    let words = words::of(page.order.look.language);
    let back = page.order.callback_url.as_deref();
    let content = [
        summary(merchant, page),
        back.map_or_else(String::new, |url| link(url, words.back)),
    ]
    .concat();
    styled(
        StatusCode::OK,
        words.paid,
        &content,
        words.code,
        &style(&page.order.look),
    )
}

/// The bank's own page, on which the holder proves who they are.
pub fn challenge(
    merchant: &str,
    choice: &Choice,
    amount: u64,
    tries: Option<u32>,
) -> Response<Body> {
    let wrong = tries.map_or_else(String::new, |left| {
        format!("<p class=\"wrong\">That code is wrong. Tries left: {left}.</p>\n")
    });
    let content = format!(
        "<p>{}: <strong>IDR {amount}</strong><br>{}</p>\n{wrong}<form method=\"post\">\n\
         <label>We sent a code to your phone (111000)<br>\
         <input name=\"otp\" inputmode=\"numeric\" maxlength=\"6\" \
         autocomplete=\"one-time-code\" autofocus></label><br>\n\
         <button name=\"action\" value=\"confirm\">Confirm</button>\n\
         <button name=\"action\" value=\"cancel\">Cancel</button>\n</form>",
        escape(merchant),
        choice.card.masked(),
    );
    let title = format!("{} asks: is this you?", choice.card.issuer);
    styled(StatusCode::OK, &title, &content, "en", "")
}

/// A link out of the page.
fn link(url: &str, label: &str) -> String {
    format!("<p><a href=\"{}\">{label}</a></p>\n", escape(url))
}

fn summary(merchant: &str, page: &Page) -> String {
    format!(
        "<p>{}: <strong>IDR {}</strong><br>{}</p>\n",
        escape(merchant),
        page.order.amount,
        escape(&page.order.invoice)
    )
}

fn card_fields(words: &Words) -> String {
    [
        input(
            "number",
            words.number,
            "4111111111111111",
            "19",
            "cc-number",
        ),
        input("expiry", words.expiry, "12/30", "5", "cc-exp"),
        input("holder", words.holder, "SITI AMINAH", "70", "cc-name"),
    ]
    .concat()
}

fn input(name: &str, label: &str, example: &str, length: &str, complete: &str) -> String {
    format!(
        "<label>{label}<br><input name=\"{name}\" placeholder=\"{example}\" \
         maxlength=\"{length}\" autocomplete=\"{complete}\" required></label><br>\n"
    )
}

fn tenors(page: &Page, words: &Words) -> String {
    let offered = page.order.tenors();
    if offered.is_empty() {
        return String::new();
    }
    let mut options = Vec::new();
    if page.order.kind.is_none() {
        options.push(format!("<option value=\"\">{}</option>", words.at_once));
    }
    options.extend(offered.into_iter().map(|tenor| {
        let chosen = page.order.tenor == Some(tenor);
        let selected = if chosen { " selected" } else { "" };
        let months = words.months;
        format!("<option value=\"{tenor}\"{selected}>{tenor} {months}</option>")
    }));
    format!(
        "<label>{}<br><select name=\"tenor\">{}</select></label><br>\n",
        words.pay_in,
        options.concat()
    )
}

fn disclaimer(look: &Look, language: &str) -> String {
    let text = match language {
        "id" => look.disclaimer_id.as_ref(),
        _ => look.disclaimer_en.as_ref(),
    };
    text.map_or_else(String::new, |text| format!("<p>{}</p>\n", escape(text)))
}

/// The colours were checked to be six hexadecimal digits each when they came.
fn style(look: &Look) -> String {
    let rule = |place: &str, property: &str, colour: &Option<String>| {
        colour.as_ref().map_or_else(String::new, |colour| {
            format!("{place}{{{property}:#{colour}}}")
        })
    };
    [
        rule("body", "background", &look.background),
        rule("body", "color", &look.font),
        rule("button", "background", &look.button),
        rule("button", "color", &look.button_font),
        "select{font:inherit;padding:.5rem}td{padding-right:1rem}".to_owned(),
    ]
    .concat()
}

fn test_cards(shown: bool) -> String {
    if !shown {
        return String::new();
    }
    let row = |card: &TestCard| {
        let outcome = match card.verdict {
            Verdict::Approve => "approved".to_owned(),
            Verdict::Challenge => "asks for a code".to_owned(),
            Verdict::Decline(code, message) => format!("{code} {}", message.to_lowercase()),
        };
        format!(
            "<tr><td><code>{}</code></td><td>{} {}</td><td>{outcome}</td></tr>\n",
            card.number, card.brand, card.kind
        )
    };
    let rows: Vec<String> = TEST_CARDS.iter().map(row).collect();
    format!(
        "<details><summary>Test cards</summary>\n<table>\n{}</table>\n\
         <p>Any date to come, any security code of three digits.</p></details>\n",
        rows.concat()
    )
}
