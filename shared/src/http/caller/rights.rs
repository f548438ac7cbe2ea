//! Rights, as issuers spell them.
//!
//! | Claim | Written by |
//! | --- | --- |
//! | `scope` | Auth0, Keycloak, Cognito and most others: text, RFC 8693 §4.2 |
//! | `scp` | Okta: a list; Entra ID in a user's token: text |
//! | `permissions` | Auth0 with role-based access control: a list |
//! | `roles` | Entra ID in an application's token, Keycloak by a mapper: a list |
//!
//! An HTTP API passes every claim on as text. A JSON list arrives as its elements between brackets, separated
//! by spaces: `[a b c]`.

use std::collections::BTreeSet;

/// Claims that hold rights.
const CLAIMS: [&str; 4] = ["scope", "scp", "permissions", "roles"];

/// The rights of all claims together, without `prefix`, which names this API.
pub(super) fn read<'a>(claim: impl Fn(&str) -> Option<&'a str>, prefix: &str) -> BTreeSet<String> {
    CLAIMS
        .iter()
        .filter_map(|name| claim(name))
        .flat_map(words)
        .map(|right| right.strip_prefix(prefix).unwrap_or(right).to_owned())
        .collect()
}

/// The words of one claim: of a text, or of a list in its brackets. A claim with further brackets holds a nested list
/// or, as in `map[name:[a b]]`, a JSON object, whose text cannot be told from rights: it grants nothing.
fn words(claim: &str) -> Vec<&str> {
    let claim = claim.trim_ascii();
    let list = claim
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let words = list.unwrap_or(claim);
    if words.contains(['[', ']']) {
        return Vec::new();
    }
    words.split_ascii_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_texts_are_read_alike() {
        let table: [(&str, &[&str]); 18] = [
            ("a b", &["a", "b"]),
            ("[a b]", &["a", "b"]),
            ("[a]", &["a"]),
            ("  [ a\tb ] ", &["a", "b"]),
            ("[]", &[]),
            ("", &[]),
            ("a", &["a"]),
            // Neither commas nor quotation marks are what a gateway writes.
            ("a,b", &["a,b"]),
            (r#"["a","b"]"#, &[r#""a","b""#]),
            ("[a b", &[]),
            ("a b]", &[]),
            ("[a] b [c]", &[]),
            ("map[a:x] b c:y]", &[]),
            // Nested lists and objects.
            ("[[x a y] b]", &[]),
            ("map[a:x b c:y]", &[]),
            ("map[realm:[a b]]", &[]),
            ("[map[n:x a m:y] b]", &[]),
            ("x[1] a", &[]),
        ];
        for (claim, expected) in table {
            assert_eq!(words(claim), expected, "{claim}");
        }
    }

    #[test]
    fn rights_of_all_claims_count_and_those_of_another_api_do_not() {
        let claims = [
            ("scope", "openid api/payments:read other/refunds:write"),
            ("scp", "[bindings:read]"),
            ("permissions", "[api/captures:write api.payments:write]"),
            ("roles", "merchant"),
            ("groups", "[subscriptions:read]"),
        ];
        let claim = |wanted: &str| {
            let mut all = claims.iter();
            all.find(|(name, _)| *name == wanted).map(|(_, text)| *text)
        };
        let rights = read(claim, "api/");
        for held in [
            "payments:read",
            "bindings:read",
            "captures:write",
            "merchant",
        ] {
            assert!(rights.contains(held), "{held}");
        }
        for not_held in ["refunds:write", "payments:write", "subscriptions:read"] {
            assert!(!rights.contains(not_held), "{not_held}");
        }
    }
}
