//! Reconciliation: look after what nobody asks about. Called by a schedule; and by hand, for the letters
//! that nobody could deliver.

use doku_shared::app::App;
use doku_shared::schedule::{Event, Handled, serve};
use lambda_runtime::Error;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        "reconcile",
        |app| Ok((app, ())),
        |app, (), event| Box::pin(handle(app, event)),
    )
    .await
}

/// `{"deadLetters": "list"}`, with a `cursor` if there was one; `{"replay": "all"}` or a letter's id. What
/// the schedule says does not matter: that it came is the message.
async fn handle(app: &App, event: &Event) -> Handled {
    let text = |name: &str| event.payload().get(name).and_then(Value::as_str);
    match (text("deadLetters"), text("replay")) {
        (Some("list"), _) => Ok(app.list_dead_letters(text("cursor")).await?),
        (_, Some("all")) => Ok(app.replay_dead_letters().await?),
        (_, Some(letter)) => {
            let replayed = app.replay_dead_letter(letter).await?;
            Ok(json!({ "replayed": replayed }))
        }
        _ => {
            let swept = app.reconcile(event.deadline()).await?;
            Ok(serde_json::to_value(swept)?)
        }
    }
}
