//! What differs by channel, as data. A new channel is one more description in [`CHANNELS`].
//!
//! A channel is served in one or more path versions: DOKU's present one (`core`), where every
//! channel shares its paths and the body names it, and archived ones, where the path does. Each
//! version lists the operations it has, and each of those its headers, its tokens and the table
//! of its fields.
//!
//! - `descriptions`: every channel;
//! - `tables`: the fields of DOKU's documents, in groups that channels share.

mod descriptions;
pub mod tables;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::answer::Refusal;
use crate::checks::table::Field;
use crate::operation::Operation;

pub use descriptions::CHANNELS;

/// BRI, whose accounts pay the recurring charges of the non-SNAP family as well.
pub const BRI: &Channel = &descriptions::BRI;

/// Where the present paths of all channels begin.
pub const CORE: &str = "/direct-debit/core/v1/";

/// One channel.
#[derive(Debug, Clone, Copy)]
pub struct Channel {
    /// `additionalInfo.channel`.
    pub code: &'static str,
    /// The bank's or wallet's name, as the customer knows it.
    pub bank: &'static str,
    /// `additionalInfo.acquirerId` of notifications.
    pub acquirer: &'static str,
    /// `additionalInfo.accountType` of notifications.
    pub account_type: &'static str,
    /// How its notifications spell what DOKU's sources spell differently.
    pub notice: NoticeStyle,
    /// `balanceType` of each row of a balance answer. The first one is what payments take from.
    pub balances: &'static [&'static str],
    /// Check status, which all versions of the channel share.
    pub status: Offer,
    /// The paths it is served under.
    pub versions: &'static [Version],
}

/// A channel is its code.
impl PartialEq for Channel {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Channel {}

impl Channel {
    /// A channel of another code that works like this one on the paths that all share, with
    /// other lengths of the fields named. Its tables stay in memory to the end of the process.
    #[must_use]
    pub fn like(&self, code: &str, lengths: &BTreeMap<String, (usize, usize)>) -> Self {
        let field = |field: &Field| match lengths.get(field.name) {
            Some((least, most)) => Field {
                form: field.form.of_length(*least, *most),
                ..*field
            },
            None => *field,
        };
        let group = |group: &&[Field]| -> &'static [Field] {
            group.iter().map(field).collect::<Vec<_>>().leak()
        };
        let offer = |offer: &Offer| Offer {
            fields: offer.fields.iter().map(group).collect::<Vec<_>>().leak(),
            ..*offer
        };
        let version = |version: &Version| Version {
            offers: version.offers.iter().map(offer).collect::<Vec<_>>().leak(),
            ..*version
        };
        let shared = self.versions.iter().filter(|version| version.is_core());
        Self {
            code: code.to_owned().leak(),
            versions: shared.map(version).collect::<Vec<_>>().leak(),
            ..*self
        }
    }
}

/// One family of paths of a channel, and how things are done there.
#[derive(Debug, Clone, Copy)]
pub struct Version {
    /// What its paths begin with.
    pub prefixes: &'static [&'static str],
    /// HTTP status of success.
    pub success: u16,
    /// What stands for the customer.
    pub token: CustomerToken,
    /// Who confirms a payment.
    pub confirmed: Confirmed,
    /// The page a customer sees; none where DOKU shows none.
    pub page: Option<Page>,
    /// What wrong OTPs lead to.
    pub wrong_otps: WrongOtps,
    /// Longest time for which a payment may stay open (`validUpTo`), where there is a limit.
    pub open_for: Option<Duration>,
    /// Whether a part of a payment can be given back.
    pub partial_refunds: bool,
    /// What can be done.
    pub offers: &'static [Offer],
}

/// What stands for the customer in calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerToken {
    /// The B2B2C token, bought with an `authCode`.
    Exchanged,
    /// The `bankCardToken` that the registration of a card answers. Its header takes a B2B2C
    /// token as well.
    Card,
}

/// Who confirms a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// `X-CHANNEL-ID` says: the page (`DH`, the default) or OTP verification (`H2H`).
    ByHeader,
    /// The customer on the page.
    OnPage,
    /// Either the page or OTP verification, whichever comes first. For channels whose way is
    /// not documented.
    Either,
    /// `otpStatus` says: OTP verification (YES) or nobody (NO).
    ByOtpStatus,
}

/// What a page asks of the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// An OTP.
    Otp,
    /// To agree, as in a wallet's app.
    Agree,
}

/// What wrong OTPs lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongOtps {
    /// How many end it.
    pub allowed: u32,
    /// How long the card is blocked then; none ends only what the OTP was for.
    pub block: Option<Duration>,
}

/// Spellings of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeStyle {
    /// The member of `additionalInfo` that holds the channel's code.
    pub channel_key: &'static str,
    /// Where the items of the payment stand.
    pub items: Items,
}

/// Where the items of a payment stand in its notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Items {
    /// Left out.
    Nowhere,
    /// `additionalInfo.lineItems`.
    Inside,
    /// `additionalInfo.LineItems`.
    InsideCapital,
    /// `lineItems` at the top.
    Top,
}

/// One operation as a channel has it.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// Which.
    pub operation: Operation,
    /// Headers beyond those of every call.
    pub headers: &'static [Header],
    /// Where the customer's token stands. All of them must be of the same customer.
    pub tokens: &'static [TokenAt],
    /// The body, in groups.
    pub fields: &'static [&'static [Field]],
    /// Optional fields of it that some of DOKU's libraries demand.
    pub demanded: &'static [&'static str],
    /// Whether members that no group names are let pass, because DOKU's own table of them could
    /// not be read.
    pub lenient: bool,
}

