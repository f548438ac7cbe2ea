//! Where DOKU reaches the merchant: the routes of `notify-webhook`, on a port of this machine.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use doku_shared::app::{App, TokenRequest};
use doku_shared::http::snap::{self, Service};
use doku_shared::http::{Inbound, non_snap};
use lambda_http::RequestExt;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::reaper::{Caller, Reaper};

/// The function that takes notifications: replaced when it dies.
#[derive(Clone)]
pub struct Webhook {
    make: Arc<dyn Fn() -> App + Send + Sync>,
    app: watch::Sender<Arc<App>>,
    reaper: Reaper,
}

impl Webhook {
    /// A function made by `make`, and made anew when it has died.
    pub fn new(make: impl Fn() -> App + Send + Sync + 'static, reaper: Reaper) -> Self {
        let (app, _) = watch::channel(Arc::new(make()));
        Self {
            make: Arc::new(make),
            app,
            reaper,
        }
    }

    /// Starts the function anew.
    pub fn renew(&self) {
        self.app.send_replace(Arc::new((self.make)()));
    }

    /// Serves on a free port; gives the address.
    pub async fn serve(&self) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let router = axum::Router::new().fallback(take).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    /// One call; nothing but 502 where the function died over it.
    async fn call(
        &self,
        request: http::Request<lambda_http::Body>,
    ) -> http::Response<lambda_http::Body> {
        let app = Arc::clone(&self.app.borrow());
        let inbound = Inbound::new(request, app.config());
        if !self.reaper.awaits(Caller::Webhook) {
            return route(&app, &inbound).await;
        }
        tokio::select! {
            biased;
            () = self.reaper.death() => {
                self.reaper.rest();
                self.app.send_replace(Arc::new((self.make)()));
                let mut response = http::Response::new(lambda_http::Body::Empty);
                *response.status_mut() = http::StatusCode::BAD_GATEWAY;
                response
            }
            response = route(&app, &inbound) => response,
        }
    }
}

async fn take(State(webhook): State<Webhook>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20)
        .await
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let path = head.uri.path().to_owned();
    let request = http::Request::from_parts(head, lambda_http::Body::Text(text));
    // As the runtime does: the routes go by it.
    let request = request.with_raw_http_path(&path);
    let (head, body) = webhook.call(request).await.into_parts();
    let body = Bytes::copy_from_slice(body.as_ref());
    Response::from_parts(head, Body::from(body))
}

/// What the function does with a call.
async fn route(app: &App, inbound: &Inbound) -> http::Response<lambda_http::Body> {
    let Ok(body) = inbound.raw_body() else {
        return snap::bad_request(Service::Token);
    };
    match inbound.path() {
        "/v1.0/access-token/b2b" => {
            let headers = match snap::headers(inbound, "X-CLIENT-KEY") {
                Ok(headers) => headers,
                Err(refusal) => return snap::refused(Service::Token, refusal),
            };
            match app.issue_token(&TokenRequest { headers, body }).await {
                Ok(issued) => snap::token(&issued),
                Err(refusal) => snap::refused(Service::Token, refusal),
            }
        }
        "/v1.0/debit/notify" => {
            let headers = match snap::headers(inbound, "X-PARTNER-ID") {
                Ok(headers) => headers,
                Err(refusal) => return snap::refused(Service::Notification, refusal),
            };
            match app.receive_notification(&headers, body).await {
                Ok(()) => snap::acknowledged(),
                Err(refusal) => snap::refused(Service::Notification, refusal),
            }
        }
        "/v1/doku/notifications" => {
            let headers = match non_snap::headers(inbound) {
                Ok(headers) => headers,
                Err(refusal) => return non_snap::refused(refusal),
            };
            match app.receive_card_notification(&headers, body).await {
                Ok(()) => non_snap::acknowledged(),
                Err(refusal) => non_snap::refused(refusal),
            }
        }
        _ => snap::bad_request(Service::Notification),
    }
}
