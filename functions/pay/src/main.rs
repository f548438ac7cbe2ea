//! Payments: charge a linked account, and read what became of it.

use doku_shared::app::{App, ListBy};
use doku_shared::domain::error::FieldError;
use doku_shared::domain::ids::{CustomerId, InvoiceNumber, PaymentId};
use doku_shared::http::commands::InputRules;
use doku_shared::http::{Handled, Inbound, Problem, ProblemCode, commands, respond, serve};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("pay", |app, inbound| Box::pin(handle(app, inbound))).await
}

async fn handle(app: &App, inbound: &Inbound) -> Handled {
    match inbound.route() {
        ("POST", path) if path == ["v1", "payments"] => create(app, inbound).await,
        ("GET", path) if path == ["v1", "payments"] => list(app, inbound).await,
        ("GET", path) => match path[..] {
            ["v1", "payments", id] => {
                let actor = inbound.actor("payments:read")?;
                inbound.no_parameters()?;
                Ok(respond(app.read_payment(&actor, payment(id)?).await?))
            }
            ["v1", "payments", id, "events"] => {
                let actor = inbound.actor("payments:read")?;
                let (id, page) = (payment(id)?, inbound.page(&[])?);
                Ok(respond(app.list_payment_events(&actor, id, &page).await?))
            }
            _ => Err(ProblemCode::NotFound.into()),
        },
        _ => Err(ProblemCode::NotFound.into()),
    }
}

async fn create(app: &App, inbound: &Inbound) -> Handled {
    let actor = if app.config().callers.customers_may_pay {
        inbound.actor("payments:write")?
    } else {
        inbound.merchant("payments:write")?
    };
    let (command, idempotency) = inbound.repeatable(&actor, "POST /v1/payments", |value| {
        commands::pay(value, &InputRules::of(app.config()))
    })?;
    let deadline = inbound.deadline();
    let answer = match command {
        Ok(command) => app.pay(&actor, &command, &idempotency, deadline).await?,
        Err(wrong) => app
            .pay_again(&actor, &idempotency, deadline)
            .await?
            .ok_or(wrong)?,
    };
    Ok(respond(answer))
}

/// Payments by invoice number or by customer: exactly one of the two.
async fn list(app: &App, inbound: &Inbound) -> Handled {
    let actor = inbound.actor("payments:read")?;
    let page = inbound.page(&["invoiceNumber", "customerId"]);
    let invoice = inbound.parameter("invoiceNumber", InvoiceNumber::parse);
    let customer = inbound.parameter("customerId", CustomerId::parse);
    let ((page, invoice), customer) = Problem::both(Problem::both(page, invoice), customer)?;
    let by = match (invoice, customer) {
        (Some(invoice), None) => ListBy::Invoice(invoice),
        (None, Some(customer)) => ListBy::Customer(customer),
        (None, None) => match &actor.customer {
            // A customer's app asks for its own payments.
            Some(own) => ListBy::Customer(own.clone()),
            None => return Err(one_of("is required, or customerId")),
        },
        (Some(_), Some(_)) => return Err(one_of("must not come together with customerId")),
    };
    Ok(respond(app.list_payments(&actor, &by, &page).await?))
}

fn one_of(rule: &'static str) -> Problem {
    FieldError::new("invoiceNumber", rule).into()
}

/// An id that cannot exist is one that does not.
fn payment(id: &str) -> Result<PaymentId, Problem> {
    PaymentId::parse(id).map_err(|_| ProblemCode::PaymentNotFound.into())
}
