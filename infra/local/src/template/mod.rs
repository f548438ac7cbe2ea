//! Reads `infra/template.yaml`: what is not in it does not exist on one machine.
//!
//! Of the whole template only what a machine without AWS can run is picked: the functions, their
//! routes and schedules, the table, the queues, the secret, and the JWT authorizer. The rest (pools,
//! alarms, pipes, policies) is left to `CloudFormation` and is not even worked out.

mod event_sources;
mod functions;
mod intrinsics;
mod queues;
mod schedules;
mod table;
mod yaml;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use event_sources::EventSource;
pub use functions::{Authorization, FunctionSpec, JwtAuthorizer, Route};
pub use intrinsics::{ACCOUNT, REGION, ResolveError, Resolver};
pub use queues::{DeadLetters, QueueSpec};
pub use schedules::Schedule;
pub use table::TableSpec;
pub use yaml::Node;

/// The parts of the template that run on one machine.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// The Lambda functions, in the order of the template.
    pub functions: Vec<FunctionSpec>,
    /// The table, when the template has one.
    pub table: Option<TableSpec>,
    /// The queues, in the order of the template.
    pub queues: Vec<QueueSpec>,
    /// The secret, when the template has one.
    pub secret: Option<SecretSpec>,
    /// The JWT authorizer of the HTTP API, when it has one.
    pub authorizer: Option<JwtAuthorizer>,
}

/// The secret as `Secrets Manager` would generate it.
#[derive(Debug, Clone)]
pub struct SecretSpec {
    /// What the functions get as its ARN.
    pub arn: String,
    /// The secret's name.
    pub name: String,
    /// The fields that the template's `SecretStringTemplate` starts with.
    pub fields: serde_json::Map<String, Value>,
    /// The field that `Secrets Manager` fills by chance.
    pub generated_field: Option<String>,
}

/// Why a template could not be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file is not there or cannot be read.
    #[error("the template {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not YAML.
    #[error("the template is not valid YAML: {0}")]
    Yaml(String),
    /// A part of it makes no sense or uses what is not supported here.
    #[error("the template cannot be used: {0}")]
    Resolve(#[from] ResolveError),
}

/// A template that has been read but not worked out: parameters are still open.
#[derive(Debug, Clone)]
pub struct Template(Node);

impl Template {
    /// Reads a template file.
    pub fn read(path: &Path) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path).map_err(|source| TemplateError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text)
    }

    /// Reads a template's text.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Node::parse(text)
            .map(Self)
            .map_err(|error| TemplateError::Yaml(error.to_string()))
    }

    /// Whether the template declares this parameter.
    pub fn has_parameter(&self, name: &str) -> bool {
        self.0
            .get("Parameters")
            .and_then(|all| all.get(name))
            .is_some()
    }

    /// Works out the parts that run on one machine, with these parameter values on top of the
    /// template's defaults.
    pub fn bundle(&self, parameters: &HashMap<String, String>) -> Result<Bundle, TemplateError> {
        let mut resolver = Resolver::new(&self.0, parameters)?;
        let secret = secret(&self.0, &mut resolver)?;
        let table = table::read(&self.0, &mut resolver)?;
        let queues = queues::read(&self.0, &mut resolver)?;
        let authorizer = functions::authorizer(&self.0, &resolver)?;
        let functions = functions::read(&self.0, &queues, &resolver)?;
        Ok(Bundle {
            functions,
            table,
            queues,
            secret,
            authorizer,
        })
    }
}

/// The resources of one type whose condition holds, as `(logical id, properties)`.
fn resources<'t>(
    template: &'t Node,
    resolver: &Resolver<'_>,
    kind: &str,
) -> Result<Vec<(&'t str, &'t Node)>, ResolveError> {
    static NOTHING: Node = Node::Null;
    let mut found = Vec::new();
    for (logical_id, resource) in template
        .get("Resources")
        .map(Node::entries)
        .unwrap_or_default()
    {
        let is_kind = matches!(resource.get("Type"), Some(Node::Text(text)) if text == kind);
        if !is_kind {
            continue;
        }
        if let Some(Node::Text(condition)) = resource.get("Condition")
            && !resolver.condition(condition, &format!("Resources.{logical_id}.Condition"))?
        {
            continue;
        }
        found.push((
            logical_id.as_str(),
            resource.get("Properties").unwrap_or(&NOTHING),
        ));
    }
    Ok(found)
}

