//! The issuer of JWTs, and the JWT authorizer that believes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Map, Value, json};

use crate::clock::now_ms;
use crate::keys::PemPair;
use crate::template::JwtAuthorizer;

/// Mints tokens that the template's authorizer accepts, and checks them. Clones share the key.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

struct Inner {
    signing: EncodingKey,
    verifying: DecodingKey,
    issuer: String,
    audience: Vec<String>,
}

/// The claims that the authorizer passes on: each as text, and none that is null, as API Gateway does.
pub type Claims = BTreeMap<String, String>;

/// Why a caller is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// No token, or not a valid one.
    Unauthorized,
    /// A valid token without any of the route's scopes.
    Forbidden,
}

/// How long a minted token is good for.
const LIFETIME_SECONDS: u64 = 12 * 60 * 60;

impl Issuer {
    /// An issuer with this key, for the template's authorizer.
    pub fn new(
        keys: &PemPair,
        authorizer: Option<&JwtAuthorizer>,
    ) -> Result<Self, jsonwebtoken::errors::Error> {
        let issuer = authorizer.map(|a| a.issuer.clone()).unwrap_or_default();
        let audience = authorizer.map(|a| a.audience.clone()).unwrap_or_default();
        Ok(Self(Arc::new(Inner {
            signing: EncodingKey::from_rsa_pem(keys.private.as_bytes())?,
            verifying: DecodingKey::from_rsa_pem(keys.public.as_bytes())?,
            issuer: if issuer.is_empty() {
                "https://issuer.local".to_owned()
            } else {
                issuer
            },
            audience: if audience.iter().all(String::is_empty) {
                vec!["local".to_owned()]
            } else {
                audience
            },
        })))
    }

    /// A token for `subject` with space-separated `scopes`; with a customer it is that customer's.
    pub fn token(&self, subject: &str, customer: Option<&str>, scopes: &str) -> String {
        let mut claims = Map::new();
        claims.insert("sub".into(), subject.into());
        claims.insert("scope".into(), scopes.into());
        if let Some(customer) = customer {
            claims.insert("customer_id".into(), customer.into());
        }
        self.sign(claims)
    }

    /// A token with these claims on top of the usual ones (`iss`, `aud`, `iat`, `exp`); a claim
    /// that is given wins, so that a test can make one that is stale or somebody else's.
    pub fn sign(&self, claims: Map<String, Value>) -> String {
        let now = now_ms() / 1000;
        let mut all = json!({
            "iss": self.0.issuer,
            "aud": self.0.audience.first(),
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
        });
        if let Some(all) = all.as_object_mut() {
            all.extend(claims);
        }
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some("local".to_owned());
        // The key was parsed at start and the claims are JSON, so nothing is left to go wrong; an
        // empty token would be refused at the first request.
        encode(&header, &all, &self.0.signing).unwrap_or_default()
    }

    /// Checks the `Authorization` header as a JWT authorizer does. `scopes`: one is enough; none
    /// asks for none.
    pub fn authorize(
        &self,
        header: Option<&str>,
        scopes: &[String],
    ) -> Result<(Claims, Option<Vec<String>>), Denied> {
        let token = header.ok_or(Denied::Unauthorized)?;
        let token = match token.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token,
            Some(_) => return Err(Denied::Unauthorized),
            None => token,
        };
        let mut validation = Validation::new(Algorithm::RS256);
        validation.leeway = 0;
        validation.validate_nbf = true;
        validation.validate_aud = false; // below: `client_id` may stand in for it
        validation.set_issuer(&[&self.0.issuer]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        let claims = decode::<Map<String, Value>>(token, &self.0.verifying, &validation)
            .map_err(|_| Denied::Unauthorized)?
            .claims;
        let audience = claims.get("aud").filter(|audience| !audience.is_null());
        let audience = audience.or_else(|| claims.get("client_id"));
        let ours = match audience {
            Some(Value::String(one)) => self.0.audience.contains(one),
            Some(Value::Array(many)) => many
                .iter()
                .filter_map(Value::as_str)
                .any(|one| self.0.audience.iter().any(|ours| ours == one)),
            _ => false,
        };
        if !ours {
            return Err(Denied::Unauthorized);
        }
        let held = claims.get("scope").or_else(|| claims.get("scp"));
        let held: Vec<&str> = match held {
            Some(Value::String(text)) => text.split(' ').collect(),
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let granted: Vec<String> = scopes
            .iter()
            .filter(|scope| held.contains(&scope.as_str()))
            .cloned()
            .collect();
        if !scopes.is_empty() && granted.is_empty() {
            return Err(Denied::Forbidden);
        }
        let texts = claims
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), as_text(value)))
            .collect();
        // `scopes` is null in the event unless the route asks for some.
        Ok((texts, (!scopes.is_empty()).then_some(granted)))
    }
}

