//! The functions of the template, what calls them, and the JWT authorizer.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::yaml::Node;
use super::{
    EventSource, QueueSpec, ResolveError, Resolver, Schedule, event_sources, resources, schedules,
};

/// One Lambda function.
#[derive(Debug, Clone)]
pub struct FunctionSpec {
    /// Its name in the template, `PayFunction`.
    pub logical_id: String,
    /// The cargo package that is its code: the last part of `CodeUri`. It is also the name under
    /// which the local machine knows the function.
    pub package: String,
    /// The environment that the template gives it.
    pub environment: BTreeMap<String, String>,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// Its memory in MB; told to the function, not enforced.
    pub memory_mb: u32,
    /// The routes of the HTTP API that call it.
    pub routes: Vec<Route>,
    /// The schedules that call it.
    pub schedules: Vec<Schedule>,
    /// The queues whose messages it gets.
    pub event_sources: Vec<EventSource>,
}

/// One route of the HTTP API.
#[derive(Debug, Clone)]
pub struct Route {
    /// `GET`, `POST`, … or `ANY`.
    pub method: String,
    /// `/v1/payments/{paymentId}`; `{proxy+}` takes the rest of the path.
    pub path: String,
    /// Who may call it.
    pub authorization: Authorization,
}

/// What the gateway checks before it calls the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorization {
    /// Nothing.
    None,
    /// A valid token, which must hold one of these scopes when there are any.
    Jwt {
        /// The scopes of which one is enough.
        scopes: Vec<String>,
    },
}

/// The settings of the JWT authorizer.
#[derive(Debug, Clone)]
pub struct JwtAuthorizer {
    /// What the token's `iss` must be.
    pub issuer: String,
    /// What the token's `aud` (or, without one, `client_id`) must be among.
    pub audience: Vec<String>,
}

/// Lambda's own default.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);
/// Lambda's own default.
const DEFAULT_MEMORY_MB: u32 = 128;

pub(super) fn read(
    template: &Node,
    queues: &[QueueSpec],
    resolver: &Resolver<'_>,
) -> Result<Vec<FunctionSpec>, ResolveError> {
    let globals = template
        .get("Globals")
        .and_then(|globals| globals.get("Function"));
    let default_authorizer = default_authorizer(template, resolver)?;
    resources(template, resolver, "AWS::Serverless::Function")?
        .into_iter()
        .map(|(logical_id, properties)| {
            let reader = Reader {
                logical_id,
                properties,
                globals,
                queues,
                resolver,
            };
            reader.function(default_authorizer.as_deref())
        })
        .collect()
}

struct Reader<'a, 't> {
    logical_id: &'a str,
    properties: &'a Node,
    globals: Option<&'a Node>,
    queues: &'a [QueueSpec],
    resolver: &'a Resolver<'t>,
}

impl Reader<'_, '_> {
    fn at(&self, key: &str) -> String {
        format!("Resources.{}.Properties.{key}", self.logical_id)
    }

    /// A property of the function, or of `Globals.Function` when the function has none.
    fn property(&self, key: &str) -> Option<(String, &Node)> {
        match self.properties.get(key) {
            Some(node) => Some((self.at(key), node)),
            None => Some((format!("Globals.Function.{key}"), self.globals?.get(key)?)),
        }
    }

    fn number(&self, key: &str) -> Result<Option<u32>, ResolveError> {
        let Some((at, node)) = self.property(key) else {
            return Ok(None);
        };
        let text = self.resolver.text(node, &at)?;
        text.parse()
            .map(Some)
            .map_err(|_| ResolveError::new(&at, "must be a whole number"))
    }

    fn function(&self, default_authorizer: Option<&str>) -> Result<FunctionSpec, ResolveError> {
        let (at, code) = self
            .property("CodeUri")
            .ok_or_else(|| ResolveError::new(&self.at("CodeUri"), "is needed"))?;
        let code = self.resolver.text(code, &at)?;
        let package = code
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let timeout = self
            .number("Timeout")?
            .map(|s| Duration::from_secs(u64::from(s)));
        let timeout = timeout.unwrap_or(DEFAULT_TIMEOUT);
        Ok(FunctionSpec {
            logical_id: self.logical_id.to_owned(),
            package,
            environment: self.environment()?,
            timeout,
            memory_mb: self.number("MemorySize")?.unwrap_or(DEFAULT_MEMORY_MB),
            routes: self.routes(default_authorizer)?,
            schedules: self.schedules()?,
            event_sources: self.event_sources(timeout)?,
        })
    }

    /// SAM merges the variables of `Globals` and of the function; the function's own win. The log
    /// settings become the variables that Lambda makes of them.
    fn environment(&self) -> Result<BTreeMap<String, String>, ResolveError> {
        let mut environment = BTreeMap::new();
        let sources = [
            ("Globals.Function".to_owned(), self.globals),
            (
                format!("Resources.{}.Properties", self.logical_id),
                Some(self.properties),
            ),
        ];
        for (at, source) in sources {
            let Some(source) = source else { continue };
            if let Some(variables) = source.get("Environment").and_then(|e| e.get("Variables")) {
                for (name, node) in variables.entries() {
                    let at = format!("{at}.Environment.Variables.{name}");
                    match self.resolver.value(node, &at)? {
                        None => environment.remove(name),
                        Some(_) => environment.insert(name.clone(), self.resolver.text(node, &at)?),
                    };
                }
            }
            for (key, name) in [
                ("LogFormat", "AWS_LAMBDA_LOG_FORMAT"),
                ("ApplicationLogLevel", "AWS_LAMBDA_LOG_LEVEL"),
            ] {
                if let Some(node) = source
                    .get("LoggingConfig")
                    .and_then(|logging| logging.get(key))
                {
                    let value = self
                        .resolver
                        .text(node, &format!("{at}.LoggingConfig.{key}"))?;
                    environment.insert(name.to_owned(), value);
                }
            }
        }
        Ok(environment)
    }

