//! The channels of one deployment: every description there is, with the deployment's settings applied.
//!
//! A binding or payment keeps the path version it began under, so that changing the setting leaves
//! those that exist alone.

use std::sync::Arc;

use super::{
    ALLO, ALLO_ARCHIVED, BRI, BRI_ACQUIRER, BRI_ARCHIVED, BRI_TOKEN, CARD, CIMB, CIMB_ARCHIVED,
    Capability, Channel, DANA, Lengths, MANDIRI, OVO, OVO_ARCHIVED, PathVersion, SHOPEEPAY,
    SHOPEEPAY_ARCHIVED,
};
use crate::domain::error::Rule;

/// Every description.
static ALL: &[&Channel] = &[
    &CIMB,
    &CIMB_ARCHIVED,
    &BRI,
    &BRI_ARCHIVED,
    &BRI_ACQUIRER,
    &BRI_TOKEN,
    &MANDIRI,
    &ALLO,
    &ALLO_ARCHIVED,
    &OVO,
    &OVO_ARCHIVED,
    &DANA,
    &SHOPEEPAY,
    &SHOPEEPAY_ARCHIVED,
    &CARD,
];

/// What a deployment decides about its channels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelSettings {
    /// Code and path version of channels that are not spoken to under the present paths.
    pub versions: Vec<(String, PathVersion)>,
    /// Codes of channels whose unread tables are believed.
    pub confirmed: Vec<String>,
    /// Code and `serviceCode` of status checks.
    pub status_service_codes: Vec<(String, String)>,
    /// Channels that have no description of their own.
    pub more: Vec<LikeAnother>,
}

/// A channel that DOKU added and that works like one described here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikeAnother {
    /// Its code.
    pub code: String,
    /// The code of the one it works like, under the present paths.
    pub like: String,
    /// The bank or wallet; that of the other where it is not given.
    pub acquirer: Option<String>,
    /// What it can do; what the other can where it is not given.
    pub capabilities: Option<Vec<Capability>>,
    /// Length of a payment's reference.
    pub payment_reference: Option<Lengths>,
    /// Length of a refund's reference.
    pub refund_reference: Option<Lengths>,
}

/// A setting that fits no channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingFault {
    /// A path version is wrong.
    Version(Rule),
    /// A code whose tables are to be believed is wrong.
    Confirmed(Rule),
    /// A `serviceCode` is wrong.
    ServiceCode(Rule),
    /// An added channel is wrong.
    More(Rule),
}

/// The channels of a deployment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Channels {
    /// Under every path version: what the table may name.
    known: Arc<[&'static Channel]>,
    /// One of each code: what new bindings and payments use.
    offered: Arc<[&'static Channel]>,
}

const UNKNOWN: Rule = Rule("names a channel this service does not know");

impl Channels {
    /// Applies a deployment's settings. What they change stays in memory to the end of the process.
    pub fn new(settings: &ChannelSettings) -> Result<Self, SettingFault> {
        let mut known: Vec<Channel> = ALL.iter().map(|channel| **channel).collect();
        // One that has a description of its own by now needs no other: an entry that a release overtook
        // must not keep the functions from starting.
        let own = |code: &str| ALL.iter().any(|channel| channel.code == code);
        for more in settings.more.iter().filter(|more| !own(&more.code)) {
            known.push(like_another(&known, more).map_err(SettingFault::More)?);
        }
        let check = |code: &str| {
            let mut named = known.iter().filter(|channel| channel.can_be_named());
            let found = named.any(|channel| channel.code == code);
            found.then_some(()).ok_or(UNKNOWN)
        };
        for code in &settings.confirmed {
            check(code).map_err(SettingFault::Confirmed)?;
        }
        for (code, service) in &settings.status_service_codes {
            check(code).map_err(SettingFault::ServiceCode)?;
            if service.len() != 2 || !service.bytes().all(|b| b.is_ascii_digit()) {
                let rule = Rule("must give a serviceCode of two digits");
                return Err(SettingFault::ServiceCode(rule));
            }
        }
        for channel in &mut known {
            if settings.confirmed.iter().any(|code| code == channel.code) {
                channel.unconfirmed = &[];
            }
            let service = settings.status_service_codes.iter();
            if let Some((_, service)) = service.rev().find(|(code, _)| code == channel.code) {
                channel.status_service_code = service.clone().leak();
            }
        }
        let known: Vec<&'static Channel> = Vec::leak(known).iter().collect();
        for (code, version) in &settings.versions {
            let named = |channel: &&&Channel| channel.code == code && channel.can_be_named();
            if !known.iter().any(|channel| named(&channel)) {
                return Err(SettingFault::Version(UNKNOWN));
            }
            let has = |channel: &&Channel| channel.version == *version;
            if !known.iter().filter(named).any(has) {
                let rule = Rule("names a path version that the channel does not have");
                return Err(SettingFault::Version(rule));
            }
        }
        let chosen = |channel: &Channel| {
            let mut versions = settings.versions.iter().rev();
            let chosen = versions.find(|(code, _)| code == channel.code);
            chosen.map_or(PathVersion::Core, |(_, version)| *version)
        };
        let offered = known
            .iter()
            .copied()
            .filter(|channel| channel.can_be_named())
            .filter(|channel| chosen(channel) == channel.version);
        Ok(Self {
            offered: offered.collect(),
            known: known.into(),
        })
    }

    /// The channel of this code that new bindings and payments use.
    pub fn parse(&self, code: &str) -> Result<&'static Channel, Rule> {
        self.iter()
            .find(|channel| channel.code == code)
            .ok_or(Rule("must be a channel this service offers"))
    }

    /// The channel that something began under.
    pub fn known(&self, code: &str, version: PathVersion) -> Option<&'static Channel> {
        let mut known = self.known.iter().copied();
        known.find(|channel| channel.code == code && channel.version == version)
    }

    /// Every description, under every path version.
    pub fn all(&self) -> impl Iterator<Item = &'static Channel> {
        self.known.iter().copied()
    }

    /// The codes of the channels on offer that fit.
    pub fn codes(&self, fits: impl Fn(&Channel) -> bool) -> Vec<&'static str> {
        let fitting = self.iter().filter(|channel| fits(channel));
        fitting.map(|channel| channel.code).collect()
    }

    /// Every channel on offer.
    pub fn iter(&self) -> impl Iterator<Item = &'static Channel> {
        self.offered.iter().copied()
    }
}

