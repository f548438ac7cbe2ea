//! What a deployment decides about its channels.

use serde::Deserialize;

use super::Reader;
use crate::domain::channel::{
    Capability, ChannelSettings, Channels, Lengths, LikeAnother, PathVersion, SettingFault,
};
use crate::domain::error::Rule;

/// One of `MORE_CHANNELS`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct More {
    code: String,
    like: String,
    acquirer: Option<String>,
    operations: Option<Vec<String>>,
    payment_reference: Option<(usize, usize)>,
    refund_reference: Option<(usize, usize)>,
}

const PATHS: &str = "CHANNEL_PATHS";
const UNCONFIRMED: &str = "UNCONFIRMED_CHANNELS";
const SERVICE_CODES: &str = "STATUS_SERVICE_CODES";
const MORE: &str = "MORE_CHANNELS";

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    /// The channels with every setting applied; those without settings where one is wrong.
    pub(super) fn channels(&mut self) -> Result<Channels, SettingFault> {
        let settings = ChannelSettings {
            versions: self.versions(),
            confirmed: self.list(UNCONFIRMED),
            status_service_codes: self.pairs(SERVICE_CODES),
            more: self.more(),
        };
        Channels::new(&settings).or_else(|fault| {
            let (variable, Rule(rule)) = match fault {
                SettingFault::Version(rule) => (PATHS, rule),
                SettingFault::Confirmed(rule) => (UNCONFIRMED, rule),
                SettingFault::ServiceCode(rule) => (SERVICE_CODES, rule),
                SettingFault::More(rule) => (MORE, rule),
            };
            self.fault(variable, rule);
            Channels::new(&ChannelSettings::default())
        })
    }

    fn list(&self, variable: &str) -> Vec<String> {
        let text = self.optional(variable).unwrap_or_default();
        let entries = text.split(',').map(str::trim);
        entries
            .filter(|entry| !entry.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn pairs(&mut self, variable: &'static str) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for entry in self.list(variable) {
            match entry.split_once('=') {
                Some((code, value)) => pairs.push((code.trim().into(), value.trim().into())),
                None => self.fault(variable, "must be CHANNEL=value, separated by commas"),
            }
        }
        pairs
    }

    fn versions(&mut self) -> Vec<(String, PathVersion)> {
        let mut versions = Vec::new();
        for (code, word) in self.pairs(PATHS) {
            match PathVersion::parse(&word) {
                Ok(version) => versions.push((code, version)),
                Err(_) => self.fault(PATHS, "must name core, archived or archived-bri"),
            }
        }
        versions
    }

    fn more(&mut self) -> Vec<LikeAnother> {
        const FORM: &str = "must be a JSON list of objects with code, like and, if they differ, acquirer, \
             operations, paymentReference and refundReference ([shortest, longest])";
        let Some(text) = self.optional(MORE) else {
            return Vec::new();
        };
        let read: Option<Vec<LikeAnother>> = serde_json::from_str::<Vec<More>>(&text)
            .ok()
            .and_then(|list| list.into_iter().map(added).collect());
        read.unwrap_or_else(|| {
            self.fault(MORE, FORM);
            Vec::new()
        })
    }
}

fn added(more: More) -> Option<LikeAnother> {
    let code = |text: &str| {
        (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    let lengths = |pair: Option<(usize, usize)>| match pair {
        None => Some(None),
        // Fewer than twelve characters would not keep a hash apart from the next one.
        Some((min, max)) if min <= max && (12..=64).contains(&max) => {
            Some(Some(Lengths { min, max }))
        }
        Some(_) => None,
    };
    let capabilities = match more.operations {
        None => None,
        Some(words) => {
            let read: Option<Vec<_>> = words.iter().map(|word| Capability::parse(word)).collect();
            Some(read?)
        }
    };
    Some(LikeAnother {
        code: Some(more.code).filter(|text| code(text))?,
        like: more.like,
        acquirer: more.acquirer,
        capabilities,
        payment_reference: lengths(more.payment_reference)?,
        refund_reference: lengths(more.refund_reference)?,
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError};
    use crate::domain::channel::PathVersion;

    fn read(extra: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| {
            let needed = [
                ("TABLE_NAME", "payments"),
                ("DOKU_SECRET_ARN", "arn"),
                ("DOKU_ENVIRONMENT", "sandbox"),
            ];
            let mut all = extra.iter().chain(&needed);
            all.find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_a_deployment_may_decide() {
        let config = read(&[
            (
                "CHANNEL_PATHS",
                "DIRECT_DEBIT_BRI_SNAP=archived-bri, EMONEY_OVO_SNAP=archived",
            ),
            ("UNCONFIRMED_CHANNELS", "DIRECT_DEBIT_MANDIRI_SNAP"),
            ("STATUS_SERVICE_CODES", "DIRECT_DEBIT_CIMB_SNAP=54"),
            (
                "MORE_CHANNELS",
                r#"[{"code":"DIRECT_DEBIT_MADEUP_SNAP","like":"DIRECT_DEBIT_CIMB_SNAP",
                    "operations":["bind_account","pay"],"paymentReference":[1,20]}]"#,
            ),
        ])
        .unwrap();
        let of = |code: &str| config.channels.parse(code).unwrap();
        assert_eq!(
            of("DIRECT_DEBIT_BRI_SNAP").version,
            PathVersion::ArchivedBri
        );
        assert_eq!(of("EMONEY_OVO_SNAP").version, PathVersion::Archived);
        assert!(of("DIRECT_DEBIT_MANDIRI_SNAP").unconfirmed.is_empty());
        assert_eq!(of("DIRECT_DEBIT_CIMB_SNAP").status_service_code, "54");
        assert_eq!(of("DIRECT_DEBIT_MADEUP_SNAP").payment_reference.max, 20);
    }

    #[test]
    fn what_it_may_not() {
        let table = [
            ("CHANNEL_PATHS", "DIRECT_DEBIT_BRI_SNAP"),
            ("CHANNEL_PATHS", "DIRECT_DEBIT_BRI_SNAP=newest"),
            ("CHANNEL_PATHS", "DIRECT_DEBIT_CIMB_SNAP=archived-bri"),
            ("CHANNEL_PATHS", "DIRECT_DEBIT_NOBODY_SNAP=core"),
            ("UNCONFIRMED_CHANNELS", "true"),
            ("STATUS_SERVICE_CODES", "DIRECT_DEBIT_CIMB_SNAP=540"),
            ("MORE_CHANNELS", "DIRECT_DEBIT_MADEUP_SNAP"),
            (
                "MORE_CHANNELS",
                r#"[{"code":"x","like":"DIRECT_DEBIT_CIMB_SNAP"}]"#,
            ),
            (
                "MORE_CHANNELS",
                r#"[{"code":"X","like":"DIRECT_DEBIT_CIMB_SNAP","odd":1}]"#,
            ),
            (
                "MORE_CHANNELS",
                r#"[{"code":"X","like":"DIRECT_DEBIT_CIMB_SNAP","operations":["fly"]}]"#,
            ),
            (
                "MORE_CHANNELS",
                r#"[{"code":"X","like":"DIRECT_DEBIT_CIMB_SNAP","paymentReference":[1,8]}]"#,
            ),
        ];
        for (variable, value) in table {
            let faults = read(&[(variable, value)]).unwrap_err().0;
            assert_eq!(faults.len(), 1, "{variable}={value}: {faults:?}");
            assert_eq!(faults[0].variable, variable);
        }
    }
}
