//! What becomes of a card payment, whatever the order in which DOKU and our own answers tell of it.

use std::time::Duration;

use proptest::prelude::*;
use ulid::Ulid;

use super::tests::{at, payment};
use super::*;
use crate::domain::card::UsedCard;
use crate::domain::channel::{CARD, Family};
use crate::domain::ids::{ExternalId, RefundId};
use crate::domain::money::StatedAmount;
use crate::domain::movement::{MovementStatus, Origin, RefundKind};
use crate::domain::operation::OperationKind;
use crate::domain::outcome::{CardNews, RefundOutcome, RefundVerdict};
use crate::domain::refund::Refund;

/// A card payment of 10,000 rupiah, with a promo of 1,000 for some cards.
fn card_payment() -> Payment {
    Payment {
        channel: &CARD,
        source: Source::Card(Box::new(Card {
            discounts: vec![Rupiah::new(1_000)],
            ..Card::default()
        })),
        confirmation: Confirmation::Page,
        operation: operation(OperationKind::Pay),
        ..payment()
    }
}

fn operation(kind: OperationKind) -> Operation {
    Operation {
        kind,
        family: Family::NonSnap,
        ..payment().operation
    }
}

fn outcome(verdict: Verdict) -> Outcome {
    Outcome::new(verdict, at(5))
}

fn stating(verdict: Verdict, amount: &str) -> Outcome {
    let mut outcome = outcome(verdict);
    outcome.stated = Some(StatedAmount {
        value: amount.into(),
        currency: "IDR".into(),
    });
    outcome
}

fn opened() -> Outcome {
    let mut outcome = outcome(Verdict::Accepted);
    outcome.redirect_url = Some(Sealed(b"page".to_vec()));
    outcome
}

fn authorized() -> Outcome {
    let mut outcome = stating(Verdict::Authorized, "10000");
    outcome.card = CardNews {
        authorize_id: Some("AUTH-1".into()),
        happened_at: Some(at(4)),
        used: UsedCard {
            masked: Some("411111******1111".into()),
            ..UsedCard::default()
        },
    };
    outcome
}

fn capturing(mut payment: Payment, amount: u64) -> Payment {
    payment.capture = Some(Capture {
        amount: Rupiah::new(amount),
        status: MovementStatus::Pending,
        failure: None,
        adopted: false,
        operation: operation(OperationKind::Capture),
        earlier: Vec::new(),
    });
    payment
}

fn refunding(payment: &mut Payment, amount: u64) -> Refund {
    payment.reserved = Rupiah::new(amount);
    Refund {
        id: RefundId::new(Ulid::from_parts(1, 1)),
        payment: payment.id,
        amount: Rupiah::new(amount),
        reason: None,
        reference: Reference::parse("R1").unwrap(),
        status: MovementStatus::Pending,
        taken: false,
        origin: Origin::Merchant,
        adopted: false,
        kind: None,
        failure: None,
        refund_no: None,
        response_code: None,
        created_at: at(0),
        updated_at: at(0),
        operation: operation(OperationKind::Refund),
        watch: crate::domain::watch::Watch::default(),
        settlement: None,
        version: 1,
        stored: Stored::default(),
    }
}

#[test]
fn an_authorisation_is_captured_in_part() {
    let held = card_payment().apply(&opened()).payment.apply(&authorized());
    assert_eq!(held.event, Some(EventType::PaymentAuthorized));
    let held = held.payment;
    assert_eq!(held.status, PaymentStatus::Authorized);
    assert_eq!(held.redirect_url, None);
    assert_eq!(held.refundable(), Rupiah::ZERO);
    assert_eq!(held.capture_before(), Some(at(4 + 7 * 24 * 3600)));
    let taken = capturing(held, 6_000).apply(&outcome(Verdict::Captured));
    assert_eq!(taken.event, Some(EventType::PaymentPaid));
    assert_eq!(taken.payment.captured, Some(Rupiah::new(6_000)));
    assert_eq!(taken.payment.refundable(), Rupiah::new(6_000));
}

