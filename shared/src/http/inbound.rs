//! One request, with what every handler needs of it.

use std::sync::Arc;
use std::time::Duration;

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use serde_json::Value;

use super::body;
use super::caller::Caller;
use super::idempotency_key::IdempotencyKey;
use super::once;
use super::page::Page;
use super::problem::{Problem, ProblemCode};
use crate::app::{Actor, App, Deadline, Idempotency, PageRequest};
use crate::clock::Clock;
use crate::config::CallerSettings;
use crate::domain::error::{FieldError, Rule};

/// Used when the runtime states no deadline.
const DEFAULT_PATIENCE: Duration = Duration::from_secs(25);

/// A header that must come once came more than once: its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated(pub &'static str);

/// A request on its way to a handler.
pub struct Inbound {
    request: Request,
    path: String,
    request_id: String,
    deadline: Deadline,
    marks: Arc<CallerSettings>,
}

impl Inbound {
    /// Takes a request from the runtime. `marks` are what tells callers apart.
    pub fn new(request: Request, marks: Arc<CallerSettings>) -> Self {
        let context = request.lambda_context_ref();
        let deadline = context.map_or(DEFAULT_PATIENCE, |context| {
            // The runtime's deadline is real time, whatever a test makes of the clock.
            let now = u64::try_from(Clock::system().now().millis()).unwrap_or(0);
            Duration::from_millis(context.deadline.saturating_sub(now))
        });
        let request_id = context
            .map(|context| context.request_id.clone())
            .unwrap_or_default();
        let path = without_stage(&request);
        Self {
            deadline: Deadline::within(deadline),
            request_id,
            path,
            request,
            marks,
        }
    }

    /// Method, and the path's segments.
    pub fn route(&self) -> (&str, Vec<&str>) {
        let segments = self.path.trim_start_matches('/').split('/').collect();
        (self.request.method().as_str(), segments)
    }

    /// Path from the first `/`, without the stage.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What the logs of this request are found by.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// When this invocation ends.
    pub const fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The bytes of the body, as they arrived.
    pub fn raw_body(&self) -> Result<&[u8], Problem> {
        body::raw(&self.request)
    }

    /// The text of a header that must come once, if it came; an error when it came more than once, or
    /// holds a comma, which is how API Gateway joins headers of one name.
    pub fn header(&self, name: &'static str) -> Result<Option<&str>, Repeated> {
        let value = once::value(self.request.headers(), name).map_err(|()| Repeated(name))?;
        Ok(value.and_then(|value| value.to_str().ok()))
    }

    /// The caller, if it may do what `scope` says.
    pub fn actor(&self, scope: &str) -> Result<Actor, Problem> {
        Ok(self.caller(scope)?.into())
    }

    /// The merchant's backend, if it may do what `scope` says.
    pub fn merchant(&self, scope: &str) -> Result<Actor, Problem> {
        let caller = self.caller(scope)?;
        caller.require_merchant()?;
        Ok(caller.into())
    }

    fn caller(&self, scope: &str) -> Result<Caller, Problem> {
        let caller = Caller::from_request(&self.request, &self.marks)?;
        caller.require(scope)?;
        Ok(caller)
    }

    /// Reads the body with `parse`, and the idempotency key beside it: what is wrong with either is
    /// told in one answer.
    pub fn command<T>(
        &self,
        actor: &Actor,
        route: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, Vec<FieldError>>,
    ) -> Result<(T, Idempotency), Problem> {
        let (command, idempotency) = self.repeatable(actor, route, parse)?;
        Ok((command?, idempotency))
    }

    /// As [`Self::command`], where settings decide what is valid: a body that is not valid now may repeat
    /// a request that was, and is told apart from everything else that is wrong.
    pub fn repeatable<T>(
        &self,
        actor: &Actor,
        route: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, Vec<FieldError>>,
    ) -> Result<(Result<T, Problem>, Idempotency), Problem> {
        let key = IdempotencyKey::from_headers(self.request.headers());
        let read = body::json(&self.request).map(|value| (parse(&value), value));
        match (key, read) {
            (Ok(key), Ok((command, value))) => {
                let idempotency = self.idempotency(actor, route, &key, &value);
                Ok((command.map_err(Problem::invalid), idempotency))
            }
            (Ok(_), Err(problem)) => Err(problem),
            (Err(missing), read) => {
                let wrong = match read {
                    Ok((Ok(_), _)) => Problem::invalid(Vec::new()),
                    Ok((Err(errors), _)) => Problem::invalid(errors),
                    Err(problem) => problem,
                };
                Err(with(wrong, missing))
            }
        }
    }

