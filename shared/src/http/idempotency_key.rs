//! The `Idempotency-Key` header.

use lambda_http::http::HeaderMap;

use super::once::{self, ONCE};
use crate::domain::error::FieldError;

const SHAPE: &str = "must be 1 to 255 printable ASCII characters";

/// A value that begins as a quoted string and is none.
const QUOTES: &str = "must be a complete quoted string where it begins with a quotation mark";

/// The caller's own name for one request: 1 to 255 printable ASCII characters without a comma.
///
/// `"K"`, the structured-field string of the IETF draft, and `K` are the same key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    key: String,
    received: String,
}

impl IdempotencyKey {
    /// The header, in the case that errors name it.
    pub(super) const HEADER: &'static str = "Idempotency-Key";

    /// Reads the header, which must come exactly once. API Gateway joins headers of one name with a
    /// comma, so that no key can hold one.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, FieldError> {
        let fault = |rule| FieldError::new(Self::HEADER, rule);
        let value = once::value(headers, Self::HEADER).map_err(|()| fault(ONCE))?;
        let value = value.ok_or_else(|| fault("is required"))?;
        let bytes = value.as_bytes();
        let printable = |byte: &u8| (b' '..=b'~').contains(byte);
        if !bytes.iter().all(printable) {
            return Err(fault(SHAPE));
        }
        let received: String = bytes.iter().copied().map(char::from).collect();
        let received = received.trim_matches(' ').to_owned();
        let key = match received.strip_prefix('"') {
            Some(quoted) => unquoted(quoted).ok_or_else(|| fault(QUOTES))?,
            None => received.clone(),
        };
        if !(1..=255).contains(&key.len()) {
            return Err(fault(SHAPE));
        }
        Ok(Self { key, received })
    }

    /// The key, without quotation marks around it.
    pub fn as_str(&self) -> &str {
        &self.key
    }

    /// Every other spelling under which a release that kept keys as they were sent may have stored it.
    pub fn earlier_spellings(&self) -> Vec<String> {
        let escaped = self.key.replace('\\', "\\\\").replace('"', "\\\"");
        let mut spellings = vec![format!("\"{escaped}\"")];
        if self.received != self.key && !spellings.contains(&self.received) {
            spellings.push(self.received.clone());
        }
        spellings
    }
}

/// The text of a structured-field string whose opening quotation mark is gone; `None` where it does not
/// end with the text.
fn unquoted(rest: &str) -> Option<String> {
    let mut text = String::with_capacity(rest.len());
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(text),
            '\\' => match characters.next()? {
                escaped @ ('"' | '\\') => text.push(escaped),
                _ => return None,
            },
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;

    use super::*;

    fn read(values: &[&[u8]]) -> Result<IdempotencyKey, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("idempotency-key", HeaderValue::from_bytes(value).unwrap());
        }
        IdempotencyKey::from_headers(&headers).map_err(|error| error.rule)
    }

    #[test]
    fn keys() {
        let long = [b'k'; 256];
        let quoted = [b"\"", &long[..255], b"\""].concat();
        assert_eq!(read(&[b"k ~"]).unwrap().as_str(), "k ~");
        assert!(read(&[&long[..255]]).is_ok());
        assert!(read(&[&quoted]).is_ok());
        let table: [(&str, &[&[u8]], &str); 14] = [
            ("missing", &[], "is required"),
            ("twice", &[b"a", b"a"], ONCE),
            ("joined by the gateway", &[b"a,a"], ONCE),
            ("joined with a space", &[b"a, a"], ONCE),
            ("a comma within quotes", &[b"\"a,a\""], ONCE),
            ("empty", &[b""], SHAPE),
            ("blank", &[b"  "], SHAPE),
            ("nothing in quotes", &[b"\"\""], SHAPE),
            ("too long", &[&long], SHAPE),
            ("tab", &[b"a\tb"], SHAPE),
            ("not ASCII", &["é".as_bytes()], SHAPE),
            ("not closed", &[b"\"a"], QUOTES),
            ("more behind it", &[b"\"a\"b"], QUOTES),
            ("another escape", &[b"\"a\\n\""], QUOTES),
        ];
        for (why, values, rule) in table {
            assert_eq!(read(values), Err(rule), "{why}");
        }
    }

    #[test]
    fn a_key_in_quotes_is_the_bare_key() {
        let table: [(&[u8], &str, &[&str]); 5] = [
            (b"K", "K", &["\"K\""]),
            (b"\"K\"", "K", &["\"K\""]),
            (b"a\"b", "a\"b", &["\"a\\\"b\""]),
            (b"\"a\\\"b\"", "a\"b", &["\"a\\\"b\""]),
            (b"\"a\\\\b\"", "a\\b", &["\"a\\\\b\""]),
        ];
        for (received, key, spellings) in table {
            let read = read(&[received]).unwrap();
            assert_eq!(read.as_str(), key);
            assert_eq!(read.earlier_spellings(), spellings, "{key}");
        }
    }
}
