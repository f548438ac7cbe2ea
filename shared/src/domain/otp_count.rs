//! OTPs that a bank may have counted, so that we stop before it blocks the customer's card.

use sha2::{Digest, Sha256};

use super::channel::{Channel, Otp};
use super::ids::CustomerId;
use super::stored::Stored;
use crate::clock::Timestamp;

/// The OTPs given for one card, over all its linkings and payments; for one binding, where the card is
/// not known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpCount {
    /// Of what: see [`of_card`], or the id of a binding.
    pub name: String,
    /// Those that were not right, or are not known to have been.
    pub given: u8,
    /// When the bank has forgotten them; `None` where it never does.
    pub ends_at: Option<Timestamp>,
    /// The claim that brought the latest; empty where that one is not counted any more.
    pub latest: String,
    /// Counts writes, from 0 before the first: each write names the version it replaces.
    pub version: u64,
    /// The form in which the table holds it.
    pub stored: Stored,
}

/// What a card is known by again. Neither a new key nor another expiry makes it another card.
pub fn of_card(channel: &Channel, customer: &CustomerId, last_four: &str) -> String {
    let text = format!("{}|{}|{last_four}", channel.code, customer.as_str());
    hex::encode(Sha256::digest(text.as_bytes()))
}

impl OtpCount {
    /// Nothing counted yet.
    pub fn new(name: String) -> Self {
        Self {
            name,
            given: 0,
            ends_at: None,
            latest: String::new(),
            version: 0,
            stored: Stored::default(),
        }
    }

    /// OTPs that may still be given.
    pub fn left(&self, rules: Otp, now: Timestamp) -> u8 {
        rules.attempts.saturating_sub(self.counted(now))
    }

    /// Counts an OTP that is about to be sent and reaches the bank until `arrives_by` or not at all. All
    /// of them are forgotten together, after the time that the bank counts, from the last of them.
    pub fn add(&mut self, rules: Otp, claim: &str, now: Timestamp, arrives_by: Timestamp) {
        self.given = self.counted(now).saturating_add(1);
        self.ends_at = rules.counted_for.map(|window| arrives_by.plus(window));
        claim.clone_into(&mut self.latest);
    }

    /// Takes one back that did not reach the bank. False, and nothing changes, where others were counted
    /// since.
    pub fn take_back(&mut self, claim: &str) -> bool {
        self.undo(claim, self.given.saturating_sub(1))
    }

    /// Forgets them all, since this one was right. False, and nothing changes, where others were counted
    /// since: the bank may still count those.
    pub fn forgive(&mut self, claim: &str) -> bool {
        self.undo(claim, 0)
    }

    fn undo(&mut self, claim: &str, given: u8) -> bool {
        let latest = !claim.is_empty() && self.latest == claim;
        if latest {
            self.given = given;
            self.latest.clear();
        }
        latest
    }

    fn counted(&self, now: Timestamp) -> u8 {
        let over = self.ends_at.is_some_and(|end| now >= end);
        if over { 0 } else { self.given }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{BRI, BRI_ARCHIVED, MANDIRI};

    fn hour(n: i64) -> Timestamp {
        Timestamp::from_millis(n * 3_600_000)
    }

    fn counted(rules: Otp, hours: &[i64]) -> OtpCount {
        let mut count = OtpCount::new("card".to_owned());
        for (number, at) in hours.iter().enumerate() {
            count.add(rules, &number.to_string(), hour(*at), hour(*at));
        }
        count
    }

    #[test]
    fn attempts_come_back_a_day_after_the_last_otp() {
        let card = BRI_ARCHIVED.otp.unwrap();
        let table = [
            ("none yet", &[][..], 0, 4),
            ("some", &[0, 1], 1, 2),
            ("all", &[0, 1, 2, 3], 3, 0),
            ("a day after the first", &[0, 1, 2, 23], 25, 0),
            ("almost a day after the last", &[0, 0, 0, 23], 46, 0),
            ("a day after the last", &[0, 0, 0, 23], 47, 4),
            ("one more after that", &[0, 0, 0, 0, 24], 24, 3),
        ];
        for (why, hours, now, left) in table {
            assert_eq!(counted(card, hours).left(card, hour(now)), left, "{why}");
        }
        let account = MANDIRI.otp.unwrap();
        let kept = counted(account, &[0, 0]);
        assert_eq!(kept.left(account, hour(10_000)), 1, "never forgotten");
    }

    #[test]
    fn the_time_runs_from_when_an_otp_may_have_arrived_last() {
        let card = BRI_ARCHIVED.otp.unwrap();
        let mut count = OtpCount::new("card".to_owned());
        count.add(card, "a", hour(0), hour(1));
        assert_eq!(count.left(card, hour(24)), 3);
        assert_eq!(count.left(card, hour(25)), 4);
    }

    #[test]
    fn only_the_latest_otp_is_forgiven_or_taken_back() {
        let card = BRI_ARCHIVED.otp.unwrap();
        let start = counted(card, &[0, 0, 0]);
        for (why, claim, forgiven, taken_back) in [
            ("the latest", "2", 4, 2),
            ("one before others", "1", 1, 1),
            ("none", "", 1, 1),
        ] {
            let (mut right, mut unsent) = (start.clone(), start.clone());
            assert_eq!(right.forgive(claim), forgiven == 4, "{why}");
            assert_eq!(right.left(card, hour(0)), forgiven, "{why}");
            assert_eq!(unsent.take_back(claim), taken_back == 2, "{why}");
            assert_eq!(unsent.left(card, hour(0)), taken_back, "{why}");
            assert!(!right.forgive("") && !unsent.take_back(""), "{why}");
        }
        let mut twice = start;
        assert!(twice.take_back("2"));
        assert!(!twice.take_back("2"), "once");
    }

    #[test]
    fn a_card_is_its_channel_customer_and_digits() {
        let customer = |text: &str| CustomerId::parse(text).unwrap();
        let card = of_card(&BRI_ARCHIVED, &customer("cust-1"), "1234");
        assert_eq!(card.len(), 64);
        let other_path = of_card(&BRI, &customer("cust-1"), "1234");
        assert_eq!(card, other_path, "the same card on other paths");
        for (channel, id, digits) in [
            (&MANDIRI, "cust-1", "1234"),
            (&BRI, "cust-2", "1234"),
            (&BRI, "cust-1", "1235"),
        ] {
            assert_ne!(card, of_card(channel, &customer(id), digits), "{id}");
        }
    }
}
