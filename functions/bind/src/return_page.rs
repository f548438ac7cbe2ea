//! The page that DOKU sends the customer's browser to. It answers people, so its errors are pages.

use doku_shared::app::{App, AppError, ReturnOutcome};
use doku_shared::domain::ids::BindingId;
use doku_shared::http::{Inbound, Problem};
use lambda_http::http::StatusCode;
use lambda_http::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, REFERRER_POLICY,
    SET_COOKIE,
};
use lambda_http::{Body, Response};

/// By this cookie a browser is known that repeats its return.
const COOKIE: &str = "doku-return";

/// A sentence in the languages that customers read.
struct Sentence {
    english: &'static str,
    indonesian: &'static str,
}

const GONE: Sentence = Sentence {
    english: "This link is not valid (any more). Please go back to the shop and try again.",
    indonesian: "Tautan ini tidak berlaku (lagi). Silakan kembali ke toko dan coba lagi.",
};
const SENT_BACK: Sentence = Sentence {
    english: "You are being sent back.",
    indonesian: "Anda sedang dialihkan kembali.",
};
const DONE: Sentence = Sentence {
    english: "You can close this page and go back to the shop.",
    indonesian: "Anda dapat menutup halaman ini dan kembali ke toko.",
};
const FAILED: Sentence = Sentence {
    english: "Something went wrong. Please reload this page in a moment.",
    indonesian: "Terjadi kesalahan. Silakan muat ulang halaman ini sebentar lagi.",
};

/// Finds out whether the binding came about, and sends the browser on to the merchant.
pub async fn take(app: &App, inbound: &Inbound, id: &str, outcome: &str) -> Response<Body> {
    let outcome = match outcome {
        "success" => ReturnOutcome::Success,
        "failed" => ReturnOutcome::Failed,
        _ => return gone(),
    };
    let state = inbound.parameter("state", |text| Ok(text.to_owned()));
    let (Ok(id), Ok(Some(state))) = (BindingId::parse(id), state) else {
        return gone();
    };
    let browser = inbound.browser(COOKIE);
    let returned = app.binding_return(id, outcome, &state, &browser, inbound.deadline());
    let to = match returned.await {
        Ok(to) => to,
        Err(AppError::BindingNotFound) => return gone(),
        Err(error) => return page(Problem::from(error).code.status(), &FAILED),
    };
    let location = to.address.map(|address| HeaderValue::from_str(&address));
    let mut response = match location {
        Some(Ok(location)) => {
            let mut response = page(StatusCode::FOUND, &SENT_BACK);
            response.headers_mut().insert(LOCATION, location);
            response
        }
        Some(Err(_)) | None => page(StatusCode::OK, &DONE),
    };
    // Only where it was set, and only as long as it is of use: ten minutes.
    let cookie = format!(
        "{COOKIE}={}; Path={}/v1/bindings/{id}/return; Max-Age=600; Secure; HttpOnly; SameSite=Lax",
        to.cookie,
        inbound.base_path()
    );
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

fn gone() -> Response<Body> {
    page(StatusCode::NOT_FOUND, &GONE)
}

fn page(status: StatusCode, sentence: &Sentence) -> Response<Body> {
    let Sentence {
        english,
        indonesian,
    } = sentence;
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Account linking</title>\
         <p>{english}</p><p lang=\"id\">{indonesian}</p></html>"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The address holds the state: it must not travel on to the merchant's page.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    response
}
