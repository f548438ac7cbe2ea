//! A subscription as it lies in the table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::goods::{GoodsItem, goods, read_goods};
use super::{Keyed, channel, corrupt, version_of};
use crate::clock::Timestamp;
use crate::domain::calendar::{Calendar, Date, Interval, TimeOfDay, Unit, Zone};
use crate::domain::channel::Channels;
use crate::domain::failure::Failure;
use crate::domain::ids::{BindingId, CustomerId, InvoicePrefix, SubscriptionId};
use crate::domain::money::Rupiah;
use crate::domain::sealed::Sealed;
use crate::domain::stored::Stored;
use crate::domain::subscription::{
    CatchUp, DunningEnd, RetryPolicy, Standing, Subscription, SubscriptionStatus,
};
use crate::domain::text::{Description, Metadata};
use crate::store::keys::{self, Key};
use crate::store::words::Words;
use crate::store::{DueKind, StoreError};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct SubscriptionItem {
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
    token: Option<ByteBuf>,
    channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_version: Option<String>,
    amount: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    items: Vec<GoodsItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    prefix: String,
    calendar: CalendarItem,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    begun: u32,
    retry_after_days: Vec<u16>,
    retry_then: String,
    catch_up: String,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ends_with_period: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    open: BTreeMap<String, bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sending: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sending_until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waking_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waking_at: Option<i64>,
    runs_since: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pause: Option<(i64, i64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    created_at: i64,
    updated_at: i64,
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CalendarItem {
    start: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<u8>,
    unit: String,
    every: u16,
    time: String,
    zone: String,
}

impl CalendarItem {
    fn new(calendar: &Calendar) -> Self {
        Self {
            start: calendar.start().to_string(),
            anchor: calendar.anchor(),
            unit: calendar.interval().unit.as_str().to_owned(),
            every: calendar.interval().every,
            time: calendar.time().to_string(),
            zone: calendar.zone().as_str().to_owned(),
        }
    }

    fn read(self, words: &mut Words) -> Result<Calendar, StoreError> {
        let known = Unit::parse(&self.unit).ok();
        let unit = words.read("calendar.unit", &self.unit, known, Unit::Month);
        let (mut every, mut anchor) = (self.every, self.anchor);
        if known.is_none() {
            // Any calendar does: it is shown, and nothing falls due by it.
            every = 1;
            anchor = anchor.filter(|anchor| Calendar::anchored(unit, *anchor).is_ok());
        }
        let interval = Interval { unit, every };
        let zone = |word: &str| Zone::parse(word).ok();
        let zone = match words.optional("calendar.zone", Some(&self.zone), zone) {
            Some(zone) => zone,
            None => Zone::parse("UTC").map_err(corrupt("time zone"))?,
        };
        Calendar::new(
            Date::parse(&self.start).map_err(corrupt("start"))?,
            anchor,
            interval,
            TimeOfDay::parse(&self.time).map_err(corrupt("time of day"))?,
            zone,
        )
        .map_err(corrupt("calendar"))
    }
}

impl SubscriptionItem {
    /// The item that replaces (or begins) `subscription`, with `version`. What is due lies in one of
    /// `shards` partitions.
    pub(in crate::store) fn new(
        subscription: &Subscription,
        version: u64,
        shards: u32,
    ) -> Keyed<Self> {
        let due_at = subscription.work_at();
        let partition = || {
            keys::due(
                DueKind::Subscription,
                keys::shard_of(subscription.id, shards),
            )
        };
        let (binding, token) = match &subscription.standing {
            Standing::Binding(id) => (Some(id.to_string()), None),
            Standing::Token(token) => (None, Some(ByteBuf::from(token.0.clone()))),
        };
        let open = subscription.open.iter();
        let item = Self {
            owner: keys::subscriptions_of(&subscription.customer),
            owner_sort: subscription.id.to_string(),
            due_partition: due_at.map(|_| partition()),
            due_at: due_at.map(Timestamp::millis),
            id: subscription.id.to_string(),
            customer: subscription.customer.to_string(),
            binding,
            token,
            channel: subscription.channel.code.to_owned(),
            path_version: version_of(subscription.channel),
            amount: subscription.amount.whole(),
            items: goods(&subscription.items),
            description: subscription
                .description
                .as_ref()
                .map(|text| text.as_str().to_owned()),
            metadata: subscription.metadata.clone(),
            prefix: subscription.prefix.to_string(),
            calendar: CalendarItem::new(&subscription.calendar),
            end: subscription.end.map(|date| date.to_string()),
            count: subscription.count,
            begun: subscription.begun,
            retry_after_days: subscription.retry.after_days.clone(),
            retry_then: subscription.retry.then.as_str().to_owned(),
            catch_up: subscription.catch_up.as_str().to_owned(),
            status: subscription.status.as_str().to_owned(),
            next: subscription.next,
            ends_with_period: subscription.ends_with_period,
            open: open
                .map(|(date, declined)| (date.to_string(), *declined))
                .collect(),
            sending: subscription.sending.map(|(date, _)| date.to_string()),
            sending_until: subscription.sending.map(|(_, until)| until.millis()),
            waking_after: subscription.waking.map(|(last, _)| last.to_string()),
            waking_at: subscription.waking.map(|(_, at)| at.millis()),
            runs_since: subscription.runs_since.millis(),
            paused_at: subscription.paused_at.map(Timestamp::millis),
            pause: subscription
                .pause
                .map(|(from, until)| (from.millis(), until.millis())),
            failure: subscription
                .failure
                .map(|failure| failure.code().to_owned()),
            created_at: subscription.created_at.millis(),
            updated_at: subscription.updated_at.millis(),
            version,
        };
        Keyed::new(Key::subscription(subscription.id), item)
    }

    pub(in crate::store) fn read(
        self,
        channels: &Channels,
        words: &mut Words,
    ) -> Result<Subscription, StoreError> {
        let date = |text: String| Date::parse(&text).map_err(corrupt("period"));
        let standing = match (self.binding, self.token) {
            (Some(binding), _) => {
                Standing::Binding(BindingId::parse(&binding).map_err(corrupt("binding id"))?)
            }
            (None, Some(token)) => Standing::Token(Sealed(token.into_vec())),
            (None, None) => return Err(StoreError::Corrupt("subscription method".to_owned())),
        };
        let open = self.open.into_iter();
        let sending = self.sending.map(date).transpose()?;
        let until = self.sending_until.map(Timestamp::from_millis);
        let waking = self.waking_after.map(date).transpose()?;
        let waking_at = self.waking_at.map(Timestamp::from_millis);
        Ok(Subscription {
            id: SubscriptionId::parse(&self.id).map_err(corrupt("subscription id"))?,
            customer: CustomerId::parse_stored(&self.customer).map_err(corrupt("customer"))?,
            standing,
            channel: channel(channels, &self.channel, self.path_version.as_deref(), words)?,
            amount: Rupiah::new(self.amount),
            items: read_goods(self.items),
            description: self.description.map(Description),
            metadata: self.metadata,
            prefix: InvoicePrefix::parse(&self.prefix).map_err(corrupt("prefix"))?,
            calendar: self.calendar.read(words)?,
            end: self.end.map(date).transpose()?,
            count: self.count,
            begun: self.begun,
            retry: RetryPolicy {
                after_days: self.retry_after_days,
                then: words.read(
                    "retryThen",
                    &self.retry_then,
                    DunningEnd::parse(&self.retry_then).ok(),
                    DunningEnd::Pause,
                ),
            },
            catch_up: words.read(
                "catchUp",
                &self.catch_up,
                CatchUp::parse(&self.catch_up).ok(),
                CatchUp::Skip,
            ),
            status: words.read(
                "status",
                &self.status,
                SubscriptionStatus::parse(&self.status),
                SubscriptionStatus::Paused,
            ),
            next: self.next,
            ends_with_period: self.ends_with_period,
            open: open
                .map(|(text, declined)| Ok((date(text)?, declined)))
                .collect::<Result<_, StoreError>>()?,
            sending: sending.zip(until),
            waking: waking.zip(waking_at),
            runs_since: Timestamp::from_millis(self.runs_since),
            paused_at: self.paused_at.map(Timestamp::from_millis),
            pause: self.pause.map(|(from, until)| {
                let at = Timestamp::from_millis;
                (at(from), at(until))
            }),
            failure: words.optional("failure", self.failure.as_deref(), Failure::parse),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            version: self.version,
            stored: Stored::default(),
        })
    }
}
