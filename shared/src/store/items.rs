//! Items as they lie in the table, and the conversions from and to the domain.
//!
//! Absent values are left out, so that an item stays small: writes are charged by the kilobyte.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::keys::{self, Key};
use super::{Claim, StoreError, StoredAnswer, Target};
use crate::clock::Timestamp;
use crate::domain::binding::{Binding, BindingStatus};
use crate::domain::card::{Acquirer, Card, CardPaymentType, Keeping, UsedCard};
use crate::domain::channel::{Channel, Confirmation, Family};
use crate::domain::failure::Failure;
use crate::domain::ids::{
    BindingId, CustomerId, ExternalId, InvoiceNumber, PaymentId, Reference, RefundId,
};
use crate::domain::money::Rupiah;
use crate::domain::movement::MovementStatus;
use crate::domain::operation::{Operation, OperationKind, OperationState};
use crate::domain::payment::{Capture, Flag, Payment, PaymentStatus, Source};
use crate::domain::refund::{Refund, RefundKind};
use crate::domain::sealed::Sealed;
use crate::domain::text::{Description, Metadata, Reason};

fn corrupt<E>(what: &'static str) -> impl FnOnce(E) -> StoreError {
    move |_| StoreError::Corrupt(what.to_owned())
}

fn word<T>(what: &'static str, read: Option<T>) -> Result<T, StoreError> {
    read.ok_or_else(|| StoreError::Corrupt(what.to_owned()))
}

fn seal(sealed: Option<&Sealed>) -> Option<ByteBuf> {
    sealed.map(|sealed| ByteBuf::from(sealed.0.clone()))
}

