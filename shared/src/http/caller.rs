//! The caller of a request, from the claims that API Gateway has verified and passes on.
//!
//! Rights are granted by a positive mark, never by the absence of a claim: the merchant's backend is marked by
//! a scope, a customer's app by a claim that holds the customer's id. A token with both has the customer's
//! rights only; a token with neither has none.

mod rights;

use std::collections::BTreeSet;

use lambda_http::{Request, RequestExt, request::RequestContext};

use super::problem::{Problem, ProblemCode};
use crate::app::Actor;
use crate::config::CallerSettings;
use crate::domain::ids::CustomerId;

/// Claims that name the token's holder, the first that is there: issuers leave `sub` out of some tokens
/// of client credentials.
const SUBJECT_CLAIMS: [&str; 5] = ["sub", "client_id", "azp", "cid", "appid"];

/// What Cognito writes before the name of an attribute that is not one of its own.
const COGNITO_ATTRIBUTE: &str = "custom:";

/// Texts that claim mappers write for a missing value. As customer ids they would make one customer of all
/// whose value is missing.
const MISSING_VALUES: [&str; 7] = ["null", "undefined", "none", "nil", "nan", "true", "false"];

/// The holder of a token, marked as the merchant's backend or as a customer's app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The holder as its issuer names it. Earlier releases kept idempotency keys apart by it.
    pub subject: String,
    /// The customer whose app this is; `None` for the merchant's backend, which is marked by its scope.
    pub customer: Option<CustomerId>,
    /// The scopes, without the prefix that names this API. A scope of another API grants nothing.
    pub scopes: BTreeSet<String>,
    /// Whether the token carries the merchant's scope.
    has_merchant_scope: bool,
}

impl Caller {
    /// Reads the claims. `unauthenticated` when the gateway passed none on, `missing_mark` when they carry
    /// neither mark, `forbidden` when what marks a customer is not a customer's id.
    pub fn from_request(request: &Request, marks: &CallerSettings) -> Result<Self, Problem> {
        let context = request.request_context_ref();
        let Some(RequestContext::ApiGatewayV2(context)) = context else {
            return Err(ProblemCode::Unauthenticated.into());
        };
        let claims = context
            .authorizer
            .as_ref()
            .and_then(|authorizer| authorizer.jwt.as_ref())
            .map(|jwt| &jwt.claims)
            .ok_or(ProblemCode::Unauthenticated)?;
        Self::from_claims(|name| claims.get(name).map(String::as_str), marks)
    }

    fn from_claims<'a>(
        claim: impl Fn(&str) -> Option<&'a str>,
        marks: &CallerSettings,
    ) -> Result<Self, Problem> {
        let mut subjects = SUBJECT_CLAIMS.iter().filter_map(|name| claim(name));
        let subject = subjects.find(|subject| !subject.trim().is_empty());
        let subject = subject.ok_or(ProblemCode::Unauthenticated)?.to_owned();
        let customer = customer(&claim, marks)?;
        let scopes = rights::read(&claim, &marks.scope_prefix);
        let has_merchant_scope = scopes.contains(&marks.merchant_scope);
        if customer.is_none() && !has_merchant_scope {
            return Err(missing_mark(marks));
        }
        Ok(Self {
            subject,
            customer,
            scopes,
            has_merchant_scope,
        })
    }

    /// Whether this is the merchant's backend.
    pub const fn is_merchant(&self) -> bool {
        self.has_merchant_scope && self.customer.is_none()
    }

    /// `missing_scope` unless the token carries `scope`.
    pub fn require(&self, scope: &str) -> Result<(), Problem> {
        if self.scopes.contains(scope) {
            return Ok(());
        }
        let detail = format!("The token lacks the scope {scope}.");
        Err(Problem::new(ProblemCode::MissingScope).detail(detail))
    }

    /// `merchant_only` for a customer's app.
    pub fn require_merchant(&self) -> Result<(), Problem> {
        if self.is_merchant() {
            return Ok(());
        }
        let problem = Problem::new(ProblemCode::MerchantOnly);
        Err(if self.has_merchant_scope {
            problem.detail(
                "Only the merchant's backend may do this. The token carries the merchant's scope and a \
                 customer's claim, and so has that customer's rights only.",
            )
        } else {
            problem
        })
    }
}

impl From<Caller> for Actor {
    fn from(caller: Caller) -> Self {
        Self {
            subject: caller.subject,
            customer: caller.customer,
        }
    }
}

/// The customer that the token is marked with. A claim that is there and is no customer's id, or two that
/// differ, make the token worthless: it passes neither for the merchant nor for another customer.
fn customer<'a>(
    claim: impl Fn(&str) -> Option<&'a str>,
    marks: &CallerSettings,
) -> Result<Option<CustomerId>, Problem> {
    let plain = marks.customer_claim.as_str();
    let of_cognito = format!("{COGNITO_ATTRIBUTE}{plain}");
    let mut customer = None;
    for text in [plain, &of_cognito].into_iter().filter_map(claim) {
        let id = CustomerId::parse(text)
            .ok()
            .filter(|_| !MISSING_VALUES.contains(&text.to_ascii_lowercase().as_str()))
            .filter(|id| customer.as_ref().is_none_or(|first| first == id));
        let id = id.ok_or_else(|| {
            Problem::new(ProblemCode::Forbidden).detail(format!(
                "The token's claim {plain} does not hold the id of one customer."
            ))
        })?;
        customer = Some(id);
    }
    Ok(customer)
}

/// The refusal of a token without a mark. Names the marks, which are settings of the deployment.
fn missing_mark(marks: &CallerSettings) -> Problem {
    let CallerSettings {
        merchant_scope,
        customer_claim,
        ..
    } = marks;
    Problem::new(ProblemCode::MissingMark).detail(format!(
        "The token carries neither the scope {merchant_scope}, which marks the merchant's backend, nor the \
         claim {customer_claim}, which marks a customer's app."
    ))
}

#[cfg(test)]
mod tests;
