//! Reconciliation: look after what nobody asks about. Called by a schedule; and by hand, for the letters
//! that nobody could deliver and for what needs a person's attention.

use doku_shared::app::App;
use doku_shared::http::commands;
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

/// `{"deadLetters": "list"}`, `{"attention": "list"}` and `{"replay": "all"}`, each with a `cursor` if
/// there was one; `{"replay": …}` with a letter's id; `{"look": …}` with the id of a payment, refund or
/// binding, and `by` with the operator's name; `{"settle": …}` with what an operator saw at DOKU. What the schedule says does not matter: that it came is the message.
async fn handle(app: &App, event: &Event) -> Handled {
    let text = |name: &str| event.payload().get(name).and_then(Value::as_str);
    let (cursor, deadline) = (text("cursor"), event.deadline());
    if text("deadLetters") == Some("list") {
        return Ok(app.list_dead_letters(cursor, deadline).await?);
    }
    if text("attention") == Some("list") {
        return Ok(app.list_attention(cursor).await?);
    }
    if let Some(id) = text("look") {
        let by = match commands::operator(event.payload()) {
            Ok(by) => by,
            Err(error) => return Ok(json!({"looked": "invalid", "errors": [error]})),
        };
        let looked = app.look_after(id, by.as_deref(), deadline).await?;
        return Ok(json!({ "looked": looked }));
    }
    if let Some(stated) = event.payload().get("settle") {
        return Ok(match commands::settlement(stated) {
            Ok(command) => serde_json::to_value(app.settle(&command).await?)?,
            Err(errors) => json!({"settled": "invalid", "errors": errors}),
        });
    }
    match text("replay") {
        Some("all") => Ok(app.replay_dead_letters(cursor, deadline).await?),
        Some(letter) => Ok(app.replay_dead_letter(letter).await),
        None => {
            let swept = app.reconcile(deadline).await?;
            Ok(serde_json::to_value(swept)?)
        }
    }
}
