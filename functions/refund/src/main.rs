//! Refunds: give all or part of a payment back, and read what became of it.

use doku_shared::app::App;
use doku_shared::domain::ids::{PaymentId, RefundId};
use doku_shared::http::{Handled, Inbound, Problem, ProblemCode, commands, respond, serve};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("refund", |app, inbound| Box::pin(handle(app, inbound))).await
}

async fn handle(app: &App, inbound: &Inbound) -> Handled {
    let (method, path) = inbound.route();
    match (method, &path[..]) {
        ("POST", ["v1", "payments", id, "refunds"]) => create(app, inbound, id).await,
        ("GET", ["v1", "payments", id, "refunds"]) => {
            let actor = inbound.actor("payments:read")?;
            let (id, page) = (payment(id)?, inbound.page(&[])?);
            Ok(respond(app.list_refunds(&actor, id, &page).await?))
        }
        ("GET", ["v1", "payments", id, "refunds", refund]) => {
            let actor = inbound.actor("payments:read")?;
            inbound.no_parameters()?;
            let id = payment(id)?;
            let refund = RefundId::parse(refund).map_err(|_| ProblemCode::RefundNotFound)?;
            Ok(respond(app.read_refund(&actor, id, refund).await?))
        }
        _ => Err(ProblemCode::NotFound.into()),
    }
}

async fn create(app: &App, inbound: &Inbound, id: &str) -> Handled {
    let actor = inbound.merchant("refunds:write")?;
    let id = payment(id)?;
    let route = "POST /v1/payments/{paymentId}/refunds";
    let (command, idempotency) =
        inbound.command(&actor, route, |value| commands::refund(value, id))?;
    let deadline = inbound.deadline();
    let answer = app
        .refund_payment(&actor, &command, &idempotency, deadline)
        .await?;
    Ok(respond(answer))
}

/// An id that cannot exist is one that does not.
fn payment(id: &str) -> Result<PaymentId, Problem> {
    PaymentId::parse(id).map_err(|_| ProblemCode::PaymentNotFound.into())
}
