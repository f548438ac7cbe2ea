//! OTPs: confirm a payment, or the linking of a card, with the code that the bank sent the customer.

use doku_shared::app::App;
use doku_shared::domain::ids::{BindingId, PaymentId};
use doku_shared::http::{Handled, Inbound, ProblemCode, commands, respond, serve};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("otp", |app, inbound| Box::pin(handle(app, inbound))).await
}

async fn handle(app: &App, inbound: &Inbound) -> Handled {
    let (method, path) = inbound.route();
    match (method, &path[..]) {
        ("POST", ["v1", "payments", id, "otp"]) => payment(app, inbound, id).await,
        ("POST", ["v1", "bindings", id, "otp"]) => binding(app, inbound, id).await,
        _ => Err(ProblemCode::NotFound.into()),
    }
}

async fn payment(app: &App, inbound: &Inbound, id: &str) -> Handled {
    let actor = inbound.actor("payments:write")?;
    let id = PaymentId::parse(id).map_err(|_| ProblemCode::PaymentNotFound)?;
    let route = "POST /v1/payments/{paymentId}/otp";
    let (command, idempotency) =
        inbound.command(&actor, route, |value| commands::otp(value, id))?;
    let deadline = inbound.deadline();
    let answer = app
        .confirm_payment(&actor, &command, &idempotency, deadline)
        .await?;
    Ok(respond(answer))
}

async fn binding(app: &App, inbound: &Inbound, id: &str) -> Handled {
    let actor = inbound.actor("bindings:write")?;
    let id = BindingId::parse(id).map_err(|_| ProblemCode::BindingNotFound)?;
    let route = "POST /v1/bindings/{bindingId}/otp";
    let (command, idempotency) =
        inbound.command(&actor, route, |value| commands::binding_otp(value, id))?;
    let deadline = inbound.deadline();
    let answer = app
        .confirm_binding(&actor, &command, &idempotency, deadline)
        .await?;
    Ok(respond(answer))
}
