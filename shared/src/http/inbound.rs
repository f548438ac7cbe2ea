//! One request, with what every handler needs of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use lambda_http::http::header::{COOKIE, USER_AGENT};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use serde_json::Value;

use super::body;
use super::caller::Caller;
use super::fields::{no_card, shown};
use super::idempotency_key::IdempotencyKey;
use super::once;
use super::page::Page;
use super::problem::{Problem, ProblemCode};
use crate::app::{Actor, App, Browser, Deadline, Idempotency, PageRequest};
use crate::clock::Clock;
use crate::config::{CallerSettings, Config};
use crate::domain::error::{FieldError, Rule};
use crate::domain::ids::CustomerId;

/// Used when the runtime states no deadline.
const DEFAULT_PATIENCE: Duration = Duration::from_secs(25);

/// A header that must come once came more than once: its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated(pub &'static str);

/// A request on its way to a handler.
pub struct Inbound {
    request: Request,
    /// What stands before the route in the path: a stage, the key of an API mapping.
    base: String,
    path: String,
    request_id: String,
    deadline: Deadline,
    marks: Arc<CallerSettings>,
    search_identifiers: bool,
}

impl Inbound {
    /// Takes a request from the runtime.
    pub fn new(request: Request, config: &Config) -> Self {
        let context = request.lambda_context_ref();
        let deadline = context.map_or(DEFAULT_PATIENCE, |context| {
            // The runtime's deadline is real time, whatever a test makes of the clock.
            let now = u64::try_from(Clock::system().now().millis()).unwrap_or(0);
            Duration::from_millis(context.deadline.saturating_sub(now))
        });
        let request_id = context
            .map(|context| context.request_id.clone())
            .unwrap_or_default();
        let (base, path) = base_and_path(&request);
        Self {
            deadline: Deadline::within(deadline),
            request_id,
            base,
            path,
            request,
            marks: Arc::clone(&config.callers),
            search_identifiers: config.refuse_cards_in_identifiers,
        }
    }

    /// Method, and the path's segments.
    pub fn route(&self) -> (&str, Vec<&str>) {
        let segments = self.path.trim_start_matches('/').split('/').collect();
        (self.request.method().as_str(), segments)
    }

    /// Path from the first `/`, as the routes have it: without a stage, and without the key of an API mapping.
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
        let id = caller.customer.as_ref().map(CustomerId::as_str);
        if id.is_some_and(|id| self.search(id).is_err()) {
            return Err(Problem::new(ProblemCode::Forbidden)
                .detail("The customer's id in the token looks like a card number."));
        }
        Ok(caller)
    }

    /// Reads an identifier in the path: `None` where there can be none of that form. One that looks like a card
    /// number is refused where the deployment says so.
    pub fn identifier<T>(
        &self,
        name: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, Rule>,
    ) -> Result<Option<T>, FieldError> {
        let searched = self.search(text);
        searched.map_err(|Rule(rule)| FieldError::new(name, rule))?;
        Ok(parse(text).ok())
    }

    fn search(&self, identifier: &str) -> Result<(), Rule> {
        if self.search_identifiers {
            no_card(identifier)
        } else {
            Ok(())
        }
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
        let mut wrong = self.unknown_parameters(&[]);
        let key = self.key().map_err(|error| wrong.push(error)).ok();
        let read = body::json(&self.request).map(|value| (parse(&value), value));
        match (key, read) {
            (Some(key), Ok((command, value))) if wrong.is_empty() => {
                let idempotency = self.idempotency(actor, route, &key, &value);
                Ok((command.map_err(Problem::invalid), idempotency))
            }
            (_, Ok((command, _))) => {
                let mut problem = Problem::invalid(command.err().unwrap_or_default());
                problem.errors.extend(wrong);
                Err(problem)
            }
            (_, Err(mut problem)) => {
                if problem.code == ProblemCode::InvalidRequest {
                    problem.errors.extend(wrong);
                }
                Err(problem)
            }
        }
    }

    /// The idempotency key of a request without a body.
    pub fn bare_command(&self, actor: &Actor, route: &'static str) -> Result<Idempotency, Problem> {
        self.bare_command_with(actor, route, &[], &Value::Null)
    }

    /// The same, of a request whose query, which has these parameters, says `asked`: with another one it is
    /// another request.
    pub fn bare_command_with(
        &self,
        actor: &Actor,
        route: &'static str,
        parameters: &[&str],
        asked: &Value,
    ) -> Result<Idempotency, Problem> {
        let mut wrong = self.unknown_parameters(parameters);
        if !body::raw(&self.request)?.is_empty() {
            wrong.push(FieldError::new("body", "must be empty"));
        }
        match self.key() {
            Ok(key) if wrong.is_empty() => Ok(self.idempotency(actor, route, &key, asked)),
            Ok(_) => Err(Problem::invalid(wrong)),
            Err(error) => {
                wrong.push(error);
                Err(Problem::invalid(wrong))
            }
        }
    }

    fn key(&self) -> Result<IdempotencyKey, FieldError> {
        let key = IdempotencyKey::from_headers(self.request.headers())?;
        let searched = self.search(key.as_str());
        searched.map_err(|Rule(rule)| FieldError::new(IdempotencyKey::HEADER, rule))?;
        Ok(key)
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
        let mut errors = self.unknown_parameters(&[&["limit", "cursor"], allowed].concat());
        match Page::from_query(&self.request.query_string_parameters()) {
            Ok(page) if errors.is_empty() => Ok(PageRequest {
                limit: usize::from(page.limit),
                cursor: page.cursor,
            }),
            Ok(_) => Err(Problem::invalid(errors)),
            Err(more) => {
                errors.extend(more);
                Err(Problem::invalid(errors))
            }
        }
    }

    /// Refuses every query parameter: where there is none, a slip of the pen must not pass for one that counts.
    pub fn no_parameters(&self) -> Result<(), Problem> {
        let unknown = self.unknown_parameters(&[]);
        if unknown.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(unknown))
        }
    }

    /// The query parameters that are not `allowed`, each once.
    fn unknown_parameters(&self, allowed: &[&str]) -> Vec<FieldError> {
        let query = self.request.query_string_parameters();
        let names: BTreeSet<_> = query.iter().map(|(name, _)| name).collect();
        names
            .into_iter()
            .filter(|name| !allowed.contains(name))
            .map(|name| FieldError::new(shown(name), "is not a query parameter of this request"))
            .collect()
    }

    /// A query parameter that comes at most once.
    pub fn parameter<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Rule>,
    ) -> Result<Option<T>, FieldError> {
        let query = self.request.query_string_parameters();
        let text = super::page::single(&query, name).map_err(|rule| FieldError::new(name, rule))?;
        let read = |text| self.search(text).and_then(|()| parse(text));
        text.map(|text| read(text).map_err(|rule| FieldError::new(name, rule.0)))
            .transpose()
    }

    /// The browser that sent it, as far as it can be told from another one; `cookie` is the name of the cookie
    /// that it may have been given.
    pub fn browser(&self, cookie: &str) -> Browser {
        let cookies = self.request.headers().get(COOKIE);
        let cookies = cookies
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let mut pairs = cookies
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='));
        let value = pairs.find(|(name, _)| *name == cookie);
        let agent = self.request.headers().get(USER_AGENT);
        let agent = agent.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let address = match self.request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
            _ => None,
        };
        Browser {
            cookie: value.map(|(_, value)| value.to_owned()),
            agent: agent.unwrap_or_default(),
            address: address.unwrap_or_default(),
        }
    }

    /// What a path of this service begins with in a browser: the stage, or the key of the API mapping.
    pub fn base_path(&self) -> &str {
        &self.base
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
        Ok(format!("https://{domain}{}", self.base))
    }
}

