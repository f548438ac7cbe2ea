//! Making a subscription.

use super::super::answer::Answer;
use super::super::{Actor, App, AppError, Deadline, Idempotency};
use super::method::{MethodCommand, StandingMethod};
use super::view::subscription_view;
use crate::domain::calendar::{Calendar, Date, Interval, TimeOfDay, Zone};
use crate::domain::card::Item;
use crate::domain::error::FieldError;
use crate::domain::event::EventType;
use crate::domain::ids::{CustomerId, InvoicePrefix, SubscriptionId};
use crate::domain::money::Rupiah;
use crate::domain::stored::Stored;
use crate::domain::subscription::{CatchUp, RetryPolicy, Subscription, SubscriptionStatus};
use crate::domain::text::{Description, Metadata};
use crate::store::Rejected;

/// When a subscription charges.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How far apart.
    pub interval: Interval,
    /// The first day on which a period may fall due; `None` for today.
    pub start: Option<Date>,
    /// Day of the month, or of the week; `None` for the first day's.
    pub anchor: Option<u8>,
    /// The last day on which a period may fall due.
    pub end: Option<Date>,
    /// How many charges there are at most.
    pub count: Option<u32>,
    /// When in the day.
    pub time: TimeOfDay,
    /// Whose day.
    pub zone: Zone,
}

/// What a subscription asks for.
#[derive(Debug, Clone)]
pub struct SubscribeCommand {
    /// Who is charged.
    pub customer: CustomerId,
    /// What is charged.
    pub method: StandingMethod,
    /// How much.
    pub amount: Rupiah,
    /// What is bought; adds up to the amount, if there is anything.
    pub items: Vec<Item>,
    /// What the statement says.
    pub description: Option<Description>,
    /// The merchant's notes.
    pub metadata: Metadata,
    /// What the invoice numbers of its charges begin with.
    pub prefix: Option<InvoicePrefix>,
    /// When.
    pub plan: Plan,
    /// What becomes of a declined charge.
    pub retry: RetryPolicy,
    /// What becomes of missed periods.
    pub catch_up: CatchUp,
}

impl App {
    /// Makes a subscription. Nothing is charged here: its first period falls due in its own time, which
    /// may be at once.
    pub async fn subscribe(
        &self,
        actor: &Actor,
        command: &SubscribeCommand,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if !actor.may_touch(&command.customer) {
            return Err(AppError::Forbidden);
        }
        let ctx = self.context(actor.attribution()).await?;
        if let Some(answer) = self.answered_before(&ctx.secrets, idempotency).await? {
            return Ok(answer);
        }
        let now = self.clock.now();
        let calendar = self.calendar(&command.plan)?;
        let id = SubscriptionId::new(self.ulid()?);
        let method = MethodCommand {
            customer: &command.customer,
            method: &command.method,
            items: &command.items,
        };
        let (standing, channel) = self.standing(&ctx.secrets, id, &method, deadline).await?;
        let subscription = Subscription {
            id,
            customer: command.customer.clone(),
            standing,
            channel,
            amount: command.amount,
            items: command.items.clone(),
            description: command.description.clone(),
            metadata: command.metadata.clone(),
            prefix: command
                .prefix
                .clone()
                .unwrap_or_else(|| InvoicePrefix::of(id)),
            calendar,
            end: command.plan.end,
            count: command.plan.count,
            begun: 0,
            retry: command.retry.clone(),
            catch_up: command.catch_up,
            status: SubscriptionStatus::Active,
            next: Some(0),
            ends_with_period: false,
            open: std::collections::BTreeMap::new(),
            sending: None,
            waking: None,
            runs_since: now,
            paused_at: None,
            pause: None,
            failure: None,
            created_at: now,
            updated_at: now,
            version: 0,
            stored: Stored::default(),
        };
        if subscription.next_date().is_none() {
            let rule = "must not be before the first period";
            return Err(AppError::Invalid(vec![FieldError::new("endDate", rule)]));
        }
        let answer = Answer::new(201, &subscription_view(&subscription))?;
        let claim = self.answered_claim(&ctx.secrets, idempotency, &subscription, &answer);
        let event =
            self.subscription_event(&ctx, EventType::SubscriptionCreated, &subscription, None)?;
        let mut write = self.store.write();
        write
            .claim(&claim)
            .new_subscription(&subscription)
            .subscription_event(&subscription, &event, 0);
        match write.commit().await {
            Ok(()) => Ok(answer),
            Err(Rejected::Claimed(claim)) => self
                .answered(&ctx.secrets, idempotency, &claim)
                .await?
                .ok_or(AppError::Internal("a claim without its answer")),
            Err(rejected) => Err(AppError::of_write(rejected)),
        }
    }

    /// When a plan's periods fall due.
    fn calendar(&self, plan: &Plan) -> Result<Calendar, AppError> {
        let today = plan.zone.date(self.clock.now());
        let start = plan.start.unwrap_or(today);
        let mut errors = Vec::new();
        if start < today {
            errors.push(FieldError::new("startDate", "must not be in the past"));
        }
        let zone = plan.zone.clone();
        match Calendar::new(start, plan.anchor, plan.interval, plan.time, zone) {
            Ok(calendar) if errors.is_empty() => Ok(calendar),
            Ok(_) => Err(AppError::Invalid(errors)),
            Err(more) => {
                errors.extend(more);
                Err(AppError::Invalid(errors))
            }
        }
    }
}
