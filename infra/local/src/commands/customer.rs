//! A customer with a browser: opens DOKU's page, fills the form, follows where it leads.

use reqwest::{Client, Response};
use url::Url;

use super::{RIGHT_OTP, Surprise};

/// What happened on the page, one sentence a step, and where it led.
pub struct Visit {
    /// "GET …: a page with a form", "POST …: action=confirm", …
    pub steps: Vec<String>,
    /// The address, elsewhere, that the page sent the browser to.
    pub leads_to: Url,
}

/// What happened on a page that did not take what was typed, and what it said.
pub struct Refusal {
    /// As in [`Visit`].
    pub steps: Vec<String>,
    /// The page's own sentence.
    pub sentence: String,
}

/// A card in the customer's hand.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// The whole number. It is typed on DOKU's page and nowhere else.
    pub number: &'static str,
    /// Whether the customer ticks the box that saves the card.
    pub save: bool,
}

/// A card that the bank takes once its holder gave a code.
pub const ASKS_FOR_A_CODE: Card = Card::new("4000000000003220");
/// A card that the bank takes.
pub const GOOD: Card = Card::new("4111111111111111");
/// A card that the bank refuses.
pub const REFUSED: Card = Card::new("4000000000000002");
/// What stands on all of them.
pub const EXPIRY: &str = "12/30";
/// The name on them.
pub const HOLDER: &str = "ANTON BUDIMAN";
/// On their backs.
pub const SECURITY_CODE: &str = "123";

impl Card {
    const fn new(number: &'static str) -> Self {
        Self {
            number,
            save: false,
        }
    }

    /// The same card, to be saved.
    pub const fn saved(self) -> Self {
        Self { save: true, ..self }
    }

    fn typed(self) -> Vec<(&'static str, &'static str)> {
        let mut typed = vec![
            ("number", self.number),
            ("expiry", EXPIRY),
            ("holder", HOLDER),
            ("cvv", SECURITY_CODE),
            ("otp", RIGHT_OTP),
        ];
        if self.save {
            typed.push(("save", "yes"));
        }
        typed
    }
}

/// A visit with more steps than this is none to DOKU's pages.
const MOST_STEPS: usize = 6;

/// Opens the page and presses the first button of every form, with the OTP where one is asked for,
/// until the page redirects. No cookies are kept.
pub async fn approve(client: &Client, page: &str) -> Result<Visit, Surprise> {
    visit(client, page, &[("otp", RIGHT_OTP)]).await?.led()
}

/// The same on a page for cards. A page for a saved card asks for the security code alone.
pub async fn pay(client: &Client, page: &str, card: Card) -> Result<Visit, Surprise> {
    visit(client, page, &card.typed()).await?.led()
}

/// Tries a card that the page will not take.
pub async fn try_in_vain(client: &Client, page: &str, card: Card) -> Result<Refusal, Surprise> {
    let Walk { steps, end } = visit(client, page, &card.typed()).await?;
    match end {
        End::Wrong(sentence) => Ok(Refusal { steps, sentence }),
        End::Elsewhere(leads_to) => Err(Surprise::new(format!(
            "DOKU's page took the card and led to {leads_to}."
        ))),
    }
}

/// How a visit ends.
enum End {
    /// The browser is sent away from DOKU's pages.
    Elsewhere(Url),
    /// The page says that something is wrong.
    Wrong(String),
}

struct Walk {
    steps: Vec<String>,
    end: End,
}

impl Walk {
    fn led(self) -> Result<Visit, Surprise> {
        let Self { steps, end } = self;
        match end {
            End::Elsewhere(leads_to) => Ok(Visit { steps, leads_to }),
            End::Wrong(sentence) => Err(Surprise::new(format!("DOKU's page said: {sentence}"))),
        }
    }
}

/// Goes from page to page until one leads elsewhere or says that something is wrong.
async fn visit(client: &Client, page: &str, typed: &[(&str, &str)]) -> Result<Walk, Surprise> {
    let mut address = Url::parse(page)
        .map_err(|_| Surprise::new(format!("The address of DOKU's page makes no sense: {page}")))?;
    let mut steps = vec![format!("GET {address}")];
    let mut response = client.get(address.clone()).send().await?;
    for _ in 0..MOST_STEPS {
        if let Some(leads_to) = redirect(&address, &response) {
            if leads_to.origin() != address.origin() {
                let end = End::Elsewhere(leads_to);
                return Ok(Walk { steps, end });
            }
            address = leads_to;
            steps.push(format!("302 → GET {}", address.path()));
            response = client.get(address.clone()).send().await?;
            continue;
        }
        let status = response.status();
        let html = response.text().await?;
        if let Some(sentence) = wrong(&html) {
            let end = End::Wrong(sentence);
            return Ok(Walk { steps, end });
        }
        let form = Form::first(&html).ok_or_else(|| {
            Surprise::new(format!(
                "DOKU's page answered {status} without a form to fill in."
            ))
        })?;
        if let Some(action) = &form.action {
            address = address.join(action).map_err(|_| {
                Surprise::new(format!(
                    "DOKU's form leads to {action}, which makes no sense."
                ))
            })?;
        }
        let filled = form.filled(typed);
        steps.push(format!("POST {} {}", address.path(), shown(&filled)));
        let content_type = ("content-type", "application/x-www-form-urlencoded");
        let request = client
            .post(address.clone())
            .header(content_type.0, content_type.1);
        response = request.body(encoded(&filled)).send().await?;
    }
    Err(Surprise::new(
        "DOKU's page kept asking and never led anywhere.",
    ))
}

