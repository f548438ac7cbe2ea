//! Decides whether what DOKU states is about a certain payment.
//!
//! One address at DOKU serves a whole payment method, so that news of a merchant's other shop, payment
//! link or virtual account arrives here too, under an invoice number that may be one of ours. Every
//! member that is present is compared. Only a *known* word of another service or channel contradicts: a
//! spelling that is not known is counted, and what is null or absent says nothing. DOKU's number of a transaction confirms;
//! ids of requests confirm, and refuse only where two of them are certainly of different charges.
//!
//! - `words`: DOKU's words for services, banks and wallets

mod words;

#[cfg(test)]
mod tests;

pub use words::Service;

use super::channel::{Channel, Family};
use super::ids::ExternalId;
use super::payment::Payment;
use words::{Kind, Word, normalised};

/// What DOKU states about the identity of what it speaks of. Absent members are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The protocol in which it is stated.
    pub family: Family,
    /// Our name for the payment.
    pub reference: Option<&'a str>,
    /// The service (`service.id`, `accountType`).
    pub service: Option<&'a str>,
    /// The channel (`channel.id`, `channelId`, `channel`): some bodies state it twice.
    pub channels: [Option<&'a str>; 2],
    /// The bank or wallet that moves the money (`acquirer.id`, `acquirerId`), which may be stated twice, too.
    pub acquirers: [Option<&'a str>; 2],
    /// Another payment method, of which a block of the body has the details.
    pub method: Option<Service>,
    /// Ids of requests and transactions.
    pub ids: Ids<'a>,
}

impl Statement<'_> {
    /// The service that it names, as a word for the metrics.
    pub fn label(&self) -> &'static str {
        let stated = self.channels.into_iter().chain([self.service]);
        let stated = stated.chain(self.acquirers).flatten();
        let mut words = stated.clone().map(Word::read);
        let service = words.find_map(|word| word.service).or(self.method);
        let is_silent = stated.count() == 0;
        match service {
            Some(service) => service.as_str(),
            None if is_silent => "NONE",
            None => "OTHER",
        }
    }

    /// True when it names a service, a channel or the details of a payment method.
    pub fn names_a_product(&self) -> bool {
        self.service.is_some() || self.method.is_some() || distinct(self.channels).next().is_some()
    }

    /// True when what it names is of the service of `channel`, however the rest is spelt.
    fn is_of_the_service_of(&self, channel: &Channel) -> bool {
        let own = Word::read(channel.code);
        let stated = self.channels.into_iter().chain([self.service]);
        let is_same = |stated: &str| {
            normalised(stated) == normalised(channel.code)
                || own.service.is_some() && Word::read(stated).service == own.service
        };
        self.method.is_some() && self.method == own.service || stated.flatten().any(is_same)
    }
}

/// What is stated, each spelling once.
fn distinct([first, second]: [Option<&str>; 2]) -> impl Iterator<Item = &str> {
    let second = second.filter(|_| second != first);
    [first, second].into_iter().flatten()
}

/// Ids that confirm a payment's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids<'a> {
    /// SNAP.
    Snap {
        /// DOKU's id of the transaction.
        reference_no: Option<&'a str>,
        /// `X-EXTERNAL-ID` of the charge.
        external_id: Option<&'a str>,
    },
    /// DOKU's older family.
    NonSnap {
        /// `Request-Id` of the payment's call.
        original_request_id: Option<&'a str>,
        /// `Request-Id` of the call that this is about.
        request_id: Option<&'a str>,
        /// True when it is about a first charge: not about a capture, a refund or a repeated charge, whose
        /// ids may be others.
        is_first_charge: bool,
    },
}

/// The member of a statement that contradicts a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// It came in the other protocol.
    Family,
    /// The reference.
    Reference,
    /// The service.
    Service,
    /// The channel.
    Channel,
    /// The bank or wallet.
    Acquirer,
    /// The ids of requests.
    Ids,
}

impl Member {
    /// A word for the logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::Reference => "reference",
            Self::Service => "service",
            Self::Channel => "channel",
            Self::Acquirer => "acquirer",
            Self::Ids => "ids",
        }
    }
}

