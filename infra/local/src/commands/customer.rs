//! A customer with a browser: opens DOKU's page, fills the form, follows where it leads.

use reqwest::{Client, Response};
use url::Url;

use super::{RIGHT_OTP, Surprise};

/// What happened on the page, one sentence a step, and where it led.
pub struct Visit {
    /// "GET …: a page with a form", "POST …: action=confirm", …
    pub steps: Vec<String>,
    /// The address that the page sent the browser to.
    pub leads_to: Url,
}

/// A form with more steps than this is not DOKU's.
const MOST_STEPS: usize = 5;

/// Opens the page and presses the first button of every form, with the OTP where one is asked for,
/// until the page redirects. No cookies are kept.
pub async fn approve(client: &Client, page: &str) -> Result<Visit, Surprise> {
    let mut address = Url::parse(page)
        .map_err(|_| Surprise::new(format!("The address of DOKU's page makes no sense: {page}")))?;
    let mut steps = vec![format!("GET {address}")];
    let mut response = client.get(address.clone()).send().await?;
    for _ in 0..MOST_STEPS {
        if let Some(leads_to) = redirect(&address, &response) {
            return Ok(Visit { steps, leads_to });
        }
        let status = response.status();
        let html = response.text().await?;
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
        let body = form.filled();
        steps.push(format!("POST {} {body}", address.path()));
        let content_type = ("content-type", "application/x-www-form-urlencoded");
        let request = client
            .post(address.clone())
            .header(content_type.0, content_type.1);
        response = request.body(body).send().await?;
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

/// The first form of a page: enough HTML for a page made of plain forms.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    action: Option<String>,
    /// Name and value of every input, and of the first button.
    fields: Vec<(String, String)>,
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
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        }
        Some(Self {
            action: attribute(head, "action"),
            fields,
        })
    }

    /// The body of the form, with the OTP in the field of that name.
    fn filled(&self) -> String {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.fields {
            body.append_pair(name, if name == "otp" { RIGHT_OTP } else { value });
        }
        body.finish()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = after.split_once('"')?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
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
        assert_eq!(form.filled(), "state=s+%26+t&otp=111000&action=confirm");
        assert_eq!(Form::first("<p>nothing to do</p>"), None);
    }
}
