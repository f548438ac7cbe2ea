use super::*;
use crate::domain::channel::{CIMB, Family};
use crate::domain::ids::ExternalId;
use crate::domain::money::StatedAmount;
use crate::domain::operation::{OperationKind, OperationState};
use proptest::prelude::*;
use ulid::Ulid;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

/// A payment of 10,000 rupiah that DOKU has not answered yet.
pub(crate) fn payment() -> Payment {
    Payment {
        id: PaymentId::new(Ulid::from_parts(1, 1)),
        customer: CustomerId::parse("cust-001").unwrap(),
        source: Source::Account(BindingId::new(Ulid::from_parts(1, 2))),
        period: None,
        channel: &CIMB,
        invoice: InvoiceNumber::parse("INV-0001").unwrap(),
        invoice_scope: InvoiceScope::Merchant,
        reference: Reference::parse("INV-0001").unwrap(),
        amount: Rupiah::new(10_000),
        charged: Rupiah::new(10_000),
        captured: None,
        refunded: Rupiah::ZERO,
        reserved: Rupiah::ZERO,
        status: PaymentStatus::Created,
        confirmation: Confirmation::Otp,
        otp_attempts_left: 3,
        reference_no: None,
        taken_external_id: None,
        response_code: None,
        failure: None,
        flags: Vec::new(),
        checked_at: None,
        adopted: false,
        redirect_url: None,
        device: None,
        description: None,
        metadata: Metadata::new(),
        created_at: at(0),
        updated_at: at(0),
        paid_at: None,
        taken_at: None,
        refunds_unclear_since: None,
        operation: Operation {
            kind: OperationKind::Pay,
            family: Family::Snap,
            state: OperationState::Intended,
            external_id: ExternalId::new("20261120000000", 1),
            started_at: at(0),
            lease_until: at(28),
            absent_since: None,
            body: None,
            resent: false,
            claim: "CLAIM#1".into(),
        },
        otp: None,
        capture: None,
        watch: Watch::default(),
        settlement: None,
        version: 1,
        stored: Stored::default(),
    }
}

fn outcome(verdict: Verdict) -> Outcome {
    Outcome::new(verdict, at(5))
}

fn with(status: PaymentStatus) -> Payment {
    Payment {
        status,
        ..payment()
    }
}

#[test]
fn the_main_road() {
    let accepted = payment().apply(&outcome(Verdict::Accepted));
    assert_eq!(accepted.payment.status, PaymentStatus::OtpRequired);
    let wrong = accepted
        .payment
        .apply(&outcome(Verdict::OtpRejected(Failure::OtpIncorrect)));
    assert_eq!(wrong.payment.status, PaymentStatus::OtpRequired);
    assert_eq!(wrong.payment.failure, Some(Failure::OtpIncorrect));
    assert_eq!(wrong.event, Some(EventType::PaymentOtpRejected));
    let confirmed = wrong.payment.apply(&outcome(Verdict::Processing));
    assert_eq!(confirmed.payment.status.public(), "pending");
    assert_eq!(confirmed.payment.failure, None);
    let paid = confirmed.payment.apply(&outcome(Verdict::Paid));
    assert_eq!(paid.payment.status, PaymentStatus::Paid);
    assert_eq!(paid.payment.paid_at, Some(at(5)));
}

#[test]
fn a_success_before_our_own_answer_stays() {
    let paid = payment().apply(&outcome(Verdict::Paid));
    for late in [
        Verdict::Accepted,
        Verdict::AwaitingCustomer,
        Verdict::Processing,
        Verdict::Unknown,
        Verdict::Cancelled,
        Verdict::Failed(Failure::Declined),
        Verdict::OtpRejected(Failure::OtpIncorrect),
        Verdict::Unrecognised,
        Verdict::Paid,
    ] {
        let after = paid.payment.apply(&outcome(late));
        assert!(!after.changed(), "{late:?}");
        assert_eq!(after.payment, paid.payment, "{late:?}");
    }
}

#[test]
fn another_amount_or_currency_is_not_believed() {
    for (value, currency) in [("9999.00", "IDR"), ("10000.00", "USD"), ("1e5", "IDR")] {
        let mut stated = outcome(Verdict::Paid);
        stated.stated = Some(StatedAmount {
            value: value.into(),
            currency: currency.into(),
        });
        let before = with(PaymentStatus::OtpRequired);
        let after = before.apply(&stated);
        assert_eq!(after.payment.status, PaymentStatus::OtpRequired, "{value}");
        assert_eq!(after.payment.flags, [Flag::AmountMismatch]);
        assert_eq!(after.event, Some(EventType::PaymentAmountMismatch));
        assert!(!after.payment.apply(&stated).changed(), "flagged once");
    }
}

#[test]
fn the_last_wrong_otp_ends_the_payment() {
    let last = Payment {
        otp_attempts_left: 0,
        ..with(PaymentStatus::OtpRequired)
    };
    let after = last.apply(&outcome(Verdict::OtpRejected(Failure::OtpIncorrect)));
    assert_eq!(after.payment.status, PaymentStatus::Failed);
    assert_eq!(after.payment.failure, Some(Failure::OtpAttemptsExceeded));
}

