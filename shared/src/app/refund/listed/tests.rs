use super::*;
use crate::doku::wire::card::transaction;
use crate::doku::wire::status;
use crate::domain::failure::Failure;
use crate::domain::ids::{ExternalId, Reference};
use crate::domain::refund::tests::{paid, refund_of};

fn at() -> Timestamp {
    Timestamp::from_millis(0)
}

fn listed(rows: &str) -> Found {
    let body = format!(r#"{{"latestTransactionStatus":"04","refundHistory":[{rows}]}}"#);
    status::read(body.as_bytes()).unwrap()
}

fn row(name: &str, number: &str, rupiah: u64) -> String {
    let text = |member: &str, value: &str| match value {
        "" => String::new(),
        value => format!(r#""{member}":"{value}","#),
    };
    format!(
        r#"{{{}{}"refundAmount":{{"value":"{rupiah}.00","currency":"IDR"}},"refundStatus":"00"}}"#,
        text("partnerRefundNo", name),
        text("refundNo", number),
    )
}

/// The next step in words.
fn said(step: &Step) -> String {
    match step {
        Step::Known(refund, outcome) => {
            format!("{} is {:?}", refund.reference, outcome.refund_no)
        }
        Step::Foreign(foreign) => format!("foreign {}", foreign.amount.whole()),
        Step::Named { part, amount, .. } => {
            format!("{} of {}", part.amount.whole(), amount.whole())
        }
        Step::Unclear => "unclear".to_owned(),
        Step::Incomplete => "incomplete".to_owned(),
        Step::Clear => "clear".to_owned(),
    }
}

fn next(payment: &Payment, refunds: &[Refund], found: &Found) -> String {
    let entries: Vec<_> = found
        .refunds
        .iter()
        .flatten()
        .map(|entry| {
            let mut outcome = RefundOutcome::new(entry.verdict, at());
            outcome.stated.clone_from(&entry.amount);
            outcome.refund_no.clone_from(&entry.refund_no);
            (entry.clone(), outcome)
        })
        .collect();
    said(&next_listed(payment, refunds, &entries, found, None))
}

#[test]
fn what_a_list_adds() {
    let mut payment = paid();
    let open = refund_of(&mut payment, 1, 4_000);
    let done = open.apply(
        &payment,
        &RefundOutcome::new(RefundVerdict::Succeeded, at()),
    );
    let mut nameless = done.refund.clone();
    nameless.origin = Origin::Gateway;
    let own = open.reference.to_string();
    let (open, done, nameless) = ([open], [done.refund], [nameless]);
    let table = [
        (
            "ours",
            &open,
            row(&own, "7", 4_000),
            "RFD-0001 is Some(\"7\")",
        ),
        ("ours, known", &done, row(&own, "", 4_000), "clear"),
        ("a number, of ours", &done, row("", "7", 4_000), "clear"),
        ("nothing, of ours", &done, row("", "", 4_000), "clear"),
        (
            "a number, of another amount",
            &done,
            row("", "7", 3_000),
            "foreign 3000",
        ),
        (
            "another name, and ours is done",
            &done,
            row("STAFF", "7", 4_000),
            "foreign 4000",
        ),
        (
            "a number, and ours is open",
            &open,
            row("", "7", 4_000),
            "unclear",
        ),
        ("another amount", &open, row("", "7", 3_000), "foreign 3000"),
        (
            "another name",
            &open,
            row("STAFF", "7", 4_000),
            "foreign 4000",
        ),
        (
            "booked without a name",
            &nameless,
            row("", "7", 4_000),
            "RFD-0001 is Some(\"7\")",
        ),
        (
            "without a name at all",
            &nameless,
            row("", "", 4_000),
            "clear",
        ),
    ];
    for (why, refunds, rows, wanted) in table {
        assert_eq!(next(&payment, refunds, &listed(&rows)), wanted, "{why}");
    }
    let twice = [row("", "", 4_000), row("", "", 4_000)].join(",");
    let found = next(&payment, &nameless, &listed(&twice));
    assert_eq!(found, "foreign 4000", "as many as are listed");
    let found = next(&payment, &done, &listed(&twice));
    assert_eq!(found, "foreign 4000", "ours is one of them");
    let both = [row(&own, "", 4_000), row("", "7", 4_000)].join(",");
    let found = next(&payment, &done, &listed(&both));
    assert_eq!(found, "foreign 4000", "ours is the other");
    assert_eq!(next(&paid(), &[], &listed("")), "unclear");
}

#[test]
fn the_parts_of_what_was_booked_as_one_are_not_booked_again() {
    let mut payment = paid();
    let mut booked = refund_of(&mut payment, 1, 9_000);
    booked.origin = Origin::Gateway;
    booked.status = MovementStatus::Succeeded;
    let refunds = [booked];
    let next = |rows: &[String]| next(&payment, &refunds, &listed(&rows.join(",")));
    let parts = [
        row("A", "", 4_000),
        row("B", "", 3_000),
        row("", "7", 2_000),
    ];
    assert_eq!(next(&parts), "clear", "the sum");
    assert_eq!(next(&parts[..2]), "unclear", "a part of it");
    let more = [&parts[..], &[row("C", "", 1_000)]].concat();
    assert_eq!(next(&more), "foreign 1000", "more than it");
}

#[test]
fn one_of_dokus_own_is_listed_by_its_name_or_by_its_number() {
    let mut payment = paid();
    let mut booked = refund_of(&mut payment, 1, 4_000);
    booked.origin = Origin::Gateway;
    booked.status = MovementStatus::Succeeded;
    // By its name alone.
    booked.refund_no = Some(booked.reference.to_string());
    let refunds = [booked.clone()];
    let entry = listed(&row("", "7", 4_000));
    assert_eq!(next(&payment, &refunds, &entry), "clear");
    let entry = listed(&row("STAFF", "7", 4_000));
    assert_eq!(next(&payment, &refunds, &entry), "foreign 4000");
    // By its number alone: then the name is one of ours that DOKU does not know.
    booked.reference = Reference::trusted(booked.operation.external_id.to_string());
    booked.refund_no = Some("7".to_owned());
    let refunds = [booked];
    let entry = listed(&row("STAFF", "", 4_000));
    assert_eq!(next(&payment, &refunds, &entry), "clear");
    let entry = listed(&row("", "8", 4_000));
    assert_eq!(next(&payment, &refunds, &entry), "foreign 4000");
}

fn order(status: &str, refunded: Option<u64>) -> Transaction {
    let refund = refunded.map_or(String::new(), |amount| {
        format!(r#","refund":{{"amount":"{amount}"}}"#)
    });
    let body = format!(
        r#"{{"order":{{"invoice_number":"I","amount":10000}},"transaction":{{"status":"{status}"}}{refund}}}"#
    );
    transaction::read(body.as_bytes()).unwrap()
}

#[test]
fn what_the_sum_of_an_order_adds() {
    let mut payment = paid();
    let open = refund_of(&mut payment, 1, 4_000);
    let success = RefundOutcome::new(RefundVerdict::Succeeded, at());
    let done = open.apply(&payment, &success);
    let next = |payment: &Payment, refunds: &[Refund], found: &Transaction, is_restored: bool| {
        said(&next_of_card(
            payment,
            refunds,
            found,
            None,
            is_restored,
            at(),
        ))
    };
    let part = order("SUCCESS", Some(7_000));
    assert_eq!(next(&paid(), &[], &part, false), "foreign 7000");
    assert_eq!(
        next(&paid(), &[], &order("REFUNDED", None), false),
        "foreign 10000"
    );
    assert_eq!(next(&paid(), &[], &order("SUCCESS", None), false), "clear");
    let (after, refunds) = (&done.payment, [done.refund.clone()]);
    assert_eq!(next(after, &refunds, &part, false), "foreign 3000");
    let same = order("SUCCESS", Some(4_000));
    assert_eq!(next(after, &refunds, &same, false), "clear");
    let open = [open];
    assert_eq!(next(&payment, &open, &part, false), "unclear", "it waits");
    assert_eq!(
        next(&payment, &open, &part, true),
        "foreign 3000",
        "at least"
    );
}

#[test]
fn a_hold_that_was_given_up_has_nothing_to_return() {
    let mut held = paid();
    held.status = PaymentStatus::Voided;
    let found = order("VOIDED", None);
    let step = next_of_card(&held, &[], &found, None, false, at());
    assert_eq!(said(&step), "clear");
}

#[test]
fn a_transaction_that_names_a_refund_is_of_that_one() {
    let mut payment = paid();
    let mut refund = refund_of(&mut payment, 1, 4_000);
    refund.operation.external_id = ExternalId::trusted("OURS".to_owned());
    let mut found = order("SUCCESS", Some(4_000));
    found.kind = Some("REFUND".to_owned());
    let next = |found: &Transaction| {
        let refunds = std::slice::from_ref(&refund);
        said(&next_of_card(&payment, refunds, found, None, false, at()))
    };
    found.request_id = Some("OURS".to_owned());
    assert_eq!(next(&found), "RFD-0001 is None");
    found.request_id = Some("STAFF".to_owned());
    assert_eq!(next(&found), "foreign 4000");
    let success = RefundOutcome::new(RefundVerdict::Succeeded, at());
    let done = refund.apply(&payment, &success);
    let mut rest = order("REFUNDED", None);
    rest.kind = Some("REFUND".to_owned());
    rest.request_id = Some("STAFF".to_owned());
    let step = next_of_card(&done.payment, &[done.refund], &rest, None, false, at());
    assert_eq!(said(&step), "foreign 6000", "what was left");
    // Of the order, by the id of a call that is not remembered: the sum, beside one that is open.
    found.kind = Some("CAPTURE".to_owned());
    found.status = "REFUNDED".to_owned();
    assert_eq!(next(&found), "unclear");
    found.kind = Some("REFUND".to_owned());
    found.status = "FAILED".to_owned();
    assert_eq!(
        next(&found),
        "clear",
        "no money moved: {:?}",
        Failure::Declined
    );
}
