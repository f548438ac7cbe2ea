//! A binding as it lies in the table.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::settlement::SettlementItem;
use super::watch::{self, WatchItem};
use super::{Keyed, OperationItem, actor, channel, corrupt, seal, unseal, version_of};
use crate::clock::Timestamp;
use crate::domain::binding::{Binding, BindingStatus, Return};
use crate::domain::channel::Channels;
use crate::domain::failure::Failure;
use crate::domain::ids::{BindingId, CustomerId};
use crate::domain::operation::OperationKind;
use crate::domain::stored::Stored;
use crate::store::keys::{self, Key};
use crate::store::words::Words;
use crate::store::{DueKind, StoreError};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct BindingItem {
    owner: String,
    owner_sort: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_partition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
    id: String,
    customer: String,
    channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_version: Option<String>,
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requested_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_unbinding: Option<String>,
    phone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    return_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_url: Option<ByteBuf>,
    state: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    confirm: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    returned_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    returned_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_token: Option<ByteBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<ByteBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    created_at: i64,
    updated_at: i64,
    operation: OperationItem,
    #[serde(skip_serializing_if = "Option::is_none")]
    otp: Option<OperationItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unbind: Option<OperationItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unbind_page: Option<ByteBuf>,
    #[serde(default, skip_serializing_if = "WatchItem::is_default")]
    watch: WatchItem,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settlement: Option<SettlementItem>,
    version: u64,
}

impl BindingItem {
    /// The item that replaces (or begins) `binding`, with `version`. What is due lies in one of
    /// `shards` partitions.
    pub(in crate::store) fn new(binding: &Binding, version: u64, shards: u32) -> Keyed<Self> {
        let kind = (DueKind::Binding, keys::shard_of(binding.id, shards));
        let under = |watch| {
            let binding = binding.clone();
            Binding { watch, ..binding }.due_at()
        };
        let (due_partition, due_at) = watch::entry(kind, binding.due_at(), binding.watch, under);
        let item = Self {
            owner: keys::bindings_of(&binding.customer),
            owner_sort: binding.id.to_string(),
            due_partition,
            due_at,
            id: binding.id.to_string(),
            customer: binding.customer.to_string(),
            channel: binding.channel.code.to_owned(),
            path_version: version_of(binding.channel),
            status: binding.status.as_str().to_owned(),
            requested_by: binding.requested_by.as_ref().map(actor::text_of),
            before_unbinding: binding
                .before_unbinding
                .map(|before| before.as_str().to_owned()),
            phone: binding.phone.clone(),
            account: binding.account.clone(),
            email: binding.email.clone(),
            return_url: binding.return_url.clone(),
            redirect_url: seal(binding.redirect_url.as_ref()),
            state: binding.state.clone(),
            confirm: binding.confirm,
            returned_at: binding.returned.as_ref().map(|it| it.at.millis()),
            returned_by: binding.returned.as_ref().map(|it| it.by.clone()),
            reference_no: binding.reference_no.clone(),
            charge_token: seal(binding.charge_token.as_ref()),
            device: seal(binding.device.as_ref()),
            card: binding.card.clone(),
            response_code: binding.response_code.clone(),
            failure: binding.failure.map(|failure| failure.code().to_owned()),
            created_at: binding.created_at.millis(),
            updated_at: binding.updated_at.millis(),
            operation: OperationItem::new(&binding.operation),
            otp: binding.otp.as_ref().map(OperationItem::new),
            unbind: binding.unbind.as_ref().map(OperationItem::new),
            unbind_page: seal(binding.unbind_page.as_ref()),
            watch: WatchItem::new(binding.watch),
            settlement: binding.settlement.as_ref().map(SettlementItem::new),
            version,
        };
        Keyed::new(Key::binding(binding.id), item)
    }

    pub(in crate::store) fn read(
        self,
        channels: &Channels,
        words: &mut Words,
    ) -> Result<Binding, StoreError> {
        Ok(Binding {
            id: BindingId::parse(&self.id).map_err(corrupt("binding id"))?,
            customer: CustomerId::parse_stored(&self.customer).map_err(corrupt("customer"))?,
            channel: channel(channels, &self.channel, self.path_version.as_deref(), words)?,
            status: words.read(
                "status",
                &self.status,
                BindingStatus::parse(&self.status),
                BindingStatus::Unbinding,
            ),
            requested_by: self.requested_by.as_deref().and_then(actor::read),
            before_unbinding: words.optional(
                "beforeUnbinding",
                self.before_unbinding.as_deref(),
                BindingStatus::parse,
            ),
            phone: self.phone,
            account: self.account,
            email: self.email,
            return_url: self.return_url,
            redirect_url: unseal(self.redirect_url),
            state: self.state,
            confirm: self.confirm,
            returned: self.returned_at.map(|at| Return {
                at: Timestamp::from_millis(at),
                by: self.returned_by.unwrap_or_default(),
            }),
            reference_no: self.reference_no,
            charge_token: unseal(self.charge_token),
            device: unseal(self.device),
            card: self.card,
            response_code: self.response_code,
            failure: words.optional("failure", self.failure.as_deref(), Failure::parse),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            operation: self.operation.read(OperationKind::Bind, words),
            otp: self
                .otp
                .map(|otp| otp.read(OperationKind::BindingOtp, words)),
            unbind: self
                .unbind
                .map(|unbind| unbind.read(OperationKind::Unbind, words)),
            unbind_page: unseal(self.unbind_page),
            watch: self.watch.read(),
            settlement: self.settlement.map(|stated| stated.read(words)),
            version: self.version,
            stored: Stored::default(),
        })
    }
}
