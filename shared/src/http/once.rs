//! Headers that must come once.
//!
//! API Gateway joins headers of one name with a comma. None of the headers that are read here may hold
//! one, so that a comma says that the header came more than once.

use lambda_http::http::{HeaderMap, HeaderValue};

/// The rule, as errors state it.
pub(super) const ONCE: &str = "must come once and hold no comma";

/// A header's value, if there is one; an error when it came more than once, or may have.
pub(super) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a HeaderValue>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(()),
        (Some(value), None) if value.as_bytes().contains(&b',') => Err(()),
        (value, _) => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_comes_once_or_not_at_all() {
        let mut headers = HeaderMap::new();
        assert_eq!(value(&headers, "signature"), Ok(None));
        headers.insert("signature", HeaderValue::from_static("a=="));
        assert_eq!(
            value(&headers, "Signature").map(|value| value.map(HeaderValue::as_bytes)),
            Ok(Some(&b"a=="[..]))
        );
        headers.insert("signature", HeaderValue::from_static("a==,a=="));
        assert_eq!(value(&headers, "signature"), Err(()), "joined");
        headers.insert("signature", HeaderValue::from_static("a=="));
        headers.append("signature", HeaderValue::from_static("a=="));
        assert_eq!(value(&headers, "signature"), Err(()), "twice");
    }
}
