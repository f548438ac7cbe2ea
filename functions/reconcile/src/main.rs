//! Reconciliation: look after the payments that nobody asks about. Called by a schedule.

use doku_shared::app::App;
use doku_shared::schedule::{Event, Handled, serve};
use lambda_runtime::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        "reconcile",
        |_| Ok(()),
        |app, (), event| Box::pin(handle(app, event)),
    )
    .await
}

/// What the event says does not matter: that it came is the message.
async fn handle(app: &App, event: &Event) -> Handled {
    let swept = app.reconcile(event.deadline()).await?;
    Ok(serde_json::to_value(swept)?)
}
