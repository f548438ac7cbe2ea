//! SHA-256 in the two spellings DOKU uses, and the HMAC shared by both signature families.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::SignatureMismatch;

/// SHA-256 as 64 lower-case hexadecimal digits (SNAP's body hash).
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 in padded standard base64, 44 characters (non-SNAP's `Digest`).
pub fn sha256_base64(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

/// The MAC of `text` in padded standard base64.
pub(super) fn mac_base64<M: Mac + KeyInit>(secret: &SecretString, text: &str) -> String {
    STANDARD.encode(mac_of::<M>(secret, text).finalize().into_bytes())
}

/// Compares `signature` (base64) with the MAC of `text`, in constant time.
pub(super) fn verify_mac<M: Mac + KeyInit>(
    secret: &SecretString,
    text: &str,
    signature: &str,
) -> Result<(), SignatureMismatch> {
    let claimed = decode_canonical(signature)?;
    mac_of::<M>(secret, text)
        .verify_slice(&claimed)
        .map_err(|_| SignatureMismatch)
}

/// Base64 with its padding, no stray trailing bits and no whitespace, or a mismatch.
///
/// `STANDARD` refuses non-zero trailing bits, which is what makes the spelling unique.
pub(super) fn decode_canonical(signature: &str) -> Result<Vec<u8>, SignatureMismatch> {
    STANDARD.decode(signature).map_err(|_| SignatureMismatch)
}

fn mac_of<M: Mac + KeyInit>(secret: &SecretString, text: &str) -> M {
    let mut mac = <M as KeyInit>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_nothing_is_the_well_known_one() {
        assert_eq!(
            sha256_hex(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            sha256_base64(b""),
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
    }

    #[test]
    fn base64_has_one_spelling() {
        assert!(decode_canonical("AA==").is_ok());
        let table = [
            ("trailing bits", "AB=="),
            ("no padding", "AA"),
            ("too much padding", "AA==="),
            ("URL alphabet", "-_=="),
            ("space in front", " AA=="),
            ("line end behind", "AA==\n"),
        ];
        for (why, text) in table {
            assert_eq!(decode_canonical(text), Err(SignatureMismatch), "{why}");
        }
    }
}
