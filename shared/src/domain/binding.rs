//! A customer's account, linked.

use crate::clock::Timestamp;

use super::channel::Channel;
use super::event::EventType;
use super::failure::Failure;
use super::ids::{BindingId, CustomerId};
use super::operation::Operation;
use super::sealed::Sealed;

/// Where a binding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindingStatus {
    /// The customer has not finished at the bank.
    Pending,
    /// It can be charged.
    Active,
    /// It did not come about.
    Failed,
    /// DOKU was asked to unlink it and has not confirmed.
    Unbinding,
    /// It is linked no more.
    Unbound,
}

impl BindingStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Active,
        Self::Failed,
        Self::Unbinding,
        Self::Unbound,
    ];

    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Failed => "failed",
            Self::Unbinding => "unbinding",
            Self::Unbound => "unbound",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == raw)
    }

    /// True when a binding in this status may move to `next`. `Unbinding` goes back to `Active`
    /// when DOKU refuses to unlink: the account can still be charged, and the caller is told.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Pending => matches!(
                next,
                Self::Active | Self::Failed | Self::Unbinding | Self::Unbound
            ),
            Self::Active => matches!(next, Self::Unbinding | Self::Unbound),
            Self::Unbinding => matches!(next, Self::Unbound | Self::Active),
            Self::Failed | Self::Unbound => false,
        }
    }
}

/// One linked account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Our id.
    pub id: BindingId,
    /// Whose account.
    pub customer: CustomerId,
    /// Through which channel.
    pub channel: &'static Channel,
    /// Where it stands.
    pub status: BindingStatus,
    /// Masked phone number.
    pub phone: String,
    /// Masked e-mail address.
    pub email: Option<String>,
    /// Where the customer's browser goes in the end.
    pub return_url: String,
    /// DOKU's page, sealed: its address holds the authorisation code.
    pub redirect_url: Option<Sealed>,
    /// Keyed hash of the `state` that the browser brings back.
    pub state: String,
    /// DOKU's id.
    pub reference_no: Option<String>,
    /// DOKU's latest response code, as received.
    pub response_code: Option<String>,
    /// Why it failed or ended.
    pub failure: Option<Failure>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Journal of linking.
    pub operation: Operation,
    /// Journal of unlinking.
    pub unbind: Option<Operation>,
    /// Counts writes: each write names the version it replaces.
    pub version: u64,
}

impl Binding {
    /// Moves to `next`, giving the event to write; `None` where that is no step forward.
    pub fn advance(
        &mut self,
        next: BindingStatus,
        failure: Option<Failure>,
        at: Timestamp,
    ) -> Option<EventType> {
        if !self.status.may_become(next) {
            return None;
        }
        self.status = next;
        self.failure = failure;
        self.updated_at = at;
        if next != BindingStatus::Pending {
            self.redirect_url = None;
        }
        match next {
            BindingStatus::Active => Some(EventType::BindingActive),
            BindingStatus::Failed => Some(EventType::BindingFailed),
            BindingStatus::Unbound => Some(EventType::BindingUnbound),
            BindingStatus::Pending | BindingStatus::Unbinding => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_binding_stays_ended() {
        for next in BindingStatus::ALL {
            assert!(!BindingStatus::Unbound.may_become(next));
            assert!(!BindingStatus::Failed.may_become(next));
            assert_eq!(BindingStatus::parse(next.as_str()), Some(next));
        }
    }
}
