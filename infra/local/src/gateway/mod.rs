//! API Gateway's HTTP API on one machine: routes, the JWT authorizer, events in format 2.0.
//!
//! What it answers by itself is what API Gateway answers: 401, 403, 404 and 413 with a short
//! `message`; 500 when the function failed, died, timed out or answered nonsense; 503 when the
//! function took longer than the integration may.

mod event;
mod issuer;
mod routes;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;
use tokio::net::TcpListener;

pub use issuer::{Claims, Denied, Issuer};
use routes::Found;
pub use routes::Routes;

use crate::clock::now_ms;
use crate::keys::random_hex;
use crate::lambda::{InvokeError, Lambda};
use crate::tasks::Tasks;
use crate::template::Authorization;

/// What the gateway needs.
pub struct Gateway {
    /// The routes of the template.
    pub routes: Routes,
    /// The authorizer.
    pub issuer: Issuer,
    /// The functions.
    pub lambda: Arc<Lambda>,
}

/// The largest request that API Gateway takes.
const LARGEST_BODY: usize = 10 * 1024 * 1024;
/// An HTTP API gives up on an integration after this time.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// Serves the gateway on `listener` until `tasks` stop.
pub fn serve(gateway: Arc<Gateway>, listener: TcpListener, tasks: &Tasks) {
    let app = Router::new().fallback(handle).with_state(gateway);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tasks.spawn(async move {
        let _ = axum::serve(listener, app).await;
    });
}

async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id = random_hex(8).unwrap_or_default();
    let mut response = gateway
        .answer(peer, request, &request_id)
        .await
        .unwrap_or_else(IntoResponse::into_response);
    if let Ok(value) = request_id.parse() {
        response.headers_mut().insert("apigw-requestid", value);
    }
    response
}

/// What the gateway says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Unauthorized,
    Forbidden,
    NotFound,
    TooLarge,
    BadRequest,
    InternalServerError,
    ServiceUnavailable,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::InternalServerError => {
                (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
            Self::ServiceUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        };
        let mut response = (status, Json(json!({ "message": message }))).into_response();
        if self == Self::Unauthorized {
            let value = axum::http::HeaderValue::from_static("Bearer");
            response.headers_mut().insert("www-authenticate", value);
        }
        response
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthorized => Self::Unauthorized,
            Denied::Forbidden => Self::Forbidden,
        }
    }
}

impl From<InvokeError> for Refusal {
    fn from(error: InvokeError) -> Self {
        match error {
            InvokeError::TooLarge => Self::TooLarge,
            InvokeError::Failed(_)
            | InvokeError::Died
            | InvokeError::TimedOut
            | InvokeError::Spawn(_)
            | InvokeError::NotHere => Self::InternalServerError,
        }
    }
}

impl Gateway {
    async fn answer(
        &self,
        peer: SocketAddr,
        request: Request,
        request_id: &str,
    ) -> Result<Response, Refusal> {
        let (parts, body) = request.into_parts();
        let (target, _) = self.find(&parts)?;
        let caller = match &target.authorization {
            Authorization::None => None,
            Authorization::Jwt { scopes } => Some(
                self.issuer
                    .authorize(authorization(&parts.headers), scopes)?,
            ),
        };
        let body = read_body(body).await?;
        self.pass_on(peer.ip(), &parts, &body, caller, request_id)
            .await
    }

    fn find(&self, parts: &Parts) -> Result<Found<'_>, Refusal> {
        self.routes
            .find(parts.method.as_str(), parts.uri.path())
            .ok_or(Refusal::NotFound)
    }

    /// Hands a request whose caller is known to its function.
    async fn pass_on(
        &self,
        source_ip: IpAddr,
        parts: &Parts,
        body: &Bytes,
        caller: Option<(Claims, Option<Vec<String>>)>,
        request_id: &str,
    ) -> Result<Response, Refusal> {
        let (target, path_parameters) = self.find(parts)?;
        let event = event::event(&event::Incoming {
            route_key: &target.route_key,
            path_parameters,
            method: &parts.method,
            uri: &parts.uri,
            protocol: format!("{:?}", parts.version),
            headers: &parts.headers,
            source_ip,
            caller,
            body,
            request_id,
            now_ms: now_ms(),
        });
        let invocation = self
            .lambda
            .invoke(&target.function, event.to_string().into());
        let answer = tokio::time::timeout(INTEGRATION_TIMEOUT, invocation)
            .await
            .map_err(|_| Refusal::ServiceUnavailable)??;
        event::response(&answer).ok_or(Refusal::InternalServerError)
    }

    /// Answers a request as if the authorizer had found these claims in its token. Without claims it is a
    /// request of a route that asks for none.
    pub async fn answer_as(
        &self,
        claims: Option<Claims>,
        request: axum::http::Request<Bytes>,
    ) -> Response {
        let request_id = random_hex(8).unwrap_or_default();
        let (parts, body) = request.into_parts();
        let peer = IpAddr::from([127, 0, 0, 1]);
        let caller = claims.map(|claims| (claims, None));
        self.pass_on(peer, &parts, &body, caller, &request_id)
            .await
            .unwrap_or_else(IntoResponse::into_response)
    }
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
}

async fn read_body(body: Body) -> Result<Bytes, Refusal> {
    match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge),
        Err(_) => Err(Refusal::BadRequest),
    }
}
