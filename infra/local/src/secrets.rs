//! `Secrets Manager` as far as a function uses it: `GetSecretValue` of one secret.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::clock::now_ms;
use crate::keys::{KeyError, Keys, random_hex};
use crate::tasks::Tasks;
use crate::template::SecretSpec;

/// A handle on the secret that the functions read. Clones share it.
#[derive(Clone)]
pub struct Secrets(Arc<Shared>);

struct Shared {
    arn: String,
    name: String,
    file: Option<PathBuf>,
    versions: Mutex<Versions>,
}

struct Versions {
    number: u32,
    current: String,
    previous: Option<String>,
}

impl Secrets {
    /// The secret as the template describes it, with every placeholder replaced by something made
    /// for this world.
    ///
    /// With a `file` the secret is kept there from one run to the next, because what was sealed with
    /// its data key must open again; only the RSA keys are this process's.
    pub fn generate(
        spec: &SecretSpec,
        keys: &Keys,
        file: Option<PathBuf>,
    ) -> Result<Self, KeyError> {
        let mut fields: Map<String, Value> = spec.fields.clone();
        if let Some(name) = &spec.generated_field {
            fields.insert(name.clone(), random_hex(32)?.into());
        }
        fields.insert(
            "clientId".into(),
            format!("BRN-LOCAL-{}", random_hex(6)?).into(),
        );
        fields.insert(
            "secretKey".into(),
            format!("SK-LOCAL-{}", random_hex(16)?).into(),
        );
        let kept = file.as_ref().and_then(|file| std::fs::read(file).ok());
        if let Some(Value::Object(kept)) = kept.and_then(|kept| serde_json::from_slice(&kept).ok())
        {
            fields.extend(kept);
        }
        fields.insert(
            "merchantPrivateKey".into(),
            keys.merchant.private.clone().into(),
        );
        fields.insert("dokuPublicKey".into(), keys.doku.public.clone().into());
        fields.entry("dataKey").or_insert(random_hex(32)?.into());
        let current = Value::Object(fields).to_string();
        keep(file.as_deref(), &current);
        Ok(Self(Arc::new(Shared {
            arn: spec.arn.clone(),
            name: spec.name.clone(),
            file,
            versions: Mutex::new(Versions {
                number: 1,
                current,
                previous: None,
            }),
        })))
    }

    fn versions(&self) -> MutexGuard<'_, Versions> {
        self.0
            .versions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The current value as JSON.
    pub fn current(&self) -> Value {
        serde_json::from_str(&self.versions().current).unwrap_or(Value::Null)
    }

    /// One text field of the current value; empty when there is none.
    pub fn field(&self, name: &str) -> String {
        self.current()[name].as_str().unwrap_or_default().to_owned()
    }

    /// Makes `new` the current value (`AWSCURRENT`) and the value before it `AWSPREVIOUS`, as a
    /// finished rotation does.
    pub fn rotate(&self, new: &Value) {
        let mut versions = self.versions();
        let before = std::mem::replace(&mut versions.current, new.to_string());
        keep(self.0.file.as_deref(), &versions.current);
        versions.previous = Some(before);
        versions.number += 1;
    }

    fn get(&self, request: &GetSecretValue) -> Result<Value, Refusal> {
        if request.secret_id != self.0.arn && request.secret_id != self.0.name {
            return Err(Refusal::NoSecret);
        }
        let versions = self.versions();
        let (value, number) = match request.version_stage.as_deref().unwrap_or("AWSCURRENT") {
            "AWSCURRENT" => (&versions.current, versions.number),
            "AWSPREVIOUS" => {
                let previous = versions.previous.as_ref().ok_or(Refusal::NoVersion)?;
                (previous, versions.number - 1)
            }
            _ => return Err(Refusal::NoVersion),
        };
        Ok(json!({
            "ARN": self.0.arn,
            "Name": self.0.name,
            "CreatedDate": now_ms() / 1000,
            "SecretString": value,
            "VersionId": format!("00000000-0000-0000-0000-{number:012}"),
            "VersionStages": [request.version_stage.as_deref().unwrap_or("AWSCURRENT")],
        }))
    }

