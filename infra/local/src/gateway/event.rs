//! HTTP to and from API Gateway's payload format 2.0.
//!
//! Source: API Gateway Developer Guide, "AWS Lambda proxy integrations for HTTP APIs", payload
//! format version 2.0.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::issuer::Claims;
use super::routes::percent_decode;

/// A request that has found its route.
pub struct Incoming<'r> {
    /// `POST /v1/payments`
    pub route_key: &'r str,
    /// Path parameters, decoded.
    pub path_parameters: Vec<(String, String)>,
    /// The method.
    pub method: &'r Method,
    /// Path and query as they arrived.
    pub uri: &'r Uri,
    /// `HTTP/1.1`
    pub protocol: String,
    /// The headers.
    pub headers: &'r HeaderMap,
    /// Who called.
    pub source_ip: IpAddr,
    /// What the authorizer found: claims, and the scopes of the route that the token holds.
    pub caller: Option<(Claims, Option<Vec<String>>)>,
    /// The body.
    pub body: &'r Bytes,
    /// The gateway's id of the request.
    pub request_id: &'r str,
    /// Milliseconds since 1970.
    pub now_ms: u64,
}

/// Makes the event.
pub fn event(incoming: &Incoming<'_>) -> Value {
    let path = incoming.uri.path();
    let query = incoming.uri.query().unwrap_or_default();
    let headers = headers(incoming.headers);
    let host = headers
        .get("host")
        .cloned()
        .unwrap_or_else(|| "localhost".to_owned());
    let domain_prefix = host.split(['.', ':']).next().unwrap_or_default().to_owned();
    let mut event = json!({
        "version": "2.0",
        "routeKey": incoming.route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": crate::template::ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": domain_prefix,
            "http": {
                "method": incoming.method.as_str(),
                "path": path,
                "protocol": incoming.protocol,
                "sourceIp": incoming.source_ip.to_string(),
                "userAgent": headers.get("user-agent").map_or("", String::as_str),
            },
            "requestId": incoming.request_id,
            "routeKey": incoming.route_key,
            "stage": "$default",
            "time": request_time(incoming.now_ms),
            "timeEpoch": incoming.now_ms,
        },
        "isBase64Encoded": false,
    });
    if let Some((claims, scopes)) = &incoming.caller {
        event["requestContext"]["authorizer"] =
            json!({ "jwt": { "claims": claims, "scopes": scopes } });
    }
    let cookies = cookies(incoming.headers);
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    if !query.is_empty() {
        event["queryStringParameters"] = query_parameters(query).into();
    }
    if !incoming.path_parameters.is_empty() {
        event["pathParameters"] = incoming
            .path_parameters
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.clone())))
            .collect::<Map<_, _>>()
            .into();
    }
    if !incoming.body.is_empty() {
        match std::str::from_utf8(incoming.body) {
            Ok(text) if is_text(&headers) => event["body"] = text.into(),
            _ => {
                event["body"] = STANDARD.encode(incoming.body).into();
                event["isBase64Encoded"] = true.into();
            }
        }
    }
    event
}

/// API Gateway hands over as text only what says that it is text. A form is not: it arrives in
/// Base64, like anything that is not UTF-8.
fn is_text(headers: &BTreeMap<String, String>) -> bool {
    let Some(kind) = headers.get("content-type") else {
        return true;
    };
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind.starts_with("text/")
        || matches!(
            kind.as_str(),
            "application/json" | "application/xml" | "application/javascript"
        )
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}

