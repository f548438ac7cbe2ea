//! Random text for codes, references and tokens.

use aws_lc_rs::rand;

const ALPHANUMERIC: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789";

/// `length` decimal digits, the first one not zero, so that the text is also an integer literal.
pub fn digits(length: usize) -> String {
    let mut text = pick(b"0123456789", length);
    if text.starts_with('0') {
        text.replace_range(..1, "2");
    }
    text
}

/// `length` ASCII letters and digits.
pub fn alphanumeric(length: usize) -> String {
    pick(ALPHANUMERIC, length)
}

/// A `Request-Id` as DOKU makes them: five groups of hexadecimal digits.
pub fn request_id() -> String {
    let groups = [8, 4, 4, 4, 12].map(|length| pick(b"0123456789abcdef", length));
    groups.join("-")
}

fn pick(alphabet: &[u8], length: usize) -> String {
    let mut bytes = vec![0_u8; length];
    // The generator fails only when the operating system has no entropy source at all; the codes
    // would then repeat and the maps keyed by them would show it.
    let _ = rand::fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()]))
        .collect()
}
