//! Subscriptions and their charges as callers see them.

use serde::Serialize;

use super::super::view::{FailureView, MoneyView};
use crate::clock::Timestamp;
use crate::domain::card::Item;
use crate::domain::ids::PaymentId;
use crate::domain::subscription::{Charge, ChargeStatus, SkipReason, Standing, Subscription};
use crate::domain::text::{Description, Metadata};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscriptionView<'a> {
    subscription_id: String,
    customer_id: &'a str,
    status: &'static str,
    method: MethodView,
    channel: &'static str,
    amount: MoneyView,
    items: Vec<ItemView<'a>>,
    description: Option<&'a str>,
    metadata: &'a Metadata,
    invoice_prefix: &'a str,
    interval: IntervalView,
    anchor_day: Option<u8>,
    start_date: String,
    end_date: Option<String>,
    count: Option<u32>,
    charges_begun: u32,
    charge_time: String,
    time_zone: &'a str,
    retry: RetryView<'a>,
    catch_up: &'static str,
    next_charge: Option<NextCharge>,
    past_due: Vec<String>,
    ends_with_period: bool,
    failure: Option<FailureView>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum MethodView {
    #[serde(rename_all = "camelCase")]
    DirectDebit {
        binding_id: String,
    },
    BriToken,
}

#[derive(Serialize)]
struct ItemView<'a> {
    name: &'a str,
    price: String,
    quantity: u32,
}

#[derive(Serialize)]
struct IntervalView {
    unit: &'static str,
    every: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RetryView<'a> {
    after_days: &'a [u16],
    then: &'static str,
}

/// The next period.
#[derive(Serialize)]
struct NextCharge {
    period: String,
    at: String,
    amount: MoneyView,
}

fn items(items: &[Item]) -> Vec<ItemView<'_>> {
    let views = items.iter().map(|item| ItemView {
        name: &item.name,
        price: item.price.to_snap(),
        quantity: item.quantity,
    });
    views.collect()
}

/// A subscription as callers see it. No token, no account.
pub(super) fn subscription_view(subscription: &Subscription) -> SubscriptionView<'_> {
    let calendar = &subscription.calendar;
    let running = subscription.due_at().zip(subscription.next_date());
    let next_charge = running.filter(|_| !subscription.ends_with_period);
    let open = subscription.open.iter();
    SubscriptionView {
        subscription_id: subscription.id.to_string(),
        customer_id: subscription.customer.as_str(),
        status: subscription.status.as_str(),
        method: match &subscription.standing {
            Standing::Binding(id) => MethodView::DirectDebit {
                binding_id: id.to_string(),
            },
            Standing::Token(_) => MethodView::BriToken,
        },
        channel: subscription.channel.code,
        amount: subscription.amount.into(),
        items: items(&subscription.items),
        description: subscription.description.as_ref().map(Description::as_str),
        metadata: &subscription.metadata,
        invoice_prefix: subscription.prefix.as_str(),
        interval: IntervalView {
            unit: calendar.interval().unit.as_str(),
            every: calendar.interval().every,
        },
        anchor_day: calendar.anchor(),
        start_date: calendar.start().to_string(),
        end_date: subscription.end.map(|date| date.to_string()),
        count: subscription.count,
        charges_begun: subscription.begun,
        charge_time: calendar.time().to_string(),
        time_zone: calendar.zone().as_str(),
        retry: RetryView {
            after_days: &subscription.retry.after_days,
            then: subscription.retry.then.as_str(),
        },
        catch_up: subscription.catch_up.as_str(),
        next_charge: next_charge.map(|(at, period)| NextCharge {
            period: period.to_string(),
            at: at.rfc3339_millis(),
            amount: subscription.amount.into(),
        }),
        past_due: open
            .filter(|(_, declined)| **declined)
            .map(|(date, _)| date.to_string())
            .collect(),
        ends_with_period: subscription.ends_with_period,
        failure: subscription.failure.map(FailureView::from),
        created_at: subscription.created_at.rfc3339_millis(),
        updated_at: subscription.updated_at.rfc3339_millis(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChargeView {
    period: String,
    status: &'static str,
    amount: MoneyView,
    tries: u8,
    payment_id: Option<String>,
    payment_ids: Vec<String>,
    next_try_at: Option<String>,
    skip_reason: Option<&'static str>,
    failure: Option<FailureView>,
    charged_twice: bool,
    created_at: String,
    updated_at: String,
}

/// The charge of one period as callers see it.
pub(super) fn charge_view(charge: &Charge) -> ChargeView {
    // What is on its way was declined before, perhaps, and is looked at, not tried again.
    let waits = charge.status == ChargeStatus::PastDue;
    ChargeView {
        period: charge.date.to_string(),
        status: charge.status.as_str(),
        amount: charge.amount.into(),
        tries: charge.tries,
        payment_id: charge.payments.last().map(PaymentId::to_string),
        payment_ids: charge.payments.iter().map(PaymentId::to_string).collect(),
        next_try_at: charge
            .due_at
            .filter(|_| waits)
            .map(Timestamp::rfc3339_millis),
        skip_reason: charge.skipped.map(SkipReason::as_str),
        failure: charge.failure.map(FailureView::from),
        charged_twice: charge.charged_twice,
        created_at: charge.created_at.rfc3339_millis(),
        updated_at: charge.updated_at.rfc3339_millis(),
    }
}
