//! The settings of a function, read once from its environment.
//!
//! Names and numbers only: secrets are fetched by [`crate::secrets`]. Every fault is reported at
//! once, each with the variable and the rule it breaks, so that a deployment is corrected in one go.

mod callers;
mod channels;

pub use callers::CallerSettings;

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use url::Url;

use crate::clock::{Clock, Timestamp};
use crate::domain::binding::ConfirmBindings;
use crate::domain::card::TokenDeletion;
use crate::domain::channel::Channels;
use crate::domain::error::Rule;
use crate::domain::return_url::ReturnRules;

/// Which of DOKU's two systems is talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DokuEnvironment {
    /// `https://api-sandbox.doku.com`, test money.
    Sandbox,
    /// `https://api.doku.com`, real money.
    Production,
}

impl DokuEnvironment {
    /// `sandbox` or `production`, as in the setting and in the logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }

    const fn base_url(self) -> &'static str {
        match self {
            Self::Sandbox => "https://api-sandbox.doku.com",
            Self::Production => "https://api.doku.com",
        }
    }
}

/// Everything that is set per deployment. The variable is named beside each field.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Config {
    /// `TABLE_NAME`.
    pub table_name: String,
    /// `DOKU_SECRET_ARN`: the name or ARN of the secret.
    pub secret_arn: String,
    /// `DOKU_ENVIRONMENT`: `sandbox` or `production`.
    pub environment: DokuEnvironment,
    /// `DOKU_BASE_URL`, without a slash at the end; the environment's own when not set.
    pub doku_base_url: String,
    /// `DOKU_TIMEOUT_MS` (20000): the longest a call to DOKU may take.
    pub doku_timeout: Duration,
    /// `PUBLIC_BASE_URL`, without a slash at the end; `None` means: derive it from the request.
    pub public_base_url: Option<String>,
    /// `RETURN_URLS`: where a browser may be sent back to; not set means any host by https, and no app.
    pub return_urls: ReturnRules,
    /// `CONFIRM_BINDINGS` (`customers`): which bindings wait for the customer's confirmation after the return.
    pub confirm_bindings: ConfirmBindings,
    /// `REFUSE_CARDS_IN_IDENTIFIERS` (false): whether customer ids, invoice numbers and idempotency keys are
    /// searched for card numbers too.
    pub refuse_cards_in_identifiers: bool,
    /// `NOTIFICATION_PATH` (`/v1.0/debit/notify`): the path that DOKU's signature covers, which
    /// is not always the path a function sees.
    pub notification_path: String,
    /// `NON_SNAP_NOTIFICATION_PATH` (`/v1/doku/notifications`): the same for the other family.
    pub non_snap_notification_path: String,
    /// `NOTIFICATION_TOLERANCE_SECONDS` (300): how far a notification's timestamp may be off.
    pub notification_tolerance: Duration,
    /// `SNAP_NOTIFICATION_WITHOUT_TOKEN` (false): take a notification that carries no token.
    pub snap_notification_without_token: bool,
    /// `KEEP_FOREIGN_NOTIFICATIONS` (false): keep news that is not about a payment of this deployment, sealed,
    /// instead of only counting it.
    pub keep_foreign_notifications: bool,
    /// `ALLOW_RESERIALISED_BODY` (false): verify once more over the re-serialised body.
    pub allow_reserialised_body: bool,
    /// `DOKU_PARTNER_ID`: a second `X-PARTNER-ID` allowed beside our client id.
    pub partner_id: Option<String>,
    /// `STATUS_CHECK_AFTER_SECONDS` (60): how old a call is before DOKU is asked about it.
    pub status_check_after: Duration,
    /// `RESEND_AFTER_SECONDS` (300): how old a call DOKU never saw is before it is sent again.
    pub resend_after: Duration,
    /// `REPEAT_WITHIN_SECONDS` (86400): how long a non-SNAP request may be repeated under its own
    /// `Request-Id`; DOKU does not say how long it remembers one.
    pub repeat_within: Duration,
    /// `CARD_TOKEN_DELETION` (`v2`): which of DOKU's two ways to delete a saved card is taken.
    pub card_token_deletion: TokenDeletion,
    /// The channels on offer, by `CHANNEL_PATHS`, `UNCONFIRMED_CHANNELS`, `STATUS_SERVICE_CODES` and
    /// `MORE_CHANNELS`.
    pub channels: Channels,
    /// `DUE_SHARDS` (16): partitions of the index that `reconcile` reads.
    pub due_shards: u32,
    /// `MERCHANT_SCOPE`, `CUSTOMER_CLAIM`, `SCOPE_PREFIX`, `CUSTOMERS_MAY_PAY`: what in a token tells who
    /// calls, and whether customers' apps create payments.
    pub callers: Arc<CallerSettings>,
    /// `MISSED_AFTER_HOURS` (12): how late a period of a subscription may be charged before it counts as
    /// missed.
    pub missed_after: Duration,
    /// `RESTORED_AT` (not set): when a restored table went into service; payments from before are checked
    /// at DOKU before their next refund or capture.
    pub restored_at: Option<Timestamp>,
    /// `DUE_QUEUE_URL`: the queue of what is due. Only the function that fills it has one.
    pub due_queue_url: Option<String>,
    /// `CLOCK_OFFSET_FILE`: moves the time, for tests only; refused inside AWS.
    pub clock_offset_file: Option<PathBuf>,
}

