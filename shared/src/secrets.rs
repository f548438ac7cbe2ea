//! The secret of a deployment: DOKU's keys and our own, fetched from Secrets Manager and parsed.
//!
//! Read once per environment, again after five minutes, and again when a signature or a token
//! fails. While a rotation is under way the version before (`AWSPREVIOUS`) still verifies what
//! DOKU signs.

mod store;

use std::{fmt, sync::OnceLock};

use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::{Map, Value};

pub use store::SecretStore;

use crate::{
    seal::{Keyring, derive},
    signing::asymmetric::{KeyError, SigningKey, VerifyingKey},
};

/// Text shorter than this makes no data key or token-signing key.
const MIN_KEY_CHARS: usize = 32;

/// Why the secret cannot be used. Names fields and rules, never a value.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SecretsError {
    /// Secrets Manager did not give it; `code` is its error code, or what kept us from asking.
    #[error("Secrets Manager did not return the secret ({code})")]
    Unavailable {
        /// Such as `AccessDeniedException`, or `dispatch failure`.
        code: String,
    },
    /// It is not a JSON object.
    #[error("the secret is not a JSON object")]
    NotAnObject,
    /// A field is missing, still the placeholder, or of the wrong kind.
    #[error("the secret's field {field} {rule}")]
    Field {
        /// The field, such as `secretKey`.
        field: &'static str,
        /// What it has to be.
        rule: &'static str,
    },
    /// A field holds no usable key.
    #[error("the secret's field {field} {problem}")]
    Key {
        /// `merchantPrivateKey` or `dokuPublicKey`.
        field: &'static str,
        /// What is wrong with it.
        problem: KeyError,
    },
}

/// One version of the secret.
pub struct Secrets {
    client_id: String,
    secret_key: SecretString,
    keyring: Keyring,
    token_signing_key: SecretSlice<u8>,
    merchant_private_key: Result<SecretString, SecretsError>,
    doku_public_key: Result<SecretString, SecretsError>,
    merchant_key: OnceLock<Result<SigningKey, SecretsError>>,
    doku_key: OnceLock<Result<VerifyingKey, SecretsError>>,
}

impl Secrets {
    /// Parses the secret's JSON.
    ///
    /// `clientId`, `secretKey` and `dataKey` are needed by everything and checked here; the two
    /// RSA keys only when they are first used, since most requests use neither.
    pub fn parse(json: &SecretString) -> Result<Self, SecretsError> {
        let fields: Map<String, Value> =
            serde_json::from_str(json.expose_secret()).map_err(|_| SecretsError::NotAnObject)?;
        let data_key: SecretString = key_text(&fields, "dataKey")?.into();
        let token_signing_key = if fields.contains_key("tokenSigningKey") {
            key_text(&fields, "tokenSigningKey")?
                .as_bytes()
                .to_vec()
                .into()
        } else {
            derive(&data_key, "doku-lambda token signing v1")
        };
        Ok(Self {
            client_id: text(&fields, "clientId")?.to_owned(),
            secret_key: text(&fields, "secretKey")?.into(),
            keyring: Keyring::new(&data_key, &previous_data_keys(&fields)?),
            token_signing_key,
            merchant_private_key: text(&fields, "merchantPrivateKey").map(Into::into),
            doku_public_key: text(&fields, "dokuPublicKey").map(Into::into),
            merchant_key: OnceLock::new(),
            doku_key: OnceLock::new(),
        })
    }

    /// `clientId`: `BRN-…`, DOKU's name for the merchant. Not secret.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// `secretKey`: what symmetric signatures are made with.
    pub const fn secret_key(&self) -> &SecretString {
        &self.secret_key
    }

