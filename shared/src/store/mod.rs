//! The one table: items, keys and conditional writes. Nobody else spells a key or a condition.
//!
//! Every change goes through a [`Write`]: items that must change together are committed together,
//! each on the condition that it is still what the writer saw.

mod attention;
mod batch;
mod changes;
mod claims;
mod dead_letters;
mod due;
mod evidence;
mod items;
mod keys;
mod listing;
mod notifications;
mod otp_counts;
mod reading;
mod record;
mod shape;
mod shards;
mod subscriptions;
mod tokens;
mod words;
mod write;

pub use attention::NeedsAttention;
pub use claims::{ClaimScope, EarlierClaims};
pub use dead_letters::{DeadLetter, LetterId, LetterName, Unreadable};
pub use due::{Due, DueCharge, DueKind, DuePage, DueStart};
pub use listing::{Page, StoredActor, StoredEvent};
pub use notifications::{Arrival, Kept, SeenNotification};
pub use tokens::{Grantee, SealedToken, TokenRecord};
pub use words::{Shown, UnknownWord};
pub use write::{Rejected, Write};

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_sdk_dynamodb::Client;

use crate::clock::Timestamp;
use crate::domain::attribution::{Actor, Attribution};
use crate::domain::channel::Channels;
use crate::domain::event::EventType;
use crate::domain::ids::{BindingId, EventId, PaymentId, RefundId, SubscriptionId};
use crate::domain::sealed::Sealed;

/// How long an idempotency key is remembered once its request has its final answer.
pub const CLAIM_LIFE: Duration = Duration::from_hours(30 * 24);

/// How long a notification is remembered.
pub const NOTIFICATION_LIFE: Duration = Duration::from_hours(90 * 24);

/// How long a notification is kept whose payment is not known.
pub const WAITING_LIFE: Duration = Duration::from_hours(30 * 24);

/// Why the table could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// `DynamoDB` did not answer, throttles us, or refuses us. The text names the kind of failure.
    #[error("DynamoDB is not available: {0}")]
    Unavailable(String),
    /// A write of more items than one transaction holds. Nothing was sent.
    #[error("a write of {0} items is too large")]
    TooManyItems(usize),
    /// An item does not hold what we once wrote.
    #[error("an item of the table cannot be read: {0}")]
    Corrupt(String),
    /// A newer release wrote the item: an attribute holds a word that this one does not know.
    #[error("an item of the table was written by a newer release: {0}")]
    NewerVersion(&'static str),
    /// An item names a channel that this deployment does not have (any more): its code.
    #[error("an item of the table names a channel that this deployment does not know: {0}")]
    UnknownChannel(String),
}

/// The table.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    table: String,
    due_shards: u32,
    shards_announced: Arc<OnceLock<()>>,
    channels: Channels,
}

impl Store {
    /// The table of this name, with what is due spread over `due_shards` partitions. Items name
    /// `channels` by code and path version.
    pub fn new(client: Client, table: String, due_shards: u32, channels: Channels) -> Self {
        Self {
            client,
            table,
            due_shards,
            shards_announced: Arc::default(),
            channels,
        }
    }

    const fn client(&self) -> &Client {
        &self.client
    }

    fn table(&self) -> &str {
        &self.table
    }

    /// Begins a write.
    pub const fn write(&self) -> Write<'_> {
        Write::new(self)
    }
}

/// What an idempotency key was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Linking an account.
    Bind(BindingId),
    /// Unlinking it.
    Unbind(BindingId),
    /// A payment.
    Pay(PaymentId),
    /// An OTP for linking an account.
    BindingOtp(BindingId),
    /// An OTP for a payment.
    Otp(PaymentId),
    /// A capture of a payment.
    Capture(PaymentId),
    /// A refund of a payment.
    Refund(PaymentId, RefundId),
    /// Deleting a saved card. Harmless to repeat, so that the claim keeps nothing but the answer.
    DeleteCard,
    /// Creating or changing a subscription: the answer is stored together with the change.
    Subscription(SubscriptionId),
}

/// An answer as it will be given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// Body, sealed: it may hold the address of a page that lets its reader act.
    pub body: Sealed,
}

/// One idempotency key, used once. Never deleted and never changed but for its answer: forgetting
/// a claim would allow the work to be done twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Hash of caller, route and key.
    pub key: String,
    /// Keyed hash of what was asked.
    pub fingerprint: String,
    /// What it started.
    pub target: Target,
    /// The actor that requested it, which may differ from the one that completes it. Earlier releases stored none.
    pub requested_by: Option<Actor>,
    /// The answer, once there is one.
    pub answer: Option<StoredAnswer>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the table may drop it: counted from the final answer. A claim made by an earlier release
    /// may have one before.
    pub expires_at: Option<Timestamp>,
}

impl Claim {
    /// True while it stands for what it started: always until that is answered, and then for
    /// [`CLAIM_LIFE`].
    pub fn is_alive(&self, now: Timestamp) -> bool {
        let expired = |at: Timestamp| at.seconds() < now.seconds();
        self.answer.is_none() || !self.expires_at.is_some_and(expired)
    }
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub kind: EventType,
    /// When.
    pub at: Timestamp,
    /// Status of the resource after it, as callers see it.
    pub status: String,
    /// The author of the change, and what led to it.
    pub by: Attribution,
    /// The actor that asked for the operation, where another one has completed it.
    pub requested_by: Option<Actor>,
    /// What else to know, as a JSON object.
    pub detail: serde_json::Value,
}
