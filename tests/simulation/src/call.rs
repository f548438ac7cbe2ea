//! Requests as callers make them, to the use cases that answer them.

use doku_shared::app::{Actor, Answer, App, AppError, CancelCommand, Deadline, Idempotency};
use doku_shared::domain::error::FieldError;
use doku_shared::domain::ids::{BindingId, PaymentId, SubscriptionId};
use doku_shared::http::commands::{self, InputRules};
use doku_shared::http::idempotency_key::IdempotencyKey;
use doku_shared::retry;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::time::Duration;

use crate::plan::{Spelling, Turn};

/// Where the world reaches the merchant.
pub const PUBLIC: &str = "https://pay.example";

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// How long a function may run.
pub const PATIENCE: Duration = Duration::from_secs(25);

/// What is asked for.
#[derive(Debug, Clone)]
pub enum Wish {
    Bind(Value),
    Unbind(String),
    BindingOtp(String, Value),
    Pay(Value),
    Otp(String, Value),
    Capture(String, Value),
    Refund(String, Value),
    Subscribe(Value),
    /// With the body of a change, where it is one.
    Turn(String, Turn, Value),
}

/// A request, which can be made again as it was.
#[derive(Debug, Clone)]
pub struct Request {
    /// What.
    pub wish: Wish,
    /// The idempotency key.
    pub key: String,
    /// From another identity of the same merchant.
    pub stranger: bool,
    /// How the caller writes the key.
    pub spelling: Spelling,
}

impl Request {
    fn route(&self) -> &'static str {
        match self.wish {
            Wish::Bind(_) => "POST /v1/bindings",
            Wish::Unbind(_) => "DELETE /v1/bindings/{bindingId}",
            Wish::BindingOtp(..) => "POST /v1/bindings/{bindingId}/otp",
            Wish::Pay(_) => "POST /v1/payments",
            Wish::Otp(..) => "POST /v1/payments/{paymentId}/otp",
            Wish::Capture(..) => "POST /v1/payments/{paymentId}/capture",
            Wish::Refund(..) => "POST /v1/payments/{paymentId}/refunds",
            Wish::Subscribe(_) => "POST /v1/subscriptions",
            Wish::Turn(_, Turn::Cancel | Turn::CancelWithPeriod, _) => {
                "DELETE /v1/subscriptions/{subscriptionId}"
            }
            Wish::Turn(..) => "PATCH /v1/subscriptions/{subscriptionId}",
        }
    }

    /// Makes the request of a function.
    pub async fn send(&self, app: &App) -> Result<Answer, AppError> {
        retry::within(PATIENCE, Box::pin(self.carry_out(app))).await
    }

    /// The key, as the functions read it from the header.
    fn received(&self) -> Result<IdempotencyKey, FieldError> {
        let mut headers = HeaderMap::new();
        let text = self.spelling.header(&self.key);
        headers.extend(HeaderValue::from_str(&text).map(|text| (HEADER, text)));
        IdempotencyKey::from_headers(&headers)
    }

    async fn carry_out(&self, app: &App) -> Result<Answer, AppError> {
        let actor = Actor {
            subject: if self.stranger { "back-office" } else { "shop" }.to_owned(),
            customer: None,
        };
        let request = format!("{:?}", self.wish).into_bytes();
        let key = self
            .received()
            .map_err(|error| AppError::Invalid(vec![error]))?;
        let (name, spellings) = (key.as_str(), key.earlier_spellings());
        let idempotency = Idempotency::of_caller(&actor, self.route(), name, &spellings, request);
        let (idem, until) = (&idempotency, Deadline::within(PATIENCE));
        let config = app.config();
        match &self.wish {
            Wish::Bind(body) => {
                let command = commands::bind(body, PUBLIC.to_owned(), &InputRules::of(config));
                app.bind(&actor, &command.map_err(AppError::Invalid)?, idem, until)
                    .await
            }
            Wish::Unbind(id) => app.unbind(&actor, binding(id)?, idem, until).await,
            Wish::BindingOtp(id, body) => {
                let command = commands::binding_otp(body, binding(id)?);
                let command = command.map_err(AppError::Invalid)?;
                app.confirm_binding(&actor, &command, idem, until).await
            }
            Wish::Pay(body) => {
                let command = commands::pay(body, &InputRules::of(config));
                app.pay(&actor, &command.map_err(AppError::Invalid)?, idem, until)
                    .await
            }
            Wish::Otp(id, body) => {
                let command = commands::otp(body, payment(id)?).map_err(AppError::Invalid)?;
                app.confirm_payment(&actor, &command, idem, until).await
            }
            Wish::Capture(id, body) => {
                let command = commands::capture(body, payment(id)?).map_err(AppError::Invalid)?;
                app.capture(&actor, &command, idem, until).await
            }
            Wish::Refund(id, body) => {
                let command = commands::refund(body, payment(id)?).map_err(AppError::Invalid)?;
                app.refund_payment(&actor, &command, idem, until).await
            }
            Wish::Subscribe(body) => {
                let command = commands::subscribe(body, &InputRules::of(config));
                let command = command.map_err(AppError::Invalid)?;
                app.subscribe(&actor, &command, idem, until).await
            }
            Wish::Turn(id, turn @ (Turn::Cancel | Turn::CancelWithPeriod), _) => {
                let command = CancelCommand {
                    subscription: subscription(id)?,
                    at_period_end: *turn == Turn::CancelWithPeriod,
                };
                app.cancel_subscription(&actor, command, idem, until).await
            }
            Wish::Turn(id, _, body) => {
                let command = commands::change_subscription(body, subscription(id)?);
                let command = command.map_err(AppError::Invalid)?;
                app.change_subscription(&actor, &command, idem, until).await
            }
        }
    }
}

fn subscription(id: &str) -> Result<SubscriptionId, AppError> {
    SubscriptionId::parse(id).map_err(|_| AppError::SubscriptionNotFound)
}

fn payment(id: &str) -> Result<PaymentId, AppError> {
    PaymentId::parse(id).map_err(|_| AppError::PaymentNotFound)
}

fn binding(id: &str) -> Result<BindingId, AppError> {
    BindingId::parse(id).map_err(|_| AppError::BindingNotFound)
}
