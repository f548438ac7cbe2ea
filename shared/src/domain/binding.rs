//! A customer's account, linked.

use std::time::Duration;

use crate::clock::Timestamp;

use super::attribution::Actor;
use super::channel::Channel;
use super::contact::Phone;
use super::error::Rule;
use super::event::EventType;
use super::failure::Failure;
use super::ids::{BindingId, CustomerId};
use super::operation::{Operation, OperationState};
use super::sealed::Sealed;
use super::settlement::Settlement;
use super::stored::Stored;
use super::watch::Watch;

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

    /// True when a binding in this status may move to `next`. Nothing but the end of unlinking ends
    /// `Unbinding`: a refusal by [`Binding::stay_linked`].
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Pending => matches!(
                next,
                Self::Active | Self::Failed | Self::Unbinding | Self::Unbound
            ),
            Self::Active => matches!(next, Self::Unbinding | Self::Unbound),
            Self::Unbinding => matches!(next, Self::Unbound),
            Self::Failed | Self::Unbound => false,
        }
    }
}

/// The bindings that stay pending after the browser's return until the caller that created them confirms them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConfirmBindings {
    /// None: the return makes them active.
    None,
    /// Those that a customer's app asked for.
    #[default]
    Customers,
    /// All.
    All,
}

impl ConfirmBindings {
    /// Reads the word of the setting.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        match raw {
            "none" => Ok(Self::None),
            "customers" => Ok(Self::Customers),
            "all" => Ok(Self::All),
            _ => Err(Rule("must be none, customers or all")),
        }
    }

    /// Whether a binding waits that a customer's app asked for, or the merchant's backend. `listed`: whether the
    /// deployment lists where browsers may go. Where it does not, a customer's app names any address, and would
    /// get to know what the browser brings there.
    pub const fn holds_for(self, asked_by_customer: bool, listed: bool) -> bool {
        match self {
            Self::None => false,
            Self::Customers => asked_by_customer && listed,
            Self::All => true,
        }
    }
}

/// The first time that a browser came back from DOKU's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// When.
    pub at: Timestamp,
    /// Keyed hash of what the browser is known by.
    pub by: String,
}

impl Return {
    /// How long the browser may repeat its request, and the merchant may confirm.
    const OPEN_FOR: Duration = Duration::from_mins(10);

    /// When it ends.
    pub fn closes_at(&self) -> Timestamp {
        self.at.plus(Self::OPEN_FOR)
    }

    /// True while the browser may repeat its request.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.closes_at()
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
    /// The actor that asked for the linking, until an event tells how that ended. Unknown where an earlier
    /// release began it.
    pub requested_by: Option<Actor>,
    /// Where it stood before it was to be unlinked.
    pub before_unbinding: Option<BindingStatus>,
    /// Masked phone number.
    pub phone: String,
    /// Keyed hash of [`account_name`], where the channel identifies the account by it.
    pub account: Option<String>,
    /// Masked e-mail address.
    pub email: Option<String>,
    /// Where the customer's browser goes in the end.
    pub return_url: String,
    /// DOKU's page, sealed: its address holds the authorisation code.
    pub redirect_url: Option<Sealed>,
    /// Keyed hash of the `state` that the browser brings back.
    pub state: String,
    /// Whether it waits for a confirmation once the browser has come back.
    pub confirm: bool,
    /// The first time that a browser came back.
    pub returned: Option<Return>,
    /// DOKU's id.
    pub reference_no: Option<String>,
    /// What goes with every payment by the card, sealed.
    pub charge_token: Option<Sealed>,
    /// The customer's device, sealed.
    pub device: Option<Sealed>,
    /// What its card is known by again, where it is: see [`super::otp_count::of_card`].
    pub card: Option<String>,
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
    /// Journal of the latest OTP.
    pub otp: Option<Operation>,
    /// Journal of unlinking.
    pub unbind: Option<Operation>,
    /// DOKU's page on which the customer has to confirm the unlinking, sealed.
    pub unbind_page: Option<Sealed>,
    /// Who looks after it while it is not finished.
    pub watch: Watch,
    /// What an operator stated.
    pub settlement: Option<Settlement>,
    /// Counts writes: each write names the version it replaces.
    pub version: u64,
    /// The form in which the table holds it.
    pub stored: Stored,
}