    /// `merchantPrivateKey`, parsed at the first use: signs our token requests.
    pub fn merchant_key(&self) -> Result<&SigningKey, SecretsError> {
        self.merchant_key
            .get_or_init(|| {
                let field = "merchantPrivateKey";
                let pem = self.merchant_private_key.as_ref().map_err(Clone::clone)?;
                SigningKey::from_pem(pem).map_err(|problem| SecretsError::Key { field, problem })
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// `dokuPublicKey`, parsed at the first use: verifies DOKU's token requests.
    pub fn doku_public_key(&self) -> Result<&VerifyingKey, SecretsError> {
        self.doku_key
            .get_or_init(|| {
                let field = "dokuPublicKey";
                let pem = self.doku_public_key.as_ref().map_err(Clone::clone)?;
                VerifyingKey::from_pem(pem.expose_secret())
                    .map_err(|problem| SecretsError::Key { field, problem })
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// `dataKey` and `previousDataKeys`: seals what is stored.
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// `tokenSigningKey`, or derived from `dataKey`: signs (HS256) the tokens DOKU asks us for.
    pub const fn token_signing_key(&self) -> &SecretSlice<u8> {
        &self.token_signing_key
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

fn text<'a>(fields: &'a Map<String, Value>, field: &'static str) -> Result<&'a str, SecretsError> {
    let fault = |rule| SecretsError::Field { field, rule };
    match fields.get(field) {
        None => Err(fault("is missing")),
        Some(Value::String(text)) if text.trim().is_empty() => Err(fault("is empty")),
        Some(Value::String(text)) if is_placeholder(text) => {
            Err(fault("still holds the placeholder"))
        }
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(fault("must be text")),
    }
}

/// What a freshly made stack holds until somebody fills in the merchant's own values.
fn is_placeholder(text: &str) -> bool {
    let start: String = text.trim().chars().take(7).collect();
    start.eq_ignore_ascii_case("REPLACE")
}

fn key_text<'a>(
    fields: &'a Map<String, Value>,
    field: &'static str,
) -> Result<&'a str, SecretsError> {
    let rule = "must have at least 32 characters";
    text(fields, field).and_then(|text| {
        let long_enough = text.chars().count() >= MIN_KEY_CHARS;
        long_enough
            .then_some(text)
            .ok_or(SecretsError::Field { field, rule })
    })
}

fn previous_data_keys(fields: &Map<String, Value>) -> Result<Vec<SecretString>, SecretsError> {
    let fault = || SecretsError::Field {
        field: "previousDataKeys",
        rule: "must be a list of texts of at least 32 characters",
    };
    let Some(keys) = fields.get("previousDataKeys") else {
        return Ok(Vec::new());
    };
    keys.as_array()
        .ok_or_else(fault)?
        .iter()
        .map(|key| {
            let text = key
                .as_str()
                .filter(|text| text.chars().count() >= MIN_KEY_CHARS);
            text.map(Into::into).ok_or_else(fault)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    pub(super) fn sample() -> Value {
        json!({
            "clientId": "BRN-0000-TESTONLY00001",
            "secretKey": "SK-TESTONLY-0123456789abcdef",
            "merchantPrivateKey": "REPLACE-ME",
            "dokuPublicKey": "not a PEM, value-7731",
            "dataKey": "0123456789abcdef0123456789abcdef",
        })
    }

    fn parse(json: &Value) -> Result<Secrets, SecretsError> {
        Secrets::parse(&json.to_string().into())
    }

    #[test]
    fn a_key_nobody_uses_is_not_parsed() {
        let secrets = parse(&sample()).unwrap();
        assert_eq!(secrets.client_id(), "BRN-0000-TESTONLY00001");
        assert_eq!(
            secrets.merchant_key().unwrap_err().to_string(),
            "the secret's field merchantPrivateKey still holds the placeholder"
        );
        assert_eq!(
            secrets.doku_public_key().unwrap_err().to_string(),
            "the secret's field dokuPublicKey is not a PEM block of the expected kind"
        );
        assert_eq!(secrets.token_signing_key().expose_secret().len(), 32);
        assert!(!format!("{secrets:?}").contains("TESTONLY-"));
    }

    #[test]
    fn what_is_wrong_is_named_and_not_shown() {
        let table = [
            ("clientId", json!(7731), "must be text"),
            ("secretKey", json!("  "), "is empty"),
            (
                "secretKey",
                json!("replace_me-7731"),
                "still holds the placeholder",
            ),
            (
                "dataKey",
                json!("short-7731"),
                "must have at least 32 characters",
            ),
            (
                "tokenSigningKey",
                json!("short-7731"),
                "must have at least 32 characters",
            ),
            (
                "previousDataKeys",
                json!(["short-7731"]),
                "must be a list of texts of at least 32 characters",
            ),
        ];
        for (field, value, rule) in table {
            let mut secret = sample();
            secret[field] = value;
            let error = parse(&secret).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the secret's field {field} {rule}")
            );
            assert!(!format!("{error:?}").contains("7731"), "{field}");
        }
        let mut secret = sample();
        secret.as_object_mut().unwrap().remove("secretKey");
        assert!(
            parse(&secret)
                .unwrap_err()
                .to_string()
                .ends_with("secretKey is missing")
        );
        assert!(matches!(
            Secrets::parse(&"[]".into()),
            Err(SecretsError::NotAnObject)
        ));
    }
}
