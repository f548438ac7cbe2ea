//! The life of a function that a schedule calls: start once, work whenever called.

use std::pin::Pin;
use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing::Instrument;

use crate::app::{App, Deadline};
use crate::clock::Clock;
use crate::telemetry;

/// One call.
pub struct Event {
    payload: Value,
    deadline: Deadline,
}

impl Event {
    /// What the schedule says, as its input is configured.
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

/// What only one function does.
pub type Handler =
    for<'a> fn(&'a App, &'a Event) -> Pin<Box<dyn Future<Output = Handled> + Send + 'a>>;

/// Starts the function and serves it.
pub async fn serve(function: &'static str, handle: Handler) -> Result<(), Error> {
    telemetry::init(function);
    let app = App::from_env().inspect_err(|error| {
        tracing::error!(%error, "the function cannot start");
    })?;
    let app = &app;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let span = tracing::info_span!("request", requestId = event.context.request_id);
        // The runtime's deadline is real time, whatever a test makes of the clock.
        let now = u64::try_from(Clock::system().now().millis()).unwrap_or(0);
        let left = Duration::from_millis(event.context.deadline.saturating_sub(now));
        let event = Event {
            payload: event.payload,
            deadline: Deadline::within(left),
        };
        let done = handle(app, &event).instrument(span.clone()).await;
        match &done {
            Ok(done) => tracing::info!(parent: &span, %done, "done"),
            Err(error) => tracing::error!(parent: &span, %error, "the call failed"),
        }
        done
    }))
    .await
}