    /// The idempotency key of a request without a body.
    pub fn bare_command(&self, actor: &Actor, route: &'static str) -> Result<Idempotency, Problem> {
        self.bare_command_with(actor, route, &Value::Null)
    }

    /// The same, of a request whose query says `asked`: with another one it is another request.
    pub fn bare_command_with(
        &self,
        actor: &Actor,
        route: &'static str,
        asked: &Value,
    ) -> Result<Idempotency, Problem> {
        if !body::raw(&self.request)?.is_empty() {
            return Err(FieldError::new("body", "must be empty").into());
        }
        let key = IdempotencyKey::from_headers(self.request.headers())?;
        Ok(self.idempotency(actor, route, &key, asked))
    }

    fn idempotency(
        &self,
        actor: &Actor,
        route: &'static str,
        key: &IdempotencyKey,
        value: &Value,
    ) -> Idempotency {
        // Members in order of their names: the same request written otherwise is the same.
        let request = format!("{} {}\n{value}", self.request.method(), self.path);
        Idempotency::of_caller(
            actor,
            route,
            key.as_str(),
            &key.earlier_spellings(),
            request.into_bytes(),
        )
    }

    /// Which part of a list is wanted. `allowed` are the other parameters that the list takes.
    pub fn page(&self, allowed: &[&str]) -> Result<PageRequest, Problem> {
        let query = self.request.query_string_parameters();
        let mut errors: Vec<_> = query
            .iter()
            .map(|(name, _)| name)
            .filter(|name| !["limit", "cursor"].contains(name) && !allowed.contains(name))
            .filter(|name| name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric()))
            .map(|name| FieldError::new(name, "is not a parameter of this list"))
            .collect();
        errors.dedup();
        match Page::from_query(&query) {
            Ok(page) if errors.is_empty() => Ok(PageRequest {
                limit: usize::from(page.limit),
                after: page.cursor,
            }),
            Ok(_) => Err(Problem::invalid(errors)),
            Err(more) => {
                errors.extend(more);
                Err(Problem::invalid(errors))
            }
        }
    }

    /// Refuses every query parameter that is not `allowed`: where one decides what is done, a slip of
    /// the pen in its name must not decide otherwise.
    pub fn only_parameters(&self, allowed: &[&str]) -> Result<(), Problem> {
        let query = self.request.query_string_parameters();
        let unknown = query.iter().any(|(name, _)| !allowed.contains(&name));
        if unknown {
            // A name is repeated nowhere: it may hold anything.
            return Err(
                FieldError::new("query", "holds a parameter that is not known here").into(),
            );
        }
        Ok(())
    }

    /// A query parameter that comes at most once.
    pub fn parameter<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Rule>,
    ) -> Result<Option<T>, FieldError> {
        let query = self.request.query_string_parameters();
        let text = super::page::single(&query, name).map_err(|rule| FieldError::new(name, rule))?;
        text.map(|text| parse(text).map_err(|rule| FieldError::new(name, rule.0)))
            .transpose()
    }

    /// Address under which the outside world reaches this service.
    pub fn public_base_url(&self, app: &App) -> Result<String, Problem> {
        if let Some(set) = &app.config().public_base_url {
            return Ok(set.clone());
        }
        let Some(RequestContext::ApiGatewayV2(context)) = self.request.request_context_ref() else {
            return Err(ProblemCode::Internal.into());
        };
        let domain = context
            .domain_name
            .as_deref()
            .ok_or(ProblemCode::Internal)?;
        Ok(match context.stage.as_deref() {
            None | Some("$default") => format!("https://{domain}"),
            Some(stage) => format!("https://{domain}/{stage}"),
        })
    }
}

/// Adds a wrong field to a problem that tells of wrong fields.
fn with(mut problem: Problem, field: FieldError) -> Problem {
    if problem.code == ProblemCode::InvalidRequest {
        problem.errors.push(field);
    }
    problem
}

/// A stage other than `$default` stands in front of the path; our routes do not know it.
fn without_stage(request: &Request) -> String {
    let path = request.raw_http_path();
    let stage = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.stage.as_deref(),
        _ => None,
    };
    stage
        .and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage))
        .filter(|rest| rest.starts_with('/'))
        .unwrap_or(path)
        .to_owned()
}
