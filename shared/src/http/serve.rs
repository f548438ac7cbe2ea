//! The life of a function: start once, answer for ever.

use std::pin::Pin;

use lambda_http::http::StatusCode;
use lambda_http::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use lambda_http::http::header::{STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use lambda_http::{Adapter, Body, Error, LambdaEvent, Request, Response, Service, service_fn};
use serde_json::value::RawValue;
use tracing::Instrument;

use super::gateway;
use super::inbound::Inbound;
use super::problem::Problem;
use crate::app::{Answer, App};
use crate::{retry, telemetry};

/// What a handler gives: an answer, or a problem.
pub type Handled = Result<Response<Body>, Problem>;

/// What only one function does. Boxed, because the runtime wants to know that the future may move
/// between threads.
pub type Handler =
    for<'a> fn(&'a App, &'a Inbound) -> Pin<Box<dyn Future<Output = Handled> + Send + 'a>>;

/// Starts the function and serves it.
pub async fn serve(function: &'static str, handle: Handler) -> Result<(), Error> {
    telemetry::init(function);
    let app = App::from_env().inspect_err(|error| {
        tracing::error!(%error, "the function cannot start");
    })?;
    let app = &app;
    let adapter = Adapter::from(service_fn(move |request: Request| async move {
        let inbound = Inbound::new(request, app.config());
        let span = tracing::info_span!("request", requestId = inbound.request_id());
        Ok::<_, Error>(answer(app, &inbound, handle).instrument(span).await)
    }));
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let mut adapter = adapter.clone();
        async move {
            let LambdaEvent { payload, context } = event;
            let request = gateway::read(&payload)?;
            adapter.call(LambdaEvent::new(request, context)).await
        }
    }))
    .await
}

/// How long browsers come back by https only, for this host alone: other names of its domain are not ours.
const ONLY_BY_HTTPS: HeaderValue = HeaderValue::from_static("max-age=31536000");

async fn answer(app: &App, inbound: &Inbound, handle: Handler) -> Response<Body> {
    let time = inbound.deadline().remaining();
    let mut response = match retry::within(time, handle(app, inbound)).await {
        Ok(response) => response,
        Err(problem) => {
            let code = problem.code.text();
            tracing::info!(code, "the request was refused");
            problem.into_response(inbound.request_id())
        }
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(STRICT_TRANSPORT_SECURITY, ONLY_BY_HTTPS);
    tracing::info!(status = response.status().as_u16(), "answered");
    response
}

/// An answer of a use case.
pub fn respond(answer: Answer) -> Response<Body> {
    let mut response = Response::new(match String::from_utf8(answer.body) {
        Ok(text) => Body::Text(text),
        Err(error) => Body::Binary(error.into_bytes()),
    });
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if answer.replayed {
        headers.insert(
            HeaderName::from_static("idempotent-replayed"),
            HeaderValue::from_static("true"),
        );
    }
    if let Some(wait) = answer.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(super::error::seconds(wait)));
    }
    response
}