/// One setting that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The variable.
    pub variable: &'static str,
    /// What it has to be.
    pub rule: &'static str,
}

/// Every setting that is wrong. Shows variables and rules, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(pub Vec<Fault>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{} {}", fault.variable, fault.rule)?;
        }
        Ok(())
    }
}

impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads from any source of variables. An empty value counts as not set.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader {
            lookup,
            faults: Vec::new(),
        };
        let environment = reader.environment();
        let Ok(channels) = reader.channels() else {
            return Err(ConfigError(reader.faults));
        };
        let config = Self {
            table_name: reader.required("TABLE_NAME"),
            secret_arn: reader.required("DOKU_SECRET_ARN"),
            environment,
            doku_base_url: reader
                .base_url("DOKU_BASE_URL")
                .unwrap_or_else(|| environment.base_url().to_owned()),
            doku_timeout: Duration::from_millis(reader.number("DOKU_TIMEOUT_MS", 20_000)),
            public_base_url: reader.base_url("PUBLIC_BASE_URL"),
            confirm_bindings: reader.confirm_bindings(),
            return_urls: reader.return_urls(),
            refuse_cards_in_identifiers: reader.switch("REFUSE_CARDS_IN_IDENTIFIERS"),
            notification_path: reader.path("NOTIFICATION_PATH", "/v1.0/debit/notify"),
            non_snap_notification_path: reader
                .path("NON_SNAP_NOTIFICATION_PATH", "/v1/doku/notifications"),
            notification_tolerance: reader.seconds("NOTIFICATION_TOLERANCE_SECONDS", 300),
            snap_notification_without_token: reader.switch("SNAP_NOTIFICATION_WITHOUT_TOKEN"),
            keep_foreign_notifications: reader.switch("KEEP_FOREIGN_NOTIFICATIONS"),
            allow_reserialised_body: reader.switch("ALLOW_RESERIALISED_BODY"),
            partner_id: reader.optional("DOKU_PARTNER_ID"),
            status_check_after: reader.seconds("STATUS_CHECK_AFTER_SECONDS", 60),
            resend_after: reader.seconds("RESEND_AFTER_SECONDS", 300),
            repeat_within: reader.seconds("REPEAT_WITHIN_SECONDS", 86_400),
            card_token_deletion: reader.card_token_deletion(),
            channels,
            due_shards: reader.due_shards(),
            restored_at: reader.moment("RESTORED_AT"),
            due_queue_url: reader.optional("DUE_QUEUE_URL"),
            callers: Arc::new(reader.callers()),
            missed_after: reader.hours("MISSED_AFTER_HOURS", 12),
            clock_offset_file: reader.clock_offset_file(),
        };
        if reader.faults.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(reader.faults))
        }
    }

    /// The queue of what is due, for the function that cannot work without one.
    pub fn needed_due_queue_url(&self) -> Result<&str, ConfigError> {
        let url = self.due_queue_url.as_deref();
        url.ok_or_else(|| {
            ConfigError(vec![Fault {
                variable: "DUE_QUEUE_URL",
                rule: "must be set",
            }])
        })
    }

    /// The clock these settings ask for.
    pub fn clock(&self) -> Clock {
        match &self.clock_offset_file {
            Some(path) => Clock::with_offset_file(path.clone()),
            None => Clock::system(),
        }
    }
}

