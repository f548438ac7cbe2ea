use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use ulid::Ulid;

use super::*;
use crate::domain::calendar::{Interval, TimeOfDay, Unit, Zone};
use crate::domain::channel::OVO;
use crate::domain::event::EventType;
use crate::domain::payment::{Payment, PaymentStatus};

const MISSED_AFTER: Duration = Duration::from_hours(12);

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// A moment at Jakarta.
fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(&format!("{text}:00+07:00")).unwrap()
}

fn subscription(unit: Unit, start: &str) -> Subscription {
    let interval = Interval { unit, every: 1 };
    let (time, zone) = (TimeOfDay::DEFAULT, Zone::default());
    Subscription {
        id: SubscriptionId::new(Ulid::from_parts(1, 2)),
        customer: CustomerId::parse("cust-1").unwrap(),
        standing: Standing::Binding(BindingId::new(Ulid::from_parts(1, 3))),
        channel: &OVO,
        amount: Rupiah::new(50_000),
        items: Vec::new(),
        description: None,
        metadata: BTreeMap::new(),
        prefix: InvoicePrefix::parse("CLUB").unwrap(),
        calendar: Calendar::new(date(start), None, interval, time, zone).unwrap(),
        end: None,
        count: None,
        begun: 0,
        retry: RetryPolicy::default(),
        catch_up: CatchUp::ChargeAll,
        status: SubscriptionStatus::Active,
        next: Some(0),
        ends_with_period: false,
        open: BTreeMap::new(),
        sending: None,
        waking: None,
        runs_since: at("2026-11-01T00:00"),
        paused_at: None,
        pause: None,
        failure: None,
        created_at: at("2026-11-01T00:00"),
        updated_at: at("2026-11-01T00:00"),
        version: 1,
        stored: Stored::default(),
    }
}

fn charge(subscription: &Subscription, day: &str) -> Charge {
    let now = at(&format!("{day}T09:00"));
    Charge::new(
        subscription.id,
        date(day),
        subscription.amount,
        Vec::new(),
        now,
    )
}

/// What the subscription charges and skips when somebody looks at `now`.
fn run(subscription: &mut Subscription, now: Timestamp) -> (Vec<String>, Vec<String>) {
    let (mut charged, mut skipped) = (Vec::new(), Vec::new());
    loop {
        match subscription.step(now, MISSED_AFTER) {
            Step::Nothing => return (charged, skipped),
            Step::Wake => drop(subscription.wake(1, now)),
            Step::End => subscription.stop(SubscriptionStatus::Cancelled, now),
            Step::Skip(index, date, _) => {
                subscription.skip(index);
                skipped.push(date.to_string());
            }
            Step::Charge(index, date) => {
                subscription.begin(index, date);
                charged.push(date.to_string());
            }
        }
    }
}

#[test]
fn a_period_is_charged_when_it_falls_due_and_not_before() {
    let mut monthly = subscription(Unit::Month, "2026-01-31");
    assert_eq!(run(&mut monthly, at("2026-01-31T08:59")), (vec![], vec![]));
    let (charged, _) = run(&mut monthly, at("2026-01-31T09:00"));
    assert_eq!(charged, ["2026-01-31"]);
    assert_eq!(run(&mut monthly, at("2026-02-28T08:59")), (vec![], vec![]));
    let (charged, _) = run(&mut monthly, at("2026-02-28T09:00"));
    assert_eq!(charged, ["2026-02-28"]);
    assert_eq!(monthly.next_date(), Some(date("2026-03-31")));
}

