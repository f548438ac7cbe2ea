//! Captures: take all or part of what a card payment holds.

use doku_shared::app::App;
use doku_shared::domain::ids::PaymentId;
use doku_shared::http::{Handled, Inbound, ProblemCode, commands, respond, serve};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("capture", |app, inbound| Box::pin(handle(app, inbound))).await
}

async fn handle(app: &App, inbound: &Inbound) -> Handled {
    let (method, path) = inbound.route();
    let ("POST", ["v1", "payments", id, "capture"]) = (method, &path[..]) else {
        return Err(ProblemCode::NotFound.into());
    };
    let actor = inbound.merchant("captures:write")?;
    let id = PaymentId::parse(id).map_err(|_| ProblemCode::PaymentNotFound)?;
    let route = "POST /v1/payments/{paymentId}/capture";
    let (command, idempotency) =
        inbound.command(&actor, route, |value| commands::capture(value, id))?;
    let deadline = inbound.deadline();
    let answer = app
        .capture(&actor, &command, &idempotency, deadline)
        .await?;
    Ok(respond(answer))
}