fn like_another(known: &[Channel], more: &LikeAnother) -> Result<Channel, Rule> {
    if known.iter().any(|channel| channel.code == more.code) {
        return Err(Rule("names a channel that is there already"));
    }
    let mut present = known
        .iter()
        .filter(|channel| channel.can_be_named())
        .filter(|channel| channel.version == PathVersion::Core);
    let other = present
        .find(|channel| channel.code == more.like)
        .ok_or(UNKNOWN)?;
    let capabilities = more.capabilities.as_ref();
    if capabilities.is_some_and(|all| all.iter().any(|capability| !other.can(*capability))) {
        return Err(Rule("offers what the channel it is like does not"));
    }
    Ok(Channel {
        code: more.code.clone().leak(),
        acquirer: more
            .acquirer
            .clone()
            .map_or(other.acquirer, |text| text.leak()),
        capabilities: capabilities.map_or(other.capabilities, |all| all.clone().leak()),
        payment_reference: more.payment_reference.unwrap_or(other.payment_reference),
        refund_reference: more.refund_reference.unwrap_or(other.refund_reference),
        ..*other
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn settings() -> ChannelSettings {
        ChannelSettings::default()
    }

    #[test]
    fn archived_paths_are_used_only_when_asked_for() {
        let channels = Channels::new(&settings()).unwrap();
        assert!(
            channels
                .iter()
                .all(|channel| channel.version == PathVersion::Core)
        );
        let codes: HashSet<_> = channels.iter().map(|channel| channel.code).collect();
        assert_eq!(codes.len(), 8, "each code once");

        let versions = vec![(BRI.code.to_owned(), PathVersion::ArchivedBri)];
        let channels = Channels::new(&ChannelSettings {
            versions,
            ..settings()
        })
        .unwrap();
        assert_eq!(
            channels.parse(BRI.code).unwrap().prefix,
            BRI_ARCHIVED.prefix
        );
        assert_eq!(channels.iter().count(), 8);
        let before = channels.known(BRI.code, PathVersion::Core).unwrap();
        assert_eq!(
            before.prefix, BRI.prefix,
            "what began there is finished there"
        );
    }

    #[test]
    fn what_only_a_token_opens_is_known_and_not_on_offer() {
        let channels = Channels::new(&settings()).unwrap();
        let code = BRI_TOKEN.code;
        assert!(channels.parse(code).is_err());
        let known = channels.known(code, PathVersion::Core).unwrap();
        assert_eq!(*known, BRI_TOKEN, "the table may name it");
    }

    #[test]
    fn a_code_and_a_version_name_one_description() {
        let names: HashSet<_> = ALL.iter().map(|c| (c.code, c.version.as_str())).collect();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn settings_change_what_they_name_and_nothing_else() {
        let channels = Channels::new(&ChannelSettings {
            confirmed: vec![MANDIRI.code.to_owned()],
            status_service_codes: vec![(OVO.code.to_owned(), "54".to_owned())],
            more: vec![LikeAnother {
                code: "DIRECT_DEBIT_MADEUP_SNAP".to_owned(),
                like: CIMB.code.to_owned(),
                acquirer: Some("MADEUP".to_owned()),
                capabilities: Some(vec![Capability::BindAccount, Capability::Pay]),
                payment_reference: Some(Lengths { min: 20, max: 20 }),
                refund_reference: None,
            }],
            ..settings()
        })
        .unwrap();
        let of = |code: &str| channels.parse(code).unwrap();
        assert!(of(MANDIRI.code).is_confirmed(Capability::Pay));
        assert!(!of(BRI.code).is_confirmed(Capability::PaymentOtp));
        assert_eq!(of(OVO.code).status_service_code, "54");
        assert_eq!(of(CIMB.code).status_service_code, "55");
        let added = of("DIRECT_DEBIT_MADEUP_SNAP");
        assert_eq!((added.acquirer, added.prefix), ("MADEUP", CIMB.prefix));
        assert!(!added.can(Capability::FullRefund));
        assert_eq!(added.payment_reference.min, 20);
        assert_eq!(added.refund_reference, CIMB.refund_reference);
    }

    #[test]
    fn a_description_of_our_own_wins_over_an_added_one() {
        let channels = Channels::new(&ChannelSettings {
            more: vec![LikeAnother {
                code: OVO.code.to_owned(),
                like: CIMB.code.to_owned(),
                acquirer: None,
                capabilities: None,
                payment_reference: None,
                refund_reference: None,
            }],
            ..settings()
        })
        .unwrap();
        assert_eq!(channels.parse(OVO.code), Ok(&OVO));
        assert_eq!(channels.iter().count(), 8);
    }

    #[test]
    fn settings_that_fit_no_channel_are_refused() {
        let more = |code: &str, like: &str, capability| {
            vec![LikeAnother {
                code: code.to_owned(),
                like: like.to_owned(),
                acquirer: None,
                capabilities: Some(vec![capability]),
                payment_reference: None,
                refund_reference: None,
            }]
        };
        let code = |text: &str| vec![(text.to_owned(), PathVersion::ArchivedBri)];
        let table = [
            (
                "unknown code",
                ChannelSettings {
                    versions: code("X"),
                    ..settings()
                },
            ),
            (
                "no such version",
                ChannelSettings {
                    versions: code(CIMB.code),
                    ..settings()
                },
            ),
            (
                "unknown confirmed",
                ChannelSettings {
                    confirmed: vec!["X".into()],
                    ..settings()
                },
            ),
            (
                "service of unknown",
                ChannelSettings {
                    status_service_codes: vec![("X".into(), "54".into())],
                    ..settings()
                },
            ),
            (
                "no service",
                ChannelSettings {
                    status_service_codes: vec![(OVO.code.into(), "5".into())],
                    ..settings()
                },
            ),
            (
                "there already",
                ChannelSettings {
                    more: [
                        more("Y", CIMB.code, Capability::Pay),
                        more("Y", CIMB.code, Capability::Pay),
                    ]
                    .concat(),
                    ..settings()
                },
            ),
            (
                "like nothing",
                ChannelSettings {
                    more: more("Y", "X", Capability::Pay),
                    ..settings()
                },
            ),
            (
                "more than the other",
                ChannelSettings {
                    more: more("Y", DANA.code, Capability::Balance),
                    ..settings()
                },
            ),
            (
                "like what nobody names",
                ChannelSettings {
                    more: more("Y", BRI_TOKEN.code, Capability::Pay),
                    ..settings()
                },
            ),
            (
                "confirmed, what nobody names",
                ChannelSettings {
                    confirmed: vec![BRI_TOKEN.code.into()],
                    ..settings()
                },
            ),
            (
                "a version of what nobody names",
                ChannelSettings {
                    versions: vec![(BRI_TOKEN.code.into(), PathVersion::Core)],
                    ..settings()
                },
            ),
        ];
        for (why, settings) in table {
            assert!(Channels::new(&settings).is_err(), "{why}");
        }
    }
}
