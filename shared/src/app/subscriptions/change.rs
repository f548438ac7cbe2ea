//! Changing, pausing, resuming and ending a subscription.

use super::super::answer::Answer;
use super::super::context::Context;
use super::super::recording::pause;
use super::super::{Actor, App, AppError, Deadline, Idempotency};
use super::method::{MethodCommand, StandingMethod, misfits};
use super::view::subscription_view;
use crate::clock::Timestamp;
use crate::domain::card::Item;
use crate::domain::error::FieldError;
use crate::domain::event::EventType;
use crate::domain::ids::SubscriptionId;
use crate::domain::money::Rupiah;
use crate::domain::payment::Period;
use crate::domain::subscription::{
    CatchUp, Charge, RetryPolicy, SkipReason, Standing, Subscription, SubscriptionStatus,
};
use crate::domain::text::{Description, Metadata};
use crate::store::Rejected;

/// What may be changed.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// How much, from the next period on.
    pub amount: Option<Rupiah>,
    /// What is bought, from the next period on.
    pub items: Option<Vec<Item>>,
    /// What is charged. What was declined is tried again with it at once.
    pub method: Option<StandingMethod>,
    /// What the statement says.
    pub description: Option<Description>,
    /// The merchant's notes.
    pub metadata: Option<Metadata>,
    /// What becomes of a declined charge.
    pub retry: Option<RetryPolicy>,
    /// What becomes of missed periods.
    pub catch_up: Option<CatchUp>,
    /// Pauses it (true) or lets it run again (false).
    pub paused: Option<bool>,
    /// Passes over the next period.
    pub skip_next: bool,
}

/// A change of one subscription.
#[derive(Debug, Clone)]
pub struct ChangeCommand {
    /// Which.
    pub subscription: SubscriptionId,
    /// What.
    pub change: Change,
}

/// The end of a subscription.
#[derive(Debug, Clone, Copy)]
pub struct CancelCommand {
    /// Which.
    pub subscription: SubscriptionId,
    /// With the present period, instead of now.
    pub at_period_end: bool,
}

/// Most charges that one write makes due: it holds a hundred items.
pub(in crate::app) const MOST_WOKEN: usize = 50;

/// What a change makes of a subscription.
struct Changed {
    subscription: Subscription,
    kind: EventType,
    /// The period that is passed over.
    skipped: Option<Charge>,
    /// Declined charges that are to be tried again at once.
    hurried: Vec<Period>,
}

impl Changed {
    const fn of(subscription: Subscription, kind: EventType) -> Self {
        Self {
            subscription,
            kind,
            skipped: None,
            hurried: Vec::new(),
        }
    }

    /// Makes the open charges due at once, so that what was declined is tried again. Those that are too
    /// many for one write follow as work of the subscription's own.
    fn hurry(&mut self, now: Timestamp) {
        let subscription = self.subscription.id;
        self.subscription.waking = None;
        let dates = self.subscription.wake(MOST_WOKEN, now).into_iter();
        self.hurried = dates.map(|date| Period { subscription, date }).collect();
    }
}

impl App {
    /// Changes a subscription.
    pub async fn change_subscription(
        &self,
        actor: &Actor,
        command: &ChangeCommand,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let ctx = self.context(actor.attribution()).await?;
        if let Some(answer) = self.answered_before(&ctx.secrets, idempotency).await? {
            return Ok(answer);
        }
        let id = command.subscription;
        let before = self.subscription_for(actor, id).await?;
        let method = match &command.change.method {
            Some(method) => {
                let items = command.change.items.as_ref().unwrap_or(&before.items);
                let method = MethodCommand {
                    customer: &before.customer,
                    method,
                    items,
                };
                Some(self.standing(&ctx.secrets, id, &method, deadline).await?)
            }
            None => None,
        };
        self.rewrite(
            &ctx,
            actor,
            id,
            idempotency,
            deadline,
            |subscription, now| changed(subscription, &command.change, method.as_ref(), now),
        )
        .await
    }

    /// Ends a subscription. Once this is answered, nothing is charged any more; a charge that is on its
    /// way right now is waited for.
    pub async fn cancel_subscription(
        &self,
        actor: &Actor,
        command: CancelCommand,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let ctx = self.context(actor.attribution()).await?;
        if let Some(answer) = self.answered_before(&ctx.secrets, idempotency).await? {
            return Ok(answer);
        }
        let id = command.subscription;
        self.rewrite(
            &ctx,
            actor,
            id,
            idempotency,
            deadline,
            |subscription, now| {
                if subscription.status.is_over() {
                    return Err(AppError::Illegal("The subscription has ended already."));
                }
                let mut next = subscription;
                if command.at_period_end && next.status.is_running() {
                    next.ends_with_period = true;
                    return Ok(Changed::of(next, EventType::SubscriptionEnding));
                }
                next.stop(SubscriptionStatus::Cancelled, now);
                let mut changed = Changed::of(next, EventType::SubscriptionCancelled);
                // The next check finds that they are over.
                changed.hurry(now);
                Ok(changed)
            },
        )
        .await
    }