#[test]
fn a_hold_of_which_a_refund_is_reported_is_looked_at_by_its_watch_alone() {
    let held = card_payment().apply(&opened()).payment.apply(&authorized());
    let mut held = held.payment;
    let announced = held.due_at().unwrap();
    held.doubt_refunds(at(100));
    assert_eq!(held.due_at(), Some(at(160)));
    held.watch.told = true;
    assert_eq!(held.due_at(), None, "operators were told");
    assert!(held.is_escalated());
    held.clear_refunds();
    assert_eq!(held.due_at(), Some(announced));
}

#[test]
fn a_failed_attempt_leaves_the_page_open_and_a_success_wins() {
    let open = card_payment().apply(&opened()).payment;
    let declined = open.apply(&outcome(Verdict::AttemptFailed(Failure::InsufficientFunds)));
    assert_eq!(declined.event, Some(EventType::PaymentAttemptFailed));
    assert_eq!(declined.payment.status, PaymentStatus::RedirectRequired);
    assert_eq!(declined.payment.failure, Some(Failure::InsufficientFunds));
    let paid = declined.payment.apply(&stating(Verdict::Paid, "10000"));
    assert_eq!(paid.payment.status, PaymentStatus::Paid);
    assert_eq!(paid.payment.failure, None);
    let late = paid
        .payment
        .apply(&outcome(Verdict::AttemptFailed(Failure::Declined)));
    assert!(!late.changed());
}

#[test]
fn an_attempt_that_fails_before_our_own_answer_does_not_lose_the_page() {
    let declined = card_payment().apply(&outcome(Verdict::AttemptFailed(Failure::Declined)));
    let open = declined.payment.apply(&opened()).payment;
    assert_eq!(open.status, PaymentStatus::RedirectRequired);
    assert_eq!(open.failure, Some(Failure::Declined));
}

#[test]
fn only_the_amount_and_what_a_promo_makes_of_it_are_believed() {
    let table = [
        ("the amount", "10000", Some(10_000)),
        ("with decimals", "10000.00", Some(10_000)),
        ("less the promo", "9000", Some(9_000)),
        ("less", "9500", None),
        ("more", "10001", None),
        ("no number", "ten", None),
    ];
    for (why, stated, charged) in table {
        let open = card_payment().apply(&opened()).payment;
        let paid = open.apply(&stating(Verdict::Paid, stated)).payment;
        if let Some(charged) = charged {
            assert_eq!(paid.status, PaymentStatus::Paid, "{why}");
            assert_eq!(paid.charged, Rupiah::new(charged), "{why}");
            assert_eq!(paid.refundable(), Rupiah::new(charged), "{why}");
        } else {
            assert_eq!(paid.status, PaymentStatus::RedirectRequired, "{why}");
            assert_eq!(paid.flags, [Flag::AmountMismatch], "{why}");
        }
    }
}

#[test]
fn a_capture_that_failed_leaves_the_hold() {
    let held = card_payment().apply(&authorized()).payment;
    let failed = capturing(held, 6_000).apply(&outcome(Verdict::CaptureFailed(Failure::Declined)));
    assert_eq!(failed.event, Some(EventType::PaymentCaptureFailed));
    assert_eq!(failed.payment.status, PaymentStatus::Authorized);
    assert!(!failed.payment.is_capturing());
    let after_all = failed.payment.apply(&outcome(Verdict::Captured)).payment;
    assert_eq!(after_all.status, PaymentStatus::Paid);
    assert_eq!(after_all.captured, Some(Rupiah::new(6_000)));
}

#[test]
fn captured_without_us() {
    let held = card_payment().apply(&authorized()).payment;
    let all = held.apply(&stating(Verdict::Captured, "10000")).payment;
    assert_eq!(all.captured, Some(Rupiah::new(10_000)));
    let part = held.apply(&stating(Verdict::Captured, "4000")).payment;
    assert_eq!(part.captured, Some(Rupiah::new(4_000)));
    assert_eq!(part.refundable(), Rupiah::new(4_000));
    let odd = held.apply(&stating(Verdict::Captured, "10001")).payment;
    assert_eq!(odd.status, PaymentStatus::Authorized);
    assert_eq!(odd.flags, [Flag::AmountMismatch]);
    let with_own = capturing(held, 6_000).apply(&stating(Verdict::Captured, "4000"));
    assert_eq!(with_own.payment.flags, [Flag::AmountMismatch]);
}