/// What stands before the route in a request's path, and the route's own path. Before it stands a stage that is
/// not `$default`, or behind a custom domain the key of its API mapping; the event's route key has neither.
fn base_and_path(request: &Request) -> (String, String) {
    let path = request.raw_http_path();
    let context = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => Some(context),
        _ => None,
    };
    let route = context.and_then(|context| context.route_key.as_deref());
    let stage = context.and_then(|context| context.stage.as_deref());
    let before = route
        .and_then(|route| before_route(path, route))
        .or_else(|| before_rest(path, stage?))
        .unwrap_or(0);
    let (base, path) = path.split_at(before);
    (base.to_owned(), path.to_owned())
}

/// Bytes of a path that stand before its route: the route's segments are its last ones.
fn before_route(path: &str, route_key: &str) -> Option<usize> {
    let (_, route) = route_key.split_once(' ')?;
    let (path_segments, route_segments) = (path.split('/'), route.split('/').skip(1));
    let segments: Vec<&str> = path_segments.collect();
    let wanted: Vec<&str> = route_segments.collect();
    let first = segments.len().checked_sub(wanted.len())?;
    let fits = |(segment, wanted): (&&str, &&str)| wanted.starts_with('{') || segment == wanted;
    if first == 0 || wanted.is_empty() || !segments[first..].iter().zip(&wanted).all(fits) {
        return None;
    }
    Some(
        segments[..first]
            .iter()
            .map(|it| it.len() + 1)
            .sum::<usize>()
            - 1,
    )
}

/// Bytes of a path that are its stage.
fn before_rest(path: &str, stage: &str) -> Option<usize> {
    let rest = path.strip_prefix('/')?.strip_prefix(stage)?;
    rest.starts_with('/').then_some(stage.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_is_what_the_path_ends_with() {
        let table = [
            ("plain", "/v1/payments", "POST /v1/payments", Some(0)),
            (
                "a mapping",
                "/pay/v1/payments",
                "POST /v1/payments",
                Some(4),
            ),
            (
                "two segments",
                "/a/b/v1/payments",
                "POST /v1/payments",
                Some(4),
            ),
            (
                "with an id",
                "/pay/v1/payments/pay_1/otp",
                "POST /v1/payments/{paymentId}/otp",
                Some(4),
            ),
            (
                "a key like a route",
                "/v1/v1/payments",
                "GET /v1/payments",
                Some(3),
            ),
            ("another path", "/pay/v1/refunds", "POST /v1/payments", None),
            ("too short", "/payments", "POST /v1/payments", None),
            ("a path that is none", "", "POST /v1/payments", None),
            ("no route", "/v1/payments", "$default", None),
            (
                "a decoded slash",
                "/v1/payments/a/b",
                "GET /v1/payments/{paymentId}",
                None,
            ),
        ];
        for (why, path, route, expected) in table {
            assert_eq!(before_route(path, route), expected, "{why}");
        }
        assert_eq!(before_rest("/prod/v1/payments", "prod"), Some(5));
        assert_eq!(before_rest("/product/v1", "prod"), None);
    }
}