    /// Changes what was read and stores it with the caller's key and the answer, as often as somebody
    /// else is faster. What stops charging waits for the charge that is being sent.
    async fn rewrite(
        &self,
        ctx: &Context,
        actor: &Actor,
        id: SubscriptionId,
        idempotency: &Idempotency,
        deadline: Deadline,
        change: impl Fn(Subscription, Timestamp) -> Result<Changed, AppError>,
    ) -> Result<Answer, AppError> {
        let mut round = 0;
        loop {
            let subscription = self.subscription_for(actor, id).await?;
            let now = self.clock.now();
            let before = subscription.status;
            let sending = subscription.is_sending(now);
            let mut changed = change(subscription, now)?;
            let stops = before.is_running() && !changed.subscription.status.is_running();
            if let Some(wait) = sending.filter(|_| stops) {
                if deadline.is_near() {
                    return Err(AppError::InProgress(wait));
                }
                pause(round).await;
                round += 1;
                continue;
            }
            changed.subscription.updated_at = now;
            let answer = Answer::new(200, &subscription_view(&changed.subscription))?;
            let next = &changed.subscription;
            let claim = self.answered_claim(&ctx.secrets, idempotency, next, &answer);
            let completed = next.status == SubscriptionStatus::Completed && next.status != before;
            let events = [
                Some(self.subscription_event(ctx, changed.kind, next, changed.skipped.as_ref())?),
                self.status_event(ctx, next, completed)?,
            ];
            let mut write = self.store.write();
            write.claim(&claim).subscription(next);
            for (nth, event) in events.iter().flatten().enumerate() {
                write.subscription_event(next, event, nth);
            }
            if let Some(charge) = &changed.skipped {
                write.new_charge(charge);
            }
            for period in &changed.hurried {
                write.wake_charge(*period, now);
            }
            match write.commit().await {
                Ok(()) => return Ok(answer),
                Err(Rejected::Claimed(claim)) => {
                    return self
                        .answered(&ctx.secrets, idempotency, &claim)
                        .await?
                        .ok_or(AppError::Internal("a claim without its answer"));
                }
                Err(Rejected::Stale) if !deadline.is_near() => {
                    pause(round).await;
                    round += 1;
                }
                Err(rejected) => return Err(AppError::of_write(rejected)),
            }
        }
    }
}

/// What a change makes of a subscription, or what is wrong with it.
fn changed(
    subscription: Subscription,
    change: &Change,
    method: Option<&(Standing, &'static crate::domain::channel::Channel)>,
    now: Timestamp,
) -> Result<Changed, AppError> {
    if subscription.status.is_over() {
        return Err(AppError::Illegal("The subscription has ended already."));
    }
    let mut next = subscription;
    next.amount = change.amount.unwrap_or(next.amount);
    if let Some(items) = &change.items {
        next.items.clone_from(items);
    }
    if !adds_up(&next) {
        let rule = "must add up to the amount";
        return Err(AppError::Invalid(vec![FieldError::new("items", rule)]));
    }
    if let Some((standing, channel)) = method {
        next.standing = standing.clone();
        next.channel = channel;
    }
    if change.items.is_some() || method.is_some() {
        let misfits = misfits(next.channel, &next.items);
        if !misfits.is_empty() {
            return Err(AppError::Invalid(misfits));
        }
    }
    if change.description.is_some() {
        next.description.clone_from(&change.description);
    }
    if let Some(metadata) = &change.metadata {
        next.metadata.clone_from(metadata);
    }
    if let Some(retry) = &change.retry {
        next.retry.clone_from(retry);
    }
    next.catch_up = change.catch_up.unwrap_or(next.catch_up);
    let mut kind = EventType::SubscriptionChanged;
    match change.paused {
        Some(true) if next.status != SubscriptionStatus::Paused => {
            next.stop(SubscriptionStatus::Paused, now);
            kind = EventType::SubscriptionPaused;
        }
        Some(false) if next.status == SubscriptionStatus::Paused => {
            next.resume(now);
            kind = EventType::SubscriptionResumed;
        }
        Some(false) if next.ends_with_period => {
            // What was to end goes on after all.
            next.ends_with_period = false;
            kind = EventType::SubscriptionResumed;
        }
        _ => {}
    }
    let mut skipped = None;
    if change.skip_next {
        let (Some(index), Some(date)) = (next.next, next.next_date()) else {
            return Err(AppError::Illegal("No period is to come."));
        };
        let mut passed = Charge::new(next.id, date, next.amount, next.items.clone(), now);
        passed.skip(SkipReason::Requested);
        next.skip(index);
        skipped = Some(passed);
        if kind == EventType::SubscriptionChanged {
            kind = EventType::SubscriptionSkipped;
        }
    }
    let mut changed = Changed::of(next, kind);
    changed.skipped = skipped;
    if method.is_some() || kind == EventType::SubscriptionResumed {
        changed.hurry(now);
    }
    Ok(changed)
}

fn adds_up(subscription: &Subscription) -> bool {
    let mut sum = Some(Rupiah::ZERO);
    for item in &subscription.items {
        let line = item.price.times(item.quantity);
        sum = sum.zip(line).and_then(|(sum, line)| sum.plus(line));
    }
    subscription.items.is_empty() || sum == Some(subscription.amount)
}
