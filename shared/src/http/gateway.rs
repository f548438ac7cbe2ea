//! API Gateway's events, read so that nothing a caller writes into a header or an address can end the function.
//!
//! `lambda_http` builds an address of `Host`, `X-Forwarded-Proto`, path and query, and panics where that is none.
//! Nothing here reads that address: the routes go by the path, and our own address is the gateway's `domainName`.

use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::http::header::{HOST, HeaderName, HeaderValue};
use lambda_http::request::LambdaRequest;
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

/// More than API Gateway takes of an address, and less than an address may have here.
const LONGEST_ADDRESS: usize = 32 * 1024;

/// Reads an event; an error where it is none of an HTTP API's.
pub(super) fn read(event: &RawValue) -> Result<LambdaRequest, serde_json::Error> {
    let request: LambdaRequest = match serde_json::from_str(event.get()) {
        Ok(request) => request,
        Err(error) => {
            let mut event: Value = serde_json::from_str(event.get())?;
            if !drop_malformed_headers(&mut event) {
                return Err(error);
            }
            serde_json::from_value(event)?
        }
    };
    Ok(match request {
        LambdaRequest::ApiGatewayV2(mut event) => {
            tame(&mut event);
            LambdaRequest::ApiGatewayV2(event)
        }
        other => other,
    })
}

/// Drops headers that HTTP does not have, such as those with a line break; true where there were any.
fn drop_malformed_headers(event: &mut Value) -> bool {
    let Some(headers) = event.get_mut("headers").and_then(Value::as_object_mut) else {
        return false;
    };
    let before = headers.len();
    headers.retain(|name, value| {
        let good = |value: &str| HeaderValue::from_str(value).is_ok();
        name.parse::<HeaderName>().is_ok() && value.as_str().is_some_and(good)
    });
    headers.len() < before
}

fn tame(event: &mut ApiGatewayV2httpRequest) {
    event.headers.remove(HOST);
    event.headers.remove("x-forwarded-proto");
    let context = &mut event.request_context;
    context.domain_name = context.domain_name.take().filter(|name| is_host(name));
    let path = event.raw_path.take().unwrap_or_default();
    let query = event.raw_query_string.take().unwrap_or_default();
    let (path, query) = if path.len() + query.len() > LONGEST_ADDRESS {
        (String::new(), String::new())
    } else {
        (encoded(&path, is_of_a_path), encoded(&query, is_of_a_query))
    };
    let rooted = path.starts_with('/');
    event.raw_path = Some(if rooted { path } else { format!("/{path}") });
    event.raw_query_string = Some(query);
    let body = event.body.as_deref().unwrap_or_default();
    if event.is_base64_encoded && STANDARD.decode(body).is_err() {
        // As it stands: no body of ours looks like that.
        event.is_base64_encoded = false;
    }
}

/// A host, perhaps with a port.
fn is_host(name: &str) -> bool {
    name.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b))
        && Url::parse(&format!("https://{name}/")).is_ok_and(|url| url.path() == "/")
}

/// Percent-encodes what does not belong there. What is encoded already stays as it is.
fn encoded(raw: &str, belongs: fn(u8) -> bool) -> String {
    let mut text = String::with_capacity(raw.len());
    for byte in raw.bytes() {
        if belongs(byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push(hex_digit(byte >> 4));
            text.push(hex_digit(byte & 15));
        }
    }
    text
}

fn hex_digit(value: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(value & 15)])
}

/// RFC 3986, section 3.3.
fn is_of_a_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%/".contains(&byte)
}

/// RFC 3986, section 3.4.
fn is_of_a_query(byte: u8) -> bool {
    is_of_a_path(byte) || byte == b'?'
}

#[cfg(test)]
mod tests {
    use lambda_http::{Body, Request, RequestExt};
    use serde_json::json;

    use super::*;

    fn event(change: impl FnOnce(&mut Value)) -> Value {
        let mut event = json!({
            "version": "2.0", "routeKey": "GET /v1/payments", "rawPath": "/v1/payments",
            "rawQueryString": "customerId=c1&limit=5",
            "headers": {"host": "api.example.com", "x-forwarded-proto": "https", "x-other": "é"},
            "requestContext": {
                "accountId": "1", "apiId": "a", "domainName": "api.example.com", "domainPrefix": "api",
                "http": {"method": "GET", "path": "/v1/payments", "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1", "userAgent": "t"},
                "requestId": "r", "routeKey": "GET /v1/payments", "stage": "$default",
                "time": "20/Nov/2026:01:15:30 +0000", "timeEpoch": 1,
            },
            "isBase64Encoded": false,
        });
        change(&mut event);
        event
    }

    fn request(event: &Value) -> Request {
        let raw = RawValue::from_string(event.to_string()).unwrap();
        read(&raw).unwrap().into()
    }

    #[test]
    fn no_header_and_no_address_ends_the_function() {
        let odd = [
            "",
            " ",
            "ht tp",
            "://",
            "http://",
            "javascript",
            "é",
            "a,b",
            "[::",
            "[",
            "]",
            "a b",
            "\u{7f}",
            "a\nb",
            "host:99999999",
            "@",
            "a@b",
            "%",
            "%zz",
            "#",
            "?",
            "/",
            "\\",
            "\u{0}",
            "127.0.0.1:x",
        ];
        for text in odd {
            for pointer in [
                "/headers/host",
                "/headers/x-forwarded-proto",
                "/headers/x-other",
                "/requestContext/domainName",
                "/requestContext/stage",
                "/rawPath",
                "/rawQueryString",
            ] {
                let event = event(|event| *event.pointer_mut(pointer).unwrap() = json!(text));
                let read = request(&event);
                assert_eq!(read.method(), "GET", "{pointer}: {text:?}");
            }
        }
        let both = event(|event| {
            event["headers"] = json!({"host": "[::", "x-forwarded-proto": "ht tp"});
            event["rawPath"] = json!("/v1/pay ments/<é>\"");
            event["rawQueryString"] = json!("a=<b>&c=\u{e9} #\"");
        });
        let read = request(&both);
        assert_eq!(read.raw_http_path(), "/v1/pay%20ments/%3C%C3%A9%3E%22");
        let query = read.query_string_parameters();
        assert_eq!(
            (query.first("a"), query.first("c")),
            (Some("<b>"), Some("é #\""))
        );
        let long = event(|event| event["rawQueryString"] = json!("a".repeat(100_000)));
        assert_eq!(request(&long).raw_http_path(), "/");
    }

    #[test]
    fn what_is_good_stays_as_it_is() {
        let read = request(&event(|_| ()));
        assert_eq!(read.raw_http_path(), "/v1/payments");
        let query = read.query_string_parameters();
        assert_eq!(
            (query.first("customerId"), query.first("limit")),
            (Some("c1"), Some("5"))
        );
        assert_eq!(read.headers()["x-other"], "é");
    }

    #[test]
    fn a_body_that_is_no_base64_is_read_as_it_is() {
        let broken = event(|event| {
            event["body"] = json!("{}");
            event["isBase64Encoded"] = json!(true);
        });
        assert_eq!(*request(&broken).body(), Body::Text("{}".into()));
    }

    #[test]
    fn another_event_is_none() {
        let raw = RawValue::from_string("{\"Records\":[]}".into()).unwrap();
        assert!(read(&raw).is_err());
    }
}
