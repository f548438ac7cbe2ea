//! Which route of the template a request takes.

use crate::template::{Authorization, FunctionSpec};

/// The routes of one HTTP API, the most specific first.
#[derive(Debug, Default)]
pub struct Routes(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    method: String,
    segments: Vec<Segment>,
    matched: RouteTarget,
}

/// A route and who answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTarget {
    /// `POST /v1/payments`, as the event's `routeKey` has it.
    pub route_key: String,
    /// The function's package name.
    pub function: String,
    /// What is checked before.
    pub authorization: Authorization,
}

/// The route of a request, and its path parameters.
pub type Found<'r> = (&'r RouteTarget, Vec<(String, String)>);

/// The order of the variants is the order of preference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
    Rest(String),
}

impl Segment {
    fn parse(raw: &str) -> Self {
        match raw
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Self::Rest(name.to_owned()),
                None => Self::Parameter(name.to_owned()),
            },
            None => Self::Literal(raw.to_owned()),
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

impl Routes {
    /// Collects the routes of all functions.
    pub fn new(functions: &[FunctionSpec]) -> Self {
        let mut entries = Vec::new();
        for function in functions {
            for route in &function.routes {
                entries.push(Entry {
                    method: route.method.clone(),
                    segments: segments(&route.path).map(Segment::parse).collect(),
                    matched: RouteTarget {
                        route_key: format!("{} {}", route.method, route.path),
                        function: function.package.clone(),
                        authorization: route.authorization.clone(),
                    },
                });
            }
        }
        // A literal beats a parameter, a parameter beats the rest, and a method beats ANY.
        entries.sort_by(|a: &Entry, b: &Entry| {
            let rank = |entry: &Entry| -> Vec<u8> {
                let each = entry.segments.iter().map(|segment| match segment {
                    Segment::Literal(_) => 0,
                    Segment::Parameter(_) => 1,
                    Segment::Rest(_) => 2,
                });
                each.chain([u8::from(entry.method == "ANY")]).collect()
            };
            rank(a).cmp(&rank(b))
        });
        Self(entries)
    }

    /// The route of a request and its path parameters, decoded.
    pub fn find(&self, method: &str, path: &str) -> Option<Found<'_>> {
        self.0.iter().find_map(|entry| {
            if entry.method != "ANY" && entry.method != method {
                return None;
            }
            Some((&entry.matched, capture(&entry.segments, path)?))
        })
    }
}

fn capture(route: &[Segment], path: &str) -> Option<Vec<(String, String)>> {
    let mut actual = segments(path);
    let mut captured = Vec::new();
    for segment in route {
        match segment {
            Segment::Literal(literal) => {
                if actual.next()? != literal {
                    return None;
                }
            }
            Segment::Parameter(name) => {
                let value = actual.next().filter(|value| !value.is_empty())?;
                captured.push((name.clone(), percent_decode(value)));
            }
            Segment::Rest(name) => {
                let rest: Vec<_> = actual.by_ref().collect();
                if rest.is_empty() {
                    return None;
                }
                captured.push((name.clone(), percent_decode(&rest.join("/"))));
            }
        }
    }
    actual.next().is_none().then_some(captured)
}

/// `%41` → `A`; anything that is not UTF-8 afterwards is replaced, never an error.
pub fn percent_decode(raw: &str) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let decoded = match (first, after) {
            (b'%', [high, low, ..]) => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        rest = if decoded.is_some() {
            &after[2..]
        } else {
            after
        };
        bytes.push(decoded.unwrap_or(first));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::template::Route;

    fn routes(list: &[(&str, &str)]) -> Routes {
        Routes::new(&[FunctionSpec {
            logical_id: "F".into(),
            package: "f".into(),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(1),
            memory_mb: 128,
            schedules: Vec::new(),
            event_sources: Vec::new(),
            routes: list
                .iter()
                .map(|(method, path)| Route {
                    method: (*method).into(),
                    path: (*path).into(),
                    authorization: Authorization::None,
                })
                .collect(),
        }])
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = routes(&[
            ("ANY", "/{proxy+}"),
            ("GET", "/v1/payments/{paymentId}"),
            ("GET", "/v1/payments/latest"),
            ("ANY", "/v1/payments/{paymentId}"),
            ("POST", "/v1/payments"),
            ("GET", "/v1/bindings/{bindingId}/return/{outcome}"),
        ]);
        let table = [
            ("plain", "POST", "/v1/payments", "POST /v1/payments", ""),
            (
                "parameter",
                "GET",
                "/v1/payments/pay_1",
                "GET /v1/payments/{paymentId}",
                "paymentId=pay_1",
            ),
            (
                "literal first",
                "GET",
                "/v1/payments/latest",
                "GET /v1/payments/latest",
                "",
            ),
            (
                "any method",
                "PUT",
                "/v1/payments/x",
                "ANY /v1/payments/{paymentId}",
                "paymentId=x",
            ),
            (
                "encoded",
                "GET",
                "/v1/payments/a%2Fb",
                "GET /v1/payments/{paymentId}",
                "paymentId=a/b",
            ),
            (
                "two",
                "GET",
                "/v1/bindings/b/return/success",
                "GET /v1/bindings/{bindingId}/return/{outcome}",
                "bindingId=b,outcome=success",
            ),
            (
                "trailing slash is another path",
                "POST",
                "/v1/payments/",
                "ANY /{proxy+}",
                "proxy=v1/payments/",
            ),
            ("the rest", "GET", "/x/y", "ANY /{proxy+}", "proxy=x/y"),
        ];
        for (why, method, path, key, parameters) in table {
            let (target, captured) = routes.find(method, path).unwrap();
            let captured: Vec<_> = captured.iter().map(|(k, v)| format!("{k}={v}")).collect();
            assert_eq!(
                (target.route_key.as_str(), captured.join(",").as_str()),
                (key, parameters),
                "{why}"
            );
        }
    }

    #[test]
    fn nothing_else_matches() {
        let routes = routes(&[
            ("POST", "/v1/payments"),
            ("GET", "/v1/payments/{paymentId}"),
        ]);
        for (method, path) in [
            ("GET", "/v1/payments"),
            ("GET", "/v1/payments/"),
            ("GET", "/v1/payments/a/b"),
            ("POST", "/"),
        ] {
            assert!(routes.find(method, path).is_none(), "{method} {path}");
        }
    }

    #[test]
    fn percent_decoding_never_fails() {
        for (raw, decoded) in [
            ("a%20b", "a b"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("%FF", "\u{fffd}"),
        ] {
            assert_eq!(percent_decode(raw), decoded);
        }
    }
}
