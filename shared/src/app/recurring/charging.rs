//! Beginning a charge: the next period's, or the next try of one that was declined.

use std::time::Duration;

use super::super::context::Context;
use super::super::pay::{NewPayment, Opened, PayCommand, PayMethod, Payer, RecurringOrder};
use super::super::recording::pause;
use super::super::subscriptions::MOST_WOKEN;
use super::super::{App, AppError, Deadline, Idempotency};
use crate::clock::Timestamp;
use crate::domain::attribution::Actor;
use crate::domain::calendar::Date;
use crate::domain::device::Device;
use crate::domain::event::EventType;
use crate::domain::failure::Failure;
use crate::domain::ids::{InvoiceNumber, SubscriptionId};
use crate::domain::invoice::InvoiceScope;
use crate::domain::operation::GRACE;
use crate::domain::payment::{Payment, Period};
use crate::domain::reference;
use crate::domain::subscription::{Charge, SkipReason, Step, Subscription, SubscriptionStatus};
use crate::retry;
use crate::store::{Rejected, Write};
use crate::telemetry;

/// The longest that one charge takes: no other is begun with less time left.
pub(super) const EACH: Duration = Duration::from_secs(27);

/// How often a write is tried again because somebody else wrote first.
const ROUNDS: u32 = 20;

/// How a step of a subscription went.
enum Went {
    /// It is done.
    On,
    /// Somebody else wrote first: look again.
    LookAgain,
}

/// A charge about to begin, together with its subscription as it will be.
struct Beginning {
    subscription: Subscription,
    charge: Charge,
    /// True for the first try of its period.
    is_new: bool,
}

impl Beginning {
    /// The number of the try, counted from 1.
    const fn attempt(&self) -> usize {
        self.charge.payments.len() + 1
    }

    const fn period(&self) -> Period {
        Period {
            subscription: self.subscription.id,
            date: self.charge.date,
        }
    }

    fn day(&self) -> String {
        self.charge.date.to_string().replace('-', "")
    }

    /// The invoice number of the try.
    fn invoice(&self, salt: Option<u16>) -> InvoiceNumber {
        let prefix = &self.subscription.prefix;
        prefix.invoice(&self.day(), self.attempt(), salt)
    }

    /// What is added to the number that another payment has, the same after a restore.
    fn salt(&self, nth: u32) -> u16 {
        let day = self.day();
        reference::for_used_invoice(self.subscription.id, &day, self.attempt(), nth)
    }

    /// Adds both to the write.
    fn add_to(&self, write: &mut Write<'_>, charge: &Charge) {
        if self.is_new {
            write.new_charge(charge);
        } else {
            write.charge(charge);
        }
        write.subscription(&self.subscription);
    }
}

impl App {
    /// Deals with every period of a subscription that is due, one after another, while time lasts.
    /// What is left stays due.
    pub(super) async fn advance(
        &self,
        ctx: &Context,
        id: SubscriptionId,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        let mut round = 0;
        loop {
            let Some(subscription) = self.store.subscription(id).await? else {
                return Ok(());
            };
            let now = self.clock.now();
            let step = subscription.step(now, self.config.missed_after);
            if step == Step::Nothing {
                return Ok(());
            }
            if deadline.remaining() < EACH {
                return Err(AppError::OutOfTime);
            }
            let went = match step {
                Step::Nothing => return Ok(()),
                Step::Wake => self.wake_open_charges(subscription, now).await?,
                Step::End => self.end(ctx, subscription, now).await?,
                Step::Skip(index, date, reason) => {
                    self.skip(ctx, subscription, (index, date, reason), now)
                        .await?
                }
                Step::Charge(index, date) => {
                    self.charge_period(ctx, subscription, (index, date), deadline)
                        .await?
                }
            };
            match went {
                Went::On => round = 0,
                Went::LookAgain if round < ROUNDS => {
                    pause(round).await;
                    round += 1;
                }
                Went::LookAgain => return Err(AppError::InProgress(Duration::from_secs(1))),
            }
        }
    }

    /// Makes the next of a subscription's open charges due.
    async fn wake_open_charges(
        &self,
        subscription: Subscription,
        now: Timestamp,
    ) -> Result<Went, AppError> {
        let mut next = subscription;
        let subscription = next.id;
        let dates = next.wake(MOST_WOKEN, now);
        let mut write = self.store.write();
        write.subscription(&next);
        for date in dates {
            write.wake_charge(Period { subscription, date }, now);
        }
        went(write.commit().await)
    }