/// API Gateway writes every claim as text: a list as `[a b]`, an object as `map[name:a other:b]`.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(as_text).collect::<Vec<_>>().join(" ")
            )
        }
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.iter().collect();
            let members = members
                .into_iter()
                .map(|(name, value)| format!("{name}:{}", as_text(value)));
            format!("map[{}]", members.collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::keys;

    fn issuer() -> Issuer {
        let authorizer = JwtAuthorizer {
            issuer: "https://issuer.example".into(),
            audience: vec!["us".into()],
        };
        Issuer::new(&keys().unwrap().issuer, Some(&authorizer)).unwrap()
    }

    fn with(claims: &Value) -> String {
        issuer().sign(claims.as_object().unwrap().clone())
    }

    #[test]
    fn a_minted_token_is_accepted_and_its_claims_are_texts() {
        let token = issuer().token("shop", Some("cust-1"), "payments:write payments:read");
        let (claims, scopes) = issuer()
            .authorize(Some(&format!("Bearer {token}")), &[])
            .unwrap();
        assert_eq!(claims["customer_id"], "cust-1");
        assert_eq!(claims["scope"], "payments:write payments:read");
        assert!(claims["exp"].parse::<u64>().is_ok());
        assert_eq!(scopes, None);
        assert!(
            issuer().authorize(Some(&token), &[]).is_ok(),
            "without the word Bearer"
        );
    }

    #[test]
    fn claims_are_passed_on_as_api_gateway_writes_them() {
        let token = with(&json!({
            "sub": "user-1",
            "customer_id": null,
            "scp": ["payments:read", "merchant"],
            "realm_access": {"roles": ["a", "b"], "at": 1},
            "email_verified": true,
        }));
        let (claims, _) = issuer().authorize(Some(&token), &[]).unwrap();
        assert!(!claims.contains_key("customer_id"), "a null is left out");
        assert_eq!(claims["scp"], "[payments:read merchant]");
        assert_eq!(claims["realm_access"], "map[at:1 roles:[a b]]");
        assert_eq!(claims["email_verified"], "true");
    }

    #[test]
    fn a_bad_token_is_unauthorized() {
        let good = issuer().token("shop", None, "");
        let other = Issuer::new(&keys().unwrap().doku, None)
            .unwrap()
            .token("shop", None, "");
        let mut flipped = good.clone().into_bytes();
        let middle = flipped.len() / 2;
        flipped[middle] = if flipped[middle] == b'A' { b'B' } else { b'A' };
        let table = [
            ("none", None),
            ("empty", Some(String::new())),
            ("another scheme", Some(format!("Basic {good}"))),
            ("another key", Some(other)),
            ("altered", Some(String::from_utf8(flipped).unwrap())),
            ("expired", Some(with(&json!({ "exp": 1_600_000_000 })))),
            ("not yet", Some(with(&json!({ "nbf": 9_999_999_999_u64 })))),
            (
                "another issuer",
                Some(with(&json!({ "iss": "https://else.example" }))),
            ),
            ("another audience", Some(with(&json!({ "aud": "them" })))),
            ("unsigned", Some("eyJhbGciOiJub25lIn0.e30.".to_owned())),
        ];
        for (why, header) in table {
            let denied = issuer().authorize(header.as_deref(), &[]).unwrap_err();
            assert_eq!(denied, Denied::Unauthorized, "{why}");
        }
    }

    #[test]
    fn a_route_with_scopes_wants_one_of_them() {
        let scopes = ["refunds:write".to_owned(), "captures:write".to_owned()];
        let without = issuer().token("shop", None, "payments:write");
        assert_eq!(
            issuer().authorize(Some(&without), &scopes).unwrap_err(),
            Denied::Forbidden
        );
        let with = issuer().token("shop", None, "payments:write refunds:write");
        let (_, granted) = issuer().authorize(Some(&with), &scopes).unwrap();
        assert_eq!(granted, Some(vec!["refunds:write".to_owned()]));
    }
}
