//! The queues that call a function: its events of type `SQS`.

use super::yaml::Node;
use super::{QueueSpec, ResolveError, Resolver};

/// An event source mapping of Lambda: messages of a queue become calls of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSource {
    /// The queue's name.
    pub queue: String,
    /// Messages of one call at most.
    pub batch_size: usize,
    /// Calls at a time at most.
    pub concurrency: usize,
    /// Whether the function's answer says which messages failed. Otherwise all of a call succeed, or
    /// none.
    pub partial_answers: bool,
    /// Whether messages are delivered at all.
    pub enabled: bool,
}

/// Lambda's own default, and the most that a FIFO queue gives at once.
const BATCH_SIZE: usize = 10;
/// What Lambda begins with where the template sets no limit. This machine leaves it at that.
const CONCURRENCY: usize = 5;

/// Reads an event whose place in the template is `at`.
pub(super) fn read(
    event: &Node,
    queues: &[QueueSpec],
    resolver: &Resolver<'_>,
    at: &str,
) -> Result<EventSource, ResolveError> {
    let at = format!("{at}.Properties");
    let properties = event.get("Properties");
    let node = |key: &str| properties.and_then(|all| all.get(key));
    let text = |key: &str| -> Result<Option<String>, ResolveError> {
        node(key)
            .map(|node| resolver.text(node, &format!("{at}.{key}")))
            .transpose()
    };
    let number = |at: &str, text: String| {
        let number = text.parse().ok().filter(|number| *number > 0);
        number.ok_or_else(|| ResolveError::new(at, "must be a whole number from 1"))
    };

    let queue_at = format!("{at}.Queue");
    let arn = text("Queue")?.ok_or_else(|| ResolveError::new(&queue_at, "is needed"))?;
    let queue = queues.iter().find(|queue| queue.arn == arn);
    let queue =
        queue.ok_or_else(|| ResolveError::new(&queue_at, "names no queue of this template"))?;

    let size_at = format!("{at}.BatchSize");
    let batch_size = match text("BatchSize")? {
        Some(text) => number(&size_at, text)?,
        None => BATCH_SIZE,
    };
    if queue.fifo && batch_size > BATCH_SIZE {
        return Err(ResolveError::new(
            &size_at,
            "must be at most 10 for a FIFO queue",
        ));
    }

    let concurrency_at = format!("{at}.ScalingConfig.MaximumConcurrency");
    let concurrency = node("ScalingConfig")
        .and_then(|scaling| scaling.get("MaximumConcurrency"))
        .map(|node| number(&concurrency_at, resolver.text(node, &concurrency_at)?))
        .transpose()?;

    let types = match node("FunctionResponseTypes") {
        Some(node) => resolver.value(node, &format!("{at}.FunctionResponseTypes"))?,
        None => None,
    };
    let types = types.as_ref().and_then(serde_json::Value::as_array);
    Ok(EventSource {
        queue: queue.name.clone(),
        batch_size,
        concurrency: concurrency.unwrap_or(CONCURRENCY),
        partial_answers: types
            .is_some_and(|types| types.iter().any(|one| one == "ReportBatchItemFailures")),
        enabled: text("Enabled")?.as_deref() != Some("false"),
    })
}