    /// Ends a subscription that was to end with its period.
    async fn end(
        &self,
        ctx: &Context,
        subscription: Subscription,
        now: Timestamp,
    ) -> Result<Went, AppError> {
        let mut next = subscription;
        next.stop(SubscriptionStatus::Cancelled, now);
        next.updated_at = now;
        let event = self.subscription_event(ctx, EventType::SubscriptionCancelled, &next, None)?;
        let mut write = self.store.write();
        write
            .subscription(&next)
            .subscription_event(&next, &event, 0);
        went(write.commit().await)
    }

    /// Passes over a period that is not charged.
    async fn skip(
        &self,
        ctx: &Context,
        subscription: Subscription,
        (index, date, reason): (u32, Date, SkipReason),
        now: Timestamp,
    ) -> Result<Went, AppError> {
        let mut next = subscription;
        let mut charge = Charge::new(next.id, date, next.amount, next.items.clone(), now);
        charge.skip(reason);
        let completed = next.skip(index);
        next.updated_at = now;
        let kind = EventType::SubscriptionSkipped;
        let events = [
            Some(self.subscription_event(ctx, kind, &next, Some(&charge))?),
            self.status_event(ctx, &next, completed)?,
        ];
        let mut write = self.store.write();
        write.new_charge(&charge).subscription(&next);
        for (nth, event) in events.iter().flatten().enumerate() {
            write.subscription_event(&next, event, nth);
        }
        went(write.commit().await)
    }

    async fn charge_period(
        &self,
        ctx: &Context,
        subscription: Subscription,
        (index, date): (u32, Date),
        deadline: Deadline,
    ) -> Result<Went, AppError> {
        let now = self.clock.now();
        if let Some(wait) = subscription.is_sending(now) {
            return Err(AppError::InProgress(wait));
        }
        let (amount, items) = (subscription.amount, subscription.items.clone());
        let charge = Charge::new(subscription.id, date, amount, items, now);
        let mut subscription = subscription;
        subscription.begin(index, date);
        let beginning = Beginning {
            subscription,
            charge,
            is_new: true,
        };
        self.begin_within(ctx, beginning, deadline).await
    }

    /// Tries a declined charge again.
    pub(super) async fn try_again(
        &self,
        ctx: &Context,
        subscription: Subscription,
        charge: Charge,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        if let Some(wait) = subscription.is_sending(self.clock.now()) {
            return Err(AppError::InProgress(wait));
        }
        let beginning = Beginning {
            subscription,
            charge,
            is_new: false,
        };
        match self.begin_within(ctx, beginning, deadline).await? {
            Went::On => Ok(()),
            // Who was faster has seen to it; else it stays due.
            Went::LookAgain => Err(AppError::InProgress(Duration::from_secs(1))),
        }
    }

    /// The same with the time that one charge has.
    async fn begin_within(
        &self,
        ctx: &Context,
        beginning: Beginning,
        deadline: Deadline,
    ) -> Result<Went, AppError> {
        let time = EACH.min(deadline.remaining());
        retry::within(time, self.begin_charge(ctx, beginning, deadline)).await
    }

    /// Stores a payment for the charge and sends it. A method that cannot be charged counts as a
    /// decline, without a payment.
    async fn begin_charge(
        &self,
        ctx: &Context,
        mut beginning: Beginning,
        deadline: Deadline,
    ) -> Result<Went, AppError> {
        let payer = match self.standing_payer(&beginning.subscription).await? {
            Ok(payer) => payer,
            Err(failure) => return self.decline_unsent(ctx, beginning, failure).await,
        };
        let now = self.clock.now();
        let lease = now.plus(EACH.min(deadline.remaining()) + GRACE);
        let date = beginning.charge.date;
        beginning.subscription.send(date, lease);
        beginning.subscription.updated_at = now;
        let deadline = Deadline::within(EACH.min(deadline.remaining()));
        let mut salt = None;
        let mut nth = 0;
        let opened = loop {
            let invoice = beginning.invoice(salt);
            let opened = self
                .open_charge(ctx, &beginning, &payer, (invoice, lease), deadline)
                .await;
            match opened {
                Err(AppError::InvoiceUsed) if !deadline.is_near() => {
                    let invoice = beginning.invoice(salt);
                    if self.is_of_period(&invoice, beginning.period()).await? {
                        // This very charge was begun under it: it is not made under another one.
                        return Err(AppError::Internal("a charge was begun without its record"));
                    }
                    // Another payment has the number.
                    salt = Some(beginning.salt(nth));
                    nth += 1;
                }
                other => break other?,
            }
        };
        let id = beginning.subscription.id;
        let (payment, is_open) = match opened {
            Opened::Stored(payment) => (payment, true),
            Opened::Decided(payment) => (payment, false),
            Opened::Before(_) | Opened::LookAgain => return Ok(Went::LookAgain),
        };
        if is_open {
            let token = payer.customer_token();
            let sent = self.send_payment(ctx, *payment, token, deadline).await;
            if let Err(error) = &sent {
                tracing::warn!(subscriptionId = %id, period = %date, %error, "a charge is left for later");
                telemetry::count("ChargeNotSent", 1);
            }
        }
        self.settle_charge(ctx, id, date).await?;
        Ok(Went::On)
    }