/// Names in lower case, repeated ones joined with a comma, cookies apart.
fn headers(all: &HeaderMap) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in all {
        if name == "cookie" {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.as_str().to_owned())
            .and_modify(|before| {
                before.push(',');
                before.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    joined
}

fn cookies(all: &HeaderMap) -> Vec<String> {
    all.get_all("cookie")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(|cookie| cookie.trim().to_owned())
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

fn query_parameters(query: &str) -> Map<String, Value> {
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |text: &str| percent_decode(&text.replace('+', " "));
        let value = decode(value);
        parameters
            .entry(decode(name))
            .and_modify(|before| {
                before.push(',');
                before.push_str(&value);
            })
            .or_insert(value);
    }
    parameters
        .into_iter()
        .map(|(name, value)| (name, Value::from(value)))
        .collect()
}

/// `20/Nov/2026:01:15:30 +0000`, the Common Log Format's time.
fn request_time(now_ms: u64) -> String {
    let seconds = i64::try_from(now_ms / 1000).unwrap_or_default();
    let format =
        format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|time| time.format(&format).ok())
        .unwrap_or_default()
}

/// What a function may answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    #[serde(default)]
    multi_value_headers: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The HTTP response of a function's answer. None when it is not one; API Gateway then answers 500.
///
/// An answer without `statusCode` is taken as the body of a 200, as API Gateway does.
pub fn response(answer: &[u8]) -> Option<Response<Body>> {
    let value: Value = serde_json::from_slice(answer).ok()?;
    if value.get("statusCode").is_none() {
        return Response::builder()
            .header("content-type", "application/json")
            .body(Body::from(match value {
                Value::String(text) => text,
                other => other.to_string(),
            }))
            .ok();
    }
    let answer: Answer = serde_json::from_value(value).ok()?;
    let text = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded {
        STANDARD.decode(text).ok()?
    } else {
        text.into_bytes()
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(answer.status_code).ok()?;
    let headers = response.headers_mut();
    let single = answer
        .headers
        .into_iter()
        .map(|(name, value)| (name, vec![value]));
    for (name, values) in answer.multi_value_headers.into_iter().chain(single) {
        let name = HeaderName::try_from(name).ok()?;
        if name == "content-length" {
            continue; // the server writes its own
        }
        headers.remove(&name);
        for value in values {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            headers.append(&name, HeaderValue::from_str(&text).ok()?);
        }
    }
    for cookie in answer.cookies {
        headers.append("set-cookie", HeaderValue::from_str(&cookie).ok()?);
    }
    if !headers.contains_key("content-type") {
        headers.insert(
            "content-type",
            HeaderValue::from_static("text/plain;charset=utf-8"),
        );
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn event_of(request: &Request<Bytes>) -> Value {
        event(&Incoming {
            route_key: "POST /v1/payments/{paymentId}",
            path_parameters: vec![("paymentId".into(), "a/b".into())],
            method: request.method(),
            uri: request.uri(),
            protocol: "HTTP/1.1".into(),
            headers: request.headers(),
            source_ip: IpAddr::from([127, 0, 0, 1]),
            caller: Some((Claims::from([("sub".into(), "shop".into())]), None)),
            body: request.body(),
            request_id: "req-1",
            now_ms: 1_795_137_330_123,
        })
    }

    fn post() -> axum::http::request::Builder {
        Request::post("/v1/payments/a%2Fb?x=1&x=2&y=%20z").header("Host", "127.0.0.1:3000")
    }

    #[test]
    fn the_event_has_the_shape_of_format_2() {
        let request = post()
            .header("Content-Type", "application/json")
            .header("X-Twice", "one")
            .header("X-Twice", "two")
            .body(Bytes::from_static(b"{}"))
            .unwrap();
        let event = event_of(&request);
        assert_eq!(event["version"], "2.0");
        assert_eq!(event["routeKey"], "POST /v1/payments/{paymentId}");
        assert_eq!(event["rawPath"], "/v1/payments/a%2Fb");
        assert_eq!(event["rawQueryString"], "x=1&x=2&y=%20z");
        assert_eq!(
            event["queryStringParameters"],
            json!({ "x": "1,2", "y": " z" })
        );
        assert_eq!(event["pathParameters"], json!({ "paymentId": "a/b" }));
        assert_eq!(event["headers"]["x-twice"], "one,two");
        assert_eq!(event["body"], "{}");
        assert_eq!(event["isBase64Encoded"], false);
        let context = &event["requestContext"];
        assert_eq!(context["stage"], "$default");
        assert_eq!(context["domainName"], "127.0.0.1:3000");
        assert_eq!(context["http"]["sourceIp"], "127.0.0.1");
        assert_eq!(
            context["authorizer"],
            json!({ "jwt": { "claims": { "sub": "shop" }, "scopes": null } })
        );
        assert_eq!(context["time"], "20/Nov/2026:01:15:30 +0000");
        assert!(event.get("cookies").is_none());
    }

    #[test]
    fn bodies_that_are_not_text_come_in_base64() {
        let table: [(&str, Option<&str>, &[u8], bool); 6] = [
            (
                "json",
                Some("application/json; charset=utf-8"),
                b"{}",
                false,
            ),
            (
                "problem json",
                Some("application/problem+json"),
                b"{}",
                false,
            ),
            ("no content type", None, b"{}", false),
            (
                "a form",
                Some("application/x-www-form-urlencoded"),
                b"a=b",
                true,
            ),
            (
                "bad UTF-8 in json",
                Some("application/json"),
                b"\xff{}",
                true,
            ),
            ("bytes", Some("application/octet-stream"), b"abc", true),
        ];
        for (why, kind, body, encoded) in table {
            let mut request = post().body(Bytes::from_static(body)).unwrap();
            if let Some(kind) = kind {
                request
                    .headers_mut()
                    .insert("content-type", HeaderValue::from_static(kind));
            }
            let event = event_of(&request);
            assert_eq!(event["isBase64Encoded"], encoded, "{why}");
            let text = event["body"].as_str().unwrap();
            let back = if encoded {
                STANDARD.decode(text).unwrap()
            } else {
                text.into()
            };
            assert_eq!(back, body, "{why}");
        }
        let none = post().body(Bytes::new()).unwrap();
        assert!(
            event_of(&none).get("body").is_none(),
            "an empty body is left out"
        );
    }

    #[test]
    fn cookies_stand_apart_from_the_headers() {
        let request = post()
            .header("Cookie", "a=1; b=2")
            .header("Cookie", "c=3")
            .body(Bytes::new())
            .unwrap();
        let event = event_of(&request);
        assert_eq!(event["cookies"], json!(["a=1", "b=2", "c=3"]));
        assert!(event["headers"].get("cookie").is_none());
    }

    #[test]
    fn a_function_may_answer_in_these_forms() {
        let answer = json!({
            "statusCode": 201,
            "headers": { "Content-Type": "application/json", "X-Number": 7 },
            "multiValueHeaders": { "x-many": ["1", "2"] },
            "cookies": ["a=1", "b=2"],
            "body": "e30=",
            "isBase64Encoded": true,
        });
        let response = response(answer.to_string().as_bytes()).unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["x-number"], "7");
        assert_eq!(response.headers().get_all("x-many").iter().count(), 2);
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    }

    #[test]
    fn what_is_not_an_answer_is_none() {
        for (why, answer) in [
            ("not JSON", "oops"),
            ("a status that is text", r#"{"statusCode":"x"}"#),
            ("a status out of range", r#"{"statusCode":7}"#),
            (
                "a body that is an object",
                r#"{"statusCode":200,"body":{}}"#,
            ),
            (
                "a header with a line end",
                r#"{"statusCode":200,"headers":{"a":"b\nc"}}"#,
            ),
        ] {
            assert!(response(answer.as_bytes()).is_none(), "{why}");
        }
        assert_eq!(
            response(b"{\"a\":1}").unwrap().status(),
            200,
            "no statusCode: the body of a 200"
        );
    }
}