impl Offer {
    /// An operation with those fields, no headers of its own and no customer's token.
    pub const fn new(operation: Operation, fields: &'static [&'static [Field]]) -> Self {
        Self {
            operation,
            headers: &[],
            tokens: &[],
            fields,
            demanded: &[],
            lenient: false,
        }
    }

    /// With fields that some of DOKU's libraries demand.
    #[must_use]
    pub const fn demanded(self, demanded: &'static [&'static str]) -> Self {
        Self { demanded, ..self }
    }

    /// With headers.
    #[must_use]
    pub const fn headers(self, headers: &'static [Header]) -> Self {
        Self { headers, ..self }
    }

    /// With a customer's token.
    #[must_use]
    pub const fn tokens(self, tokens: &'static [TokenAt]) -> Self {
        Self { tokens, ..self }
    }

    /// With a body whose table is not known in full.
    #[must_use]
    pub const fn lenient(self) -> Self {
        Self {
            lenient: true,
            ..self
        }
    }

    /// Whether a table of its fields names that one.
    pub fn names(&self, field: &str) -> bool {
        let mut fields = self.fields.iter().copied().flatten();
        fields.any(|known| known.name == field)
    }

    /// Whether `Authorization-customer` belongs to it.
    pub fn takes_customer_header(&self) -> bool {
        let in_header = |token: &TokenAt| !matches!(token, TokenAt::Field(_));
        self.tokens.iter().any(in_header)
    }
}

/// A header that an operation of a channel asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// `X-IP-ADDRESS`, mandatory.
    IpAddress,
    /// `X-DEVICE-ID`, mandatory.
    DeviceId,
    /// `X-IP-ADDRESS`, which some of DOKU's libraries demand.
    DemandedIpAddress,
    /// `X-DEVICE-ID`, likewise.
    DemandedDeviceId,
    /// `X-CHANNEL-ID`: may be left out, but if it is there it is one of these.
    ChannelId(&'static [&'static str]),
    /// `CHANNEL-ID`: mandatory, `DH`.
    CardChannelId,
}

/// Where a call holds the customer's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenAt {
    /// `Authorization-customer`, mandatory.
    Header,
    /// `Authorization-customer`, if it is there.
    HeaderIfAny,
    /// This field of the body.
    Field(&'static str),
}

/// An operation of a channel, under one of its versions.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The channel.
    pub channel: &'static Channel,
    /// The version. Check status belongs to none and has the first one here.
    pub version: &'static Version,
    /// The operation.
    pub offer: &'static Offer,
}

/// The channels of one simulator.
#[derive(Debug)]
pub struct Channels(Vec<&'static Channel>);

impl Channels {
    /// Those that DOKU has, and more.
    pub fn with(more: Vec<Channel>) -> Self {
        let mut all = Self(CHANNELS.iter().collect());
        for channel in more {
            all.add(channel);
        }
        all
    }

    /// Adds a channel, or replaces the one of its code. It stays in memory to the end of the
    /// process.
    pub fn add(&mut self, channel: Channel) {
        self.0.retain(|known| **known != channel);
        self.0.push(Box::leak(Box::new(channel)));
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &'static Channel> {
        self.0.iter().copied()
    }

    /// The channel of that code.
    pub fn get(&self, code: &str) -> Option<&'static Channel> {
        self.iter().find(|channel| channel.code == code)
    }

    /// What a channel offers under an archived path; none when no channel does.
    pub fn archived(&self, path: &str) -> Option<Place> {
        self.iter()
            .flat_map(|channel| {
                channel
                    .versions
                    .iter()
                    .map(move |version| (channel, version))
            })
            .filter(|(_, version)| !version.is_core())
            .find_map(|(channel, version)| {
                let mut prefixes = version.prefixes.iter();
                let tail = prefixes.find_map(|prefix| path.strip_prefix(prefix))?;
                let operation = Operation::from_path(&format!("{CORE}{tail}"))?;
                let offer = version.offer(operation)?;
                Some(Place {
                    channel,
                    version,
                    offer,
                })
            })
    }

    /// What the channel of that code offers under the paths that all share. An unknown code is
    /// 400-01, an operation that the channel lacks 405-01.
    pub fn core(&self, code: &str, operation: Operation) -> Result<Place, Refusal> {
        let lacking = || Refusal::new(405, "01", "Requested Operation Is Not Allowed");
        let channel = self
            .get(code)
            .ok_or_else(|| Refusal::format("additionalInfo.channel"))?;
        if operation == Operation::Status {
            return Ok(Place {
                channel,
                version: channel.versions.first().ok_or_else(lacking)?,
                offer: &channel.status,
            });
        }
        channel
            .versions
            .iter()
            .filter(|version| version.is_core())
            .find_map(|version| {
                let offer = version.offer(operation)?;
                Some(Place {
                    channel,
                    version,
                    offer,
                })
            })
            .ok_or_else(lacking)
    }
}

impl Version {
    /// Whether it is the present one, whose paths all channels share.
    pub fn is_core(&self) -> bool {
        self.prefixes.contains(&CORE)
    }

    fn offer(&'static self, operation: Operation) -> Option<&'static Offer> {
        self.offers
            .iter()
            .find(|offer| offer.operation == operation)
    }
}
