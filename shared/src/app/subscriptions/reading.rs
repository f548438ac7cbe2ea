//! Reading subscriptions, their charges and their timelines.

use super::super::answer::Answer;
use super::super::list::List;
use super::super::shown::{ShownView, shown};
use super::super::view;
use super::super::{Actor, App, AppError, PageRequest};
use super::view::{ChargeView, SubscriptionView, charge_view, subscription_view};
use crate::domain::ids::{CustomerId, SubscriptionId};
use crate::domain::subscription::{Charge, Subscription};
use crate::store::Shown;

impl App {
    /// The subscription, if the caller may see it.
    pub(super) async fn subscription_for(
        &self,
        actor: &Actor,
        id: SubscriptionId,
    ) -> Result<Subscription, AppError> {
        Ok(self.shown_subscription_for(actor, id).await?.known()?)
    }

    /// The same to be shown.
    async fn shown_subscription_for(
        &self,
        actor: &Actor,
        id: SubscriptionId,
    ) -> Result<Shown<Subscription>, AppError> {
        let found = self.store.shown_subscription(id).await?;
        found
            .filter(|subscription| actor.may_touch(&subscription.value().customer))
            .ok_or(AppError::SubscriptionNotFound)
    }

    /// One subscription.
    pub async fn read_subscription(
        &self,
        actor: &Actor,
        id: SubscriptionId,
    ) -> Result<Answer, AppError> {
        let subscription = self.shown_subscription_for(actor, id).await?;
        Answer::new(200, &shown_subscription(&subscription)?)
    }

    /// A customer's subscriptions, newest first.
    pub async fn list_subscriptions(
        &self,
        actor: &Actor,
        customer: &CustomerId,
        page: &PageRequest,
    ) -> Result<Answer, AppError> {
        if !actor.may_touch(customer) {
            return Err(AppError::SubscriptionNotFound);
        }
        let list = List::new("subscriptions by customer", customer.as_str());
        let after = list.after(page)?;
        let after = after.as_deref();
        let found = self.store.subscriptions_of(customer, page.limit, after);
        let found = found.await?;
        let items = found.items.iter().map(shown_subscription);
        let items = items.collect::<Result<Vec<_>, _>>()?;
        Answer::new(200, &list.view(items, found.next.as_deref()))
    }

    /// A subscription's charges, the latest period first.
    pub async fn list_charges(
        &self,
        actor: &Actor,
        id: SubscriptionId,
        page: &PageRequest,
    ) -> Result<Answer, AppError> {
        self.shown_subscription_for(actor, id).await?;
        let name = id.to_string();
        let list = List::new("charges by subscription", &name);
        let after = list.after(page)?;
        let after = after.as_deref();
        let found = self.store.charges(id, page.limit, after).await?;
        let items = found.items.iter().map(shown_charge);
        let items = items.collect::<Result<Vec<_>, _>>()?;
        Answer::new(200, &list.view(items, found.next.as_deref()))
    }

    /// A subscription's timeline, oldest first.
    pub async fn list_subscription_events(
        &self,
        actor: &Actor,
        id: SubscriptionId,
        page: &PageRequest,
    ) -> Result<Answer, AppError> {
        self.shown_subscription_for(actor, id).await?;
        let name = id.to_string();
        let list = List::new("events by subscription", &name);
        let after = list.after(page)?;
        let after = after.as_deref();
        let found = self.store.subscription_events(id, page.limit, after);
        Answer::new(
            200,
            &view::events_view(list, &found.await?, actor.customer.is_none())?,
        )
    }
}

fn shown_subscription(
    subscription: &Shown<Subscription>,
) -> Result<ShownView<SubscriptionView<'_>>, AppError> {
    let view = subscription_view(subscription.value());
    shown(view, subscription.unknown())
}

fn shown_charge(charge: &Shown<Charge>) -> Result<ShownView<ChargeView>, AppError> {
    shown(charge_view(charge.value()), charge.unknown())
}
