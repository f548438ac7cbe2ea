//! DOKU's HTTP front: finds the operation, applies faults, answers.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};

use crate::answer::Answer;
use crate::call::Call;
use crate::connection::Breaker;
use crate::notifications::courier;
use crate::operation::{Family, Operation};
use crate::operations::{self, non_snap};
use crate::shared::Shared;
use crate::world::faults::{Fault, FaultKind};

const SLOW_BY: Duration = Duration::from_secs(2);
const HANG_FOR: Duration = Duration::from_mins(1);

/// Every path that is neither a page nor the admin API.
pub async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let timestamp = shared.clock.now().rfc3339();
    let archived = shared.world().channels.archived(uri.path());
    let operation = archived.map(|place| place.offer.operation);
    let Some(operation) = operation.or_else(|| Operation::from_path(uri.path())) else {
        return Answer::coded("4040000", "Not Found").into_response(&timestamp);
    };
    if method != operation.method() {
        return Answer::coded("4050000", "Method Not Allowed").into_response(&timestamp);
    }
    let path = uri
        .path_and_query()
        .map_or(uri.path(), |path| path.as_str())
        .to_owned();
    if let Some(gate) = &shared.gate {
        gate.arrives().await;
    }
    let mut call = Call::new(path, headers, body.to_vec(), shared.clock.now());
    call.archived = archived;
    let response = carry_out(&shared, &breaker, operation, call).await;
    if let Some(gate) = &shared.gate {
        gate.leaves().await;
    }
    response
}

/// Does what a call asks for, or what a fault makes of it.
async fn carry_out(
    shared: &Arc<Shared>,
    breaker: &Breaker,
    operation: Operation,
    call: Call,
) -> Response<Body> {
    let (channel, now) = (call.channel(), call.arrived);
    let fault = shared.world().faults.for_call(operation, channel, now);
    let Some(fault) = fault else {
        return work(shared, operation, &call, None);
    };
    match fault.kind {
        kind if kind.is_answered() => work(shared, operation, &call, Some(&fault)),
        FaultKind::Slow => slowly(Arc::clone(shared), operation, call, &fault).await,
        kind => {
            if kind.works_first() {
                work(shared, operation, &call, None);
            } else {
                operations::record_unanswered(shared, operation, &call);
            }
            spoil(shared, breaker, &fault).await
        }
    }
}

/// Carries the call out and sends off what the merchant has to be told because of it.
fn work(
    shared: &Arc<Shared>,
    operation: Operation,
    call: &Call,
    fault: Option<&Fault>,
) -> Response<Body> {
    let response = match operation.family() {
        Family::Snap => operations::perform(shared, operation, call, fault)
            .into_response(&call.arrived.rfc3339()),
        Family::NonSnap => non_snap::perform(shared, operation, call, fault),
    };
    courier::dispatch(shared);
    response
}

/// Waits and then works in a task of its own: a client that gives up does not stop DOKU.
async fn slowly(
    shared: Arc<Shared>,
    operation: Operation,
    call: Call,
    fault: &Fault,
) -> Response<Body> {
    let timestamp = call.arrived.rfc3339();
    let delay = fault.delay_ms.map_or(SLOW_BY, Duration::from_millis);
    let task = tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        work(&shared, operation, &call, None)
    });
    task.await
        .unwrap_or_else(|_| Answer::coded("5000000", "General Error").into_response(&timestamp))
}

/// The answer that a fault puts in place of the right one.
async fn spoil(shared: &Shared, breaker: &Breaker, fault: &Fault) -> Response<Body> {
    match fault.kind {
        FaultKind::BadGateway | FaultKind::AcceptThenBadGateway => text(
            StatusCode::BAD_GATEWAY,
            "text/html",
            "<html><head><title>502 Bad Gateway</title></head>\
             <body><center><h1>502 Bad Gateway</h1></center></body></html>",
        ),
        FaultKind::Garbage | FaultKind::AcceptThenGarbage => text(
            StatusCode::OK,
            "application/json",
            r#"{"responseCode":"20054"#,
        ),
        FaultKind::Hang | FaultKind::AcceptThenHang => {
            let delay = fault.delay_ms.map_or(HANG_FOR, Duration::from_millis);
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                () = shared.stopped() => {}
            }
            broken(breaker)
        }
        _ => broken(breaker),
    }
}

/// An answer that never leaves: the connection fails at its first byte.
fn broken(breaker: &Breaker) -> Response<Body> {
    breaker.break_connection();
    Response::new(Body::empty())
}

fn text(status: StatusCode, content_type: &'static str, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
