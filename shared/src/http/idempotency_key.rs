//! The `Idempotency-Key` header.

use lambda_http::http::HeaderMap;

use crate::domain::error::FieldError;

/// The header, in the case that errors name it.
const HEADER: &str = "Idempotency-Key";

/// The caller's own name for one request: 1 to 255 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the header, which must come exactly once.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, FieldError> {
        let fault = |rule| FieldError::new(HEADER, rule);
        let mut values = headers.get_all(HEADER).iter();
        let value = values.next().ok_or_else(|| fault("is required"))?;
        if values.next().is_some() {
            return Err(fault("must come once"));
        }
        let printable = |byte: &u8| (b' '..=b'~').contains(byte);
        let bytes = value.as_bytes();
        if !(1..=255).contains(&bytes.len()) || !bytes.iter().all(printable) {
            return Err(fault("must be 1 to 255 printable ASCII characters"));
        }
        Ok(Self(bytes.iter().copied().map(char::from).collect()))
    }

    /// The key as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
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
        const SHAPE: &str = "must be 1 to 255 printable ASCII characters";
        let long = [b'k'; 256];
        assert_eq!(read(&[b"k ~"]).unwrap().as_str(), "k ~");
        assert!(read(&[&long[..255]]).is_ok());
        let table: [(&str, &[&[u8]], &str); 6] = [
            ("missing", &[], "is required"),
            ("twice", &[b"a", b"a"], "must come once"),
            ("empty", &[b""], SHAPE),
            ("too long", &[&long], SHAPE),
            ("tab", &[b"a\tb"], SHAPE),
            ("not ASCII", &["é".as_bytes()], SHAPE),
        ];
        for (why, values, rule) in table {
            assert_eq!(read(values), Err(rule), "{why}");
        }
    }
}
