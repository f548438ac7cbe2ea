//! The frame of every page.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

/// A whole page. `content` is HTML: what comes from outside goes through [`escape`] first.
pub fn page(status: StatusCode, title: &str, content: &str) -> Response<Body> {
    styled(status, title, content, "en", "")
}

/// A page in another language, with rules of its own added to the style. `style` is CSS and
/// `content` HTML: neither may hold anything from outside as it came.
pub fn styled(
    status: StatusCode,
    title: &str,
    content: &str,
    language: &str,
    style: &str,
) -> Response<Body> {
    let title = escape(title);
    let text = format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;\
         padding:0 1rem}}button,input{{font:inherit;padding:.5rem 1rem;margin:.5rem .5rem 0 0}}\
         .wrong{{color:#b00020}}{style}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n{content}\n\
         <p><small>DOKU simulator. No money moves.</small></p>\n</body>\n</html>\n"
    );
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page for an address that leads nowhere, or no longer anywhere.
pub fn finished(status: StatusCode, sentence: &str) -> Response<Body> {
    page(
        status,
        "Nothing to do here",
        &format!("<p>{}</p>", escape(sentence)),
    )
}

/// The only step where the customer agrees without an OTP, as in a wallet's app.
pub fn ask_to_agree() -> String {
    "<form method=\"post\">\n\
     <button name=\"action\" value=\"confirm\">Agree</button>\n\
     <button name=\"action\" value=\"cancel\">Cancel</button>\n</form>"
        .to_owned()
}

/// First step: ask for an OTP.
pub fn ask_to_send(phone: &str) -> String {
    format!(
        "<form method=\"post\">\n<p>We will send a code to {}.</p>\n\
         <button name=\"action\" value=\"send\">Send code</button>\n\
         <button name=\"action\" value=\"cancel\">Cancel</button>\n</form>",
        mask(phone)
    )
}

/// Second step: give the OTP.
pub fn ask_for_otp(phone: &str, tries_left: Option<u32>) -> String {
    let wrong = tries_left.map_or_else(String::new, |left| {
        format!("<p class=\"wrong\">That code is wrong. Tries left: {left}.</p>\n")
    });
    format!(
        "{wrong}<form method=\"post\">\n\
         <label>Code sent to {}<br>\
         <input name=\"otp\" inputmode=\"numeric\" maxlength=\"6\" autocomplete=\"one-time-code\" \
         autofocus></label><br>\n\
         <button name=\"action\" value=\"confirm\">Confirm</button>\n\
         <button name=\"action\" value=\"cancel\">Cancel</button>\n</form>",
        mask(phone)
    )
}

/// `6281200000123` becomes `6281*****0123`: four digits stay on either side.
pub fn mask(phone: &str) -> String {
    let count = phone.chars().count();
    let hidden = |place: usize| place >= 4 && place + 4 < count;
    phone
        .chars()
        .enumerate()
        .map(|(place, digit)| if hidden(place) { '*' } else { digit })
        .collect()
}

/// Text made safe inside HTML and inside quoted attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_no_whole_phone_number_and_no_foreign_markup() {
        assert_eq!(mask("6281200000123"), "6281*****0123");
        assert_eq!(mask("628120000"), "6281*0000");
        assert_eq!(escape("<b>\"&'"), "&lt;b&gt;&quot;&amp;&#39;");
    }
}