#[test]
fn what_is_told_of_an_earlier_capture_does_not_decide_the_later_one() {
    let held = card_payment().apply(&authorized()).payment;
    let first = capturing(held, 6_000);
    let about_first = |verdict| Outcome {
        request_id: Some(first.captures_so_far().pop().unwrap().request_id),
        ..outcome(verdict)
    };
    let failed = first.apply(&about_first(Verdict::CaptureFailed(Failure::Declined)));
    let earlier = failed.payment.captures_so_far();
    let mut second = capturing(failed.payment, 5_000);
    if let Some(capture) = &mut second.capture {
        capture.operation.external_id = ExternalId::new("20261120000099", 9);
        capture.earlier = earlier;
    }
    let late = second.apply(&about_first(Verdict::CaptureFailed(Failure::Declined)));
    assert_eq!(late.payment, second);
    // The first one took the money after all: then it is its amount that counts.
    let mut news = about_first(Verdict::Captured);
    news.stated = stating(Verdict::Captured, "6000").stated;
    let taken = second.apply(&news).payment;
    assert_eq!(taken.status, PaymentStatus::Paid);
    assert_eq!(taken.captured, Some(Rupiah::new(6_000)));
    assert!(taken.is_capturing());
    let mut own = outcome(Verdict::CaptureFailed(Failure::WrongState));
    assert!(!taken.apply(&own).changed(), "whose failure is it?");
    let capture = taken.capture.as_ref().unwrap();
    own.request_id = Some(capture.operation.external_id.to_string());
    let own = taken.apply(&own);
    assert_eq!(own.payment.status, PaymentStatus::Paid);
    assert!(!own.payment.is_capturing());
}

#[test]
fn what_is_being_captured_does_not_lapse_and_a_hold_outlives_its_page() {
    let held = card_payment().apply(&authorized()).payment;
    let late = Outcome::new(Verdict::Expired, at(4 + 7 * 24 * 3600));
    let running = capturing(held.clone(), 6_000);
    assert!(!running.apply(&late).changed());
    assert!(!held.apply(&outcome(Verdict::Expired)).changed());
    assert_eq!(held.apply(&late).payment.status, PaymentStatus::Expired);
}

#[test]
fn a_hold_whose_lapse_was_never_announced_is_left_to_operators() {
    let mut held = card_payment().apply(&authorized()).payment;
    held.watch.told = true;
    assert!(held.due_at().is_some(), "to be announced");
    held.announce_no_more();
    assert_eq!(held.due_at(), None);
    assert!(held.is_escalated());
}

#[test]
fn a_capture_told_after_a_success_without_a_type_still_counts() {
    let held = card_payment().apply(&authorized()).payment;
    let paid = capturing(held, 6_000)
        .apply(&stating(Verdict::Paid, "10000"))
        .payment;
    let told = paid.apply(&outcome(Verdict::Captured)).payment;
    assert_eq!(told.captured, Some(Rupiah::new(6_000)));
    assert_eq!(told.refundable(), Rupiah::new(6_000));
}

#[test]
fn an_authorisation_is_announced_then_lapses() {
    let day = Duration::from_hours(24);
    let held = card_payment().apply(&authorized()).payment;
    let authorized_at = at(4);
    let sixth = authorized_at.plus(6 * day);
    assert_eq!(held.due_at(), Some(sixth));
    assert_eq!(held.overdue(sixth.minus(Duration::from_millis(1))), None);
    assert_eq!(held.overdue(sixth), Some(Verdict::LapseAnnounced));

    let announced = held.apply(&outcome(Verdict::LapseAnnounced));
    assert_eq!(announced.event, Some(EventType::PaymentCaptureDue));
    let announced = announced.payment;
    assert_eq!(announced.status, PaymentStatus::Authorized);
    let again = announced.apply(&outcome(Verdict::LapseAnnounced));
    assert!(!again.changed());

    let seventh = authorized_at.plus(7 * day);
    assert_eq!(announced.due_at(), Some(seventh));
    assert_eq!(announced.overdue(sixth), None);
    assert_eq!(announced.overdue(seventh), Some(Verdict::Expired));
    let lost = capturing(announced.clone(), 10_000);
    assert_eq!(
        lost.overdue(seventh),
        None,
        "a capture may have taken the money"
    );
    let expired = announced
        .apply(&Outcome::new(Verdict::Expired, seventh))
        .payment;
    assert_eq!(expired.status, PaymentStatus::Expired);
    assert_eq!(expired.due_at(), None);
}