/// Why, by which policy, looked at when, and what is charged and skipped then.
type Missed<'a> = (&'a str, CatchUp, &'a str, &'a [&'a str], &'a [&'a str]);

#[test]
fn what_was_missed_is_handled_by_policy() {
    let all = ["2026-11-02", "2026-11-03", "2026-11-04"];
    let table: [Missed<'_>; 6] = [
        ("all", CatchUp::ChargeAll, "2026-11-04T20:00", &all, &[]),
        (
            "the latest",
            CatchUp::ChargeLatest,
            "2026-11-04T20:00",
            &all[2..],
            &all[..2],
        ),
        (
            "the latest, although late",
            CatchUp::ChargeLatest,
            "2026-11-05T08:59",
            &all[2..],
            &all[..2],
        ),
        (
            "none but what is not late",
            CatchUp::Skip,
            "2026-11-04T20:59",
            &all[2..],
            &all[..2],
        ),
        ("none", CatchUp::Skip, "2026-11-04T21:00", &[], &all),
        (
            "one that is a little late",
            CatchUp::Skip,
            "2026-11-02T20:59",
            &all[..1],
            &[],
        ),
    ];
    for (why, catch_up, now, charged, skipped) in table {
        let mut daily = subscription(Unit::Day, "2026-11-02");
        daily.catch_up = catch_up;
        let (did_charge, did_skip) = run(&mut daily, at(now));
        assert_eq!(did_charge, charged, "{why}");
        assert_eq!(did_skip, skipped, "{why}");
    }
}

#[test]
fn it_ends_by_its_last_day_by_its_count_or_with_its_period() {
    let far = at("2027-06-01T00:00");
    let mut by_day = subscription(Unit::Month, "2026-01-31");
    by_day.end = Some(date("2026-03-30"));
    let (charged, _) = run(&mut by_day, far);
    assert_eq!(charged, ["2026-01-31", "2026-02-28"]);
    assert_eq!(
        by_day.status,
        SubscriptionStatus::Active,
        "charges are open"
    );

    let mut by_count = subscription(Unit::Month, "2026-01-31");
    by_count.count = Some(3);
    let (charged, _) = run(&mut by_count, far);
    assert_eq!(charged, ["2026-01-31", "2026-02-28", "2026-03-31"]);
    for day in charged {
        let mut paid = charge(&by_count, &day);
        paid.status = ChargeStatus::Paid;
        assert_eq!(by_count.absorb(&paid), day == "2026-03-31");
    }
    assert_eq!(by_count.status, SubscriptionStatus::Completed);

    let mut with_period = subscription(Unit::Month, "2026-01-31");
    run(&mut with_period, at("2026-01-31T09:00"));
    with_period.ends_with_period = true;
    assert_eq!(
        run(&mut with_period, at("2026-02-28T08:59")),
        (vec![], vec![])
    );
    assert_eq!(with_period.status, SubscriptionStatus::Active);
    assert_eq!(run(&mut with_period, far), (vec![], vec![]));
    assert_eq!(with_period.status, SubscriptionStatus::Cancelled);
}

#[test]
fn skipped_periods_do_not_count() {
    let mut monthly = subscription(Unit::Month, "2026-01-31");
    monthly.count = Some(2);
    monthly.skip(0);
    let (charged, _) = run(&mut monthly, at("2027-06-01T00:00"));
    assert_eq!(charged, ["2026-02-28", "2026-03-31"]);
}

#[test]
fn a_pause_charges_nothing_and_afterwards_nothing_of_that_time() {
    let mut daily = subscription(Unit::Day, "2026-11-02");
    daily.stop(SubscriptionStatus::Paused, at("2026-11-01T00:00"));
    assert_eq!(daily.due_at(), None);
    assert_eq!(run(&mut daily, at("2026-11-10T12:00")), (vec![], vec![]));
    daily.resume(at("2026-11-10T12:00"));
    assert_eq!(daily.status, SubscriptionStatus::Active);
    assert_eq!(daily.next_date(), Some(date("2026-11-11")));
    daily.stop(SubscriptionStatus::Paused, at("2026-11-10T12:10"));
    daily.resume(at("2026-11-10T12:30"));
    assert_eq!(
        daily.next_date(),
        Some(date("2026-11-11")),
        "nothing passed"
    );
    daily.end = Some(date("2026-11-12"));
    daily.stop(SubscriptionStatus::Paused, at("2026-11-10T12:40"));
    daily.resume(at("2026-12-01T00:00"));
    assert_eq!(daily.status, SubscriptionStatus::Completed, "none is left");
}

fn payment(charge: &Charge, status: PaymentStatus) -> Payment {
    let mut payment = crate::domain::payment::tests::payment();
    payment.status = status;
    payment.failure = Some(Failure::InsufficientFunds);
    payment.created_at = charge.created_at;
    payment
}

const WAIT: Duration = Duration::from_mins(3);

#[test]
fn dunning_walks_its_policy_and_ends_as_it_says() {
    let days = ["2026-11-02", "2026-11-03", "2026-11-05", "2026-11-07"];
    for (then, end) in [
        (DunningEnd::Pause, SubscriptionStatus::Paused),
        (DunningEnd::Cancel, SubscriptionStatus::Cancelled),
    ] {
        let mut monthly = subscription(Unit::Month, "2026-11-02");
        monthly.retry.then = then;
        run(&mut monthly, at("2026-11-02T09:00"));
        let mut charge = charge(&monthly, "2026-11-02");
        for (index, day) in days.into_iter().enumerate() {
            let now = at(&format!("{day}T09:00"));
            let one = payment(&charge, PaymentStatus::Failed);
            charge.begin(one.id, now, now);
            let looked = charge.look(&[one], &monthly.retry, WAIT, now);
            charge = looked.charge;
            let changed = monthly.absorb(&charge);
            assert_eq!(monthly.failure, Some(Failure::InsufficientFunds));
            if let Some(next) = days.get(index + 1) {
                assert_eq!(looked.event, Some(EventType::SubscriptionPastDue));
                assert_eq!(charge.due_at, Some(at(&format!("{next}T09:00"))));
                assert_eq!(monthly.status, SubscriptionStatus::PastDue);
                assert_eq!(changed, index == 0);
            } else {
                assert_eq!(looked.event, Some(EventType::SubscriptionChargeFailed));
                assert_eq!(charge.status, ChargeStatus::Failed);
                assert_eq!((charge.due_at, changed), (None, true));
                assert_eq!(monthly.status, end);
            }
        }
    }
}

#[test]
fn the_first_success_ends_dunning() {
    let mut monthly = subscription(Unit::Month, "2026-11-02");
    run(&mut monthly, at("2026-11-02T09:00"));
    let mut charge = charge(&monthly, "2026-11-02");
    let first = payment(&charge, PaymentStatus::Failed);
    charge.begin(first.id, at("2026-11-02T09:00"), at("2026-11-02T09:00"));
    let now = at("2026-11-02T09:01");
    let declined = charge.look(std::slice::from_ref(&first), &monthly.retry, WAIT, now);
    monthly.absorb(&declined.charge);
    let mut charge = declined.charge;
    let second = payment(&charge, PaymentStatus::Paid);
    charge.begin(second.id, at("2026-11-03T09:00"), at("2026-11-03T09:00"));
    let paid = charge.look(&[first, second], &monthly.retry, WAIT, now);
    assert_eq!(paid.event, Some(EventType::SubscriptionCharged));
    assert!(monthly.absorb(&paid.charge));
    assert_eq!(monthly.status, SubscriptionStatus::Active);
    assert_eq!((monthly.failure, paid.charge.due_at), (None, None));
    assert!(monthly.open.is_empty());
}

#[test]
fn money_that_was_taken_late_or_twice_is_told_once() {
    let monthly = subscription(Unit::Month, "2026-11-02");
    let now = at("2026-11-09T09:00");
    let mut charge = charge(&monthly, "2026-11-02");
    charge.status = ChargeStatus::Failed;
    let late = [payment(&charge, PaymentStatus::Paid)];
    let looked = charge.look(&late, &monthly.retry, WAIT, now);
    assert_eq!(looked.event, Some(EventType::SubscriptionCharged));
    let again = looked.charge.look(&late, &monthly.retry, WAIT, now);
    assert_eq!((again.event, again.charge), (None, looked.charge.clone()));

    let both = [late[0].clone(), payment(&charge, PaymentStatus::Refunded)];
    let twice = looked.charge.look(&both, &monthly.retry, WAIT, now);
    assert_eq!(twice.event, Some(EventType::SubscriptionChargedTwice));
    let again = twice.charge.look(&both, &monthly.retry, WAIT, now);
    assert_eq!((again.event, again.charge), (None, twice.charge));
}

#[test]
fn an_open_payment_is_looked_at_again_and_told_of_after_a_week() {
    let monthly = subscription(Unit::Month, "2026-11-02");
    let mut charge = charge(&monthly, "2026-11-02");
    let open = [payment(&charge, PaymentStatus::Unknown)];
    charge.begin(open[0].id, at("2026-11-02T09:01"), at("2026-11-02T09:01"));
    let now = at("2026-11-09T08:59");
    let looked = charge.look(&open, &monthly.retry, WAIT, now);
    assert_eq!(looked.event, None);
    assert_eq!(looked.charge.due_at, Some(now.plus(WAIT)));
    let now = at("2026-11-09T09:00");
    let told = looked.charge.look(&open, &monthly.retry, WAIT, now);
    assert_eq!(told.event, Some(EventType::SubscriptionNeedsAttention));
    let again = told.charge.look(&open, &monthly.retry, WAIT, now);
    assert_eq!(again.event, None, "once");
    assert_eq!(again.charge.status, ChargeStatus::Charging);
}

#[test]
fn a_late_try_leaves_the_next_one_as_far_away_as_planned() {
    let monthly = subscription(Unit::Month, "2026-11-02");
    let mut late = charge(&monthly, "2026-11-02");
    // Tried on the day, and then not for a week.
    let days = [("02", "03"), ("09", "11"), ("11", "13")];
    for (tried, next) in days {
        let now = at(&format!("2026-11-{tried}T09:00"));
        let one = payment(&late, PaymentStatus::Failed);
        late.begin(one.id, now, now);
        late = late.look(&[one], &monthly.retry, WAIT, now).charge;
        assert_eq!(late.due_at, Some(at(&format!("2026-11-{next}T09:00"))));
    }
}

#[test]
fn a_try_before_its_time_does_not_count() {
    let monthly = subscription(Unit::Month, "2026-11-02");
    let mut charge = charge(&monthly, "2026-11-02");
    for hour in ["09", "10", "11", "12", "13"] {
        let now = at(&format!("2026-11-02T{hour}:00"));
        let one = payment(&charge, PaymentStatus::Failed);
        charge.begin(one.id, now, now);
        charge = charge.look(&[one], &monthly.retry, WAIT, now).charge;
        assert_eq!(charge.status, ChargeStatus::PastDue);
        assert_eq!(charge.tries, 1, "{hour}");
        assert_eq!(charge.due_at, Some(at("2026-11-03T09:00")));
    }
}

#[test]
fn what_is_not_the_customers_fault_is_postponed_and_told_of() {
    let mut monthly = subscription(Unit::Month, "2026-11-02");
    run(&mut monthly, at("2026-11-02T09:00"));
    let mut charge = charge(&monthly, "2026-11-02");
    let mut told = Vec::new();
    let waits = [1, 3, 12, 24, 24, 24];
    let mut now = at("2026-11-02T09:00");
    for hours in waits {
        let mut one = payment(&charge, PaymentStatus::Failed);
        one.failure = Some(Failure::GatewayRejected);
        charge.begin(one.id, now, now);
        let looked = charge.look(&[one], &monthly.retry, WAIT, now);
        charge = looked.charge;
        told.extend(looked.event);
        assert_eq!(charge.status, ChargeStatus::Postponed);
        assert_eq!(charge.tries, 0);
        assert!(!monthly.absorb(&charge));
        assert_eq!(monthly.status, SubscriptionStatus::Active);
        let due = now.plus(Duration::from_hours(hours));
        assert_eq!(charge.due_at, Some(due));
        now = due;
    }
    assert_eq!(told, [EventType::SubscriptionNeedsAttention]);
}

#[test]
fn what_had_fallen_due_before_a_pause_is_charged_after_it() {
    let mut daily = subscription(Unit::Day, "2026-11-02");
    daily.stop(SubscriptionStatus::Paused, at("2026-11-02T09:05"));
    daily.resume(at("2026-11-05T10:00"));
    let (charged, skipped) = run(&mut daily, at("2026-11-05T10:00"));
    assert_eq!(charged, ["2026-11-02"]);
    assert_eq!(skipped, ["2026-11-03", "2026-11-04", "2026-11-05"]);
    assert_eq!(daily.next_date(), Some(date("2026-11-06")));
}

#[test]
fn a_period_is_not_late_for_what_it_fell_due_before() {
    let mut daily = subscription(Unit::Day, "2026-11-02");
    daily.catch_up = CatchUp::Skip;
    daily.runs_since = at("2026-11-02T22:00");
    let (charged, _) = run(&mut daily, at("2026-11-02T22:01"));
    assert_eq!(charged, ["2026-11-02"]);
}

#[test]
fn an_open_try_is_looked_at_although_another_was_paid() {
    let monthly = subscription(Unit::Month, "2026-11-02");
    let charge = charge(&monthly, "2026-11-02");
    let now = at("2026-11-03T09:00");
    let tries = [
        payment(&charge, PaymentStatus::Paid),
        payment(&charge, PaymentStatus::Unknown),
    ];
    let looked = charge.look(&tries, &monthly.retry, WAIT, now).charge;
    assert_eq!(looked.status, ChargeStatus::Paid);
    assert_eq!(looked.due_at, Some(now.plus(WAIT)));
}

#[test]
fn only_one_charge_is_sent_at_a_time() {
    let mut monthly = subscription(Unit::Month, "2026-11-02");
    let (first, second) = (date("2026-11-02"), date("2026-12-02"));
    let until = at("2026-11-02T09:01");
    monthly.send(first, until);
    assert!(monthly.is_sending(at("2026-11-02T09:00")).is_some());
    monthly.sent(second);
    assert!(monthly.is_sending(at("2026-11-02T09:00")).is_some());
    assert_eq!(monthly.is_sending(until), None, "its time is over");
    monthly.sent(first);
    assert_eq!(monthly.sending, None);
}

proptest! {
    /// However seldom and irregularly somebody looks, every period is dealt with once, in order.
    #[test]
    fn every_period_is_dealt_with_once(
        catch_up in prop_oneof![
            Just(CatchUp::ChargeAll), Just(CatchUp::ChargeLatest), Just(CatchUp::Skip),
        ],
        waits in prop::collection::vec(1_u64..200, 1..40),
    ) {
        let mut daily = subscription(Unit::Day, "2026-11-02");
        daily.catch_up = catch_up;
        let mut now = at("2026-11-02T00:00");
        let mut dealt = Vec::new();
        for hours in waits {
            now = now.plus(Duration::from_hours(hours));
            let (charged, skipped) = run(&mut daily, now);
            if catch_up == CatchUp::ChargeAll {
                prop_assert!(skipped.is_empty());
            } else {
                prop_assert!(charged.len() <= 1, "at most the latest");
            }
            // What is skipped lies before what is charged.
            dealt.extend(skipped);
            dealt.extend(charged);
        }
        let wanted = daily.next.unwrap();
        let all: Vec<_> = (0..wanted).map(|index| daily.calendar.date(index).unwrap().to_string()).collect();
        prop_assert_eq!(dealt, all);
        prop_assert!(daily.due_at().unwrap() > now);
    }
}

#[test]
fn open_charges_are_woken_in_steps_and_each_once() {
    let mut daily = subscription(Unit::Day, "2027-01-01");
    let now = at("2026-12-31T09:00");
    let days: Vec<_> = (1..=7)
        .map(|day| date(&format!("2026-11-{day:02}")))
        .collect();
    for most in [1, 2, 3, 7, 8] {
        daily.open = days.iter().map(|day| (*day, true)).collect();
        let mut woken = daily.wake(most, now);
        while let Step::Wake = daily.step(now, MISSED_AFTER) {
            assert_eq!(daily.work_at(), Some(now), "{most}");
            let some = daily.wake(most, now);
            assert!(some.len() <= most && !some.is_empty(), "{most}");
            woken.extend(some);
        }
        assert_eq!(woken, days, "{most}");
        assert_eq!(daily.waking, None);
    }
}
