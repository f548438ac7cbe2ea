//! The page that DOKU sends the customer's browser to. It answers people, so its errors are pages.

use doku_shared::app::{App, AppError, ReturnOutcome};
use doku_shared::domain::ids::BindingId;
use doku_shared::http::{Inbound, Problem};
use lambda_http::http::StatusCode;
use lambda_http::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, REFERRER_POLICY,
};
use lambda_http::{Body, Response};

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
    match app
        .binding_return(id, outcome, &state, inbound.deadline())
        .await
    {
        Ok(to) => match HeaderValue::from_str(&to.0) {
            Ok(location) => {
                let mut response = page(StatusCode::FOUND, "You are being sent back.");
                response.headers_mut().insert(LOCATION, location);
                response
            }
            Err(_) => gone(),
        },
        Err(AppError::BindingNotFound) => gone(),
        Err(error) => {
            let status = Problem::from(error).code.status();
            page(
                status,
                "Something went wrong. Please reload this page in a moment.",
            )
        }
    }
}

fn gone() -> Response<Body> {
    page(
        StatusCode::NOT_FOUND,
        "This link is not valid (any more). Please go back to the shop and try again.",
    )
}

fn page(status: StatusCode, sentence: &str) -> Response<Body> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Account linking</title>\
         <p>{sentence}</p></html>"
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
        HeaderValue::from_static("default-src 'none'"),
    );
    response
}
