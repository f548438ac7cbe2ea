//! Sealing what is stored: tokens, `authCode`s and frozen request bodies.
//!
//! AES-256-GCM with a key derived from the secret's `dataKey`, so that a leaked table opens no
//! account. The key's id stands in front of each ciphertext: after a rotation the older keys
//! (`previousDataKeys`) still open what they sealed.
//!
//! Layout: 4 bytes of key id, 12 bytes of nonce, ciphertext, 16 bytes of tag.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf::{HKDF_SHA256, Salt},
};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::{Digest, Sha256};

const ID_LEN: usize = 4;

/// Why something sealed could not be opened. The first two may mean a missing previous key, the
/// last that the item is not what was stored under this context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too short to have been sealed.
    #[error("this was not sealed by us")]
    NotSealed,
    /// Sealed with a key that is neither the current nor a previous one.
    #[error("the key that sealed this is not among the data keys")]
    UnknownKey,
    /// Altered, or sealed for another context.
    #[error("this was altered, or sealed for something else")]
    Refused,
}

/// The current data key and those before it.
pub struct Keyring {
    /// Never empty; the current one is first.
    keys: Vec<DataKey>,
}

struct DataKey {
    id: [u8; ID_LEN],
    aead: RandomizedNonceKey,
    fingerprint: SecretSlice<u8>,
}

impl Keyring {
    /// Derives the keys. Any text will do; its length is whoever reads the secret's to check.
    pub fn new(data_key: &SecretString, previous: &[SecretString]) -> Self {
        let keys = std::iter::once(data_key)
            .chain(previous)
            .map(DataKey::derive)
            .collect();
        Self { keys }
    }

    /// Seals `plaintext` with the current key.
    ///
    /// `context` says what it is for (for example the item's key and attribute) and must be given
    /// again to open it: a ciphertext moved to another item does not open there.
    pub fn seal(&self, context: &str, plaintext: &[u8]) -> Vec<u8> {
        self.keys[0].seal(context, plaintext)
    }

    /// Opens what [`Keyring::seal`] made for the same `context`, with whichever key made it.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<SecretSlice<u8>, SealError> {
        let (id, rest) = sealed
            .split_at_checked(ID_LEN)
            .ok_or(SealError::NotSealed)?;
        let (nonce, body) = rest
            .split_at_checked(NONCE_LEN)
            .ok_or(SealError::NotSealed)?;
        let key = self
            .keys
            .iter()
            .find(|key| key.id == id)
            .ok_or(SealError::UnknownKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::NotSealed)?;
        let mut body = body.to_vec();
        let opened = key
            .aead
            .open_in_place(nonce, Aad::from(context), &mut body)
            .map_err(|_| SealError::Refused)?;
        Ok(opened.to_vec().into())
    }

    /// As [`Keyring::open`], for text.
    pub fn open_text(&self, context: &str, sealed: &[u8]) -> Result<SecretString, SealError> {
        let opened = self.open(context, sealed)?;
        let text = std::str::from_utf8(opened.expose_secret()).map_err(|_| SealError::Refused)?;
        Ok(text.into())
    }

    /// A keyed fingerprint: `{key id}:{64 hexadecimal digits}`.
    ///
    /// Keyed, so that a leaked table does not let anyone try phone numbers or bodies against it.
    pub fn fingerprint(&self, bytes: &[u8]) -> String {
        let key = &self.keys[0];
        format!(
            "{}:{}",
            hex::encode(key.id),
            hex::encode(key.mac(bytes).finalize().into_bytes())
        )
    }

    /// Whether `stored` is the fingerprint of these bytes, by the key it names; constant time.
    /// False for anything that is not a fingerprint, or whose key is gone.
    pub fn fingerprint_matches(&self, stored: &str, bytes: &[u8]) -> bool {
        let Some((id, digest)) = stored.split_once(':') else {
            return false;
        };
        let Some(key) = self.keys.iter().find(|key| hex::encode(key.id) == id) else {
            return false;
        };
        hex::decode(digest).is_ok_and(|digest| key.mac(bytes).verify_slice(&digest).is_ok())
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.keys.iter().map(|key| hex::encode(key.id)).collect();
        f.debug_struct("Keyring")
            .field("ids", &ids)
            .finish_non_exhaustive()
    }
}

impl DataKey {
    fn derive(data_key: &SecretString) -> Self {
        let sealing = derive(data_key, "doku-lambda seal v1");
        let identity = derive(data_key, "doku-lambda key id v1");
        let mut id = [0; ID_LEN];
        id.copy_from_slice(&Sha256::digest(identity.expose_secret())[..ID_LEN]);
        Self {
            id,
            aead: RandomizedNonceKey::new(&AES_256_GCM, sealing.expose_secret())
                .expect("32 bytes are an AES-256 key"),
            fingerprint: derive(data_key, "doku-lambda fingerprint v1"),
        }
    }

