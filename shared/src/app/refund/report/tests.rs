use super::*;
use crate::doku::wire::card::transaction;
use crate::doku::wire::notification;
use crate::domain::ids::Reference;
use crate::domain::movement::Origin;
use crate::domain::refund::tests::{paid, refund_of};

fn at() -> Timestamp {
    Timestamp::from_millis(0)
}

fn snap(amount: &str, more: &str) -> RefundReport {
    let body = format!(
        r#"{{"originalPartnerReferenceNo":"INV-1","latestTransactionStatus":"04","amount":{{"value":"{amount}","currency":"IDR"}}{more}}}"#
    );
    RefundReport::of_snap(&notification::read(body.as_bytes()).unwrap(), at())
}

#[test]
fn a_name_or_a_number_makes_a_report_a_named_one() {
    assert!(!snap("4000.00", "").is_named());
    assert!(snap("4000.00", r#","partnerRefundNo":"R-1""#).is_named());
    assert!(snap("4000.00", r#","additionalInfo":{"refundNo":"7"}"#).is_named());
    let report = snap("4000.00", "");
    assert_eq!(report.amount, Some(Rupiah::new(4_000)));
    assert!(report.may_be_the_orders, "whose amount it is is not said");
}

#[test]
fn what_says_that_all_went_back() {
    let table = [
        ("REFUNDED", "SALE", true),
        ("VOIDED", "SALE", true),
        ("SUCCESS", "FULL_REFUND", true),
        ("SUCCESS", "VOID", true),
        ("SUCCESS", "REFUND", false),
        ("SUCCESS", "PARTIAL_REFUND", false),
        ("REFUNDED", "PARTIAL_REFUND", false),
        ("REFUNDED", "MANUAL_PARTIAL_REFUND", false),
    ];
    let payment = paid();
    for (status, kind, wanted) in table {
        let body = format!(
            r#"{{"order":{{"invoice_number":"I","amount":10000}},"transaction":{{"status":"{status}","type":"{kind}"}}}}"#
        );
        let transaction = transaction::read(body.as_bytes()).unwrap();
        let parsed = match kind {
            "VOID" => Some(RefundKind::Void),
            other => RefundKind::parse(other),
        };
        assert_eq!(
            transaction.says_whole(&payment, parsed),
            wanted,
            "{status} {kind}"
        );
    }
}

#[test]
fn a_refunded_order_with_the_amount_of_a_part_is_not_refunded_whole() {
    let (payment, _) = with_refunds(&[]);
    let table = [
        ("the order's", "10000", Meant::Foreign(Rupiah::new(10_000))),
        ("a part's", "4000", Meant::Foreign(Rupiah::new(4_000))),
        (
            "in another spelling",
            "\"4000.00\"",
            Meant::Foreign(Rupiah::new(4_000)),
        ),
        ("more than the order's", "10001", Meant::Unclear),
        ("none", "null", Meant::Foreign(Rupiah::new(10_000))),
    ];
    for (why, amount, wanted) in table {
        let body = format!(
            r#"{{"order":{{"invoice_number":"I","amount":{amount}}},"transaction":{{"status":"REFUNDED"}}}}"#
        );
        let transaction = transaction::read(body.as_bytes()).unwrap();
        let report = RefundReport::of_card(&payment, &transaction, (None, None), at());
        assert_eq!(report.meant(&payment, &[]), wanted, "{why}");
    }
}

#[test]
fn only_the_merchants_refunds_may_still_happen() {
    assert_eq!(Origin::parse("gateway"), Some(Origin::Gateway));
    assert_eq!(Origin::parse("merchant"), Some(Origin::Merchant));
    assert_eq!(Origin::parse("nobody"), None);
}

/// A paid payment of 10,000 rupiah with refunds of the merchant's: their amounts, and whether each is done.
fn with_refunds(refunds: &[(u64, bool)]) -> (Payment, Vec<Refund>) {
    let mut payment = paid();
    let mut made = Vec::new();
    for (nth, (amount, is_done)) in (1..).zip(refunds) {
        let mut refund = refund_of(&mut payment, nth, *amount);
        refund.reference = Reference::trusted(format!("RFD-{nth}"));
        if *is_done {
            let outcome = RefundOutcome::new(RefundVerdict::Succeeded, at());
            let applied = refund.apply(&payment, &outcome);
            (payment, refund) = (applied.payment, applied.refund);
        }
        made.push(refund);
    }
    (payment, made)
}

/// A name, the refunds that are known with whether each is done, the report, and which is meant.
type Case = (&'static str, Vec<(u64, bool)>, RefundReport, Option<usize>);

#[test]
fn what_a_report_means() {
    let named = r#","partnerRefundNo":"STAFF-1""#;
    let ours = r#","partnerRefundNo":"RFD-1""#;
    let number = r#","refundNo":"77""#;
    let foreign = |amount| Meant::Foreign(Rupiah::new(amount));
    let known: [Case; 3] = [
        (
            "ours by its name",
            vec![(4_000, true)],
            snap("4000.00", ours),
            Some(0),
        ),
        (
            "the only one that fits",
            vec![(4_000, false), (3_000, false)],
            snap("4000.00", ""),
            Some(0),
        ),
        (
            "its name and not its amount",
            vec![(4_000, false), (3_000, false)],
            snap("3000.00", ours),
            Some(0),
        ),
    ];
    for (why, refunds, report, wanted) in known {
        let (payment, refunds) = with_refunds(&refunds);
        let meant = report.meant(&payment, &refunds);
        assert_eq!(meant, Meant::Known(&refunds[wanted.unwrap()]), "{why}");
    }
    let others = [
        ("none of ours", vec![], snap("4000.00", ""), foreign(4_000)),
        (
            "another amount",
            vec![(3_000, false)],
            snap("4000.00", ""),
            foreign(4_000),
        ),
        (
            "another name",
            vec![(4_000, false)],
            snap("4000.00", named),
            foreign(4_000),
        ),
        ("all of it", vec![], snap("10000.00", ""), foreign(10_000)),
        (
            "two fit",
            vec![(4_000, false), (4_000, true)],
            snap("4000.00", ""),
            Meant::Unclear,
        ),
        (
            "ours again, or another",
            vec![(4_000, true)],
            snap("4000.00", ""),
            Meant::Unclear,
        ),
        (
            "the order's amount, perhaps",
            vec![(4_000, true)],
            snap("10000.00", ""),
            Meant::Unclear,
        ),
        (
            "a number, and ours has none yet",
            vec![(4_000, false)],
            snap("4000.00", number),
            Meant::Unclear,
        ),
        (
            "the sum of two that are done, or another",
            vec![(1_000, true), (2_000, true)],
            snap("3000.00", ""),
            Meant::Unclear,
        ),
        (
            "the sum with one that may be done",
            vec![(1_000, true), (2_000, false)],
            snap("3000.00", ""),
            Meant::Unclear,
        ),
        (
            "that sum, or one of ours",
            vec![(1_000, true), (2_000, true), (3_000, false)],
            snap("3000.00", ""),
            Meant::Unclear,
        ),
        (
            "a named one is no sum",
            vec![(1_000, true), (2_000, true)],
            snap("3000.00", named),
            foreign(3_000),
        ),
        ("no amount of rupiah", vec![], snap("x", ""), Meant::Unclear),
    ];
    for (why, refunds, report, wanted) in others {
        let (payment, refunds) = with_refunds(&refunds);
        assert_eq!(report.meant(&payment, &refunds), wanted, "{why}");
    }
}

#[test]
fn the_amount_of_the_order_means_no_refund_of_ours_beside_another() {
    let (mut payment, mut refunds) = with_refunds(&[(10_000, false)]);
    let report = snap("10000.00", "");
    let meant = report.meant(&payment, &refunds);
    assert_eq!(meant, Meant::Known(&refunds[0]), "the only one");
    let mut other = refund_of(&mut payment, 2, 3_000);
    other.origin = Origin::Gateway;
    refunds.push(other);
    assert_eq!(report.meant(&payment, &refunds), Meant::Unclear);
    // And without room for it none is meant either.
    let (mut payment, refunds) = with_refunds(&[(8_000, false)]);
    payment.refunded = Rupiah::new(3_000);
    let report = snap("8000.00", "");
    assert_eq!(report.meant(&payment, &refunds), Meant::Unclear);
}

#[test]
fn a_sum_means_what_is_more_than_is_known() {
    let order = |refunded: u64| {
        let body = format!(
            r#"{{"order":{{"invoice_number":"I","amount":10000}},"transaction":{{"status":"REFUNDED","type":"SALE"}},"refund":{{"amount":"{refunded}"}}}}"#
        );
        let transaction = transaction::read(body.as_bytes()).unwrap();
        RefundReport::of_card(&paid(), &transaction, (None, None), at())
    };
    let (payment, refunds) = with_refunds(&[(6_000, true), (4_000, true)]);
    let meant = order(10_000).meant(&payment, &refunds);
    assert_eq!(meant, Meant::Nothing, "all that is known");
    let (payment, refunds) = with_refunds(&[(6_000, true)]);
    assert_eq!(order(6_000).meant(&payment, &refunds), Meant::Nothing);
    let meant = order(10_000).meant(&payment, &refunds);
    assert_eq!(meant, Meant::Foreign(Rupiah::new(4_000)));
    let (payment, refunds) = with_refunds(&[(6_000, true), (4_000, false)]);
    let meant = order(10_000).meant(&payment, &refunds);
    assert_eq!(meant, Meant::Known(&refunds[1]));
    let (payment, refunds) = with_refunds(&[(6_000, true), (1_000, false)]);
    assert_eq!(order(10_000).meant(&payment, &refunds), Meant::Unclear);
}

#[test]
fn a_failure_without_a_name_frees_nothing() {
    let (payment, refunds) = with_refunds(&[(4_000, false)]);
    let mut report = snap("4000.00", "");
    report.outcome.verdict = RefundVerdict::Failed(Failure::Declined);
    assert_eq!(report.meant(&payment, &refunds), Meant::Nothing);
}

#[test]
fn one_that_was_booked_without_a_name_may_be_the_one_that_is_named_now() {
    let (payment, mut refunds) = with_refunds(&[(4_000, true)]);
    refunds[0].origin = Origin::Gateway;
    let named = snap("4000.00", r#","refundNo":"77""#);
    assert_eq!(named.meant(&payment, &refunds), Meant::Unclear);
    refunds[0].refund_no = Some("76".to_owned());
    let meant = named.meant(&payment, &refunds);
    assert_eq!(meant, Meant::Foreign(Rupiah::new(4_000)));
}

#[test]
fn one_without_a_name_may_be_the_sum_of_several_that_are_named_now() {
    let (payment, mut refunds) = with_refunds(&[(5_000, true)]);
    refunds[0].origin = Origin::Gateway;
    let named = |amount: &str| snap(amount, r#","partnerRefundNo":"STAFF-1""#);
    for amount in ["1000.00", "4000.00", "5000.00"] {
        let meant = named(amount).meant(&payment, &refunds);
        assert_eq!(meant, Meant::Unclear, "{amount}");
    }
    refunds[0].refund_no = Some("STAFF-0".to_owned());
    let meant = named("1000.00").meant(&payment, &refunds);
    assert_eq!(meant, Meant::Foreign(Rupiah::new(1_000)));
}
