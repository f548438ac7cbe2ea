//! Subscriptions: make, read, change and end standing orders to charge a customer.

use doku_shared::app::{App, CancelCommand};
use doku_shared::domain::error::FieldError;
use doku_shared::domain::ids::{CustomerId, SubscriptionId};
use doku_shared::http::commands::InputRules;
use doku_shared::http::{Handled, Inbound, Problem, ProblemCode, commands, respond, serve};
use lambda_http::Error;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("subscribe", |app, inbound| Box::pin(handle(app, inbound))).await
}

async fn handle(app: &App, inbound: &Inbound) -> Handled {
    let (method, path) = inbound.route();
    match (method, &path[..]) {
        ("POST", ["v1", "subscriptions"]) => create(app, inbound).await,
        ("GET", ["v1", "subscriptions"]) => list(app, inbound).await,
        ("GET", ["v1", "subscriptions", id]) => {
            let actor = inbound.actor("subscriptions:read")?;
            inbound.no_parameters()?;
            Ok(respond(
                app.read_subscription(&actor, subscription(id)?).await?,
            ))
        }
        ("PATCH", ["v1", "subscriptions", id]) => change(app, inbound, id).await,
        ("DELETE", ["v1", "subscriptions", id]) => cancel(app, inbound, id).await,
        ("GET", ["v1", "subscriptions", id, "charges"]) => {
            let actor = inbound.actor("subscriptions:read")?;
            let (id, page) = (subscription(id)?, inbound.page(&[])?);
            Ok(respond(app.list_charges(&actor, id, &page).await?))
        }
        ("GET", ["v1", "subscriptions", id, "events"]) => {
            let actor = inbound.actor("subscriptions:read")?;
            let (id, page) = (subscription(id)?, inbound.page(&[])?);
            let answer = app.list_subscription_events(&actor, id, &page).await?;
            Ok(respond(answer))
        }
        _ => Err(ProblemCode::NotFound.into()),
    }
}

async fn create(app: &App, inbound: &Inbound) -> Handled {
    // What a customer is charged, the merchant says.
    let actor = inbound.merchant("subscriptions:write")?;
    let (command, idempotency) = inbound.command(&actor, "POST /v1/subscriptions", |value| {
        commands::subscribe(value, &InputRules::of(app.config()))
    })?;
    let deadline = inbound.deadline();
    let answer = app
        .subscribe(&actor, &command, &idempotency, deadline)
        .await?;
    Ok(respond(answer))
}

async fn change(app: &App, inbound: &Inbound, id: &str) -> Handled {
    let actor = inbound.merchant("subscriptions:write")?;
    let id = subscription(id)?;
    let route = "PATCH /v1/subscriptions/{subscriptionId}";
    let (command, idempotency) = inbound.command(&actor, route, |value| {
        commands::change_subscription(value, id)
    })?;
    let deadline = inbound.deadline();
    let answer = app
        .change_subscription(&actor, &command, &idempotency, deadline)
        .await?;
    Ok(respond(answer))
}

async fn cancel(app: &App, inbound: &Inbound, id: &str) -> Handled {
    let actor = inbound.merchant("subscriptions:write")?;
    let id = subscription(id)?;
    let at = inbound.parameter("at", commands::at_period_end);
    let at_period_end = matches!(at, Ok(Some(true)));
    let route = "DELETE /v1/subscriptions/{subscriptionId}";
    let asked = json!({ "atPeriodEnd": at_period_end });
    let idempotency = inbound.bare_command_with(&actor, route, &["at"], &asked);
    let (_, idempotency) = Problem::both(at, idempotency)?;
    let command = CancelCommand {
        subscription: id,
        at_period_end,
    };
    let deadline = inbound.deadline();
    let answer = app
        .cancel_subscription(&actor, command, &idempotency, deadline)
        .await?;
    Ok(respond(answer))
}

/// A customer's subscriptions; a customer's app asks for its own.
async fn list(app: &App, inbound: &Inbound) -> Handled {
    let actor = inbound.actor("subscriptions:read")?;
    let page = inbound.page(&["customerId"]);
    let customer = inbound.parameter("customerId", CustomerId::parse);
    let (page, customer) = Problem::both(page, customer)?;
    let customer = customer
        .or_else(|| actor.customer.clone())
        .ok_or_else(|| Problem::from(FieldError::new("customerId", "is required")))?;
    let answer = app.list_subscriptions(&actor, &customer, &page).await?;
    Ok(respond(answer))
}

/// An id that cannot exist is one that does not.
fn subscription(id: &str) -> Result<SubscriptionId, Problem> {
    SubscriptionId::parse(id).map_err(|_| ProblemCode::SubscriptionNotFound.into())
}
