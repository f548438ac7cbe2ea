//! An idempotency claim as it lies in the table.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Keyed, actor, corrupt};
use crate::clock::Timestamp;
use crate::domain::ids::{BindingId, PaymentId, RefundId, SubscriptionId};
use crate::domain::sealed::Sealed;
use crate::store::keys::Key;
use crate::store::words::newer_version;
use crate::store::{Claim, StoreError, StoredAnswer, Target};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct ClaimItem {
    fingerprint: String,
    work: String,
    resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requested_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_body: Option<ByteBuf>,
    created_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl ClaimItem {
    pub(in crate::store) fn new(claim: &Claim) -> Keyed<Self> {
        let (work, resource, refund) = match claim.target {
            Target::Bind(id) => ("bind", id.to_string(), None),
            Target::Unbind(id) => ("unbind", id.to_string(), None),
            Target::Pay(id) => ("pay", id.to_string(), None),
            Target::BindingOtp(id) => ("binding_otp", id.to_string(), None),
            Target::Otp(id) => ("otp", id.to_string(), None),
            Target::Capture(id) => ("capture", id.to_string(), None),
            Target::Refund(id, refund) => ("refund", id.to_string(), Some(refund.to_string())),
            // Which card stands in the fingerprint only.
            Target::DeleteCard => ("delete_card", String::new(), None),
            Target::Subscription(id) => ("subscription", id.to_string(), None),
        };
        let item = Self {
            fingerprint: claim.fingerprint.clone(),
            work: work.to_owned(),
            resource,
            refund,
            requested_by: claim.requested_by.as_ref().map(actor::text_of),
            answer_status: claim.answer.as_ref().map(|answer| answer.status),
            answer_body: claim
                .answer
                .as_ref()
                .map(|answer| ByteBuf::from(answer.body.0.clone())),
            created_at: claim.created_at.millis(),
            expires_at: claim.expires_at.map(Timestamp::seconds),
        };
        Keyed::new(Key::claim(&claim.key), item)
    }

    pub(in crate::store) fn read(self, key: String) -> Result<Claim, StoreError> {
        let payment = || PaymentId::parse(&self.resource).map_err(corrupt("claim"));
        let binding = || BindingId::parse(&self.resource).map_err(corrupt("claim"));
        let target = match self.work.as_str() {
            "bind" => Target::Bind(binding()?),
            "unbind" => Target::Unbind(binding()?),
            "pay" => Target::Pay(payment()?),
            "binding_otp" => Target::BindingOtp(binding()?),
            "otp" => Target::Otp(payment()?),
            "capture" => Target::Capture(payment()?),
            "delete_card" => Target::DeleteCard,
            "subscription" => Target::Subscription(
                SubscriptionId::parse(&self.resource).map_err(corrupt("claim"))?,
            ),
            "refund" => {
                let refund = self.refund.as_deref().unwrap_or_default();
                Target::Refund(
                    payment()?,
                    RefundId::parse(refund).map_err(corrupt("claim"))?,
                )
            }
            _ => return Err(newer_version("work")),
        };
        Ok(Claim {
            key,
            fingerprint: self.fingerprint,
            target,
            // One that only a newer release knows changes nothing of what the claim stands for.
            requested_by: self.requested_by.as_deref().and_then(actor::read),
            answer: self
                .answer_status
                .zip(self.answer_body)
                .map(|(status, body)| StoredAnswer {
                    status,
                    body: Sealed(body.into_vec()),
                }),
            created_at: Timestamp::from_millis(self.created_at),
            expires_at: self
                .expires_at
                .map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000))),
        })
    }
}
