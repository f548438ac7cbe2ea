//! Paging through lists: `limit` and an opaque `cursor`.

use lambda_http::aws_lambda_events::query_map::QueryMap;

use crate::domain::error::FieldError;

const DEFAULT_LIMIT: u8 = 20;
const MAX_LIMIT: u8 = 100;
/// The longest cursor that is read, in characters.
const MAX_CURSOR: usize = 1024;

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// How many entries at most: 1 to 100, 20 when not said.
    pub limit: u8,
    /// Where to go on: the `nextCursor` of the page before, as it was received; `None` for the beginning.
    /// Whether it is one of this list's, only the list can tell.
    pub cursor: Option<String>,
}

impl Page {
    /// Reads `limit` and `cursor`, and names both when both are wrong.
    pub fn from_query(query: &QueryMap) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let limit = read_limit(query).unwrap_or_else(|rule| {
            errors.push(FieldError::new("limit", rule));
            DEFAULT_LIMIT
        });
        let cursor = read_cursor(query).unwrap_or_else(|rule| {
            errors.push(FieldError::new("cursor", rule));
            None
        });
        if errors.is_empty() {
            Ok(Self { limit, cursor })
        } else {
            Err(errors)
        }
    }
}

/// The one value of a parameter; an error when it comes twice.
pub fn single<'a>(query: &'a QueryMap, name: &str) -> Result<Option<&'a str>, &'static str> {
    match query.all(name).as_deref() {
        None | Some([]) => Ok(None),
        Some([value]) => Ok(Some(value)),
        Some(_) => Err("must come once"),
    }
}

fn read_limit(query: &QueryMap) -> Result<u8, &'static str> {
    let Some(text) = single(query, "limit")? else {
        return Ok(DEFAULT_LIMIT);
    };
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|limit| digits_only && (1..=MAX_LIMIT).contains(limit))
        .ok_or("must be a whole number from 1 to 100")
}

fn read_cursor(query: &QueryMap) -> Result<Option<String>, &'static str> {
    let Some(text) = single(query, "cursor")? else {
        return Ok(None);
    };
    let opaque = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    if (1..=MAX_CURSOR).contains(&text.len()) && text.bytes().all(opaque) {
        Ok(Some(text.to_owned()))
    } else {
        Err("must be a nextCursor of this list")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    type Pairs<'a> = &'a [(&'a str, &'a str)];

    fn read(pairs: Pairs) -> Result<Page, Vec<String>> {
        let mut query: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in pairs {
            query
                .entry((*name).into())
                .or_default()
                .push((*value).into());
        }
        Page::from_query(&query.into())
            .map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn pages() {
        assert_eq!(
            read(&[]),
            Ok(Page {
                limit: 20,
                cursor: None
            })
        );
        assert_eq!(
            read(&[("limit", "100"), ("cursor", "UEFZTUVOVA-_")]),
            Ok(Page {
                limit: 100,
                cursor: Some("UEFZTUVOVA-_".into())
            })
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let long = "A".repeat(1028);
        let table: [(&str, Pairs, &[&str]); 9] = [
            ("zero", &[("limit", "0")], &["limit"]),
            ("too many", &[("limit", "101")], &["limit"]),
            ("a sign", &[("limit", "+5")], &["limit"]),
            ("empty", &[("limit", "")], &["limit"]),
            ("twice", &[("limit", "1"), ("limit", "2")], &["limit"]),
            ("padded", &[("cursor", "QQ==")], &["cursor"]),
            ("empty", &[("cursor", "")], &["cursor"]),
            ("too long", &[("cursor", &long)], &["cursor"]),
            (
                "both",
                &[("limit", "x"), ("cursor", "!")],
                &["limit", "cursor"],
            ),
        ];
        for (why, pairs, fields) in table {
            assert_eq!(read(pairs).unwrap_err(), fields, "{why}");
        }
    }
}
