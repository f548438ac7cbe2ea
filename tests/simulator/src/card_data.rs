//! Opens `cardData`, the encrypted card of a card registration (BRI, Mandiri).

use aws_lc_rs::cipher::{AES_128, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// AES-128 takes 16 bytes of key, and works on blocks of 16.
const BLOCK: usize = 16;

/// Why `cardData` could not be opened. Says nothing about the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardDataError {
    /// Not `base64(ciphertext)|base64(16 bytes)`.
    #[error("cardData has the wrong form")]
    Form,
    /// The padding is wrong: another key, or altered data.
    #[error("cardData does not open with this key")]
    Key,
}

/// The card's JSON text, from `base64(ciphertext)|base64(IV)`.
///
/// AES-128-CBC with PKCS#7 padding. The ciphertext carries no proof of its own: only the
/// signature of the call says that it is unaltered.
///
/// Source: DOKU API reference, BRI and Mandiri direct debit (read 2026-11-20).
pub fn decrypt(secret_key: &str, card_data: &str) -> Result<String, CardDataError> {
    let (ciphertext, iv) = card_data.split_once('|').ok_or(CardDataError::Form)?;
    let mut ciphertext = STANDARD
        .decode(ciphertext)
        .map_err(|_| CardDataError::Form)?;
    let iv = STANDARD.decode(iv).map_err(|_| CardDataError::Form)?;
    let iv: [u8; BLOCK] = iv.try_into().map_err(|_| CardDataError::Form)?;
    if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(BLOCK) {
        return Err(CardDataError::Form);
    }
    let key = UnboundCipherKey::new(&AES_128, &key(secret_key))
        .and_then(PaddedBlockDecryptingKey::cbc_pkcs7)
        .map_err(|_| CardDataError::Key)?;
    let plaintext = key
        .decrypt(
            &mut ciphertext,
            DecryptionContext::Iv128(FixedLength::from(iv)),
        )
        .map_err(|_| CardDataError::Key)?;
    String::from_utf8(plaintext.to_vec()).map_err(|_| CardDataError::Key)
}

/// [`decrypt`], with the merchant's own secret.
pub(crate) fn of(secret: &SecretString, card_data: &str) -> Result<String, CardDataError> {
    decrypt(secret.expose_secret(), card_data)
}

/// The first 16 bytes of the secret key, padded on the right with `-` when it is shorter.
fn key(secret_key: &str) -> [u8; BLOCK] {
    let mut key = [b'-'; BLOCK];
    for (place, byte) in key.iter_mut().zip(secret_key.bytes()) {
        *place = byte;
    }
    key
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_vector_opens() {
        let vectors: Value = serde_json::from_str(include_str!("../../vectors/doku.json")).unwrap();
        let vectors = vectors["card_data_aes_cbc"].as_array().unwrap();
        assert_eq!(vectors.len(), 3);
        for vector in vectors {
            let text = |name: &str| vector[name].as_str().unwrap();
            let secret = text("secret_key");
            assert_eq!(
                key(secret),
                text("derived_key_ascii").as_bytes(),
                "{}",
                text("id")
            );
            let opened = decrypt(secret, text("card_data")).unwrap();
            assert_eq!(opened, text("plaintext"), "{}", text("id"));
        }
    }

    #[test]
    fn what_does_not_open() {
        let table = [
            ("no separator", "AAAA", CardDataError::Form),
            (
                "no base64",
                "!!!!|AAECAwQFBgcICQoLDA0ODw==",
                CardDataError::Form,
            ),
            (
                "short IV",
                "YLAqG+Kg7oe1K63pSMH+FQ==|AAEC",
                CardDataError::Form,
            ),
            (
                "half a block",
                "YLAqG+Kg7oc=|ABEiM0RVZneImaq7zN3u/w==",
                CardDataError::Form,
            ),
            ("nothing", "|ABEiM0RVZneImaq7zN3u/w==", CardDataError::Form),
            (
                "a block without its padding",
                "YLAqG+Kg7oe1K63pSMH+FQ==|ABEiM0RVZneImaq7zN3u/w==",
                CardDataError::Key,
            ),
        ];
        for (why, card_data, error) in table {
            assert_eq!(decrypt("0123456789ABCDEF", card_data), Err(error), "{why}");
        }
    }
}
