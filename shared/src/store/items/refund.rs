//! A refund as it lies in the table.

use serde::{Deserialize, Serialize};

use super::settlement::SettlementItem;
use super::watch::{self, WatchItem};
use super::{Keyed, OperationItem, corrupt};
use crate::clock::Timestamp;
use crate::domain::failure::Failure;
use crate::domain::ids::{PaymentId, Reference, RefundId};
use crate::domain::money::Rupiah;
use crate::domain::movement::{MovementStatus, Origin, RefundKind};
use crate::domain::operation::OperationKind;
use crate::domain::refund::Refund;
use crate::domain::stored::Stored;
use crate::domain::text::Reason;
use crate::store::keys::{self, Key};
use crate::store::words::Words;
use crate::store::{DueKind, StoreError};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct RefundItem {
    id: String,
    payment: String,
    amount: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    reference: String,
    status: String,
    taken: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    adopted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_code: Option<String>,
    created_at: i64,
    updated_at: i64,
    operation: OperationItem,
    #[serde(default, skip_serializing_if = "WatchItem::is_default")]
    watch: WatchItem,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settlement: Option<SettlementItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_partition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
    version: u64,
}

impl RefundItem {
    /// The item that replaces (or begins) `refund`, with `version`. What is due lies in one of `shards`
    /// partitions.
    pub(in crate::store) fn new(refund: &Refund, version: u64, shards: u32) -> Keyed<Self> {
        let kind = (DueKind::Refund, keys::shard_of(refund.id, shards));
        let under = |watch| {
            let refund = refund.clone();
            Refund { watch, ..refund }.due_at()
        };
        let (due_partition, due_at) = watch::entry(kind, refund.due_at(), refund.watch, under);
        let item = Self {
            id: refund.id.to_string(),
            payment: refund.payment.to_string(),
            amount: refund.amount.whole(),
            reason: refund
                .reason
                .as_ref()
                .map(|reason| reason.as_str().to_owned()),
            reference: refund.reference.to_string(),
            status: refund.status.as_str().to_owned(),
            taken: refund.taken,
            origin: (refund.origin != Origin::Merchant).then(|| refund.origin.as_str().to_owned()),
            adopted: refund.adopted,
            kind: refund.kind.map(|kind| kind.as_str().to_owned()),
            failure: refund.failure.map(|failure| failure.code().to_owned()),
            refund_no: refund.refund_no.clone(),
            response_code: refund.response_code.clone(),
            created_at: refund.created_at.millis(),
            updated_at: refund.updated_at.millis(),
            operation: OperationItem::new(&refund.operation),
            watch: WatchItem::new(refund.watch),
            settlement: refund.settlement.as_ref().map(SettlementItem::new),
            due_partition,
            due_at,
            version,
        };
        Keyed::new(Key::refund(refund.payment, refund.id), item)
    }

    pub(in crate::store) fn read(self, words: &mut Words) -> Result<Refund, StoreError> {
        Ok(Refund {
            id: RefundId::parse(&self.id).map_err(corrupt("refund id"))?,
            payment: PaymentId::parse(&self.payment).map_err(corrupt("payment id"))?,
            amount: Rupiah::new(self.amount),
            reason: self.reason.map(Reason),
            reference: Reference::trusted(self.reference),
            status: words.read(
                "status",
                &self.status,
                MovementStatus::parse(&self.status),
                MovementStatus::Unknown,
            ),
            taken: self.taken,
            origin: words
                .optional("origin", self.origin.as_deref(), Origin::parse)
                .unwrap_or_default(),
            adopted: self.adopted,
            kind: words.optional("kind", self.kind.as_deref(), RefundKind::parse),
            failure: words.optional("failure", self.failure.as_deref(), Failure::parse),
            refund_no: self.refund_no,
            response_code: self.response_code,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            operation: self.operation.read(OperationKind::Refund, words),
            watch: self.watch.read(),
            settlement: self.settlement.map(|stated| stated.read(words)),
            version: self.version,
            stored: Stored::default(),
        })
    }
}