    /// Serves the secret on a loopback port and says the endpoint.
    pub async fn serve(&self, tasks: &Tasks) -> std::io::Result<String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let app = axum::Router::new()
            .route("/", post(answer))
            .with_state(self.clone());
        tasks.spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Ok(endpoint)
    }
}

/// Keeps the value in its file. A file that cannot be written costs the next run its bindings, which
/// is said there by the functions; this run is none the worse.
fn keep(file: Option<&Path>, value: &str) {
    if let Some(file) = file
        && let Err(error) = write_for_owner(file, value)
    {
        eprintln!(
            "the secret could not be kept in {}: {error}",
            file.display()
        );
    }
}

/// Writes a file that nobody else on this machine can read.
fn write_for_owner(file: &Path, value: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(value.as_bytes())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSecretValue {
    secret_id: String,
    version_stage: Option<String>,
}

#[derive(Debug)]
enum Refusal {
    NoSecret,
    NoVersion,
    NotThisOperation,
    Unreadable,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (kind, message) = match self {
            Self::NoSecret => (
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret.",
            ),
            Self::NoVersion => (
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret value for staging label.",
            ),
            Self::NotThisOperation => ("UnknownOperationException", "Only GetSecretValue is here."),
            Self::Unreadable => ("SerializationException", "The request cannot be read."),
        };
        let headers = [
            ("x-amzn-errortype", kind),
            ("content-type", "application/x-amz-json-1.1"),
        ];
        let body = Json(json!({ "__type": kind, "Message": message }));
        (StatusCode::BAD_REQUEST, headers, body).into_response()
    }
}

async fn answer(
    State(secrets): State<Secrets>,
    headers: HeaderMap,
    body: bytes::Bytes,
) -> Result<Response, Refusal> {
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok());
    if target != Some("secretsmanager.GetSecretValue") {
        return Err(Refusal::NotThisOperation);
    }
    let request = serde_json::from_slice(&body).map_err(|_| Refusal::Unreadable)?;
    let value = secrets.get(&request)?;
    Ok((
        [("content-type", "application/x-amz-json-1.1")],
        Json(value),
    )
        .into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::keys;

    fn secrets() -> Secrets {
        let spec = SecretSpec {
            arn: "arn:aws:secretsmanager:x".into(),
            name: "local".into(),
            fields: Map::from_iter([("clientId".into(), "BRN-REPLACE-ME".into())]),
            generated_field: Some("dataKey".into()),
        };
        Secrets::generate(&spec, keys().unwrap(), None).unwrap()
    }

    fn ask(secrets: &Secrets, stage: Option<&str>) -> Result<Value, Refusal> {
        secrets.get(&GetSecretValue {
            secret_id: "arn:aws:secretsmanager:x".into(),
            version_stage: stage.map(str::to_owned),
        })
    }

    #[test]
    fn every_placeholder_is_replaced() {
        let secrets = secrets();
        assert!(secrets.field("clientId").starts_with("BRN-LOCAL-"));
        assert!(secrets.field("secretKey").starts_with("SK-LOCAL-"));
        assert!(
            secrets
                .field("merchantPrivateKey")
                .starts_with("-----BEGIN PRIVATE KEY-----\n")
        );
        assert!(
            secrets
                .field("dokuPublicKey")
                .starts_with("-----BEGIN PUBLIC KEY-----\n")
        );
        assert_eq!(secrets.field("dataKey").len(), 64);
    }

    #[test]
    fn a_rotation_keeps_the_value_before_it() {
        let secrets = secrets();
        assert!(matches!(
            ask(&secrets, Some("AWSPREVIOUS")),
            Err(Refusal::NoVersion)
        ));
        let before = secrets.current();
        secrets.rotate(&json!({ "clientId": "new" }));
        let current = ask(&secrets, None).unwrap();
        assert_eq!(current["SecretString"], r#"{"clientId":"new"}"#);
        let previous = ask(&secrets, Some("AWSPREVIOUS")).unwrap();
        let previous: Value =
            serde_json::from_str(previous["SecretString"].as_str().unwrap()).unwrap();
        assert_eq!(previous, before);
    }
}
