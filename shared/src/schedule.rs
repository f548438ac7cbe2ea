//! The life of a function that no HTTP request calls, but a schedule or a queue: start once, work
//! whenever called.

use std::pin::Pin;
use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing::Instrument;

use crate::app::{App, Deadline, StartError};
use crate::clock::Clock;
use crate::{retry, telemetry};

/// One call.
pub struct Event {
    payload: Value,
    deadline: Deadline,
}

impl Event {
    /// What the caller says: a schedule its configured input, a queue its messages.
    pub const fn payload(&self) -> &Value {
        &self.payload
    }

    /// When this invocation ends.
    pub const fn deadline(&self) -> Deadline {
        self.deadline
    }
}

/// What a handler gives: what it did, for the log of whoever called, or why the call should be made
/// again.
pub type Handled = Result<Value, Error>;

/// What only one function does, with what was made for it at the start.
pub type Handler<S> =
    for<'a> fn(&'a App, &'a S, &'a Event) -> Pin<Box<dyn Future<Output = Handled> + Send + 'a>>;

/// Starts the function and serves it. `make` does, once, what only this function needs: adjusts the
/// application, or makes a client that no other one has.
pub async fn serve<S: Sync>(
    function: &'static str,
    make: fn(App) -> Result<(App, S), StartError>,
    handle: Handler<S>,
) -> Result<(), Error> {
    telemetry::init(function);
    let started = App::from_env().and_then(make);
    let (app, state) = started.inspect_err(|error| {
        tracing::error!(%error, "the function cannot start");
    })?;
    let (app, state) = (&app, &state);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let span = tracing::info_span!("request", requestId = event.context.request_id);
        // The runtime's deadline is real time, whatever a test makes of the clock.
        let now = u64::try_from(Clock::system().now().millis()).unwrap_or(0);
        let left = Duration::from_millis(event.context.deadline.saturating_sub(now));
        let event = Event {
            payload: event.payload,
            deadline: Deadline::within(left),
        };
        let done = retry::within(left, handle(app, state, &event));
        let done = done.instrument(span.clone()).await;
        match &done {
            Ok(done) => tracing::info!(parent: &span, %done, "done"),
            Err(error) => tracing::error!(parent: &span, %error, "the call failed"),
        }
        done
    }))
    .await
}
