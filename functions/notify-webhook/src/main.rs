//! What DOKU tells us: the token it asks for first, and the notifications of both families.

use doku_shared::app::{App, TokenRequest};
use doku_shared::http::snap::{self, Service};
use doku_shared::http::{Handled, Inbound, ProblemCode, non_snap, serve};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("notify-webhook", |app, inbound| {
        Box::pin(handle(app, inbound))
    })
    .await
}

async fn handle(app: &App, inbound: &Inbound) -> Handled {
    let (method, path) = inbound.route();
    match (method, &path[..]) {
        ("POST", ["v1.0", "access-token", "b2b"]) => {
            let Ok(body) = inbound.raw_body() else {
                return Ok(snap::bad_request(Service::Token));
            };
            let headers = match snap::headers(inbound, "X-CLIENT-KEY") {
                Ok(headers) => headers,
                Err(refusal) => return Ok(snap::refused(Service::Token, refusal)),
            };
            let issued = app.issue_token(&TokenRequest { headers, body }).await;
            Ok(match issued {
                Ok(issued) => snap::token(&issued),
                Err(refusal) => snap::refused(Service::Token, refusal),
            })
        }
        ("POST", ["v1.0", "debit", "notify"]) => {
            let Ok(body) = inbound.raw_body() else {
                return Ok(snap::bad_request(Service::Notification));
            };
            let headers = match snap::headers(inbound, "X-PARTNER-ID") {
                Ok(headers) => headers,
                Err(refusal) => return Ok(snap::refused(Service::Notification, refusal)),
            };
            Ok(match app.receive_notification(&headers, body).await {
                Ok(()) => snap::acknowledged(),
                Err(refusal) => snap::refused(Service::Notification, refusal),
            })
        }
        ("POST", ["v1", "doku", "notifications"]) => {
            let Ok(body) = inbound.raw_body() else {
                return Ok(non_snap::bad_request());
            };
            let headers = match non_snap::headers(inbound) {
                Ok(headers) => headers,
                Err(refusal) => return Ok(non_snap::refused(refusal)),
            };
            Ok(match app.receive_card_notification(&headers, body).await {
                Ok(()) => non_snap::acknowledged(),
                Err(refusal) => non_snap::refused(refusal),
            })
        }
        _ => Err(ProblemCode::NotFound.into()),
    }
}
