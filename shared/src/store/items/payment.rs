//! A payment as it lies in the table.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::card::{CaptureItem, CardItem};
use super::settlement::SettlementItem;
use super::watch::{self, WatchItem};
use super::{Keyed, OperationItem, channel, corrupt, seal, unseal, version_of};
use crate::clock::Timestamp;
use crate::domain::calendar::Date;
use crate::domain::channel::{Channels, Confirmation, Family, Recurring};
use crate::domain::failure::Failure;
use crate::domain::ids::{
    BindingId, CustomerId, ExternalId, InvoiceNumber, PaymentId, Reference, SubscriptionId,
};
use crate::domain::invoice::InvoiceScope;
use crate::domain::money::Rupiah;
use crate::domain::operation::OperationKind;
use crate::domain::payment::{Flag, Payment, PaymentStatus, Period, Source};
use crate::domain::stored::Stored;
use crate::domain::text::{Description, Metadata};
use crate::store::keys::{self, Key};
use crate::store::words::Words;
use crate::store::{DueKind, StoreError};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct PaymentItem {
    owner: String,
    owner_sort: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_partition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
    id: String,
    customer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<CardItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<String>,
    channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_version: Option<String>,
    invoice: String,
    /// Left out for the merchant's, as releases with one name space did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice_scope: Option<String>,
    reference: String,
    amount: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    charged: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    captured: Option<u64>,
    refunded: u64,
    reserved: u64,
    status: String,
    confirmation: String,
    otp_attempts_left: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    flags: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    adopted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_url: Option<ByteBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<ByteBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    created_at: i64,
    updated_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refunds_unclear_since: Option<i64>,
    operation: OperationItem,
    #[serde(skip_serializing_if = "Option::is_none")]
    otp: Option<OperationItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<CaptureItem>,
    #[serde(default, skip_serializing_if = "WatchItem::is_default")]
    watch: WatchItem,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settlement: Option<SettlementItem>,
    version: u64,
}

impl PaymentItem {
    /// The item that replaces (or begins) `payment`, with `version`. What is due lies in one of
    /// `shards` partitions.
    pub(in crate::store) fn new(payment: &Payment, version: u64, shards: u32) -> Keyed<Self> {
        let kind = (DueKind::Payment, keys::shard_of(payment.id, shards));
        let under = |watch| {
            let payment = payment.clone();
            Payment { watch, ..payment }.due_at()
        };
        let (due_partition, due_at) = watch::entry(kind, payment.due_at(), payment.watch, under);
        let item = Self {
            due_partition,
            due_at,
            owner: keys::payments_of(&payment.customer),
            owner_sort: payment.id.to_string(),
            id: payment.id.to_string(),
            customer: payment.customer.to_string(),
            binding: payment.binding().map(|binding| binding.to_string()),
            card: payment.card().map(CardItem::new),
            subscription: payment.period.map(|period| period.subscription.to_string()),
            period: payment.period.map(|period| period.date.to_string()),
            channel: payment.channel.code.to_owned(),
            path_version: version_of(payment.channel),
            invoice: payment.invoice.to_string(),
            invoice_scope: (payment.invoice_scope != InvoiceScope::Merchant)
                .then(|| payment.invoice_scope.as_str().to_owned()),
            reference: payment.reference.to_string(),
            amount: payment.amount.whole(),
            charged: (payment.charged != payment.amount).then_some(payment.charged.whole()),
            captured: payment.captured.map(Rupiah::whole),
            refunded: payment.refunded.whole(),
            reserved: payment.reserved.whole(),
            status: payment.status.as_str().to_owned(),
            confirmation: payment.confirmation.as_str().to_owned(),
            otp_attempts_left: payment.otp_attempts_left,
            reference_no: payment.reference_no.clone(),
            taken_external_id: payment
                .taken_external_id
                .as_ref()
                .map(ExternalId::to_string),
            response_code: payment.response_code.clone(),
            failure: payment.failure.map(|failure| failure.code().to_owned()),
            checked_at: payment.checked_at.map(Timestamp::millis),
            flags: payment
                .flags
                .iter()
                .map(|f| f.as_str().to_owned())
                .collect(),
            adopted: payment.adopted,
            redirect_url: seal(payment.redirect_url.as_ref()),
            device: seal(payment.device.as_ref()),
            description: payment.description.as_ref().map(|d| d.as_str().to_owned()),
            metadata: payment.metadata.clone(),
            created_at: payment.created_at.millis(),
            updated_at: payment.updated_at.millis(),
            paid_at: payment.paid_at.map(Timestamp::millis),
            taken_at: payment.taken_at.map(Timestamp::millis),
            refunds_unclear_since: payment.refunds_unclear_since.map(Timestamp::millis),
            operation: OperationItem::new(&payment.operation),
            otp: payment.otp.as_ref().map(OperationItem::new),
            capture: payment.capture.as_ref().map(CaptureItem::new),
            watch: WatchItem::new(payment.watch),
            settlement: payment.settlement.as_ref().map(SettlementItem::new),
            version,
        };
        Keyed::new(Key::payment(payment.id), item)
    }