/// Result of comparing a statement with a payment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Identity {
    /// The first member that contradicts: the statement is about something else then.
    pub contradiction: Option<Member>,
    /// True when a member confirms it.
    pub is_confirmed: bool,
    /// Number of members in a spelling that is not known.
    pub unknown: u32,
}

impl Identity {
    fn note(&mut self, member: Member, agreement: Agreement) {
        match agreement {
            Agreement::Silent => {}
            Agreement::Same => self.is_confirmed = true,
            Agreement::Unknown => self.unknown += 1,
            Agreement::Other => self.contradiction = self.contradiction.or(Some(member)),
        }
    }
}

/// How one member compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agreement {
    /// It is absent, or says nothing either way.
    Silent,
    /// It is the payment's own.
    Same,
    /// It is in a spelling that is not known.
    Unknown,
    /// It is known to be another one.
    Other,
}

/// Compares a statement with a payment.
pub fn identify(statement: &Statement<'_>, payment: &Payment) -> Identity {
    let mut identity = Identity::default();
    let own = payment.reference.as_str();
    if statement.reference.is_some_and(|stated| stated != own) {
        identity.note(Member::Reference, Agreement::Other);
    }
    compare_product(&mut identity, statement, payment.channel);
    identity.note(Member::Ids, compare_ids(statement.ids, payment));
    identity
}

/// The origin of a statement whose reference is not known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It is about a service and channel of ours.
    Ours,
    /// It is not: the service, as a word for the metrics.
    Foreign(&'static str),
}

/// Finds out whether a statement is about one of these channels. What names no service and no channel is
/// taken for ours in SNAP, whose address serves nothing else, if it names no bank or wallet either, and
/// elsewhere where `has_own_details`. A bank that is not known makes nothing of ours foreign.
pub fn origin(
    statement: &Statement<'_>,
    channels: impl IntoIterator<Item = &'static Channel>,
    has_own_details: bool,
) -> Origin {
    let names_none = !statement.names_a_product();
    let names_no_bank = statement.acquirers.iter().all(Option::is_none);
    if names_none && names_no_bank && statement.family == Family::Snap {
        return Origin::Ours;
    }
    let is_ours = channels.into_iter().any(|channel| {
        let mut whole = Identity::default();
        compare_product(&mut whole, statement, channel);
        let confirms_by_bank = || names_none && whole.is_confirmed && whole.unknown == 0;
        whole.contradiction.is_none()
            && (names_it(statement, channel) || confirms_by_bank() || names_none && has_own_details)
    });
    if is_ours {
        Origin::Ours
    } else {
        Origin::Foreign(statement.label())
    }
}

/// True when a channel that is stated is this one; where none is, when the service is. Words in a spelling that is
/// not known beside them say nothing.
fn names_it(statement: &Statement<'_>, channel: &Channel) -> bool {
    let own = Word::read(channel.code);
    let mut stated = distinct(statement.channels).peekable();
    if stated.peek().is_some() {
        return stated.any(|word| compare_channel(word, channel.code, own) == Agreement::Same);
    }
    let service = statement.service.map(|word| compare_service(word, own));
    service == Some(Agreement::Same) || statement.method.is_some_and(|it| own.service == Some(it))
}

/// True when a statement names a product that is none of these channels': a known one of another kind, or one
/// that is not known at all, unless the body `has_own_details`.
pub fn is_foreign(
    statement: &Statement<'_>,
    channels: impl IntoIterator<Item = &'static Channel>,
    has_own_details: bool,
) -> bool {
    let may_be_any = has_own_details || !statement.names_a_product();
    !channels.into_iter().any(|channel| {
        let mut identity = Identity::default();
        compare_product(&mut identity, statement, channel);
        identity.contradiction.is_none() && (may_be_any || statement.is_of_the_service_of(channel))
    })
}

fn compare_product(identity: &mut Identity, statement: &Statement<'_>, channel: &Channel) {
    if statement.family != channel.family {
        identity.note(Member::Family, Agreement::Other);
    }
    let own = Word::read(channel.code);
    if let Some(method) = statement.method {
        let agreement = if own.service == Some(method) {
            Agreement::Same
        } else {
            Agreement::Other
        };
        identity.note(Member::Service, agreement);
    }
    if let Some(stated) = statement.service {
        identity.note(Member::Service, compare_service(stated, own));
    }
    for stated in distinct(statement.channels) {
        identity.note(Member::Channel, compare_channel(stated, channel.code, own));
    }
    for stated in distinct(statement.acquirers) {
        identity.note(
            Member::Acquirer,
            compare_acquirer(stated, channel.acquirer, own),
        );
    }
}

