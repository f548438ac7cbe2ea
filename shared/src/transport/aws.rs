//! The AWS SDK over our own client, configured from the environment alone.
//!
//! On Lambda the region, the credentials and any endpoint override are environment variables.
//! The SDK's own loader would also look for profile files, web identities and instance metadata,
//! and bring an STS client along; building the configuration here reads no file and costs nothing.

use std::{env, time::Duration};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SystemTimeSource};
use aws_smithy_runtime_api::client::{
    behavior_version::BehaviorVersion,
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::{ConnectorError, SdkError},
    runtime_components::RuntimeComponents,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_smithy_types::{
    body::SdkBody, error::metadata::ProvideErrorMetadata, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_types::{
    SdkConfig,
    region::Region,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};

use super::Transport;

/// One attempt at an AWS call; they normally take a few milliseconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// An AWS call with its retries. What remains of a function's 28 s after DOKU's 20 s must hold
/// the writes before and after it.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 3;

/// The configuration for every AWS client.
///
/// Reads `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`,
/// `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` (such as `AWS_ENDPOINT_URL_DYNAMODB`).
/// What is missing shows at the first call, as the SDK's own error.
pub fn aws_config(transport: &Transport) -> SdkConfig {
    build(transport, |name| {
        env::var(name).ok().filter(|value| !value.is_empty())
    })
}

/// The same with variables from anywhere.
pub fn build(
    transport: &Transport,
    lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> SdkConfig {
    let credentials = match (lookup("AWS_ACCESS_KEY_ID"), lookup("AWS_SECRET_ACCESS_KEY")) {
        (Some(id), Some(secret)) => {
            let token = lookup("AWS_SESSION_TOKEN");
            let credentials = Credentials::new(id, secret, token, None, "environment");
            Some(SharedCredentialsProvider::new(credentials))
        }
        _ => None,
    };
    let mut builder = SdkConfig::builder();
    builder.set_credentials_provider(credentials);
    builder
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(lookup("AWS_REGION").map(Region::new))
        .service_config(Endpoints(lookup))
        .http_client(Bridge(transport.client().clone()))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .operation_timeout(OPERATION_TIMEOUT)
                .build(),
        )
        // Bodies are small and the timeouts above end a stalled one.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        // Requests to AWS carry the machine's true time, also when a test has moved ours.
        .time_source(SystemTimeSource::new())
        .sleep_impl(TokioSleep::new())
        .build()
}

/// What kind of failure a call to AWS ended in: the service's own code where it gave one.
pub fn kind_of_failure<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::TimeoutError(_) => "timeout".to_owned(),
        SdkError::DispatchFailure(_) => "no connection".to_owned(),
        // Not the error's own text: it may show the answer, which holds items.
        SdkError::ResponseError(_) => "unreadable answer".to_owned(),
        other => other.code().unwrap_or("unknown").to_owned(),
    }
}

/// Endpoint overrides, by the names the SDKs of all languages share.
struct Endpoints<L>(L);

impl<L> std::fmt::Debug for Endpoints<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Endpoints")
    }
}

impl<L: Fn(&str) -> Option<String> + Send + Sync> LoadServiceConfig for Endpoints<L> {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        let own = format!("{}_{service}", key.env());
        (self.0)(&own).or_else(|| (self.0)(key.env()))
    }
}

/// The SDK's idea of an HTTP client, over ours.
#[derive(Debug, Clone)]
struct Bridge(reqwest::Client);

impl HttpClient for Bridge {
    // The settings carry the SDK's connect and read timeouts. Ours connects within its own, and
    // the attempt timeout covers the rest.
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Bridge {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new_boxed(Box::pin(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?
                .map(reqwest::Body::wrap);
            let request = reqwest::Request::try_from(request)
                .map_err(|error| ConnectorError::user(error.into()))?;
            let answer = client.execute(request).await.map_err(connector_error)?;
            let answer = http::Response::<reqwest::Body>::from(answer);
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        }))
    }
}

/// Tells the SDK what may be tried again.
fn connector_error(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::canned::{json, serve};

    fn client(address: &str) -> aws_sdk_dynamodb::Client {
        let address = address.to_owned();
        let config = build(&Transport::new().unwrap(), move |name| match name {
            "AWS_REGION" => Some("ap-southeast-3".into()),
            "AWS_ACCESS_KEY_ID" => Some("key-id".into()),
            "AWS_SECRET_ACCESS_KEY" => Some("key".into()),
            "AWS_ENDPOINT_URL_DYNAMODB" => Some(address.clone()),
            "AWS_ENDPOINT_URL" => Some("http://127.0.0.1:1".into()),
            _ => None,
        });
        aws_sdk_dynamodb::Client::new(&config)
    }

    fn tables() -> String {
        json(r#"{"TableNames":["payments"]}"#)
    }

    #[tokio::test]
    async fn the_sdk_speaks_through_our_client() {
        let (address, server) = serve(vec![tables()]);
        let tables = client(&address).list_tables().send().await.unwrap();
        assert_eq!(tables.table_names(), ["payments"]);
        let asked = server.join().unwrap().remove(0);
        assert!(asked.starts_with("POST / HTTP/1.1"), "{asked}");
        let headers = asked.to_lowercase();
        assert!(headers.contains("credential=key-id/"), "{asked}");
        assert!(
            headers.contains("/ap-southeast-3/dynamodb/aws4_request"),
            "{asked}"
        );
        assert!(headers.contains("content-length: 2\r\n"), "{asked}");
        assert!(asked.ends_with("\r\n\r\n{}"), "{asked}");
    }

    #[tokio::test]
    async fn a_failed_attempt_is_made_again() {
        const BROKEN: &str =
            "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
        let (address, server) = serve(vec![BROKEN.to_owned(), tables()]);
        assert!(client(&address).list_tables().send().await.is_ok());
        assert_eq!(server.join().unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_not_followed() {
        const MOVED: &str = "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\n\
            Content-Length: 0\r\nConnection: close\r\n\r\n";
        let (address, server) = serve(vec![MOVED.to_owned()]);
        let request = Transport::new().unwrap().client().post(address).body("{}");
        assert_eq!(request.send().await.unwrap().status(), 307);
        server.join().unwrap();
    }

    #[test]
    fn endpoints_are_found_by_service_and_then_for_all() {
        let key = |service| {
            let builder = ServiceConfigKey::builder().service_id(service);
            builder
                .env("AWS_ENDPOINT_URL")
                .profile("endpoint_url")
                .build()
                .unwrap()
        };
        let endpoints = Endpoints(|name: &str| match name {
            "AWS_ENDPOINT_URL_SECRETS_MANAGER" => Some("http://own".to_owned()),
            "AWS_ENDPOINT_URL" => Some("http://all".to_owned()),
            _ => None,
        });
        assert_eq!(
            endpoints.load_config(key("Secrets Manager")).unwrap(),
            "http://own"
        );
        assert_eq!(
            endpoints.load_config(key("DynamoDB")).unwrap(),
            "http://all"
        );
        assert_eq!(Endpoints(|_: &str| None).load_config(key("DynamoDB")), None);
    }

    #[test]
    fn nothing_set_is_no_error_here() {
        let config = build(&Transport::new().unwrap(), |_| None);
        assert!(config.region().is_none() && config.credentials_provider().is_none());
    }
}