    pub(in crate::store) fn read(
        self,
        channels: &Channels,
        words: &mut Words,
    ) -> Result<Payment, StoreError> {
        let version = self.path_version.as_deref();
        let channel = channel(channels, &self.channel, version, words)?;
        let source = match (self.card, &self.binding) {
            (Some(card), _) => Source::Card(Box::new(card.read(words))),
            (None, Some(binding)) => {
                Source::Account(BindingId::parse(binding).map_err(corrupt("binding id"))?)
            }
            (None, None) if channel.family == Family::Snap => Source::Wallet,
            (None, None) if channel.recurring == Some(Recurring::Token) => Source::Token,
            (None, None) => return Err(StoreError::Corrupt("payment source".to_owned())),
        };
        let period = match (self.subscription, self.period) {
            (Some(subscription), Some(date)) => Some(Period {
                subscription: SubscriptionId::parse(&subscription)
                    .map_err(corrupt("subscription id"))?,
                date: Date::parse(&date).map_err(corrupt("period"))?,
            }),
            _ => None,
        };
        Ok(Payment {
            id: PaymentId::parse(&self.id).map_err(corrupt("payment id"))?,
            customer: CustomerId::parse_stored(&self.customer).map_err(corrupt("customer"))?,
            source,
            period,
            channel,
            invoice: InvoiceNumber::parse(&self.invoice).map_err(corrupt("invoice"))?,
            invoice_scope: match self.invoice_scope.as_deref() {
                None => InvoiceScope::Merchant,
                // A word of a newer release is some name space, and not the merchant's.
                Some(word) => {
                    let known = InvoiceScope::parse(word);
                    words.read("invoiceScope", word, known, InvoiceScope::Customer)
                }
            },
            reference: Reference::trusted(self.reference),
            amount: Rupiah::new(self.amount),
            charged: Rupiah::new(self.charged.unwrap_or(self.amount)),
            captured: self.captured.map(Rupiah::new),
            refunded: Rupiah::new(self.refunded),
            reserved: Rupiah::new(self.reserved),
            status: words.read(
                "status",
                &self.status,
                PaymentStatus::parse(&self.status),
                PaymentStatus::Unknown,
            ),
            confirmation: words.read(
                "confirmation",
                &self.confirmation,
                Confirmation::parse(&self.confirmation).ok(),
                Confirmation::Unasked,
            ),
            otp_attempts_left: self.otp_attempts_left,
            reference_no: self.reference_no,
            taken_external_id: self.taken_external_id.map(ExternalId::trusted),
            response_code: self.response_code,
            failure: words.optional("failure", self.failure.as_deref(), Failure::parse),
            checked_at: self.checked_at.map(Timestamp::from_millis),
            flags: self
                .flags
                .iter()
                .filter_map(|flag| words.optional("flags", Some(flag), Flag::parse))
                .collect(),
            adopted: self.adopted,
            redirect_url: unseal(self.redirect_url),
            device: unseal(self.device),
            description: self.description.map(Description),
            metadata: self.metadata,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            paid_at: self.paid_at.map(Timestamp::from_millis),
            taken_at: self.taken_at.map(Timestamp::from_millis),
            refunds_unclear_since: self.refunds_unclear_since.map(Timestamp::from_millis),
            operation: self.operation.read(OperationKind::Pay, words),
            otp: self.otp.map(|otp| otp.read(OperationKind::Otp, words)),
            capture: self.capture.map(|capture| capture.read(words)),
            watch: self.watch.read(),
            settlement: self.settlement.map(|stated| stated.read(words)),
            version: self.version,
            stored: Stored::default(),
        })
    }
}