fn compare_service(stated: &str, own: Word) -> Agreement {
    let word = Word::read(stated);
    match (word.service, own.service) {
        (Some(stated), Some(own)) if stated != own => Agreement::Other,
        (Some(_), Some(_)) => match (word.brand, own.brand) {
            (Some(stated), Some(own)) if stated.name != own.name => Agreement::Other,
            _ => Agreement::Same,
        },
        _ => Agreement::Unknown,
    }
}

fn compare_channel(stated: &str, code: &str, own: Word) -> Agreement {
    let word = Word::read(stated);
    compare_code(stated, word, code, own).unwrap_or_else(|| {
        match word.brand {
            Some(_) => Agreement::Other,
            // The service alone, without a bank or wallet.
            None if word.service.is_some() && word.is_whole => Agreement::Same,
            None => Agreement::Unknown,
        }
    })
}

fn compare_acquirer(stated: &str, acquirer: &str, own: Word) -> Agreement {
    let word = Word::read(stated);
    compare_code(stated, word, acquirer, own).unwrap_or_else(|| match (word.brand, own.brand) {
        (Some(_), Some(_)) => Agreement::Other,
        // DOKU itself acquires for many products.
        (None, _) if normalised(stated) == "DOKU" => Agreement::Silent,
        // The bank or wallet of a channel that was added by a setting has no known word.
        (Some(_), None) | (None, _) => Agreement::Unknown,
    })
}

/// What holds of a channel and of a bank or wallet alike; `None` where they differ.
fn compare_code(stated: &str, word: Word, code: &str, own: Word) -> Option<Agreement> {
    if normalised(stated) == normalised(code) {
        return Some(Agreement::Same);
    }
    if names_another_service(word, own) {
        return Some(Agreement::Other);
    }
    let brand = word.brand?;
    if own.brand.is_some_and(|own| own.name == brand.name) {
        return Some(Agreement::Same);
    }
    // A card's news may name the bank that acquires it.
    (own.service == Some(Service::Card)).then_some(match brand.kind {
        Kind::Bank => Agreement::Silent,
        Kind::Wallet | Kind::Shop | Kind::Lender => Agreement::Other,
    })
}

fn names_another_service(stated: Word, own: Word) -> bool {
    let both = stated.service.zip(own.service);
    both.is_some_and(|(stated, own)| stated != own)
}

fn compare_ids(ids: Ids<'_>, payment: &Payment) -> Agreement {
    match ids {
        Ids::Snap {
            reference_no,
            external_id,
        } => {
            let own_number = payment.reference_no.as_deref();
            let own_id = payment.taken_external_id.as_ref().map(ExternalId::as_str);
            // The request that was sent last, whichever DOKU has said that it took.
            let sent_id = Some(payment.operation.external_id.as_str());
            let is_same =
                |stated: Option<&str>, own: Option<&str>| stated.is_some() && stated == own;
            if is_same(reference_no, own_number)
                || is_same(external_id, own_id)
                || is_same(external_id, sent_id)
            {
                return Agreement::Same;
            }
            let is_another = external_id
                .zip(own_id)
                .is_some_and(|(stated, own)| stated != own);
            // A charge that was sent again is known at DOKU by ids that are not remembered here.
            let is_other = is_another && !payment.operation.resent;
            if is_other {
                Agreement::Other
            } else {
                Agreement::Silent
            }
        }
        Ids::NonSnap {
            original_request_id,
            request_id,
            is_first_charge,
        } => {
            let mut stated = [original_request_id, request_id].into_iter().flatten();
            if stated.any(|id| payment.is_own_call(id)) {
                return Agreement::Same;
            }
            if is_first_charge && original_request_id.is_some() {
                Agreement::Other
            } else {
                Agreement::Silent
            }
        }
    }
}
