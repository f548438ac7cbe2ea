//! The charge of a subscription, killed at its calls.

use std::sync::Arc;

use serde_json::{Value, json};
use time::{Date, Duration, Month};

use super::batch::{Continuation, Tally};
use super::books::Found;
use super::stage::{Lines, kills};
use crate::recurring::club::Club;
use crate::support::{Moment, count, fresh};

/// What is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A wallet that agreed.
    Wallet,
    /// A card registered with BRI.
    BriToken,
}

pub const METHODS: [Method; 2] = [Method::Wallet, Method::BriToken];

impl Method {
    /// What the table calls its charge.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wallet => "recurring charge",
            Self::BriToken => "recurring charge by BRI's token",
        }
    }
}

const FUNCTION: &str = "recurring";

/// More than will ever be sent.
const ALL: u32 = 1_000_000;

/// Kills the charge at those of its calls that `chosen` likes, lets the world go on, and compares.
pub async fn run(
    method: Method,
    continuation: Continuation,
    chosen: impl Fn(usize) -> bool,
) -> Tally {
    let lines = Arc::new(Lines::laid().await);
    let club = Club::open_with(|options| lines.are_used_by(options)).await;
    lines.lead_to(&club.shop);
    let counter = lines.counter();
    let mut tally = Tally::default();
    let mut day = Date::from_calendar_date(2032, Month::January, 2).unwrap();
    for _ in 0..2 {
        let member = Member::falls_due(&club, method, day).await;
        club.shop.world.kill(FUNCTION).await;
        counter.counted();
        club.ticks().await;
        tally.calls = counter.counted();
        member.is_charged(&club, Continuation::Notification).await;
        day += Duration::days(1);
    }
    for nth in (1..=tally.calls).filter(|nth| chosen(*nth)) {
        for moment in [Moment::Before, Moment::After] {
            let case = format!("{}, {moment:?} call {nth}, {continuation:?}", method.name());
            let member = Member::falls_due(&club, method, day).await;
            let strike = club.ticks_whatever_happens();
            if !kills(&club.shop, counter, FUNCTION, nth, moment, strike).await {
                tally.trouble(&case, "the call never came");
            }
            member.is_charged(&club, continuation).await;
            tally.note(&case, member.compare(&club).await);
            day += Duration::days(1);
        }
    }
    club.shop.doku.saw_no_violation().await;
    tally
}

/// Somebody who is charged once, on one day.
struct Member {
    customer: String,
    subscription: String,
    day: String,
}

impl Member {
    /// It is that day, nine o'clock; no notification comes by itself.
    async fn falls_due(club: &Club, method: Method, day: Date) -> Self {
        club.shop.doku.recovers().await;
        let day = day.to_string();
        let (customer, subscription) = match method {
            Method::Wallet => club.member_with(&day, json!({"count": 1})).await,
            Method::BriToken => {
                let customer = fresh("cust");
                let token = club.shop.doku.bri_token(&customer).await;
                let mut plan = Club::plan(&customer, "", &day);
                plan["count"] = json!(1);
                plan["method"] = json!({"type": "bri_token", "tokenId": token});
                let subscription = club.subscribes(&plan).await;
                (customer, subscription)
            }
        };
        club.goes_to(&format!("{day}T09:00")).await;
        club.shop.doku.falls_silent().await;
        club.shop.doku.holds_notifications(ALL).await;
        Self {
            customer,
            subscription,
            day,
        }
    }

    /// The world goes on for some hours.
    async fn is_charged(&self, club: &Club, continuation: Continuation) {
        if continuation == Continuation::Notification {
            self.told(club).await;
        }
        for time in ["09:02", "09:10", "09:20", "10:00", "12:00"] {
            if continuation == Continuation::Repeat {
                club.queue().return_now();
            }
            club.goes_to(&format!("{}T{time}", self.day)).await;
            club.ticks().await;
            club.shop.tick().await;
            if self.is_paid(club).await {
                break;
            }
        }
        self.told(club).await;
    }

    /// DOKU's notifications come, those that failed before too.
    async fn told(&self, club: &Club) {
        let doku = &club.shop.doku;
        doku.recovers().await;
        doku.order("notifications/release", json!({})).await;
        doku.falls_silent().await;
        doku.holds_notifications(ALL).await;
    }

    async fn is_paid(&self, club: &Club) -> bool {
        let charge = club.charge(&self.subscription, &self.day).await;
        charge.is_some_and(|charge| charge["status"] == "paid")
    }

    async fn compare(&self, club: &Club) -> Found {
        let debits = club.debits(&self.customer).await.len();
        let charge = club.charge(&self.subscription, &self.day).await;
        let charge = charge.unwrap_or(Value::Null);
        let status = charge["status"].as_str().unwrap_or("nothing stored");
        let payment = charge["paymentId"].as_str();
        let told = match payment {
            Some(id) => count(&club.shop, id, "payment.paid").await,
            None => 0,
        };
        let agrees = status == "paid" && debits == 1 && told == 1;
        let events = club.events(&self.subscription).await;
        let escalated = events.iter().any(|it| it == "subscription.needs_attention");
        Found {
            word: status.to_owned(),
            is_open: status != "paid" && !escalated,
            twice: debits > 1,
            wrong: (!agrees).then(|| format!("{debits} debits, told {told} times: {charge}")),
        }
    }
}