fn secret(
    template: &Node,
    resolver: &mut Resolver<'_>,
) -> Result<Option<SecretSpec>, ResolveError> {
    let found = resources(template, resolver, "AWS::SecretsManager::Secret")?;
    let Some((logical_id, properties)) = found.first() else {
        return Ok(None);
    };
    let at = format!("Resources.{logical_id}.Properties");
    let name = match properties.get("Name") {
        Some(name) => resolver.text(name, &format!("{at}.Name"))?,
        None => format!("local-{logical_id}"),
    };
    let arn = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-local1");
    resolver.refer(logical_id, &arn);
    let mut spec = SecretSpec {
        arn,
        name,
        fields: serde_json::Map::new(),
        generated_field: None,
    };
    if let Some(generate) = properties.get("GenerateSecretString") {
        let at = format!("{at}.GenerateSecretString");
        if let Some(pattern) = generate.get("SecretStringTemplate") {
            let at = format!("{at}.SecretStringTemplate");
            let text = resolver.text(pattern, &at)?;
            spec.fields = serde_json::from_str(&text)
                .map_err(|_| ResolveError::new(&at, "must be a JSON object"))?;
        }
        if let Some(key) = generate.get("GenerateStringKey") {
            spec.generated_field = Some(resolver.text(key, &format!("{at}.GenerateStringKey"))?);
        }
    }
    Ok(Some(spec))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXTURE: &str = include_str!("../../tests/fixtures/template.yaml");

    #[test]
    fn the_parts_that_run_here_are_picked() {
        let template = Template::parse(FIXTURE).unwrap();
        let parameters =
            HashMap::from([("DokuBaseUrl".to_owned(), "http://127.0.0.1:1".to_owned())]);
        let bundle = template.bundle(&parameters).unwrap();

        let packages: Vec<_> = bundle
            .functions
            .iter()
            .map(|f| f.package.as_str())
            .collect();
        assert_eq!(
            packages,
            ["echo", "notify-webhook", "clockwork", "worker"],
            "a function whose condition fails is not there"
        );

        let echo = &bundle.functions[0];
        assert_eq!(echo.timeout.as_secs(), 28);
        assert_eq!(echo.memory_mb, 256, "from Globals");
        assert_eq!(echo.environment["DOKU_BASE_URL"], "http://127.0.0.1:1");
        assert_eq!(echo.environment["TABLE_NAME"], "local-PaymentsTable");
        assert_eq!(
            echo.environment["SHARED"], "own",
            "the function's own value wins over Globals"
        );
        assert_eq!(echo.environment["FROM_GLOBALS"], "yes");
        assert_eq!(echo.environment["AWS_LAMBDA_LOG_LEVEL"], "INFO");
        assert!(echo.environment["DOKU_SECRET_ARN"].starts_with("arn:aws:secretsmanager:"));
        assert!(
            !echo.environment.contains_key("ABSENT"),
            "AWS::NoValue leaves the name out"
        );

        let table = bundle.table.unwrap();
        assert_eq!(table.name, "local-PaymentsTable");
        assert_eq!(table.ttl_attribute.as_deref(), Some("expiresAt"));
        assert_eq!(
            table.create["StreamSpecification"],
            Value::Null,
            "nobody reads it"
        );

        let secret = bundle.secret.unwrap();
        assert_eq!(secret.generated_field.as_deref(), Some("dataKey"));
        assert_eq!(secret.fields["clientId"], "BRN-REPLACE-ME");

        let authorizer = bundle.authorizer.unwrap();
        assert_eq!(authorizer.audience, ["doku-lambda"]);
    }

    #[test]
    fn routes_carry_their_authorization() {
        let bundle = Template::parse(FIXTURE)
            .unwrap()
            .bundle(&HashMap::new())
            .unwrap();
        let routes: Vec<_> = bundle
            .functions
            .iter()
            .flat_map(|f| &f.routes)
            .map(|r| (r.method.as_str(), r.path.as_str(), r.authorization.clone()))
            .collect();
        assert!(routes.contains(&(
            "POST",
            "/v1/payments",
            Authorization::Jwt { scopes: vec![] }
        )));
        assert!(routes.contains(&("POST", "/v1.0/debit/notify", Authorization::None)));
    }

    #[test]
    fn schedules_have_a_name_a_rate_and_an_input() {
        let read =
            |parameters| fixture(parameters).map(|bundle| bundle.functions[2].schedules.clone());
        let schedule = |name: &str, minutes: Option<u64>, input: Option<&str>| Schedule {
            name: name.to_owned(),
            rate: minutes.map(std::time::Duration::from_mins),
            input: input.map(str::to_owned),
        };
        assert_eq!(
            read(&[("Pace", "rate(5 minutes)")]).unwrap(),
            [
                schedule("local-clockwork", Some(5), None),
                schedule("ClockworkFunctionSlow", None, Some(r#"{"do":"sleep"}"#)),
                schedule("fails", None, Some(r#"{"do":"fail"}"#)),
                schedule("dies", None, Some(r#"{"do":"die"}"#)),
            ],
            "without a name, SAM's; what is disabled or keeps to a calendar has no rate"
        );
        assert_eq!(
            read(&[("Pace", "often")]).unwrap_err().to_string(),
            "the template cannot be used: Resources.ClockworkFunction.Properties.Events.Tick.Properties.\
             ScheduleExpression: must be rate(…), cron(…) or at(…)"
        );
    }

    fn fixture(parameters: &[(&str, &str)]) -> Result<Bundle, TemplateError> {
        let parameters = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let template = Template::parse(FIXTURE).unwrap();
        template.bundle(&parameters.collect())
    }

    #[test]
    fn functions_know_their_queues_and_queues_call_functions() {
        let bundle = fixture(&[("Letterbox", "false")]).unwrap();
        let names: Vec<_> = bundle.queues.iter().map(|queue| &*queue.name).collect();
        assert_eq!(
            names,
            ["local-jobs.fifo", "local-DeadJobs.fifo", "local-Letters"]
        );
        let worker = &bundle.functions[3];
        assert_eq!(worker.environment["JOBS_URL"], bundle.queues[0].url);
        assert_eq!(worker.environment["JOBS_NAME"], "local-jobs.fifo");
        let sources = [
            EventSource {
                queue: "local-jobs.fifo".into(),
                batch_size: 2,
                concurrency: 2,
                partial_answers: true,
                enabled: true,
            },
            EventSource {
                queue: "local-Letters".into(),
                batch_size: 10,
                concurrency: 5,
                partial_answers: false,
                enabled: false,
            },
        ];
        assert_eq!(worker.event_sources, sources, "with Lambda's own defaults");
    }

    #[test]
    fn what_lambda_would_refuse_of_an_event_source_names_the_place() {
        let table = [
            (
                "a queue elsewhere",
                ("Queue: !GetAtt Jobs.Arn", "Queue: 'arn:aws:sqs:x:1:there'"),
                "Queue: names no queue of this template",
            ),
            (
                "more than FIFO gives",
                ("BatchSize: 2", "BatchSize: 11"),
                "BatchSize: must be at most 10 for a FIFO queue",
            ),
            (
                "no call at all",
                ("MaximumConcurrency: !Ref Workers", "MaximumConcurrency: 0"),
                "ScalingConfig.MaximumConcurrency: must be a whole number from 1",
            ),
            (
                "visible again while it is worked on",
                ("VisibilityTimeout: 60", "VisibilityTimeout: 27"),
                "Queue: hides messages for less time than the function's Timeout",
            ),
        ];
        for (why, (good, bad), problem) in table {
            assert!(FIXTURE.contains(good), "{why}");
            let template = Template::parse(&FIXTURE.replace(good, bad)).unwrap();
            let error = template.bundle(&HashMap::new()).unwrap_err();
            let expected = format!(
                "the template cannot be used: Resources.WorkerFunction.Properties.Events.Jobs.Properties.{problem}"
            );
            assert_eq!(error.to_string(), expected, "{why}");
        }
    }

    #[test]
    fn the_bundles_own_template_can_be_read() {
        let path = crate::building::workspace_root().join("infra/template.yaml");
        let parameters = HashMap::from([("PublicBaseUrl".to_owned(), "http://x".to_owned())]);
        let bundle = Template::read(&path).unwrap().bundle(&parameters).unwrap();
        assert!(!bundle.functions.is_empty());
        for function in &bundle.functions {
            assert!(
                !function.routes.is_empty()
                    || !function.schedules.is_empty()
                    || !function.event_sources.is_empty(),
                "nothing calls {}",
                function.package
            );
            assert!(!function.environment["TABLE_NAME"].is_empty());
        }
        assert!(bundle.table.is_some() && bundle.secret.is_some() && bundle.authorizer.is_some());
    }

    #[test]
    fn an_unsupported_function_is_an_error_that_names_the_place() {
        let broken = FIXTURE.replace(
            "TABLE_NAME: !Ref PaymentsTable",
            "TABLE_NAME: !ImportValue Shared",
        );
        let error = Template::parse(&broken)
            .unwrap()
            .bundle(&HashMap::new())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the template cannot be used: Resources.EchoFunction.Properties.Environment.Variables.TABLE_NAME: \
             the function ImportValue is not supported on one machine"
        );
    }
}