#[test]
fn the_last_otp_may_be_taken_as_long_as_nobody_heard_of_it() {
    let lost = Payment {
        otp_attempts_left: 0,
        otp: Some(with(PaymentStatus::Created).operation),
        ..with(PaymentStatus::Unknown)
    };
    let after = lost.apply(&outcome(Verdict::AwaitingCustomer));
    assert_eq!(after.payment.status, PaymentStatus::Processing);
    // One that may not have an OTP at all cannot be confirmed any more.
    let without = Payment { otp: None, ..lost };
    let after = without.apply(&outcome(Verdict::AwaitingCustomer));
    assert_eq!(after.payment.status, PaymentStatus::Failed);
    assert_eq!(after.payment.failure, Some(Failure::OtpAttemptsExceeded));
}

#[test]
fn what_doku_works_on_does_not_become_unknown_again() {
    let processing = with(PaymentStatus::Processing);
    for verdict in [Verdict::Unknown, Verdict::AwaitingCustomer] {
        let after = processing.apply(&outcome(verdict));
        assert_eq!(after.payment, processing, "{verdict:?}");
    }
}

#[test]
fn a_lost_page_address_leaves_a_payment_that_only_needs_time() {
    let page = Payment {
        confirmation: Confirmation::Page,
        ..with(PaymentStatus::Unknown)
    };
    let after = page.apply(&outcome(Verdict::AwaitingCustomer));
    assert_eq!(after.payment.status, PaymentStatus::Processing);
}

#[test]
fn a_settled_payment_keeps_no_page_address() {
    let mut accepted = outcome(Verdict::Accepted);
    accepted.redirect_url = Some(Sealed(vec![1]));
    let page = Payment {
        confirmation: Confirmation::Page,
        ..payment()
    };
    let waiting = page.apply(&accepted).payment;
    assert_eq!(waiting.status, PaymentStatus::RedirectRequired);
    assert!(waiting.redirect_url.is_some());
    assert_eq!(
        waiting.apply(&outcome(Verdict::Paid)).payment.redirect_url,
        None
    );
}

#[test]
fn a_status_never_comes_back() {
    // Walks every path: a status that was left behind is never reached again, except the open
    // ones that `unknown` hides (asking may find the payment still waiting for its OTP).
    for from in PaymentStatus::ALL {
        assert!(!from.may_become(from), "{from:?}");
        if from.is_settled() {
            for next in PaymentStatus::ALL
                .into_iter()
                .filter(|s| from.may_become(*s))
            {
                assert!(
                    next.is_settled() || next == PaymentStatus::Voided,
                    "{from:?} {next:?}"
                );
            }
        }
        assert!(!from.may_become(PaymentStatus::Created), "{from:?}");
    }
}

#[test]
fn words_read_back() {
    for status in PaymentStatus::ALL {
        assert_eq!(PaymentStatus::parse(status.as_str()), Some(status));
    }
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Accepted),
        Just(Verdict::AwaitingCustomer),
        Just(Verdict::Processing),
        Just(Verdict::Paid),
        Just(Verdict::Failed(Failure::Declined)),
        Just(Verdict::OtpRejected(Failure::OtpIncorrect)),
        Just(Verdict::Cancelled),
        Just(Verdict::Unknown),
        Just(Verdict::Unrecognised),
    ]
}

proptest! {
    #[test]
    fn whatever_the_order_a_success_wins(verdicts in proptest::collection::vec(any_verdict(), 0..12)) {
        let mut now = payment();
        for verdict in &verdicts {
            let after = now.apply(&outcome(*verdict));
            let (from, to) = (now.status, after.payment.status);
            prop_assert!(from == to || from.may_become(to));
            // The same outcome again changes nothing, but that each wrong OTP counts.
            if !matches!(verdict, Verdict::OtpRejected(_)) {
                prop_assert!(!after.payment.apply(&outcome(*verdict)).changed());
            }
            now = after.payment;
        }
        let paid = verdicts.contains(&Verdict::Paid);
        prop_assert_eq!(now.status == PaymentStatus::Paid, paid);
    }
}

#[test]
fn payments_from_before_a_restore_are_checked_once() {
    let restored = at(1_000_000);
    let of = |created, checked| Payment {
        created_at: at(created),
        checked_at: checked,
        ..payment()
    };
    let table = [
        ("no restore", 0, None, None, false),
        ("before", 0, None, Some(restored), true),
        ("within a day", 1_086_399, None, Some(restored), true),
        ("later", 1_086_400, None, Some(restored), false),
        (
            "checked since",
            0,
            Some(at(1_000_000)),
            Some(restored),
            false,
        ),
        ("checked before", 0, Some(at(999_999)), Some(restored), true),
    ];
    for (why, created, checked, restored_at, wanted) in table {
        assert_eq!(
            of(created, checked).needs_check(restored_at),
            wanted,
            "{why}"
        );
    }
}
