//! Logs and metrics: one JSON object per line on standard output, where Lambda collects them.
//!
//! Only our own code speaks at the level that is set. Everything else (the SDK, HTTP, TLS) is
//! held at WARN even then, since their debug lines show whole requests, tokens included.

use std::{
    env,
    io::{self, Write},
    sync::OnceLock,
};

use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer, filter::Targets, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::clock::{Clock, Timestamp};

const NAMESPACE: &str = "DokuLambda";

/// What every line says about where it comes from.
static ORIGIN: OnceLock<Origin> = OnceLock::new();

struct Origin {
    function: &'static str,
    environment: String,
}

/// Starts logging for this process. Once is enough; later calls change nothing.
///
/// `function` is the binary's name, such as `pay`. Reads `AWS_LAMBDA_LOG_LEVEL` (`TRACE` to
/// `FATAL`; `INFO` when not set) and `DOKU_ENVIRONMENT`.
pub fn init(function: &'static str) {
    let read = |name| env::var(name).unwrap_or_default();
    let origin = ORIGIN.get_or_init(|| Origin {
        function,
        environment: read("DOKU_ENVIRONMENT"),
    });
    let level = level(&read("AWS_LAMBDA_LOG_LEVEL"));
    let lines = Lines {
        start: line_start(origin),
        out: io::stdout,
    };
    // Fails only when a subscriber is already there, which then stays.
    let _ = tracing_subscriber::registry()
        .with(layer(lines, level, function))
        .try_init();
}

/// Adds `by` to a metric: `DokuLambda/<metric>`, by function and environment, and by environment
/// alone.
///
/// Written as a line in `CloudWatch`'s embedded metric format, so no call is made.
pub fn count(metric: &str, by: u32) {
    write_metric(metric, by, None);
}

/// Adds one to a metric, by a service of DOKU's too.
pub fn count_by_service(metric: &str, service: &'static str) {
    write_metric(metric, 1, Some(service));
}

fn write_metric(metric: &str, by: u32, service: Option<&str>) {
    if let Some(origin) = ORIGIN.get() {
        let line = metric_line(origin, (metric, by), service, Clock::system().now());
        // Nobody is left to tell when standard output is gone.
        let _ = writeln!(io::stdout().lock(), "{line}");
    }
}

fn metric_line(
    origin: &Origin,
    (metric, by): (&str, u32),
    service: Option<&str>,
    now: Timestamp,
) -> Value {
    // By function to look at, and over all functions to be alarmed by.
    let mut dimensions = vec![vec!["function", "environment"], vec!["environment"]];
    if service.is_some() {
        dimensions.push(vec!["service", "environment"]);
    }
    let mut line = json!({
        "_aws": {
            "Timestamp": now.millis(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": dimensions,
                "Metrics": [{"Name": metric, "Unit": "Count"}],
            }],
        },
        "function": origin.function,
        "environment": origin.environment,
        metric: by,
    });
    if let Some(service) = service {
        line["service"] = service.into();
    }
    line
}

fn level(setting: &str) -> LevelFilter {
    match setting.to_ascii_uppercase().as_str() {
        "TRACE" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "WARN" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}

fn layer<S, O>(lines: Lines<O>, level: LevelFilter, function: &str) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    O: Write + 'static,
{
    let ours = ["doku_shared".to_owned(), function.replace('-', "_")];
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets(ours.map(|target| (target, level)));
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(lines)
        .with_filter(targets)
}

/// The opening of every line, in place of its first brace.
fn line_start(origin: &Origin) -> String {
    let object = json!({"function": origin.function, "environment": origin.environment});
    let mut start = object.to_string();
    start.pop();
    start.push(',');
    start
}

/// Puts the origin in front of each line.
///
/// The formatter hands over a whole line at a time, which begins with its object's brace.
struct Lines<O> {
    start: String,
    out: fn() -> O,
}

impl<'a, O: Write + 'a> MakeWriter<'a> for Lines<O> {
    type Writer = Line<'a, O>;

    fn make_writer(&'a self) -> Self::Writer {
        Line {
            start: &self.start,
            out: (self.out)(),
        }
    }
}

struct Line<'a, O> {
    start: &'a str,
    out: O,
}

impl<O: Write> Write for Line<'_, O> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut whole = Vec::with_capacity(self.start.len() + line.len());
        if let Some(rest) = line.strip_prefix(b"{") {
            whole.extend_from_slice(self.start.as_bytes());
            whole.extend_from_slice(rest);
        } else {
            whole.extend_from_slice(line);
        }
        self.out.write_all(&whole)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const ORIGIN: fn() -> Origin = || Origin {
        function: "notify-webhook",
        environment: "sandbox".to_owned(),
    };

    static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    struct Collect;

    impl Write for Collect {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            WRITTEN.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_says_where_it_comes_from_and_others_are_held_at_warn() {
        let out: fn() -> Collect = || Collect;
        let lines = Lines {
            start: line_start(&ORIGIN()),
            out,
        };
        let subscriber =
            tracing_subscriber::registry().with(layer(lines, LevelFilter::DEBUG, "notify-webhook"));
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!(target: "doku_shared::x", "request", requestId = "r-1");
            span.in_scope(|| tracing::debug!(target: "doku_shared::x", bytes = 3, "ours"));
            tracing::debug!(target: "notify_webhook", "the function's");
            tracing::info!(target: "aws_smithy_runtime", "a payload");
            tracing::warn!(target: "hyper", "a warning");
        });
        let written = String::from_utf8(WRITTEN.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = written
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let messages: Vec<_> = lines
            .iter()
            .map(|line| line["message"].as_str().unwrap())
            .collect();
        assert_eq!(messages, ["ours", "the function's", "a warning"]);
        for line in &lines {
            assert_eq!(line["function"], "notify-webhook");
            assert_eq!(line["environment"], "sandbox");
        }
        assert_eq!(lines[0]["bytes"], 3);
        assert_eq!(lines[0]["span"]["requestId"], "r-1");
    }

    #[test]
    fn levels() {
        let table = [
            ("DEBUG", LevelFilter::DEBUG),
            ("info", LevelFilter::INFO),
            ("FATAL", LevelFilter::ERROR),
            ("", LevelFilter::INFO),
            ("loud", LevelFilter::INFO),
        ];
        for (setting, expected) in table {
            assert_eq!(level(setting), expected, "{setting}");
        }
    }

    #[test]
    fn a_metric_names_its_dimensions() {
        let line = metric_line(
            &ORIGIN(),
            ("UnknownStatus", 1),
            None,
            Timestamp::from_millis(5),
        );
        assert_eq!(line["UnknownStatus"], 1);
        assert_eq!(line["function"], "notify-webhook");
        assert_eq!(line["_aws"]["Timestamp"], 5);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "DokuLambda");
        assert_eq!(directive["Metrics"][0]["Name"], "UnknownStatus");
        for dimension in directive["Dimensions"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|set| set.as_array().unwrap())
        {
            assert!(line[dimension.as_str().unwrap()].is_string());
        }
    }
}
