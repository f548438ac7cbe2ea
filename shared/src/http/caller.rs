//! Who is calling, from the claims that API Gateway has verified and passes on.

use std::collections::BTreeSet;

use lambda_http::{Request, RequestExt, request::RequestContext};

use super::problem::{Problem, ProblemCode};

/// The claim of a customer's app. Cognito puts its own prefix before custom claims.
const CUSTOMER_CLAIMS: [&str; 2] = ["customer_id", "custom:customer_id"];

/// Cognito writes the resource server before each scope.
const RESOURCE_SERVER: &str = "doku-lambda/";

/// Whoever holds the token.
///
/// A merchant's backend acts for every customer; a customer's app only for its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `sub`, or `client_id` when there is none. Idempotency keys are kept apart by it.
    pub subject: String,
    /// The customer whose app this is; `None` for the merchant's backend.
    pub customer: Option<String>,
    /// The scopes, without the prefix of our own resource server (`doku-lambda/payments:read` is
    /// `payments:read`). Another one's scope of the same name grants nothing.
    pub scopes: BTreeSet<String>,
}

impl Caller {
    /// Reads the claims; `unauthenticated` when the gateway passed none on.
    pub fn from_request(request: &Request) -> Result<Self, Problem> {
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
        Self::from_claims(|name| claims.get(name).map(String::as_str))
    }

    fn from_claims<'a>(claim: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Problem> {
        let filled = |name| claim(name).filter(|value| !value.is_empty());
        let subject = filled("sub").or_else(|| filled("client_id"));
        let subject = subject.ok_or(ProblemCode::Unauthenticated)?.to_owned();
        let customer = CUSTOMER_CLAIMS
            .iter()
            .find_map(|name| claim(name))
            .map(str::to_owned);
        // A blank customer must not pass for the merchant, nor for a customer without a name.
        if customer.as_deref().is_some_and(|id| !is_customer_id(id)) {
            return Err(Problem::new(ProblemCode::Forbidden)
                .detail("The token's customer_id is not a customer id"));
        }
        let scopes = filled("scope")
            .unwrap_or_default()
            .split_ascii_whitespace()
            .map(|scope| {
                scope
                    .strip_prefix(RESOURCE_SERVER)
                    .unwrap_or(scope)
                    .to_owned()
            })
            .collect();
        Ok(Self {
            subject,
            customer,
            scopes,
        })
    }

    /// Whether this is the merchant's backend.
    pub const fn is_merchant(&self) -> bool {
        self.customer.is_none()
    }

    /// `missing_scope` unless the token carries `scope`.
    pub fn require(&self, scope: &str) -> Result<(), Problem> {
        if self.scopes.contains(scope) {
            Ok(())
        } else {
            Err(ProblemCode::MissingScope.into())
        }
    }

    /// `merchant_only` for a customer's app.
    pub fn require_merchant(&self) -> Result<(), Problem> {
        if self.is_merchant() {
            Ok(())
        } else {
            Err(ProblemCode::MerchantOnly.into())
        }
    }

    /// Whether this caller may see and use what belongs to a customer. When not, answer as if it
    /// did not exist, so that ids cannot be probed.
    pub fn acts_for(&self, customer_id: &str) -> bool {
        self.customer
            .as_deref()
            .is_none_or(|own| own == customer_id)
    }
}

fn is_customer_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Claims = &'static [(&'static str, &'static str)];

    fn caller(claims: Claims) -> Result<Caller, ProblemCode> {
        Caller::from_claims(|name| {
            claims
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| *value)
        })
        .map_err(|problem| problem.code)
    }

    #[test]
    fn a_merchant_acts_for_everyone_within_its_scopes() {
        let merchant = caller(&[
            ("sub", "backend"),
            (
                "scope",
                "payments:write doku-lambda/payments:read other/refunds:write",
            ),
        ])
        .unwrap();
        assert!(merchant.is_merchant() && merchant.acts_for("cust-001"));
        assert!(merchant.require("payments:write").is_ok());
        assert!(merchant.require("payments:read").is_ok());
        assert!(merchant.require_merchant().is_ok());
        for scope in [
            "refunds:write",
            "payments",
            "",
            "payments:write payments:read",
        ] {
            assert_eq!(
                merchant.require(scope).unwrap_err().code,
                ProblemCode::MissingScope
            );
        }
    }

    #[test]
    fn a_customer_acts_for_itself() {
        let customer = caller(&[("sub", "app"), ("customer_id", "cust-001")]).unwrap();
        assert!(customer.acts_for("cust-001") && !customer.acts_for("cust-002"));
        assert_eq!(
            customer.require_merchant().unwrap_err().code,
            ProblemCode::MerchantOnly
        );
        let cognito = caller(&[("sub", "app"), ("custom:customer_id", "cust-001")]).unwrap();
        assert!(!cognito.is_merchant());
    }

    #[test]
    fn odd_claims_give_no_rights() {
        let table: [(&str, Claims, ProblemCode); 4] = [
            ("no claims", &[], ProblemCode::Unauthenticated),
            (
                "blank subject",
                &[("sub", "")],
                ProblemCode::Unauthenticated,
            ),
            (
                "blank customer",
                &[("sub", "a"), ("customer_id", "")],
                ProblemCode::Forbidden,
            ),
            (
                "odd customer",
                &[("sub", "a"), ("customer_id", "cust#001")],
                ProblemCode::Forbidden,
            ),
        ];
        for (why, claims, code) in table {
            assert_eq!(caller(claims).unwrap_err(), code, "{why}");
        }
        assert_eq!(caller(&[("client_id", "m2m")]).unwrap().subject, "m2m");
    }

    #[test]
    fn claims_come_from_the_gateway_event() {
        let event = r#"{"version":"2.0","routeKey":"$default","rawPath":"/v1/payments",
            "rawQueryString":"","headers":{},"isBase64Encoded":false,"requestContext":{
            "accountId":"1","apiId":"a","stage":"$default","requestId":"r","routeKey":"$default",
            "time":"20/Nov/2026:01:15:30 +0000","timeEpoch":1,
            "authorizer":{"jwt":{"claims":{"sub":"backend","scope":"payments:read"},"scopes":null}},
            "http":{"method":"GET","path":"/v1/payments","protocol":"HTTP/1.1",
            "sourceIp":"127.0.0.1","userAgent":"t"}}}"#;
        let request = lambda_http::request::from_str(event).unwrap();
        assert_eq!(Caller::from_request(&request).unwrap().subject, "backend");
        let anonymous = event.replace(r#""authorizer""#, r#""other""#);
        let request = lambda_http::request::from_str(&anonymous).unwrap();
        let problem = Caller::from_request(&request).unwrap_err();
        assert_eq!(problem.code, ProblemCode::Unauthenticated);
    }
}