struct Reader<L> {
    lookup: L,
    faults: Vec<Fault>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn optional(&self, variable: &str) -> Option<String> {
        (self.lookup)(variable).filter(|value| !value.is_empty())
    }

    fn fault(&mut self, variable: &'static str, rule: &'static str) {
        self.faults.push(Fault { variable, rule });
    }

    fn required(&mut self, variable: &'static str) -> String {
        self.optional(variable).unwrap_or_else(|| {
            self.fault(variable, "must be set");
            String::new()
        })
    }

    fn environment(&mut self) -> DokuEnvironment {
        match self.optional("DOKU_ENVIRONMENT").as_deref() {
            Some("production") => return DokuEnvironment::Production,
            Some("sandbox") => {}
            _ => self.fault("DOKU_ENVIRONMENT", "must be sandbox or production"),
        }
        DokuEnvironment::Sandbox
    }

    fn number(&mut self, variable: &'static str, default: u64) -> u64 {
        match self.optional(variable).map(|value| value.parse()) {
            None => default,
            Some(Ok(number @ 1..=86_400_000)) => number,
            Some(_) => {
                self.fault(variable, "must be a whole number from 1 to 86400000");
                default
            }
        }
    }

    fn card_token_deletion(&mut self) -> TokenDeletion {
        let text = self.optional("CARD_TOKEN_DELETION");
        match text.as_deref().map(TokenDeletion::parse) {
            None => TokenDeletion::V2,
            Some(Ok(which)) => which,
            Some(Err(Rule(rule))) => {
                self.fault("CARD_TOKEN_DELETION", rule);
                TokenDeletion::V2
            }
        }
    }

    fn return_urls(&mut self) -> ReturnRules {
        const VARIABLE: &str = "RETURN_URLS";
        let text = self.optional(VARIABLE).unwrap_or_default();
        ReturnRules::parse(&text).unwrap_or_else(|Rule(rule)| {
            self.fault(VARIABLE, rule);
            ReturnRules::default()
        })
    }

    fn confirm_bindings(&mut self) -> ConfirmBindings {
        const VARIABLE: &str = "CONFIRM_BINDINGS";
        let text = self.optional(VARIABLE);
        match text.as_deref().map(ConfirmBindings::parse) {
            None => ConfirmBindings::default(),
            Some(Ok(ConfirmBindings::All)) if self.optional("RETURN_URLS").is_none() => {
                // Any address could be named, and what the browser brings there be known to anybody.
                self.fault(VARIABLE, "must not be all without RETURN_URLS");
                ConfirmBindings::default()
            }
            Some(Ok(which)) => which,
            Some(Err(Rule(rule))) => {
                self.fault(VARIABLE, rule);
                ConfirmBindings::default()
            }
        }
    }

    fn due_shards(&mut self) -> u32 {
        match self.optional("DUE_SHARDS").map(|value| value.parse()) {
            None => 16,
            Some(Ok(shards @ 1..=64)) => shards,
            Some(_) => {
                self.fault("DUE_SHARDS", "must be a whole number from 1 to 64");
                16
            }
        }
    }

    fn seconds(&mut self, variable: &'static str, default: u64) -> Duration {
        Duration::from_secs(self.number(variable, default))
    }

    fn hours(&mut self, variable: &'static str, default: u64) -> Duration {
        match self.optional(variable).map(|value| value.parse()) {
            None => Duration::from_hours(default),
            Some(Ok(hours @ 1..=168)) => Duration::from_hours(hours),
            Some(_) => {
                self.fault(variable, "must be a whole number from 1 to 168");
                Duration::from_hours(default)
            }
        }
    }

    fn moment(&mut self, variable: &'static str) -> Option<Timestamp> {
        let text = self.optional(variable)?;
        let moment = Timestamp::parse_rfc3339(&text);
        if moment.is_none() {
            self.fault(variable, "must be a date and time of RFC 3339, or empty");
        }
        moment
    }

    fn switch(&mut self, variable: &'static str) -> bool {
        match self.optional(variable).as_deref() {
            Some("true") => return true,
            None | Some("false") => {}
            Some(_) => self.fault(variable, "must be true or false"),
        }
        false
    }

