//! What in a token tells who calls, and what customers' apps may do.

use super::Reader;

const MERCHANT_SCOPE: &str = "MERCHANT_SCOPE";
const CUSTOMER_CLAIM: &str = "CUSTOMER_CLAIM";
const SCOPE_PREFIX: &str = "SCOPE_PREFIX";
const CUSTOMERS_MAY_PAY: &str = "CUSTOMERS_MAY_PAY";

/// Longest scope, prefix or claim name that a setting may give.
const LONGEST: usize = 255;

/// The rights that routes ask for. Holders of one of them must not become the merchant by it.
const RIGHTS: [&str; 11] = [
    "bindings:write",
    "bindings:read",
    "payments:write",
    "payments:read",
    "refunds:write",
    "captures:write",
    "subscriptions:write",
    "subscriptions:read",
    "customers:write",
    "webhooks:write",
    "webhooks:read",
];

/// Claims that are in tokens of every kind, or hold something else: none of them can mark a customer.
const NEVER_A_CUSTOMER: [&str; 18] = [
    "sub",
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "scope",
    "scp",
    "permissions",
    "roles",
    "client_id",
    "azp",
    "cid",
    "appid",
    "tid",
    "ver",
    "token_use",
];

/// The marks that tell the merchant's backend and customers' apps apart, how scopes are spelled, and whether
/// customers' apps create payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerSettings {
    /// `MERCHANT_SCOPE` (`merchant`): the scope that only the merchant's backend is given.
    pub merchant_scope: String,
    /// `CUSTOMER_CLAIM` (`customer_id`): the claim that holds the customer's id in tokens of customers' apps.
    pub customer_claim: String,
    /// `SCOPE_PREFIX` (`doku-lambda/`): what an issuer may write before a scope to name this API.
    pub scope_prefix: String,
    /// `CUSTOMERS_MAY_PAY` (false): whether a customer's app may create payments, such as top-ups, and so
    /// choose their amounts.
    pub customers_may_pay: bool,
}

impl Default for CallerSettings {
    fn default() -> Self {
        Self {
            merchant_scope: "merchant".to_owned(),
            customer_claim: "customer_id".to_owned(),
            scope_prefix: "doku-lambda/".to_owned(),
            customers_may_pay: false,
        }
    }
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    pub(super) fn callers(&mut self) -> CallerSettings {
        let default = CallerSettings::default();
        let marks = CallerSettings {
            merchant_scope: self
                .optional(MERCHANT_SCOPE)
                .unwrap_or(default.merchant_scope),
            customer_claim: self
                .optional(CUSTOMER_CLAIM)
                .unwrap_or(default.customer_claim),
            scope_prefix: self.optional(SCOPE_PREFIX).unwrap_or(default.scope_prefix),
            customers_may_pay: self.switch(CUSTOMERS_MAY_PAY),
        };
        // Scopes are compared without their prefix, and may be set with it.
        let merchant_scope = marks.merchant_scope.strip_prefix(&marks.scope_prefix);
        let merchant_scope = merchant_scope.unwrap_or(&marks.merchant_scope).to_owned();
        let marks = CallerSettings {
            merchant_scope,
            ..marks
        };
        if !is_scope(&marks.merchant_scope) {
            self.fault(
                MERCHANT_SCOPE,
                "must be at most 255 letters, digits and . _ : / ~ -",
            );
        } else if RIGHTS.contains(&marks.merchant_scope.as_str()) {
            self.fault(MERCHANT_SCOPE, "must not be one of the other scopes");
        }
        let claim = marks.customer_claim.as_str();
        if claim.len() > LONGEST || !claim.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.fault(
                CUSTOMER_CLAIM,
                "must be at most 255 printable ASCII characters without spaces",
            );
        } else if NEVER_A_CUSTOMER.contains(&claim) {
            self.fault(CUSTOMER_CLAIM, "must be a claim of customers' tokens only");
        }
        let prefix = marks.scope_prefix.as_str();
        if !is_scope(prefix) || !prefix.ends_with(['/', ':', '.']) {
            self.fault(
                SCOPE_PREFIX,
                "must be at most 255 letters, digits and . _ : / ~ -, and end with / : or .",
            );
        }
        marks
    }
}

/// Brackets and spaces are how API Gateway writes lists, so that no scope may hold them.
fn is_scope(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._:/~-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::{Config, ConfigError};
    use super::*;

    fn read(variable: &str, value: &str) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| match name {
            "TABLE_NAME" | "DOKU_SECRET_ARN" => Some("x".to_owned()),
            "DOKU_ENVIRONMENT" => Some("sandbox".to_owned()),
            name if name == variable => Some(value.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn marks_have_defaults_and_customers_may_not_pay() {
        let config = read(MERCHANT_SCOPE, "").unwrap();
        assert_eq!(*config.callers, CallerSettings::default());
        let config = read(CUSTOMERS_MAY_PAY, "true").unwrap();
        assert!(config.callers.customers_may_pay);
    }

    #[test]
    fn the_merchants_scope_may_be_set_with_its_prefix() {
        let config = read(MERCHANT_SCOPE, "doku-lambda/backend").unwrap();
        assert_eq!(config.callers.merchant_scope, "backend");
    }

    #[test]
    fn each_mark_has_its_rule() {
        let long = "c".repeat(256);
        let table = [
            (MERCHANT_SCOPE, "backend:all", true),
            (MERCHANT_SCOPE, "payments:read", false),
            (MERCHANT_SCOPE, "doku-lambda/payments:read", false),
            (MERCHANT_SCOPE, "doku-lambda/", false),
            (MERCHANT_SCOPE, "two words", false),
            (MERCHANT_SCOPE, "[merchant]", false),
            (MERCHANT_SCOPE, &long, false),
            (CUSTOMER_CLAIM, "https://shop.example/customer_id", true),
            (CUSTOMER_CLAIM, "custom:customer_id", true),
            (CUSTOMER_CLAIM, "sub", false),
            (CUSTOMER_CLAIM, "scope", false),
            (CUSTOMER_CLAIM, "customer id", false),
            (CUSTOMER_CLAIM, &long, false),
            (SCOPE_PREFIX, "api://3f1c/", true),
            (SCOPE_PREFIX, "https://pay.example/", true),
            (SCOPE_PREFIX, "payments", false),
            (SCOPE_PREFIX, "a b/", false),
            (CUSTOMERS_MAY_PAY, "yes", false),
        ];
        for (variable, value, good) in table {
            let result = read(variable, value);
            assert_eq!(result.is_ok(), good, "{variable}={value}");
            if let Err(error) = result {
                assert_eq!(error.0[0].variable, variable);
            }
        }
    }
}
