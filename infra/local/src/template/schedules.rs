//! The schedules of a function: its events of type `ScheduleV2`.

use std::time::Duration;

use super::yaml::Node;
use super::{ResolveError, Resolver};

/// A schedule of `EventBridge` Scheduler that calls a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its name: the one that the template gives it, or `<Function><Event>` as SAM would make it.
    pub name: String,
    /// How often it calls. None where it is disabled, or keeps to a calendar (`cron`, `at`), which
    /// this machine does not: then only somebody's hand makes it call.
    pub rate: Option<Duration>,
    /// The JSON text that the function gets, when the template has one instead of Scheduler's own.
    pub input: Option<String>,
}

/// Reads the event `name` of the function, whose place in the template is `at`.
pub(super) fn read(
    logical_id: &str,
    name: &str,
    event: &Node,
    resolver: &Resolver<'_>,
    at: &str,
) -> Result<Schedule, ResolveError> {
    let at = format!("{at}.Properties");
    let text = |key: &str| -> Result<Option<String>, ResolveError> {
        let node = event.get("Properties").and_then(|all| all.get(key));
        node.map(|node| resolver.text(node, &format!("{at}.{key}")))
            .transpose()
    };
    let at = format!("{at}.ScheduleExpression");
    let expression =
        text("ScheduleExpression")?.ok_or_else(|| ResolveError::new(&at, "is needed"))?;
    let rate = rate(&expression).map_err(|problem| ResolveError::new(&at, problem))?;
    let disabled = text("State")?.is_some_and(|state| state == "DISABLED");
    Ok(Schedule {
        name: text("Name")?.unwrap_or_else(|| format!("{logical_id}{name}")),
        rate: rate.filter(|_| !disabled),
        input: text("Input")?,
    })
}

/// `rate(5 minutes)`; nothing for an expression that keeps to a calendar.
fn rate(expression: &str) -> Result<Option<Duration>, &'static str> {
    const RULE: &str = "must be rate(…), cron(…) or at(…)";
    const RATE: &str = "must be a rate like rate(1 minute) or rate(2 hours)";
    let (kind, rest) = expression.split_once('(').ok_or(RULE)?;
    let inside = rest.strip_suffix(')').ok_or(RULE)?;
    match kind {
        "rate" => {}
        "cron" | "at" => return Ok(None),
        _ => return Err(RULE),
    }
    let (count, unit) = inside.split_once(' ').ok_or(RATE)?;
    let seconds = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 60 * 60,
        "day" | "days" => 24 * 60 * 60,
        _ => return Err(RATE),
    };
    let count: u32 = count.parse().map_err(|_| RATE)?;
    match count {
        0 => Err(RATE),
        count => Ok(Some(Duration::from_secs(u64::from(count) * seconds))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let every = |seconds| Ok(Some(Duration::from_secs(seconds)));
        let not_a_rate = Err("must be a rate like rate(1 minute) or rate(2 hours)");
        let nothing = Err("must be rate(…), cron(…) or at(…)");
        let table = [
            ("one", "rate(1 minute)", every(60)),
            ("several", "rate(5 minutes)", every(300)),
            ("hours", "rate(2 hours)", every(7_200)),
            ("days", "rate(1 day)", every(86_400)),
            ("a calendar", "cron(0 9 * * ? *)", Ok(None)),
            ("once", "at(2026-11-20T01:15:30)", Ok(None)),
            ("never", "rate(0 minutes)", not_a_rate),
            ("no unit", "rate(5)", not_a_rate),
            ("an unknown unit", "rate(5 seconds)", not_a_rate),
            ("not a number", "rate(x minutes)", not_a_rate),
            ("unfinished", "rate(1 minute", nothing),
            ("something else", "every(1 minute)", nothing),
            ("empty", "", nothing),
        ];
        for (why, expression, expected) in table {
            assert_eq!(rate(expression), expected, "{why}: {expression}");
        }
    }
}
