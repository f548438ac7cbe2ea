//! Lists, a page at a time: each cursor belongs to one list with its filters.
//!
//! A cursor holds where its page ended and a digest of that and of the list's name, so that one of another list,
//! a truncated or a made-up one is told from ours. It is no secret and opens nothing: every list checks who asks
//! for it, whatever cursor comes along.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::AppError;
use super::view::ListView;
use crate::domain::error::FieldError;

/// Bytes of the digest in a cursor.
const DIGEST: usize = 12;

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// At most this many.
    pub limit: usize,
    /// The `nextCursor` of the page before, as it was received; `None` for the beginning.
    pub cursor: Option<String>,
}

/// One list, by what it lists and its filters.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    kind: &'static str,
    of: &'a str,
}

impl<'a> List<'a> {
    /// A list: `kind` says what it holds and by what it is filtered, `of` is the filter's value.
    pub const fn new(kind: &'static str, of: &'a str) -> Self {
        Self { kind, of }
    }

    /// Where a page begins; `invalid_request` for a cursor that is none of this list's.
    pub fn after(self, page: &PageRequest) -> Result<Option<String>, AppError> {
        let Some(cursor) = &page.cursor else {
            return Ok(None);
        };
        let place = self.place(cursor).ok_or_else(|| {
            let rule = "must be a nextCursor of this list, with the same other parameters";
            AppError::Invalid(vec![FieldError::new("cursor", rule)])
        })?;
        Ok(Some(place))
    }

    /// A page of it, and a cursor where the next one begins, if there is one.
    pub fn view<T>(self, items: Vec<T>, next: Option<&str>) -> ListView<T> {
        ListView::new(items, next.map(|place| self.cursor(place)))
    }

    fn cursor(self, place: &str) -> String {
        let mut bytes = self.digest(place).to_vec();
        bytes.extend_from_slice(place.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn place(self, cursor: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (digest, place) = bytes.split_at_checked(DIGEST)?;
        let place = std::str::from_utf8(place).ok()?;
        // DynamoDB takes no empty key, and no place of ours has such characters.
        if place.is_empty() || place.chars().any(char::is_control) {
            return None;
        }
        (*digest == self.digest(place)).then(|| place.to_owned())
    }

    fn digest(self, place: &str) -> [u8; DIGEST] {
        let text = format!("{}\n{}\n{place}", self.kind, self.of);
        let digest = Sha256::digest(text.as_bytes());
        let mut first = [0; DIGEST];
        first.copy_from_slice(&digest[..DIGEST]);
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: List<'_> = List::new("payments of", "cust-001");

    fn after(list: List<'_>, cursor: &str) -> Option<String> {
        let page = PageRequest {
            limit: 20,
            cursor: Some(cursor.to_owned()),
        };
        list.after(&page).ok().flatten()
    }

    #[test]
    fn a_cursor_is_of_one_list() {
        let cursor = LIST.cursor("pay_é");
        assert_eq!(after(LIST, &cursor).as_deref(), Some("pay_é"));
        let others = [
            List::new("payments of", "cust-002"),
            List::new("bindings of", "cust-001"),
            List::new("payments of", ""),
        ];
        for other in others {
            assert_eq!(after(other, &cursor), None, "{other:?}");
        }
        let beginning = PageRequest {
            limit: 1,
            cursor: None,
        };
        assert!(matches!(LIST.after(&beginning), Ok(None)));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let cursor = LIST.cursor("pay_1");
        for length in 0..cursor.len() {
            assert_eq!(after(LIST, &cursor[..length]), None, "{length}");
        }
        for place in ["", "\0"] {
            assert_eq!(after(LIST, &LIST.cursor(place)), None, "{place:?}");
        }
        let made_up = URL_SAFE_NO_PAD.encode("pay_01K9M4D7T3B5C6D7E8F9G0H1JK");
        for other in [
            &format!("{cursor}A"),
            &format!("{cursor}=="),
            &made_up,
            "!",
            "é",
        ] {
            assert_eq!(after(LIST, other), None, "{other}");
        }
        for place in 0..cursor.len() {
            let mut altered: Vec<char> = cursor.chars().collect();
            altered[place] = if altered[place] == 'A' { 'B' } else { 'A' };
            let altered: String = altered.into_iter().collect();
            assert_ne!(after(LIST, &altered).as_deref(), Some("pay_1"), "{place}");
        }
    }
}