    fn path(&mut self, variable: &'static str, default: &str) -> String {
        let path = self
            .optional(variable)
            .unwrap_or_else(|| default.to_owned());
        if !path.starts_with('/') || path.contains(['?', '#', ' ']) {
            self.fault(variable, "must be a path: a slash first, no query");
        }
        path
    }

    fn base_url(&mut self, variable: &'static str) -> Option<String> {
        let text = self.optional(variable)?;
        let usable = Url::parse(&text).is_ok_and(|url| {
            let local = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
            let scheme_fits = url.scheme() == "https" || (url.scheme() == "http" && local);
            let bare =
                url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
            scheme_fits && bare && url.host_str().is_some()
        });
        if !usable {
            self.fault(
                variable,
                "must be an https URL without query (http only to this machine)",
            );
        }
        Some(text.trim_end_matches('/').to_owned())
    }

    fn clock_offset_file(&mut self) -> Option<PathBuf> {
        let path = self.optional("CLOCK_OFFSET_FILE")?;
        // A function in AWS must never have its time moved. `LAMBDA_TASK_ROOT` alone is not proof:
        // whoever runs the functions elsewhere sets it too, to a folder of their own.
        let in_aws = self.optional("AWS_LAMBDA_INITIALIZATION_TYPE").is_some()
            || self
                .optional("LAMBDA_TASK_ROOT")
                .is_some_and(|root| root.starts_with("/var/task"));
        if in_aws {
            self.fault("CLOCK_OFFSET_FILE", "must not be set inside AWS");
        }
        Some(path.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMUM: [(&str, &str); 3] = [
        ("TABLE_NAME", "payments"),
        ("DOKU_SECRET_ARN", "arn:aws:secretsmanager:x"),
        ("DOKU_ENVIRONMENT", "sandbox"),
    ];

    fn read(extra: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| {
            let all = extra.iter().chain(MINIMUM.iter());
            all.into_iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn defaults() {
        let config = read(&[("DOKU_BASE_URL", ""), ("PUBLIC_BASE_URL", "")]).unwrap();
        assert_eq!(config.doku_base_url, "https://api-sandbox.doku.com");
        assert_eq!(config.doku_timeout, Duration::from_secs(20));
        assert_eq!(config.public_base_url, None);
        assert_eq!(config.notification_path, "/v1.0/debit/notify");
        assert_eq!(config.notification_tolerance, Duration::from_mins(5));
        assert_eq!(config.status_check_after, Duration::from_mins(1));
        assert_eq!(config.resend_after, Duration::from_mins(5));
        assert_eq!(config.repeat_within, Duration::from_hours(24));
        assert_eq!(config.non_snap_notification_path, "/v1/doku/notifications");
        assert_eq!(config.card_token_deletion, TokenDeletion::V2);
        assert_eq!(config.due_shards, 16);
        assert!(config.return_urls.is_empty() && !config.refuse_cards_in_identifiers);
        assert_eq!(config.confirm_bindings, ConfirmBindings::Customers);
        assert!(!config.snap_notification_without_token && !config.allow_reserialised_body);
        assert_eq!(format!("{:?}", config.clock()), "Clock::system");
        let production = read(&[("DOKU_ENVIRONMENT", "production")]).unwrap();
        assert_eq!(production.doku_base_url, "https://api.doku.com");
    }

    #[test]
    fn only_who_fills_the_queue_needs_one() {
        let without = read(&[("DUE_QUEUE_URL", "")]).unwrap();
        let fault = without.needed_due_queue_url().unwrap_err();
        assert_eq!(fault.to_string(), "DUE_QUEUE_URL must be set");
        let with = read(&[("DUE_QUEUE_URL", "https://sqs.example/1/due.fifo")]).unwrap();
        let url = with.needed_due_queue_url().unwrap();
        assert_eq!(url, "https://sqs.example/1/due.fifo");
    }

    #[test]
    fn every_fault_is_told_at_once_and_no_value() {
        let error = Config::from_lookup(|name| match name {
            "DOKU_ENVIRONMENT" => Some("prod-7731".into()),
            "DOKU_TIMEOUT_MS" => Some("7731".repeat(9)),
            _ => None,
        })
        .unwrap_err();
        let variables: Vec<_> = error.0.iter().map(|fault| fault.variable).collect();
        assert_eq!(
            variables,
            [
                "DOKU_ENVIRONMENT",
                "TABLE_NAME",
                "DOKU_SECRET_ARN",
                "DOKU_TIMEOUT_MS"
            ]
        );
        assert!(!error.to_string().contains("7731"));
        assert!(error.to_string().contains("TABLE_NAME must be set; "));
    }

    #[test]
    fn each_setting_has_its_rule() {
        let table = [
            ("DOKU_BASE_URL", "https://doku.example/x/", true),
            ("DOKU_BASE_URL", "http://127.0.0.1:4000", true),
            ("DOKU_BASE_URL", "http://doku.example", false),
            ("DOKU_BASE_URL", "http://localhost.example", false),
            ("DOKU_BASE_URL", "https://doku.example?x=1", false),
            ("DOKU_BASE_URL", "https://user@doku.example", false),
            ("PUBLIC_BASE_URL", "pay.example", false),
            ("DOKU_TIMEOUT_MS", "0", false),
            ("DOKU_TIMEOUT_MS", "-1", false),
            ("NOTIFICATION_TOLERANCE_SECONDS", "five", false),
            ("NOTIFICATION_PATH", "notify", false),
            ("NOTIFICATION_PATH", "/notify?x=1", false),
            ("SNAP_NOTIFICATION_WITHOUT_TOKEN", "yes", false),
            ("ALLOW_RESERIALISED_BODY", "true", true),
            ("NON_SNAP_NOTIFICATION_PATH", "notify", false),
            ("CARD_TOKEN_DELETION", "credit-card", true),
            ("CARD_TOKEN_DELETION", "v1", false),
            (
                "RETURN_URLS",
                "https://shop.example, shopapp:, http://127.0.0.1",
                true,
            ),
            ("RETURN_URLS", "http://shop.example", false),
            ("RETURN_URLS", "javascript:", false),
            ("CONFIRM_BINDINGS", "all", false),
            ("CONFIRM_BINDINGS", "customers", true),
            ("CONFIRM_BINDINGS", "none", true),
            ("CONFIRM_BINDINGS", "true", false),
            ("REFUSE_CARDS_IN_IDENTIFIERS", "true", true),
            ("REFUSE_CARDS_IN_IDENTIFIERS", "1", false),
            ("PUBLIC_BASE_URL", "https://pay.example/pay", true),
            ("DUE_SHARDS", "64", true),
            ("DUE_SHARDS", "0", false),
            ("DUE_SHARDS", "65", false),
        ];
        for (variable, value, good) in table {
            let result = read(&[(variable, value)]);
            assert_eq!(result.is_ok(), good, "{variable}={value}");
            if let Err(error) = result {
                assert_eq!(error.0[0].variable, variable);
            }
        }
        let listed = [("CONFIRM_BINDINGS", "all"), ("RETURN_URLS", "shop.example")];
        assert!(read(&listed).is_ok());
        let config = read(&[("DOKU_BASE_URL", "https://doku.example/x/")]).unwrap();
        assert_eq!(config.doku_base_url, "https://doku.example/x");
    }

    #[test]
    fn time_cannot_be_moved_inside_aws() {
        let file = ("CLOCK_OFFSET_FILE", "state/offset");
        assert!(read(&[file]).is_ok());
        assert!(read(&[file, ("LAMBDA_TASK_ROOT", "/home/me/target")]).is_ok());
        for inside in [
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("LAMBDA_TASK_ROOT", "/var/task"),
        ] {
            assert_eq!(
                read(&[file, inside]).unwrap_err().0[0].variable,
                "CLOCK_OFFSET_FILE"
            );
        }
    }

    #[test]
    fn a_restore_is_named_by_a_moment() {
        assert_eq!(read(&[("RESTORED_AT", "")]).unwrap().restored_at, None);
        let config = read(&[("RESTORED_AT", "2026-11-20T08:15:30+07:00")]).unwrap();
        let moment = Timestamp::parse_rfc3339("2026-11-20T01:15:30Z");
        assert_eq!(config.restored_at, moment);
        let fault = read(&[("RESTORED_AT", "yesterday")]).unwrap_err();
        assert_eq!(fault.0[0].variable, "RESTORED_AT");
    }
}