/// Follows one address without following further: the status, and where it points.
pub async fn follow(client: &Client, address: &Url) -> Result<(u16, Option<Url>), Surprise> {
    let response = client.get(address.clone()).send().await?;
    Ok((response.status().as_u16(), redirect(address, &response)))
}

fn redirect(base: &Url, response: &Response) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    base.join(response.headers().get("location")?.to_str().ok()?)
        .ok()
}

/// What a page says in red.
fn wrong(html: &str) -> Option<String> {
    let (_, after) = html.split_once("class=\"wrong\">")?;
    Some(unescaped(after.split('<').next()?))
}

/// The first form of a page: enough HTML for a page made of plain forms.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    action: Option<String>,
    /// Every input, and the first button.
    fields: Vec<Field>,
}

#[derive(Debug, PartialEq, Eq)]
struct Field {
    name: String,
    value: String,
    /// A box to tick: not sent as long as it is empty.
    ticked: bool,
}

impl Form {
    fn first(html: &str) -> Option<Self> {
        let (_, after) = html.split_once("<form")?;
        let (head, rest) = after.split_once('>')?;
        let body = rest.split("</form").next().unwrap_or(rest);
        let mut fields = Vec::new();
        let mut pressed = false;
        for tag in body.split('<').skip(1) {
            let is_button = tag.starts_with("button");
            if !(tag.starts_with("input") || is_button && !pressed) {
                continue;
            }
            pressed |= is_button;
            let tag = tag.split('>').next().unwrap_or(tag);
            if let Some(name) = attribute(tag, "name") {
                fields.push(Field {
                    name,
                    value: attribute(tag, "value").unwrap_or_default(),
                    ticked: attribute(tag, "type").as_deref() == Some("checkbox"),
                });
            }
        }
        Some(Self {
            action: attribute(head, "action"),
            fields,
        })
    }

    /// Names and values to send, with what is `typed` in the fields of those names.
    fn filled<'f>(&'f self, typed: &'f [(&str, &str)]) -> Vec<(&'f str, &'f str)> {
        let fill = |field: &'f Field| {
            let found = typed.iter().find(|(name, _)| *name == field.name);
            match found {
                Some((name, value)) => Some((*name, *value)),
                None if field.ticked => None,
                None => Some((field.name.as_str(), field.value.as_str())),
            }
        };
        self.fields.iter().filter_map(fill).collect()
    }
}

fn encoded(filled: &[(&str, &str)]) -> String {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(filled);
    body.finish()
}

/// The same for the eye: of a card number the last four digits, nothing of its security code.
fn shown(filled: &[(&str, &str)]) -> String {
    let masked = |name: &str, value: &str| {
        let open = match name {
            "number" => 4,
            "cvv" => 0,
            _ => return value.to_owned(),
        };
        let hidden = value.len().saturating_sub(open);
        let last = value.get(hidden..).unwrap_or_default();
        format!("{}{last}", "*".repeat(hidden))
    };
    let masked: Vec<(&str, String)> = filled
        .iter()
        .map(|(name, value)| (*name, masked(name, value)))
        .collect();
    let pairs = masked.iter().map(|(name, value)| (*name, value.as_str()));
    encoded(&pairs.collect::<Vec<_>>())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = after.split_once('"')?;
    Some(unescaped(value))
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_button_is_pressed_and_the_otp_is_filled_in() {
        let html = "<p>x</p><form method=\"post\" action=\"/next?a=1&amp;b=2\">\
            <input type=\"hidden\" name=\"state\" value=\"s &amp; t\">\
            <label>Code<input name=\"otp\" maxlength=\"6\"></label>\
            <button name=\"action\" value=\"confirm\">Confirm</button>\
            <button name=\"action\" value=\"cancel\">Cancel</button></form><input name=\"else\">";
        let form = Form::first(html).unwrap();
        assert_eq!(form.action.as_deref(), Some("/next?a=1&b=2"));
        let filled = form.filled(&[("otp", RIGHT_OTP), ("cvv", "123")]);
        assert_eq!(encoded(&filled), "state=s+%26+t&otp=111000&action=confirm");
        assert_eq!(Form::first("<p>nothing to do</p>"), None);
    }

    #[test]
    fn a_card_is_typed_in_full_and_shown_by_its_end() {
        let html = "<p class=\"wrong\">No &amp; no.</p><form><input name=\"number\">\
            <input name=\"cvv\"><input type=\"checkbox\" name=\"save\" value=\"yes\">\
            <button name=\"action\" value=\"pay\">Pay</button></form>";
        let form = Form::first(html).unwrap();
        let table = [
            (
                GOOD,
                "number=4111111111111111&cvv=123&action=pay",
                "number=************1111&cvv=***&action=pay",
            ),
            (
                GOOD.saved(),
                "number=4111111111111111&cvv=123&save=yes&action=pay",
                "number=************1111&cvv=***&save=yes&action=pay",
            ),
        ];
        for (card, sent, seen) in table {
            let typed = card.typed();
            let filled = form.filled(&typed);
            assert_eq!((&*encoded(&filled), &*shown(&filled)), (sent, seen));
        }
        assert_eq!(wrong(html).as_deref(), Some("No & no."));
        assert_eq!(wrong("<form></form>"), None);
    }
}
