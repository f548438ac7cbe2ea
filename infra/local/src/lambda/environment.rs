//! The environment of a function: the template's, what Lambda adds, and where the SDK finds AWS.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::template::{FunctionSpec, REGION};

/// Where a function finds AWS, and its clock.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// `http://127.0.0.1:…`
    pub dynamodb: String,
    /// `http://127.0.0.1:…`
    pub secrets_manager: String,
    /// `http://127.0.0.1:…`
    pub sqs: String,
    /// The file that holds the clock's offset in milliseconds.
    pub clock_offset_file: Option<PathBuf>,
}

/// Everything that the function's process gets, except the address of the Runtime API, which
/// differs by instance. Nothing of this process's own environment is in it.
///
/// `AWS_LAMBDA_INITIALIZATION_TYPE` and `LAMBDA_TASK_ROOT` are missing on purpose: by them a
/// function knows that it is in AWS, where a movable clock is refused.
pub fn of(spec: &FunctionSpec, endpoints: &Endpoints) -> BTreeMap<String, String> {
    let mut environment = spec.environment.clone();
    let memory = spec.memory_mb.to_string();
    let log_group = format!("/aws/lambda/{}", spec.package);
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", spec.package.as_str()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        // The database, the secret and the queues do not check signatures; the SDK wants something to sign with.
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &endpoints.dynamodb),
        (
            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            &endpoints.secrets_manager,
        ),
        ("AWS_ENDPOINT_URL_SQS", &endpoints.sqs),
        ("_HANDLER", "bootstrap"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ] {
        environment.insert(name.to_owned(), value.to_owned());
    }
    if let Some(file) = &endpoints.clock_offset_file {
        environment.insert(
            "CLOCK_OFFSET_FILE".to_owned(),
            file.to_string_lossy().into_owned(),
        );
    }
    environment
}