#[test]
fn when_it_was_authorised_is_believed_within_reason() {
    for (why, told, wanted) in [
        ("as told", Some(at(4)), at(4)),
        ("before the payment", Some(at(-9)), at(5)),
        ("in the future", Some(at(99)), at(5)),
        ("not told", None, at(5)),
    ] {
        let mut news = authorized();
        news.card.happened_at = told;
        let held = card_payment().apply(&news).payment;
        assert_eq!(held.card().unwrap().authorized_at, Some(wanted), "{why}");
    }
}

#[test]
fn a_void_takes_the_whole_payment_back() {
    let mut paid = card_payment()
        .apply(&stating(Verdict::Paid, "10000"))
        .payment;
    let refund = refunding(&mut paid, 10_000);
    let mut done = RefundOutcome::new(RefundVerdict::Succeeded, at(9));
    done.kind = Some(RefundKind::Void);
    let voided = refund.apply(&paid, &done);
    assert_eq!(voided.payment.status, PaymentStatus::Voided);
    assert_eq!(voided.payment.refunded, Rupiah::new(10_000));
    assert_eq!(voided.refund.kind, Some(RefundKind::Void));
}

#[test]
fn a_manual_refund_waits_for_people() {
    let mut paid = card_payment()
        .apply(&stating(Verdict::Paid, "10000"))
        .payment;
    let refund = refunding(&mut paid, 10_000);
    let mut taken = RefundOutcome::new(RefundVerdict::Pending, at(9));
    taken.kind = Some(RefundKind::ManualFull);
    let taken = refund.apply(&paid, &taken);
    assert_eq!(taken.refund.status, MovementStatus::Pending);
    assert!(taken.refund.kind.unwrap().is_manual());
    assert_eq!(taken.payment.refundable(), Rupiah::ZERO);
    let done = taken.refund.apply(
        &taken.payment,
        &RefundOutcome::new(RefundVerdict::Succeeded, at(99)),
    );
    assert_eq!(done.payment.status, PaymentStatus::Refunded);
}

/// Everything that tells of one story: the page opened, 10,000 authorised, 6,000 captured.
fn story() -> Vec<Outcome> {
    vec![
        opened(),
        authorized(),
        // Our own answer states nothing; the notification states what was captured, or the order.
        outcome(Verdict::Captured),
        stating(Verdict::Captured, "6000"),
        stating(Verdict::Captured, "10000"),
    ]
}

proptest! {
    #[test]
    fn the_order_of_news_does_not_matter(
        order in Just((0..10usize).collect::<Vec<_>>()).prop_shuffle(),
        refund_at in 0..10usize,
    ) {
        // Each piece of news twice, in any order, with a refund of what was captured on the way.
        let story = story();
        let mut payment = capturing(card_payment(), 6_000);
        let mut refund: Option<Refund> = None;
        let mut last = payment.status;
        for (step, which) in order.into_iter().enumerate() {
            let applied = payment.apply(&story[which % story.len()]);
            payment = applied.payment;
            prop_assert!(payment.status == last || last.may_become(payment.status));
            if step >= refund_at && refund.is_none() && payment.status.is_settled() {
                let asked = refunding(&mut payment, 2_000);
                let done = asked.apply(&payment, &RefundOutcome::new(RefundVerdict::Succeeded, at(9)));
                payment = done.payment;
                refund = Some(done.refund);
            }
            if let Some(refund) = &refund {
                let twice = refund.apply(&payment, &RefundOutcome::new(RefundVerdict::Succeeded, at(9)));
                prop_assert_eq!(&twice.payment, &payment);
            }
            last = payment.status;
        }
        let expected = if refund.is_some() { PaymentStatus::PartiallyRefunded } else { PaymentStatus::Paid };
        prop_assert_eq!(payment.status, expected);
        prop_assert_eq!(payment.captured, Some(Rupiah::new(6_000)));
        prop_assert_eq!(payment.card().unwrap().authorize_id.as_deref(), Some("AUTH-1"));
        prop_assert!(payment.flags.is_empty());
        prop_assert_eq!(payment.capture.unwrap().status, MovementStatus::Succeeded);
        let gone = payment.refunded.whole() + payment.reserved.whole();
        prop_assert!(gone <= 6_000);
    }
}