    fn seal(&self, context: &str, plaintext: &[u8]) -> Vec<u8> {
        let mut body = plaintext.to_vec();
        let nonce = self
            .aead
            .seal_in_place_append_tag(Aad::from(context), &mut body)
            .expect("AES-GCM seals anything below 64 GiB");
        [self.id.as_slice(), nonce.as_ref(), &body].concat()
    }

    fn mac(&self, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.fingerprint.expose_secret())
            .expect("HMAC takes a key of any length");
        mac.update(bytes);
        mac
    }
}

/// Derives 32 bytes from `data_key` for one purpose: HKDF-SHA256 without salt.
pub(crate) fn derive(data_key: &SecretString, purpose: &str) -> SecretSlice<u8> {
    let mut derived = vec![0; 32];
    let key = Salt::new(HKDF_SHA256, &[]).extract(data_key.expose_secret().as_bytes());
    key.expand(&[purpose.as_bytes()], HKDF_SHA256)
        .and_then(|material| material.fill(&mut derived))
        .expect("HKDF-SHA256 gives 32 bytes");
    derived.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(current: &str, previous: &[&str]) -> Keyring {
        let previous: Vec<SecretString> = previous.iter().map(|key| (*key).into()).collect();
        Keyring::new(&current.into(), &previous)
    }

    #[test]
    fn what_was_sealed_opens_in_its_context_only() {
        let ring = ring("one", &[]);
        let sealed = ring.seal("BINDING#1", b"auth-code");
        assert_eq!(sealed.len(), 4 + 12 + 9 + 16);
        assert_eq!(
            ring.open_text("BINDING#1", &sealed)
                .unwrap()
                .expose_secret(),
            "auth-code"
        );
        assert_eq!(
            ring.open("BINDING#2", &sealed).unwrap_err(),
            SealError::Refused
        );
        assert_ne!(
            ring.seal("BINDING#1", b"auth-code"),
            sealed,
            "a nonce is used once"
        );
        assert!(
            ring.open("", &ring.seal("", b""))
                .unwrap()
                .expose_secret()
                .is_empty()
        );
        assert_eq!(
            ring.open_text("a", &ring.seal("a", b"\xff")).unwrap_err(),
            SealError::Refused
        );
    }

    #[test]
    fn any_altered_or_missing_byte_is_refused() {
        let ring = ring("one", &[]);
        let sealed = ring.seal("a", b"auth-code");
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(ring.open("a", &altered).is_err(), "byte {at}");
            assert!(ring.open("a", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_rotated_key_still_opens_and_matches() {
        let (old, new) = (ring("one", &[]), ring("two", &["one"]));
        let (sealed, print) = (old.seal("a", b"x"), old.fingerprint(b"x"));
        assert_eq!(new.open("a", &sealed).unwrap().expose_secret(), b"x");
        assert!(new.fingerprint_matches(&print, b"x"));
        assert_ne!(new.fingerprint(b"x"), print);
        let stranger = ring("three", &[]);
        assert_eq!(
            stranger.open("a", &sealed).unwrap_err(),
            SealError::UnknownKey
        );
        assert!(!stranger.fingerprint_matches(&print, b"x"));
    }

    #[test]
    fn fingerprints() {
        let ring = ring("one", &[]);
        let print = ring.fingerprint(b"x");
        assert_eq!(print.len(), 8 + 1 + 64);
        let table = [
            ("the same", print.clone(), true),
            ("no key id", print[9..].to_owned(), false),
            ("cut", print[..40].to_owned(), false),
            ("nothing", String::new(), false),
            ("not hexadecimal", format!("{}:zz", &print[..8]), false),
        ];
        for (why, stored, matches) in table {
            assert_eq!(ring.fingerprint_matches(&stored, b"x"), matches, "{why}");
        }
        assert!(!ring.fingerprint_matches(&print, b"y"));
    }

    #[test]
    fn derived_keys_do_not_change() {
        // What is stored today must open tomorrow: these are HKDF-SHA256 by RFC 5869.
        let key = "0123456789abcdef0123456789abcdef".into();
        assert_eq!(
            hex::encode(derive(&key, "doku-lambda seal v1").expose_secret()),
            PINNED_SEAL_KEY
        );
        assert!(format!("{:?}", Keyring::new(&key, &[])).starts_with("Keyring { ids: [\""));
    }

    const PINNED_SEAL_KEY: &str =
        "4ee7d193f77d32fce209b62f556a2315b20bc3f8f052c11c881c6cda985bff74";
}