fn unseal(bytes: Option<ByteBuf>) -> Option<Sealed> {
    bytes.map(|bytes| Sealed(bytes.into_vec()))
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

    fn read(self, kind: OperationKind) -> Result<Operation, StoreError> {
        let state = match self.state.as_str() {
            "intended" => OperationState::Intended,
            "unsent" => OperationState::Unsent,
            "unknown" => OperationState::Unknown,
            "final" => OperationState::Final,
            _ => return Err(StoreError::Corrupt("operation state".to_owned())),
        };
        Ok(Operation {
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
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaymentItem {
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
    channel: String,
    invoice: String,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_url: Option<ByteBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    created_at: i64,
    updated_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<i64>,
    operation: OperationItem,
    #[serde(skip_serializing_if = "Option::is_none")]
    otp: Option<OperationItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<CaptureItem>,
    version: u64,
}

impl PaymentItem {
    /// The item that replaces (or begins) `payment`, with `version`. What is due lies in one of
    /// `shards` partitions.
    pub fn new(payment: &Payment, version: u64, shards: u32) -> Keyed<Self> {
        let due_at = payment.due_at();
        let item = Self {
            due_partition: due_at.map(|_| keys::due_payments(keys::shard_of(payment.id, shards))),
            due_at: due_at.map(Timestamp::millis),
            owner: keys::payments_of(&payment.customer),
            owner_sort: payment.id.to_string(),
            id: payment.id.to_string(),
            customer: payment.customer.to_string(),
            binding: payment.binding().map(|binding| binding.to_string()),
            card: payment.card().map(CardItem::new),
            channel: payment.channel.code.to_owned(),
            invoice: payment.invoice.to_string(),
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
            flags: payment
                .flags
                .iter()
                .map(|f| f.as_str().to_owned())
                .collect(),
            redirect_url: seal(payment.redirect_url.as_ref()),
            description: payment.description.as_ref().map(|d| d.as_str().to_owned()),
            metadata: payment.metadata.clone(),
            created_at: payment.created_at.millis(),
            updated_at: payment.updated_at.millis(),
            paid_at: payment.paid_at.map(Timestamp::millis),
            operation: OperationItem::new(&payment.operation),
            otp: payment.otp.as_ref().map(OperationItem::new),
            capture: payment.capture.as_ref().map(CaptureItem::new),
            version,
        };
        Keyed::new(Key::payment(payment.id), item)
    }

    pub fn read(self) -> Result<Payment, StoreError> {
        let source = match (self.card, &self.binding) {
            (Some(card), _) => Source::Card(Box::new(card.read())),
            (None, Some(binding)) => {
                Source::Account(BindingId::parse(binding).map_err(corrupt("binding id"))?)
            }
            (None, None) => return Err(StoreError::Corrupt("payment source".to_owned())),
        };
        Ok(Payment {
            id: PaymentId::parse(&self.id).map_err(corrupt("payment id"))?,
            customer: CustomerId::parse(&self.customer).map_err(corrupt("customer"))?,
            source,
            channel: Channel::parse(&self.channel).map_err(corrupt("channel"))?,
            invoice: InvoiceNumber::parse(&self.invoice).map_err(corrupt("invoice"))?,
            reference: Reference::trusted(self.reference),
            amount: Rupiah::new(self.amount),
            charged: Rupiah::new(self.charged.unwrap_or(self.amount)),
            captured: self.captured.map(Rupiah::new),
            refunded: Rupiah::new(self.refunded),
            reserved: Rupiah::new(self.reserved),
            status: word("payment status", PaymentStatus::parse(&self.status))?,
            confirmation: Confirmation::parse(&self.confirmation)
                .map_err(corrupt("confirmation"))?,
            otp_attempts_left: self.otp_attempts_left,
            reference_no: self.reference_no,
            taken_external_id: self.taken_external_id.map(ExternalId::trusted),
            response_code: self.response_code,
            failure: self.failure.as_deref().and_then(Failure::parse),
            flags: self
                .flags
                .iter()
                .filter_map(|flag| Flag::parse(flag))
                .collect(),
            redirect_url: unseal(self.redirect_url),
            description: self.description.map(Description),
            metadata: self.metadata,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            paid_at: self.paid_at.map(Timestamp::from_millis),
            operation: self.operation.read(OperationKind::Pay)?,
            otp: self
                .otp
                .map(|otp| otp.read(OperationKind::Otp))
                .transpose()?,
            capture: self.capture.map(CaptureItem::read).transpose()?,
            version: self.version,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CaptureItem {
    amount: u64,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    operation: OperationItem,
}

impl CaptureItem {
    fn new(capture: &Capture) -> Self {
        Self {
            amount: capture.amount.whole(),
            status: capture.status.as_str().to_owned(),
            failure: capture.failure.map(|failure| failure.code().to_owned()),
            operation: OperationItem::new(&capture.operation),
        }
    }

    fn read(self) -> Result<Capture, StoreError> {
        Ok(Capture {
            amount: Rupiah::new(self.amount),
            status: word("capture status", MovementStatus::parse(&self.status))?,
            failure: self.failure.as_deref().and_then(Failure::parse),
            operation: self.operation.read(OperationKind::Capture)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CardItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_type: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    auto_capture: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    acquirer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenor: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keeping: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    discounts: Vec<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    masked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorize_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorized_at: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lapse_announced: bool,
}

impl CardItem {
    fn new(card: &Card) -> Self {
        Self {
            payment_type: card.payment_type.map(|kind| kind.as_str().to_owned()),
            auto_capture: card.auto_capture,
            acquirer: card.acquirer.map(|acquirer| acquirer.as_str().to_owned()),
            tenor: card.tenor,
            keeping: match card.keeping {
                Keeping::No => None,
                Keeping::Saves => Some("saves".to_owned()),
                Keeping::Saved => Some("saved".to_owned()),
            },
            discounts: card.discounts.iter().map(|it| it.whole()).collect(),
            masked: card.used.masked.clone(),
            brand: card.used.brand.clone(),
            issuer: card.used.issuer.clone(),
            card_type: card.used.kind.clone(),
            authorize_id: card.authorize_id.clone(),
            authorized_at: card.authorized_at.map(Timestamp::millis),
            lapse_announced: card.lapse_announced,
        }
    }

    fn read(self) -> Card {
        Card {
            payment_type: self
                .payment_type
                .and_then(|it| CardPaymentType::parse(&it).ok()),
            auto_capture: self.auto_capture,
            acquirer: self.acquirer.and_then(|it| Acquirer::parse(&it).ok()),
            tenor: self.tenor,
            keeping: match self.keeping.as_deref() {
                Some("saves") => Keeping::Saves,
                Some("saved") => Keeping::Saved,
                _ => Keeping::No,
            },
            discounts: self.discounts.into_iter().map(Rupiah::new).collect(),
            used: UsedCard {
                masked: self.masked,
                brand: self.brand,
                issuer: self.issuer,
                kind: self.card_type,
            },
            authorize_id: self.authorize_id,
            authorized_at: self.authorized_at.map(Timestamp::from_millis),
            lapse_announced: self.lapse_announced,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundItem {
    id: String,
    payment: String,
    amount: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    reference: String,
    status: String,
    taken: bool,
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
    version: u64,
}

impl RefundItem {
    pub fn new(refund: &Refund, version: u64) -> Keyed<Self> {
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
            kind: refund.kind.map(|kind| kind.as_str().to_owned()),
            failure: refund.failure.map(|failure| failure.code().to_owned()),
            refund_no: refund.refund_no.clone(),
            response_code: refund.response_code.clone(),
            created_at: refund.created_at.millis(),
            updated_at: refund.updated_at.millis(),
            operation: OperationItem::new(&refund.operation),
            version,
        };
        Keyed::new(Key::refund(refund.payment, refund.id), item)
    }

    pub fn read(self) -> Result<Refund, StoreError> {
        Ok(Refund {
            id: RefundId::parse(&self.id).map_err(corrupt("refund id"))?,
            payment: PaymentId::parse(&self.payment).map_err(corrupt("payment id"))?,
            amount: Rupiah::new(self.amount),
            reason: self.reason.map(Reason),
            reference: Reference::trusted(self.reference),
            status: word("refund status", MovementStatus::parse(&self.status))?,
            taken: self.taken,
            kind: self.kind.as_deref().and_then(RefundKind::parse),
            failure: self.failure.as_deref().and_then(Failure::parse),
            refund_no: self.refund_no,
            response_code: self.response_code,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            operation: self.operation.read(OperationKind::Refund)?,
            version: self.version,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BindingItem {
    owner: String,
    owner_sort: String,
    id: String,
    customer: String,
    channel: String,
    status: String,
    phone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    return_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_url: Option<ByteBuf>,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    created_at: i64,
    updated_at: i64,
    operation: OperationItem,
    #[serde(skip_serializing_if = "Option::is_none")]
    unbind: Option<OperationItem>,
    version: u64,
}

impl BindingItem {
    pub fn new(binding: &Binding, version: u64) -> Keyed<Self> {
        let item = Self {
            owner: keys::bindings_of(&binding.customer),
            owner_sort: binding.id.to_string(),
            id: binding.id.to_string(),
            customer: binding.customer.to_string(),
            channel: binding.channel.code.to_owned(),
            status: binding.status.as_str().to_owned(),
            phone: binding.phone.clone(),
            email: binding.email.clone(),
            return_url: binding.return_url.clone(),
            redirect_url: seal(binding.redirect_url.as_ref()),
            state: binding.state.clone(),
            reference_no: binding.reference_no.clone(),
            response_code: binding.response_code.clone(),
            failure: binding.failure.map(|failure| failure.code().to_owned()),
            created_at: binding.created_at.millis(),
            updated_at: binding.updated_at.millis(),
            operation: OperationItem::new(&binding.operation),
            unbind: binding.unbind.as_ref().map(OperationItem::new),
            version,
        };
        Keyed::new(Key::binding(binding.id), item)
    }

    pub fn read(self) -> Result<Binding, StoreError> {
        Ok(Binding {
            id: BindingId::parse(&self.id).map_err(corrupt("binding id"))?,
            customer: CustomerId::parse(&self.customer).map_err(corrupt("customer"))?,
            channel: Channel::parse(&self.channel).map_err(corrupt("channel"))?,
            status: word("binding status", BindingStatus::parse(&self.status))?,
            phone: self.phone,
            email: self.email,
            return_url: self.return_url,
            redirect_url: unseal(self.redirect_url),
            state: self.state,
            reference_no: self.reference_no,
            response_code: self.response_code,
            failure: self.failure.as_deref().and_then(Failure::parse),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            operation: self.operation.read(OperationKind::Bind)?,
            unbind: self
                .unbind
                .map(|unbind| unbind.read(OperationKind::Unbind))
                .transpose()?,
            version: self.version,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClaimItem {
    fingerprint: String,
    work: String,
    resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_body: Option<ByteBuf>,
    created_at: i64,
    expires_at: i64,
}

impl ClaimItem {
    pub fn new(claim: &Claim) -> Keyed<Self> {
        let (work, resource, refund) = match claim.target {
            Target::Bind(id) => ("bind", id.to_string(), None),
            Target::Unbind(id) => ("unbind", id.to_string(), None),
            Target::Pay(id) => ("pay", id.to_string(), None),
            Target::Otp(id) => ("otp", id.to_string(), None),
            Target::Capture(id) => ("capture", id.to_string(), None),
            Target::Refund(id, refund) => ("refund", id.to_string(), Some(refund.to_string())),
            // Which card stands in the fingerprint only.
            Target::DeleteCard => ("delete_card", String::new(), None),
        };
        let item = Self {
            fingerprint: claim.fingerprint.clone(),
            work: work.to_owned(),
            resource,
            refund,
            answer_status: claim.answer.as_ref().map(|answer| answer.status),
            answer_body: claim
                .answer
                .as_ref()
                .map(|answer| ByteBuf::from(answer.body.0.clone())),
            created_at: claim.created_at.millis(),
            expires_at: claim.created_at.plus(super::CLAIM_LIFE).seconds(),
        };
        Keyed::new(Key::claim(&claim.key), item)
    }

    pub fn read(self, key: String) -> Result<Claim, StoreError> {
        let payment = || PaymentId::parse(&self.resource).map_err(corrupt("claim"));
        let binding = || BindingId::parse(&self.resource).map_err(corrupt("claim"));
        let target = match self.work.as_str() {
            "bind" => Target::Bind(binding()?),
            "unbind" => Target::Unbind(binding()?),
            "pay" => Target::Pay(payment()?),
            "otp" => Target::Otp(payment()?),
            "capture" => Target::Capture(payment()?),
            "delete_card" => Target::DeleteCard,
            "refund" => {
                let refund = self.refund.as_deref().unwrap_or_default();
                Target::Refund(
                    payment()?,
                    RefundId::parse(refund).map_err(corrupt("claim"))?,
                )
            }
            _ => return Err(StoreError::Corrupt("claim".to_owned())),
        };
        Ok(Claim {
            key,
            fingerprint: self.fingerprint,
            target,
            answer: self
                .answer_status
                .zip(self.answer_body)
                .map(|(status, body)| StoredAnswer {
                    status,
                    body: Sealed(body.into_vec()),
                }),
            created_at: Timestamp::from_millis(self.created_at),
        })
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
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding_id: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReferenceItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
}
