use super::*;
use crate::domain::payment::tests::at;
use crate::domain::refund::tests::{paid, refund_of};

/// A paid payment of 10,000 rupiah: `ours` was on its way when `booked` was booked without a name.
fn restored(ours: u64, booked: u64) -> (Payment, Vec<Refund>) {
    let mut payment = paid();
    let ours = refund_of(&mut payment, 1, ours);
    let mut nameless = refund_of(&mut payment, 2, booked);
    payment.reserved = ours.amount;
    payment.refunded = nameless.amount;
    nameless.origin = Origin::Gateway;
    nameless.adopted = true;
    nameless.status = MovementStatus::Succeeded;
    (payment, vec![ours, nameless])
}

#[test]
fn what_is_booked_of_a_refund_that_is_named_now() {
    let before = |ours, booked, amount| {
        let (payment, refunds) = restored(ours, booked);
        match booked_before(&payment, &refunds, Rupiah::new(amount)) {
            Before::Nothing => "nothing".to_owned(),
            Before::All => "all".to_owned(),
            Before::Part(part) => format!("{} of it", part.amount.whole()),
            Before::Unclear => "unclear".to_owned(),
        }
    };
    assert_eq!(before(4_000, 6_000, 10_000), "6000 of it");
    assert_eq!(before(4_000, 6_000, 6_000), "all");
    assert_eq!(before(4_000, 6_000, 3_000), "all", "a part of the sum");
    // Both have room: the same one, or another.
    assert_eq!(before(2_000, 1_000, 3_000), "unclear");
    assert_eq!(before(2_000, 1_000, 4_000), "nothing", "more than both");
}

#[test]
fn what_an_operator_stated_is_booked() {
    let mut payment = paid();
    payment.refunded = Rupiah::new(5_000);
    for (amount, wanted) in [(5_000, Before::All), (6_000, Before::Nothing)] {
        assert_eq!(booked_before(&payment, &[], Rupiah::new(amount)), wanted);
    }
}

#[test]
fn one_that_is_named_counts_with_its_amount() {
    let (payment, refunds) = restored(4_000, 6_000);
    let name = ("STAFF-1", Rupiah::new(10_000));
    let applied = refunds[1].named_in_full(&payment, name, at(9));
    assert_eq!(applied.refund.amount, Rupiah::new(10_000));
    assert_eq!(applied.refund.refund_no.as_deref(), Some("STAFF-1"));
    assert!(!applied.refund.is_nameless());
    assert_eq!(applied.payment.refunded, Rupiah::new(10_000));
    assert_eq!(applied.payment.reserved, Rupiah::new(4_000));
}
