//! The Lambda Runtime API (2018-06-01), one path prefix per instance.
//!
//! Source: AWS Lambda Developer Guide, "Using the Lambda runtime API".

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::json;

use super::instance::{Instance, Outcome};

/// The instances by name.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<HashMap<String, Arc<Instance>>>>);

impl Registry {
    fn with<T>(&self, change: impl FnOnce(&mut HashMap<String, Arc<Instance>>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets an instance poll.
    pub fn add(&self, name: String, instance: Arc<Instance>) {
        self.with(|instances| instances.insert(name, instance));
    }

    /// Forgets an instance.
    pub fn remove(&self, name: &str) {
        self.with(|instances| instances.remove(name));
    }

    fn get(&self, name: &str) -> Option<Arc<Instance>> {
        self.with(|instances| instances.get(name).cloned())
    }
}

/// What a function may answer at most: 6 MB and the bytes that Lambda adds for its own use.
const LARGEST_ANSWER: usize = 6 * 1024 * 1024 + 100;

/// The four routes.
pub fn router(registry: Registry) -> Router {
    let base = "/{instance}/2018-06-01/runtime";
    Router::new()
        .route(&format!("{base}/invocation/next"), get(next))
        .route(
            &format!("{base}/invocation/{{request}}/response"),
            post(response),
        )
        .route(&format!("{base}/invocation/{{request}}/error"), post(error))
        .route(&format!("{base}/init/error"), post(init_error))
        .layer(DefaultBodyLimit::disable())
        .with_state(registry)
}

async fn next(State(registry): State<Registry>, Path(instance): Path<String>) -> Response {
    // An instance may poll before `add` has run, just after it was spawned.
    let Some(instance) = find(&registry, &instance).await else {
        return unknown("InvalidInstance");
    };
    let Some(invocation) = instance.next().await else {
        return unknown("InvalidInstance");
    };
    let answer = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", &invocation.request_id)
        .header("lambda-runtime-deadline-ms", invocation.deadline_ms)
        .header(
            "lambda-runtime-invoked-function-arn",
            &invocation.function_arn,
        )
        .header("lambda-runtime-trace-id", &invocation.trace_id)
        .body(Body::from(invocation.event));
    answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn find(registry: &Registry, name: &str) -> Option<Arc<Instance>> {
    for _ in 0..50 {
        if let Some(instance) = registry.get(name) {
            return Some(instance);
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    None
}

async fn response(
    State(registry): State<Registry>,
    Path((instance, request)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    if body.len() > LARGEST_ANSWER {
        let why = json!({ "errorType": "Function.ResponseSizeTooLarge" }).to_string();
        finish(&registry, &instance, &request, Outcome::Error(why.into()));
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge");
    }
    finish(&registry, &instance, &request, Outcome::Response(body))
}

async fn error(
    State(registry): State<Registry>,
    Path((instance, request)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    finish(&registry, &instance, &request, Outcome::Error(body))
}

/// The process says that it cannot start. It ends by itself right after, which is what counts.
async fn init_error() -> Response {
    accepted()
}

fn finish(registry: &Registry, instance: &str, request: &str, outcome: Outcome) -> Response {
    match registry.get(instance) {
        Some(instance) if instance.finish(request, outcome) => accepted(),
        _ => unknown("InvalidRequestID"),
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response()
}

fn unknown(kind: &str) -> Response {
    refuse(StatusCode::BAD_REQUEST, kind)
}

fn refuse(status: StatusCode, kind: &str) -> Response {
    (
        status,
        Json(json!({ "errorType": kind, "errorMessage": kind })),
    )
        .into_response()
}