    /// The events of one type, by name.
    fn events(&self, kind: &str) -> impl Iterator<Item = &(String, Node)> {
        let events = self.properties.get("Events").map(Node::entries);
        let is_kind =
            move |event: &Node| matches!(event.get("Type"), Some(Node::Text(text)) if text == kind);
        let events = events.unwrap_or_default().iter();
        events.filter(move |(_, event)| is_kind(event))
    }

    fn schedules(&self) -> Result<Vec<Schedule>, ResolveError> {
        self.events("ScheduleV2")
            .map(|(name, event)| {
                let at = self.at(&format!("Events.{name}"));
                schedules::read(self.logical_id, name, event, self.resolver, &at)
            })
            .collect()
    }

    /// A queue must hide a message for as long as the function may work on it; Lambda insists.
    fn event_sources(&self, timeout: Duration) -> Result<Vec<EventSource>, ResolveError> {
        self.events("SQS")
            .map(|(name, event)| {
                let at = self.at(&format!("Events.{name}"));
                let source = event_sources::read(event, self.queues, self.resolver, &at)?;
                let mut queues = self.queues.iter();
                if queues.any(|q| q.name == source.queue && q.visibility_timeout < timeout) {
                    let problem = "hides messages for less time than the function's Timeout";
                    return Err(ResolveError::new(
                        &format!("{at}.Properties.Queue"),
                        problem,
                    ));
                }
                Ok(source)
            })
            .collect()
    }

    fn routes(&self, default_authorizer: Option<&str>) -> Result<Vec<Route>, ResolveError> {
        let mut routes = Vec::new();
        for (name, event) in self.events("HttpApi") {
            let at = self.at(&format!("Events.{name}.Properties"));
            let properties = event.get("Properties");
            let text = |key: &str| -> Result<String, ResolveError> {
                let at = format!("{at}.{key}");
                let node = properties
                    .and_then(|properties| properties.get(key))
                    .ok_or_else(|| ResolveError::new(&at, "is needed"))?;
                self.resolver.text(node, &at)
            };
            let auth = match properties.and_then(|properties| properties.get("Auth")) {
                Some(node) => self.resolver.value(node, &format!("{at}.Auth"))?,
                None => None,
            };
            let auth = auth.unwrap_or(Value::Null);
            let authorizer = auth["Authorizer"].as_str().or(default_authorizer);
            let authorization = match authorizer {
                None | Some("NONE") => Authorization::None,
                Some(_) => Authorization::Jwt {
                    scopes: strings(&auth["AuthorizationScopes"]),
                },
            };
            routes.push(Route {
                method: text("Method")?.to_uppercase(),
                path: text("Path")?,
                authorization,
            });
        }
        Ok(routes)
    }
}

fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// The `Auth` part of the first HTTP API.
fn api_auth<'t>(
    template: &'t Node,
    resolver: &Resolver<'_>,
) -> Result<Option<(String, &'t Node)>, ResolveError> {
    let found = resources(template, resolver, "AWS::Serverless::HttpApi")?;
    let Some((logical_id, properties)) = found.first() else {
        return Ok(None);
    };
    let at = format!("Resources.{logical_id}.Properties.Auth");
    Ok(properties.get("Auth").map(|auth| (at, auth)))
}

fn default_authorizer(
    template: &Node,
    resolver: &Resolver<'_>,
) -> Result<Option<String>, ResolveError> {
    let Some((at, auth)) = api_auth(template, resolver)? else {
        return Ok(None);
    };
    auth.get("DefaultAuthorizer")
        .map(|node| resolver.text(node, &format!("{at}.DefaultAuthorizer")))
        .transpose()
}

/// The first JWT authorizer of the HTTP API.
pub(super) fn authorizer(
    template: &Node,
    resolver: &Resolver<'_>,
) -> Result<Option<JwtAuthorizer>, ResolveError> {
    let Some((at, auth)) = api_auth(template, resolver)? else {
        return Ok(None);
    };
    let authorizers = auth
        .get("Authorizers")
        .map(Node::entries)
        .unwrap_or_default();
    for (name, authorizer) in authorizers {
        let Some(jwt) = authorizer.get("JwtConfiguration") else {
            continue;
        };
        let at = format!("{at}.Authorizers.{name}.JwtConfiguration");
        let value = resolver.value(jwt, &at)?.unwrap_or(Value::Null);
        let audience = match &value["audience"] {
            Value::String(one) => vec![one.clone()],
            other => strings(other),
        };
        let issuer = value["issuer"].as_str().unwrap_or_default().to_owned();
        return Ok(Some(JwtAuthorizer { issuer, audience }));
    }
    Ok(None)
}
