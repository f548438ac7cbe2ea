//! Throw-away RSA keys, for when nobody brings any.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Both halves of an RSA key of 2048 bits, as PEM text.
#[derive(Clone)]
pub struct PemPair {
    /// `PRIVATE KEY` (PKCS#8), unencrypted.
    pub private: String,
    /// `PUBLIC KEY` (`SubjectPublicKeyInfo`).
    pub public: String,
}

/// Makes a new pair; fails only without entropy.
pub fn generate() -> Result<PemPair, Unspecified> {
    let pair = KeyPair::generate(KeySize::Rsa2048)?;
    let private: Pkcs8V1Der<'_> = pair.as_der()?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
    Ok(PemPair {
        private: pem("PRIVATE KEY", private.as_ref()),
        public: pem("PUBLIC KEY", public.as_ref()),
    })
}

/// A throw-away secret key, 32 characters after its prefix.
pub fn secret() -> String {
    format!("SK-{}", crate::random::alphanumeric(32))
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use doku_shared::signing::asymmetric::{SigningKey, VerifyingKey};
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn a_generated_pair_signs_and_verifies() {
        let pair = generate().unwrap();
        let signature = SigningKey::from_pem(&SecretString::from(pair.private))
            .unwrap()
            .sign("text")
            .unwrap();
        let key = VerifyingKey::from_pem(&pair.public).unwrap();
        assert!(key.verify("text", &signature).is_ok());
        assert!(key.verify("test", &signature).is_err());
    }
}