/// How long a binding whose answer was lost may be asked for again.
const LOST_FOR: Duration = Duration::from_hours(1);
/// How long a customer may take to agree.
const PENDING_FOR: Duration = Duration::from_hours(24);

/// How long a binding that DOKU has confirmed is given back to a customer who links the same account
/// again. Meanwhile the customer may have unlinked it elsewhere, in the wallet's app for instance.
const CONFIRMED_FOR: Duration = Duration::from_hours(24);

/// What an account is known by again, to be hashed: it holds the whole phone number.
pub fn account_name(channel: &Channel, customer: &CustomerId, phone: &Phone) -> String {
    format!("account\n{}\n{customer}\n{}", channel.code, phone.expose())
}

impl Binding {
    /// True when it can be charged, and DOKU confirmed so not long ago: `confirmed_at`.
    pub fn is_surely_linked(&self, confirmed_at: Option<Timestamp>, now: Timestamp) -> bool {
        let fresh = confirmed_at.is_some_and(|at| now < at.plus(CONFIRMED_FOR));
        self.status == BindingStatus::Active && fresh
    }

    /// When somebody has to look at it although nobody asks for it: to unlink it, or to end what never
    /// came about.
    pub fn due_at(&self) -> Option<Timestamp> {
        match self.status {
            BindingStatus::Unbinding => {
                let unbind = self.unbind.as_ref()?;
                self.watch.due_at(unbind.started_at)
            }
            BindingStatus::Pending => self.watch.due_from(self.lapses_at()),
            BindingStatus::Active | BindingStatus::Failed | BindingStatus::Unbound => None,
        }
    }

    /// True while nothing is missing but the confirmation.
    pub fn waits_for_confirmation(&self, now: Timestamp) -> bool {
        let open = self.returned.as_ref().is_some_and(|it| it.is_open(now));
        self.confirm && self.status == BindingStatus::Pending && open
    }

    /// When a binding that is still pending counts as failed.
    pub fn lapses_at(&self) -> Timestamp {
        if let Some(returned) = self.returned.as_ref().filter(|_| self.confirm) {
            returned.closes_at()
        } else if self.operation.state == OperationState::Final {
            self.created_at.plus(PENDING_FOR)
        } else {
            self.operation.started_at.plus(LOST_FOR)
        }
    }

