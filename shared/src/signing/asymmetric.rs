//! RSA signatures (RSASSA-PKCS1-v1_5 with SHA-256): ours towards DOKU's token endpoints, DOKU's
//! towards ours.

use std::fmt;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};

use super::{SignatureMismatch, digest::decode_canonical, minify, sha256_hex};

/// Why a key could not be used. Never holds any part of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is not a PEM block of the kind wanted.
    #[error("is not a PEM block of the expected kind")]
    NotPem,
    /// The PEM block holds no RSA key of 2048 to 8192 bits.
    #[error("holds no RSA key of 2048 to 8192 bits")]
    NotRsa,
    /// The key was read, but a signature could not be made with it.
    #[error("could not make a signature")]
    CannotSign,
}

/// An RSA private key, parsed once and used for many signatures.
pub struct SigningKey(KeyPair);

impl SigningKey {
    /// Reads an unencrypted PEM: PKCS#8 (`BEGIN PRIVATE KEY`, what DOKU's recipe makes) or
    /// PKCS#1 (`BEGIN RSA PRIVATE KEY`).
    pub fn from_pem(pem: &SecretString) -> Result<Self, KeyError> {
        let der = PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes())
            .map_err(|_| KeyError::NotPem)?;
        let pair = match &der {
            PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(KeyError::NotRsa),
        };
        pair.map(Self).map_err(|_| KeyError::NotRsa)
    }

    /// Signs `text`: base64, 344 characters for a key of 2048 bits. The same text always gives
    /// the same signature.
    pub fn sign(&self, text: &str) -> Result<String, KeyError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            )
            .map_err(|_| KeyError::CannotSign)?;
        Ok(STANDARD.encode(signature))
    }

    /// The public half, as whoever receives our signatures holds it.
    pub fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        VerifyingKey::from_der(self.0.public_key().as_ref())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([REDACTED])")
    }
}

/// An RSA public key, parsed once.
pub struct VerifyingKey(ParsedPublicKey);

impl VerifyingKey {
    /// Reads a `SubjectPublicKeyInfo` PEM (`BEGIN PUBLIC KEY`), as DOKU's dashboard shows it.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| KeyError::NotPem)?;
        Self::from_der(&der)
    }

    /// Checks a base64 signature of `text`; canonical base64 only.
    pub fn verify(&self, text: &str, signature: &str) -> Result<(), SignatureMismatch> {
        let claimed = decode_canonical(signature)?;
        self.0
            .verify_sig(text.as_bytes(), &claimed)
            .map_err(|_| SignatureMismatch)
    }

    fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der)
            .map(Self)
            .map_err(|_| KeyError::NotRsa)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyingKey")
    }
}

/// What a token request is signed over: `{client id}|{X-TIMESTAMP}`. The body takes no part.
///
/// Source: DOKU API reference, "Asymmetric Signature" (read 2026-11-20).
pub fn token_string(client_id: &str, timestamp: &str) -> String {
    format!("{client_id}|{timestamp}")
}

/// The transactional form: `METHOD:PATH:lowerhex(SHA-256(minify(body))):X-TIMESTAMP`, without a
/// token. We only verify it, on an inbound call that carries a 344-character signature.
///
/// Source: DOKU API reference, "Asymmetric Signature" (read 2026-11-20).
pub fn transaction_string(method: &str, path: &str, body: &[u8], timestamp: &str) -> String {
    let hash = sha256_hex(&minify(body));
    format!("{method}:{path}:{hash}:{timestamp}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::vectors::{Section, pem};

    #[test]
    fn pkcs1_gives_the_same_key_as_pkcs8() {
        let key = Section::key("merchant_test_rsa");
        let pkcs8 = STANDARD
            .decode(key["private_key_pkcs8_der_base64"].as_str().unwrap())
            .unwrap();
        // A PKCS#8 RSA key is 26 bytes of envelope around the PKCS#1 structure.
        let pkcs1 = pem("RSA PRIVATE KEY", &STANDARD.encode(&pkcs8[26..]));
        let wrapped = Section::signing_key("merchant_test_rsa");
        let bare = SigningKey::from_pem(&pkcs1.into()).unwrap();
        assert_eq!(bare.sign("a").unwrap(), wrapped.sign("a").unwrap());
    }

    #[test]
    fn a_key_verifies_its_own_signatures() {
        let key = Section::signing_key("merchant_test_rsa");
        let signature = key.sign("a").unwrap();
        assert_eq!(signature.len(), 344);
        assert_eq!(key.verifying_key().unwrap().verify("a", &signature), Ok(()));
    }

    #[test]
    fn what_is_not_a_key_is_named_and_not_shown() {
        let table = [
            ("a placeholder", "REPLACE-ME".to_owned(), KeyError::NotPem),
            ("a public key", pem("PUBLIC KEY", "AAAA"), KeyError::NotPem),
            ("not DER", pem("PRIVATE KEY", "AAAA"), KeyError::NotRsa),
            ("an EC key", pem("EC PRIVATE KEY", "AAAA"), KeyError::NotRsa),
            (
                "an encrypted key",
                pem("ENCRYPTED PRIVATE KEY", "AAAA"),
                KeyError::NotPem,
            ),
        ];
        for (why, text, expected) in table {
            assert_eq!(
                SigningKey::from_pem(&text.into()).unwrap_err(),
                expected,
                "{why}"
            );
        }
        assert_eq!(VerifyingKey::from_pem("").unwrap_err(), KeyError::NotPem);
        assert_eq!(
            VerifyingKey::from_pem(&pem("PUBLIC KEY", "AAAA")).unwrap_err(),
            KeyError::NotRsa
        );
    }

    #[test]
    fn debug_shows_nothing() {
        let key = Section::signing_key("merchant_test_rsa");
        assert_eq!(format!("{key:?}"), "SigningKey([REDACTED])");
    }
}
