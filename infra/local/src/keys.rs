//! RSA keys and chance, made at start. Nothing here is a secret of anybody's: it lives as long as
//! the process.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A key pair as PEM: PKCS#8 and SPKI.
#[derive(Clone)]
pub struct PemPair {
    /// `-----BEGIN PRIVATE KEY-----`
    pub private: String,
    /// `-----BEGIN PUBLIC KEY-----`
    pub public: String,
}

/// The three pairs of a local world.
pub struct Keys {
    /// What the merchant signs with.
    pub merchant: PemPair,
    /// What DOKU signs with.
    pub doku: PemPair,
    /// What the token issuer signs with.
    pub issuer: PemPair,
}

/// The library could not make a key; it gives no reason.
#[derive(Debug, thiserror::Error)]
#[error("no RSA key could be generated")]
pub struct KeyError;

/// The keys of this process. They are made once and shared by all its worlds: three RSA keys take
/// longer than everything else that a start does.
pub fn keys() -> Result<&'static Keys, KeyError> {
    static KEYS: OnceLock<Option<Keys>> = OnceLock::new();
    let made = KEYS.get_or_init(|| {
        std::thread::scope(|scope| {
            let threads = [(); 3].map(|()| scope.spawn(pair));
            let [merchant, doku, issuer] = threads.map(|thread| thread.join().ok().flatten());
            Some(Keys {
                merchant: merchant?,
                doku: doku?,
                issuer: issuer?,
            })
        })
    });
    made.as_ref().ok_or(KeyError)
}

fn pair() -> Option<PemPair> {
    let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
    let private: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
    Some(PemPair {
        private: pem("PRIVATE KEY", private.as_ref()),
        public: pem("PUBLIC KEY", public.as_ref()),
    })
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
    pem
}

/// `bytes` random bytes as lower-case hexadecimal text.
pub fn random_hex(bytes: usize) -> Result<String, KeyError> {
    let mut buffer = vec![0; bytes];
    SystemRandom::new()
        .fill(&mut buffer)
        .map_err(|_| KeyError)?;
    Ok(hex::encode(buffer))
}
