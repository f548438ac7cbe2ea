//! What somebody at a shell makes happen: ticks, a look into the queues, time that passes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::duration;
use crate::mover::{ClockError, Mover};
use crate::queue::{Queue, Queues};
use crate::scheduler::{Scheduler, TickError};
use crate::tasks::Tasks;

/// Bodies that `GET /queues` shows of one queue.
const SHOWN: usize = 20;

/// What there is to reach for.
#[derive(Clone)]
pub struct Hand {
    /// Ticks.
    pub scheduler: Arc<Scheduler>,
    /// The queues.
    pub queues: Arc<Queues>,
    /// Moves the clock.
    pub mover: Arc<Mover>,
}

impl Hand {
    /// Moves everybody's clock, and returns when the simulator has sent what became due.
    pub async fn forward(&self, by: Duration) -> Result<(), ClockError> {
        self.mover.forward(by).await?;
        self.queues.look_again();
        Ok(())
    }

    /// Serves on a free loopback port until `tasks` stop, and says where:
    ///
    /// - `POST /tick/{name}`: hands an event to the function of a schedule, the body where there is
    ///   one; 200 and the function's answer, 404 when there is no such schedule, or 502 and a `message`
    /// - `GET /queues`: how many messages each queue holds, and the first bodies
    /// - `POST /clock` with `{"forward":"P1D"}` or `{"forward":86400}`: moves everybody's clock that
    ///   far; then each schedule that is not disabled and has a rate ticks once, however far it was
    pub async fn serve(self, tasks: &Tasks) -> std::io::Result<String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let app = Router::new()
            .route("/tick/{name}", post(tick))
            .route("/queues", get(queues))
            .route("/clock", post(clock))
            .with_state(self);
        tasks.spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Ok(format!("http://{address}"))
    }
}

fn refuse(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "message": why }))).into_response()
}

async fn tick(State(hand): State<Hand>, Path(name): Path<String>, body: Bytes) -> Response {
    let ticked = if body.is_empty() {
        hand.scheduler.tick(&name).await
    } else {
        hand.scheduler.tick_with(&name, body).await
    };
    match ticked {
        Ok(answer) => Json(answer).into_response(),
        Err(error @ TickError::NoSchedule(_)) => refuse(StatusCode::NOT_FOUND, &error.to_string()),
        Err(error) => refuse(StatusCode::BAD_GATEWAY, &error.to_string()),
    }
}

async fn queues(State(hand): State<Hand>) -> Json<Value> {
    Json(hand.queues.all().iter().map(shown).collect())
}

fn shown(queue: &Queue) -> Value {
    let (spec, depth) = (queue.spec(), queue.depth());
    let bodies: Vec<_> = queue.bodies().into_iter().take(SHOWN).collect();
    json!({
        "name": spec.name,
        "url": spec.url,
        "visible": depth.visible,
        "inFlight": depth.in_flight,
        "waiting": depth.waiting,
        "delayed": depth.delayed,
        "bodies": bodies,
    })
}

async fn clock(State(hand): State<Hand>, body: Bytes) -> Response {
    let Some(by) = forward(&body) else {
        const RULE: &str = r#"say how far: {"forward":"P1D"}, or {"forward":86400} in seconds"#;
        return refuse(StatusCode::BAD_REQUEST, RULE);
    };
    if let Err(error) = hand.forward(by).await {
        return refuse(StatusCode::BAD_GATEWAY, &error.to_string());
    }
    let mut ticked = Vec::new();
    for name in hand.scheduler.rated() {
        let answer = hand.scheduler.tick(&name).await;
        ticked.push(match answer {
            Ok(answer) => json!({ "schedule": name, "answer": answer }),
            Err(error) => json!({ "schedule": name, "message": error.to_string() }),
        });
    }
    let (now, offset) = (hand.mover.now(), hand.mover.offset_ms());
    Json(json!({ "now": now, "offsetMs": offset, "ticked": ticked })).into_response()
}

fn forward(body: &[u8]) -> Option<Duration> {
    let order: Value = serde_json::from_slice(body).ok()?;
    match &order["forward"] {
        Value::String(text) => duration::parse(text),
        Value::Number(seconds) => seconds.as_u64().map(Duration::from_secs),
        _ => None,
    }
}
