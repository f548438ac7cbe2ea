//! Settlements of bindings.

use super::{NotSettled, SettledAs, Settlement};
use crate::domain::binding::{Binding, BindingStatus};
use crate::domain::event::EventType;
use crate::domain::failure::Failure;
use crate::domain::watch::Watch;

impl Binding {
    /// True when it was escalated to an operator, and is still open.
    pub fn is_escalated(&self) -> bool {
        let followed = Self {
            watch: Watch::default(),
            ..self.clone()
        };
        self.watch.told && followed.due_at().is_some()
    }

    /// The binding after a settlement, and the event to write.
    pub fn settled(&self, settlement: &Settlement) -> Result<(Self, EventType), NotSettled> {
        let mut next = self.clone();
        let at = settlement.at;
        match (self.status, settlement.outcome) {
            (BindingStatus::Unbinding, SettledAs::Unbound) => {
                next.advance(BindingStatus::Unbound, None, at);
            }
            (BindingStatus::Unbinding, SettledAs::Active) => {
                next.stay_linked(None, at);
            }
            (BindingStatus::Pending, SettledAs::Failed) => {
                next.operation.finish();
                next.advance(BindingStatus::Failed, Some(Failure::Expired), at);
            }
            (BindingStatus::Unbinding | BindingStatus::Pending, _) => {
                return Err(NotSettled::Outcome);
            }
            (BindingStatus::Active | BindingStatus::Failed | BindingStatus::Unbound, _) => {
                return Err(NotSettled::Decided);
            }
        }
        if let Some(unbind) = &mut next.unbind {
            unbind.finish();
        }
        next.updated_at = at;
        next.settlement = Some(settlement.clone());
        Ok((next, EventType::BindingSettled))
    }
}
