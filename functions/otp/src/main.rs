//! OTPs: confirm a payment with the code that the bank sent the customer.

use doku_shared::app::App;
use doku_shared::domain::ids::PaymentId;
use doku_shared::http::{Handled, Inbound, ProblemCode, commands, respond, serve};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("otp", |app, inbound| Box::pin(handle(app, inbound))).await
}

async fn handle(app: &App, inbound: &Inbound) -> Handled {
    let (method, path) = inbound.route();
    let ("POST", ["v1", "payments", id, "otp"]) = (method, &path[..]) else {
        return Err(ProblemCode::NotFound.into());
    };
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
