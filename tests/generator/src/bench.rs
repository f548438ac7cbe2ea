//! The bundle that the requests are sent to, in each of two deployments.

use std::collections::HashMap;

use axum::http::{HeaderName, HeaderValue, Request, Uri};
use bytes::Bytes;
use http_body_util::BodyExt;
use local::{Options, World};
use reqwest::Client;
use serde_json::Value;

use crate::document::Operation;
use crate::request::{Claims, Sent};

/// Every scope of the document.
pub const SCOPES: &str = "bindings:write bindings:read payments:write payments:read refunds:write captures:write \
     subscriptions:write subscriptions:read";

/// What a deployment decides. Blocks of requests take turns with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deployment {
    /// The template's defaults.
    Usual,
    /// Every setting that changes what is refused, the other way round.
    Other,
}

impl Deployment {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Usual, Self::Other];

    fn parameters(self) -> HashMap<String, String> {
        let set: &[(&str, &str)] = match self {
            Self::Usual => &[],
            Self::Other => &[
                (
                    "ReturnUrls",
                    "https://shop.example,shopapp:,http://127.0.0.1",
                ),
                ("ConfirmBindings", "all"),
                ("CustomersMayPay", "true"),
                ("RefuseCardsInIdentifiers", "true"),
                ("ChannelPaths", "DIRECT_DEBIT_BRI_SNAP=archived-bri"),
                (
                    "UnconfirmedChannels",
                    "DIRECT_DEBIT_BRI_SNAP,DIRECT_DEBIT_MANDIRI_SNAP",
                ),
            ],
        };
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        set.iter().map(owned).collect()
    }
}

/// A running bundle.
pub struct Bench {
    /// What it decides.
    pub deployment: Deployment,
    /// The bundle.
    pub world: World,
    http: Client,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub text: String,
    /// The body's bytes are no text.
    pub is_binary: bool,
}

impl Answer {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body; null where it is not JSON.
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl Bench {
    /// Starts a bundle.
    pub async fn start(deployment: Deployment, instances: usize) -> Result<Self, String> {
        let options = Options {
            parameters: deployment.parameters(),
            instances_per_function: instances,
            ..Options::default()
        };
        let world = World::start(options)
            .await
            .map_err(|error| error.to_string())?;
        let http = local::http_client().map_err(|error| error.to_string())?;
        Ok(Self {
            deployment,
            world,
            http,
        })
    }

    /// Sends a request; an error where HTTP has no such request.
    pub async fn send(&self, operation: &Operation, sent: &Sent) -> Result<Answer, String> {
        let target = target(operation, sent);
        self.call(
            sent.claims.clone(),
            &operation.method,
            &target,
            &sent.headers,
            &sent.body,
        )
        .await
    }

    /// A call of any route.
    pub async fn call(
        &self,
        claims: Option<Claims>,
        method: &str,
        target: &str,
        headers: &[(String, Vec<u8>)],
        body: &[u8],
    ) -> Result<Answer, String> {
        let uri: Uri = target
            .parse()
            .map_err(|error| format!("{target}: {error}"))?;
        let mut request = Request::builder().method(method).uri(uri);
        request = request.header("host", "api.shop.example");
        for (name, value) in headers {
            let name: HeaderName = name.parse().map_err(|_| format!("the header {name}"))?;
            let value =
                HeaderValue::from_bytes(value).map_err(|_| format!("the value of {name}"))?;
            request = request.header(name, value);
        }
        let request = request
            .body(Bytes::copy_from_slice(body))
            .map_err(|error| error.to_string())?;
        let response = self.world.answer_as(claims, request).await;
        let (parts, body) = response.into_parts();
        let bytes = body
            .collect()
            .await
            .map_err(|error| error.to_string())?
            .to_bytes();
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: headers.collect(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
            is_binary: std::str::from_utf8(&bytes).is_err(),
        })
    }

    /// An order to the simulator of DOKU.
    pub async fn order(&self, path: &str, body: &Value) -> Result<Value, String> {
        let address = format!("{}/admin/{path}", self.world.simulator_url());
        let request = self.http.post(address).json(body).send().await;
        let response = request.map_err(|error| error.to_string())?;
        let status = response.status();
        let answer = response.json().await.unwrap_or_default();
        if status.is_success() {
            Ok(answer)
        } else {
            Err(format!("{path} {body}: {status} {answer}"))
        }
    }
}

/// Path and query.
pub fn target(operation: &Operation, sent: &Sent) -> String {
    let mut values = sent.path.iter();
    let segments = operation.path.split('/').map(|segment| {
        if segment.starts_with('{') {
            values.next().map_or("", String::as_str)
        } else {
            segment
        }
    });
    let mut target = segments.collect::<Vec<_>>().join("/");
    if !sent.query.is_empty() {
        target.push('?');
        target.push_str(&sent.query.join("&"));
    }
    target
}