    /// True when the payment of that invoice number is for this period.
    async fn is_of_period(
        &self,
        invoice: &InvoiceNumber,
        period: Period,
    ) -> Result<bool, AppError> {
        let Some(id) = self.store.payment_id_of(invoice.as_str()).await? else {
            return Ok(false);
        };
        let payment = self.store.payment(id).await?;
        Ok(payment.is_some_and(|payment| payment.period == Some(period)))
    }

    async fn open_charge(
        &self,
        ctx: &Context,
        beginning: &Beginning,
        payer: &Payer,
        (invoice, lease): (InvoiceNumber, Timestamp),
        deadline: Deadline,
    ) -> Result<Opened, AppError> {
        let (subscription, charge) = (&beginning.subscription, &beginning.charge);
        let attempt = beginning.attempt();
        let command = PayCommand {
            invoice,
            amount: charge.amount,
            method: PayMethod::Recurring(Box::new(RecurringOrder {
                period: beginning.period(),
                customer: subscription.customer.clone(),
                channel: subscription.channel,
            })),
            items: charge.items.clone(),
            device: Device::default(),
            description: subscription.description.clone(),
            metadata: subscription.metadata.clone(),
        };
        // The period is the key: whoever begins the same try of it finds that it was begun.
        let name = format!("{}/{}/{attempt}", subscription.id, charge.date);
        let idempotency = Idempotency {
            scope: "subscription".to_owned(),
            route: "charge",
            requested_by: Actor::Schedule,
            earlier: Vec::new(),
            request: name.clone().into_bytes(),
            key: name,
        };
        let also = |write: &mut Write<'_>, payment: &Payment| {
            let mut charge = charge.clone();
            charge.begin(payment.id, lease, payment.created_at);
            charge.updated_at = payment.created_at;
            beginning.add_to(write, &charge);
        };
        let new = NewPayment {
            command: &command,
            payer,
            invoice_scope: InvoiceScope::Merchant,
            idempotency: &idempotency,
            also: &also,
        };
        self.open_payment(ctx, &new, deadline).await
    }

    /// Notes that a charge could not even be tried.
    async fn decline_unsent(
        &self,
        ctx: &Context,
        beginning: Beginning,
        failure: Failure,
    ) -> Result<Went, AppError> {
        let mut beginning = beginning;
        let now = self.clock.now();
        let mut charge = beginning.charge.clone();
        charge.count_try(now);
        let kind = charge.refuse(failure, &beginning.subscription.retry, now);
        if failure.is_ours() {
            telemetry::count("ChargeNotSent", 1);
        }
        let stopped = beginning.subscription.absorb(&charge);
        beginning.subscription.updated_at = now;
        let subscription = &beginning.subscription;
        let told = kind.map(|kind| self.subscription_event(ctx, kind, subscription, Some(&charge)));
        let events = [
            told.transpose()?,
            self.status_event(ctx, subscription, stopped)?,
        ];
        let mut write = self.store.write();
        beginning.add_to(&mut write, &charge);
        for (nth, event) in events.iter().flatten().enumerate() {
            write.subscription_event(&beginning.subscription, event, nth);
        }
        went(write.commit().await)
    }
}

fn went(stored: Result<(), Rejected>) -> Result<Went, AppError> {
    match stored {
        Ok(()) => Ok(Went::On),
        Err(Rejected::Stale) => Ok(Went::LookAgain),
        Err(rejected) => Err(AppError::of_write(rejected)),
    }
}
