//! Items as they lie in the table, and the conversions from and to the domain.
//!
//! Absent values are left out, so that an item stays small: writes are charged by the kilobyte.

mod actor;
mod binding;
mod card;
mod charge;
mod claim;
mod goods;
mod payment;
mod refund;
mod settlement;
mod subscription;
mod watch;

pub(super) use actor::ActorItem;
pub(super) use binding::BindingItem;
pub(super) use charge::ChargeItem;
pub(super) use claim::ClaimItem;
pub(super) use payment::PaymentItem;
pub(super) use refund::RefundItem;
pub(super) use subscription::SubscriptionItem;
pub(super) use watch::WatchItem;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::StoreError;
use super::keys::Key;
use super::words::Words;
use crate::clock::Timestamp;
use crate::domain::channel::{Channel, Channels, Family, PathVersion};
use crate::domain::ids::ExternalId;
use crate::domain::operation::{Operation, OperationKind, OperationState};
use crate::domain::sealed::Sealed;

fn corrupt<E>(what: &'static str) -> impl FnOnce(E) -> StoreError {
    move |_| StoreError::Corrupt(what.to_owned())
}

fn seal(sealed: Option<&Sealed>) -> Option<ByteBuf> {
    sealed.map(|sealed| ByteBuf::from(sealed.0.clone()))
}

fn unseal(bytes: Option<ByteBuf>) -> Option<Sealed> {
    bytes.map(|bytes| Sealed(bytes.into_vec()))
}

/// The path version of a channel, where it is not the present one.
fn version_of(channel: &Channel) -> Option<String> {
    let present = channel.version == PathVersion::Core;
    (!present).then(|| channel.version.as_str().to_owned())
}

/// The channel that an item names; under another version where that one is not known.
fn channel(
    channels: &Channels,
    code: &str,
    version: Option<&str>,
    words: &mut Words,
) -> Result<&'static Channel, StoreError> {
    let parse = |word: &str| PathVersion::parse(word).ok();
    let known = match (version, words.optional("pathVersion", version, parse)) {
        (None, _) => channels.known(code, PathVersion::Core),
        (Some(_), Some(version)) => channels.known(code, version),
        (Some(_), None) => channels.all().find(|channel| channel.code == code),
    };
    known.ok_or_else(|| StoreError::UnknownChannel(code.to_owned()))
}

#[derive(Serialize, Deserialize)]
pub(super) struct Keyed<T> {
    pub pk: String,
    pub sk: String,
    #[serde(flatten)]
    pub item: T,
}

impl<T> Keyed<T> {
    pub fn new(key: Key, item: T) -> Self {
        Self {
            pk: key.pk,
            sk: key.sk,
            item,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OperationItem {
    state: String,
    external_id: String,
    started_at: i64,
    lease_until: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent_since: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<ByteBuf>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    resent: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    non_snap: bool,
    claim: String,
}

impl OperationItem {
    fn new(operation: &Operation) -> Self {
        Self {
            state: operation.state.as_str().to_owned(),
            external_id: operation.external_id.to_string(),
            started_at: operation.started_at.millis(),
            lease_until: operation.lease_until.millis(),
            absent_since: operation.absent_since.map(Timestamp::millis),
            body: seal(operation.body.as_ref()),
            resent: operation.resent,
            non_snap: operation.family == Family::NonSnap,
            claim: operation.claim.clone(),
        }
    }

    fn read(self, kind: OperationKind, words: &mut Words) -> Operation {
        let state = OperationState::parse(&self.state);
        let state = words.read(
            "operation.state",
            &self.state,
            state,
            OperationState::Unknown,
        );
        Operation {
            kind,
            family: if self.non_snap {
                Family::NonSnap
            } else {
                Family::Snap
            },
            state,
            external_id: ExternalId::trusted(self.external_id),
            started_at: Timestamp::from_millis(self.started_at),
            lease_until: Timestamp::from_millis(self.lease_until),
            absent_since: self.absent_since.map(Timestamp::from_millis),
            body: unseal(self.body),
            resent: self.resent,
            claim: self.claim,
        }
    }
}
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventItem {
    pub event_id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub at: String,
    pub status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<ActorItem>,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReferenceItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    /// True when notifications came before the payment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub early: bool,
}
