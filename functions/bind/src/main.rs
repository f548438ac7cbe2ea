//! Bindings: link a customer's account, read and unlink it, and take the customer's browser back
//! from DOKU's page. And the cards that a customer saved, and what each channel can do.

mod return_page;

use doku_shared::app::App;
use doku_shared::domain::card::{self, CardTokenId};
use doku_shared::domain::ids::{BindingId, CustomerId};
use doku_shared::http::commands::InputRules;
use doku_shared::http::{Handled, Inbound, Problem, ProblemCode, commands, respond, serve};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("bind", |app, inbound| Box::pin(handle(app, inbound))).await
}

async fn handle(app: &App, inbound: &Inbound) -> Handled {
    let (method, path) = inbound.route();
    match (method, &path[..]) {
        ("POST", ["v1", "bindings"]) => create(app, inbound).await,
        ("GET", ["v1", "bindings", id]) => {
            let actor = inbound.actor("bindings:read")?;
            inbound.no_parameters()?;
            Ok(respond(app.read_binding(&actor, binding(id)?).await?))
        }
        ("GET", ["v1", "bindings", id, "balance"]) => {
            let actor = inbound.actor("bindings:read")?;
            inbound.no_parameters()?;
            let (id, deadline) = (binding(id)?, inbound.deadline());
            Ok(respond(app.read_balance(&actor, id, deadline).await?))
        }
        ("GET", ["v1", "customers", customer, "bindings"]) => {
            let actor = inbound.actor("bindings:read")?;
            let customer = inbound.identifier("customerId", customer, CustomerId::parse)?;
            let customer = customer.ok_or(ProblemCode::BindingNotFound)?;
            let page = inbound.page(&[])?;
            Ok(respond(app.list_bindings(&actor, &customer, &page).await?))
        }
        ("DELETE", ["v1", "bindings", id]) => {
            let actor = inbound.actor("bindings:write")?;
            let id = binding(id)?;
            let idempotency = inbound.bare_command(&actor, "DELETE /v1/bindings/{bindingId}")?;
            let deadline = inbound.deadline();
            Ok(respond(
                app.unbind(&actor, id, &idempotency, deadline).await?,
            ))
        }
        ("GET", ["v1", "channels"]) => {
            inbound.actor("payments:read")?;
            inbound.no_parameters()?;
            Ok(respond(app.list_channels()?))
        }
        ("GET", ["v1", "customers", customer, "cards"]) => {
            let actor = inbound.actor("bindings:read")?;
            let customer = owner(inbound, customer)?;
            inbound.no_parameters()?;
            let deadline = inbound.deadline();
            Ok(respond(app.list_cards(&actor, &customer, deadline).await?))
        }
        ("DELETE", ["v1", "customers", customer, "cards", token]) => {
            let actor = inbound.actor("bindings:write")?;
            let customer = owner(inbound, customer)?;
            let token = CardTokenId::parse(token).map_err(|_| ProblemCode::CardNotFound)?;
            let route = "DELETE /v1/customers/{customerId}/cards/{tokenId}";
            let idempotency = inbound.bare_command(&actor, route)?;
            let deadline = inbound.deadline();
            let deleted = app.delete_card(&actor, &customer, &token, &idempotency, deadline);
            Ok(respond(deleted.await?))
        }
        ("POST", ["v1", "bindings", id, "confirm"]) => confirm(app, inbound, id).await,
        ("GET", ["v1", "bindings", id, "return", outcome]) => {
            Ok(return_page::take(app, inbound, id, outcome).await)
        }
        _ => Err(ProblemCode::NotFound.into()),
    }
}

async fn create(app: &App, inbound: &Inbound) -> Handled {
    let actor = inbound.actor("bindings:write")?;
    let base = inbound.public_base_url(app)?;
    let (command, idempotency) = inbound.repeatable(&actor, "POST /v1/bindings", |value| {
        commands::bind(value, base, &InputRules::of(app.config()))
    })?;
    let deadline = inbound.deadline();
    let answer = match command {
        Ok(command) => app.bind(&actor, &command, &idempotency, deadline).await?,
        Err(wrong) => app
            .bind_again(&actor, &idempotency, deadline)
            .await?
            .ok_or(wrong)?,
    };
    Ok(respond(answer))
}

/// Confirms that the browser which came back is the customer's.
async fn confirm(app: &App, inbound: &Inbound, id: &str) -> Handled {
    let actor = inbound.actor("bindings:write")?;
    let id = binding(id)?;
    let route = "POST /v1/bindings/{bindingId}/confirm";
    let (command, idempotency) =
        inbound.command(&actor, route, |value| commands::confirm_binding(value, id))?;
    let deadline = inbound.deadline();
    let answer = app.confirm_return(&actor, &command, &idempotency, deadline);
    Ok(respond(answer.await?))
}

/// A customer that cannot exist has no cards.
fn owner(inbound: &Inbound, id: &str) -> Result<CustomerId, Problem> {
    let customer = inbound.identifier("customerId", id, card::customer_id)?;
    customer.ok_or(ProblemCode::CardNotFound.into())
}

/// An id that cannot exist is one that does not.
fn binding(id: &str) -> Result<BindingId, Problem> {
    BindingId::parse(id).map_err(|_| ProblemCode::BindingNotFound.into())
}