    /// Under which name the bank's count of OTPs is kept: its card's where that is known again.
    pub fn otp_count_name(&self) -> String {
        self.card.clone().unwrap_or_else(|| self.id.to_string())
    }

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
        if next != BindingStatus::Unbinding {
            self.unbind_page = None;
        }
        if !matches!(next, BindingStatus::Pending | BindingStatus::Unbinding) {
            self.redirect_url = None;
        }
        match next {
            BindingStatus::Active => Some(EventType::BindingActive),
            BindingStatus::Failed => Some(EventType::BindingFailed),
            BindingStatus::Unbound => Some(EventType::BindingUnbound),
            BindingStatus::Pending | BindingStatus::Unbinding => None,
        }
    }

    /// Notes that DOKU is asked to unlink it, and where it stands until that is done. One that has
    /// ended stays as it is.
    pub fn begin_unbinding(&mut self, at: Timestamp) {
        let before = self.status;
        if before.may_become(BindingStatus::Unbinding) {
            self.advance(BindingStatus::Unbinding, None, at);
            self.before_unbinding = Some(before);
            self.watch = Watch::default();
        }
    }

    /// Goes back to where it stood before, since DOKU refused to unlink it, or did not get to know. True
    /// when it was to be unlinked.
    pub fn stay_linked(&mut self, failure: Option<Failure>, at: Timestamp) -> bool {
        let was_to_go = self.status == BindingStatus::Unbinding;
        if was_to_go {
            let before = self.before_unbinding.take();
            self.status = before.unwrap_or(BindingStatus::Active);
            self.unbind_page = None;
            self.failure = failure;
            self.updated_at = at;
            self.watch = Watch::default();
        }
        was_to_go
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{BRI_ARCHIVED, Family};
    use crate::domain::ids::ExternalId;
    use crate::domain::operation::OperationKind;

    fn binding(channel: &'static Channel) -> Binding {
        let at = Timestamp::from_millis(0);
        Binding {
            id: BindingId::new(ulid::Ulid::from_parts(1, 1)),
            customer: CustomerId::parse("cust-001").unwrap(),
            channel,
            status: BindingStatus::Pending,
            requested_by: None,
            before_unbinding: None,
            phone: String::new(),
            account: None,
            email: None,
            return_url: String::new(),
            redirect_url: None,
            state: String::new(),
            confirm: false,
            returned: None,
            reference_no: None,
            charge_token: None,
            device: None,
            card: None,
            response_code: None,
            failure: None,
            created_at: at,
            updated_at: at,
            operation: Operation {
                kind: OperationKind::Bind,
                family: Family::Snap,
                state: OperationState::Final,
                external_id: ExternalId::new("20261120000000", 1),
                started_at: at,
                lease_until: at,
                absent_since: None,
                body: None,
                resent: false,
                claim: String::new(),
            },
            otp: None,
            unbind: None,
            unbind_page: None,
            watch: Watch::default(),
            settlement: None,
            version: 1,
            stored: Stored::default(),
        }
    }

    #[test]
    fn a_binding_that_is_not_unlinked_stands_where_it_stood() {
        let at = Timestamp::from_millis(0);
        let page = Sealed(vec![1]);
        for before in [BindingStatus::Pending, BindingStatus::Active] {
            let mut binding = binding(&BRI_ARCHIVED);
            binding.status = before;
            binding.redirect_url = Some(page.clone());
            binding.begin_unbinding(at);
            binding.begin_unbinding(at);
            assert_eq!(binding.status, BindingStatus::Unbinding);
            let late = binding.advance(BindingStatus::Active, None, at);
            assert_eq!(late, None, "an OTP's late answer");
            binding.stay_linked(Some(Failure::WrongState), at);
            assert_eq!(binding.status, before);
            assert_eq!(binding.redirect_url.as_ref(), Some(&page));
        }
    }

    #[test]
    fn a_binding_waits_for_ten_minutes_to_be_confirmed() {
        let mut binding = binding(&BRI_ARCHIVED);
        binding.confirm = true;
        assert!(!binding.waits_for_confirmation(binding.created_at));
        let at = binding.created_at.plus(Duration::from_hours(1));
        binding.returned = Some(Return {
            at,
            by: String::new(),
        });
        let last = at.plus(Duration::from_secs(599));
        assert!(binding.waits_for_confirmation(at) && binding.waits_for_confirmation(last));
        let late = at.plus(Duration::from_mins(10));
        assert!(!binding.waits_for_confirmation(late));
        assert_eq!(binding.lapses_at(), late);
        binding.status = BindingStatus::Active;
        assert!(!binding.waits_for_confirmation(at));
    }

    #[test]
    fn which_bindings_wait() {
        use ConfirmBindings::{All, Customers, None};
        let table = [
            (None, true, true, false),
            (Customers, true, true, true),
            (Customers, true, false, false),
            (Customers, false, true, false),
            (All, false, true, true),
            (All, true, true, true),
        ];
        for (setting, by_customer, listed, waits) in table {
            assert_eq!(setting.holds_for(by_customer, listed), waits, "{setting:?}");
        }
    }

    #[test]
    fn an_ended_binding_stays_ended() {
        let mut ended = binding(&BRI_ARCHIVED);
        ended.status = BindingStatus::Unbound;
        ended.begin_unbinding(ended.created_at);
        assert_eq!(ended.status, BindingStatus::Unbound);
        for next in BindingStatus::ALL {
            assert!(!BindingStatus::Unbound.may_become(next));
            assert!(!BindingStatus::Failed.may_become(next));
            assert_eq!(BindingStatus::parse(next.as_str()), Some(next));
        }
    }
}
