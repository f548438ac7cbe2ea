//! The cards a customer can pay with, as data. A new card is a new row.

/// What the bank says to a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Takes it.
    Approve,
    /// Asks the holder first, on a page of its own; then takes it.
    Challenge,
    /// Refuses, with `response_code` and `response_message`.
    Decline(&'static str, &'static str),
}

/// One card.
#[derive(Debug, PartialEq, Eq)]
pub struct TestCard {
    /// What the admin API calls it.
    pub name: &'static str,
    /// The whole number. Only the pages show it, so that it can be typed.
    pub number: &'static str,
    /// `card_payment.brand`.
    pub brand: &'static str,
    /// `card_payment.issuer`.
    pub issuer: &'static str,
    /// `card_payment.card_type`.
    pub kind: &'static str,
    /// Country of the issuer.
    pub country: &'static str,
    /// What the bank says.
    pub verdict: Verdict,
}

/// Every card. All numbers pass the Luhn check, and none belongs to anybody.
pub const TEST_CARDS: &[TestCard] = &[
    TestCard {
        name: "approve",
        number: "4111111111111111",
        brand: "VISA",
        issuer: "BANK EXAMPLE",
        kind: "CREDIT",
        country: "ID",
        verdict: Verdict::Approve,
    },
    TestCard {
        name: "mastercard",
        number: "5555555555554444",
        brand: "MASTERCARD",
        issuer: "BANK CONTOH",
        kind: "CREDIT",
        country: "ID",
        verdict: Verdict::Approve,
    },
    TestCard {
        name: "debit",
        number: "4000056655665556",
        brand: "VISA",
        issuer: "BANK CONTOH",
        kind: "DEBIT",
        country: "SG",
        verdict: Verdict::Approve,
    },
    TestCard {
        name: "challenge",
        number: "4000000000003220",
        brand: "VISA",
        issuer: "BANK EXAMPLE",
        kind: "CREDIT",
        country: "ID",
        verdict: Verdict::Challenge,
    },
    TestCard {
        name: "decline",
        number: "4000000000000002",
        brand: "VISA",
        issuer: "BANK EXAMPLE",
        kind: "CREDIT",
        country: "ID",
        verdict: Verdict::Decline("05", "DO NOT HONOUR"),
    },
    TestCard {
        name: "insufficient",
        number: "4000000000009995",
        brand: "VISA",
        issuer: "BANK EXAMPLE",
        kind: "CREDIT",
        country: "ID",
        verdict: Verdict::Decline("51", "INSUFFICIENT FUNDS"),
    },
    TestCard {
        name: "expired",
        number: "4000000000000069",
        brand: "VISA",
        issuer: "BANK EXAMPLE",
        kind: "CREDIT",
        country: "ID",
        verdict: Verdict::Decline("54", "EXPIRED CARD"),
    },
    TestCard {
        name: "unavailable",
        number: "4000000000000119",
        brand: "VISA",
        issuer: "BANK EXAMPLE",
        kind: "CREDIT",
        country: "ID",
        verdict: Verdict::Decline("91", "ISSUER UNAVAILABLE"),
    },
];

impl TestCard {
    /// By what the admin API calls it, or by its number.
    pub fn find(name_or_number: &str) -> Option<&'static Self> {
        TEST_CARDS
            .iter()
            .find(|card| card.name == name_or_number || card.number == name_or_number)
    }

    /// `411111******1111`: what may be shown and stored.
    pub fn masked(&self) -> String {
        let last = self.number.len().saturating_sub(4);
        self.number
            .chars()
            .enumerate()
            .map(|(place, digit)| {
                if place < 6 || place >= last {
                    digit
                } else {
                    '*'
                }
            })
            .collect()
    }

    /// The first six digits.
    pub fn bin(&self) -> &'static str {
        self.number.get(..6).unwrap_or(self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luhn(number: &str) -> bool {
        let sum: u32 = number
            .bytes()
            .rev()
            .enumerate()
            .map(|(place, digit)| {
                let digit = u32::from(digit - b'0');
                match (place % 2, digit * 2) {
                    (0, _) => digit,
                    (_, double) if double > 9 => double - 9,
                    (_, double) => double,
                }
            })
            .sum();
        sum.is_multiple_of(10)
    }

    #[test]
    fn the_cards_are_well_formed_and_told_apart() {
        for card in TEST_CARDS {
            assert!(luhn(card.number), "{}", card.name);
            assert_eq!(TestCard::find(card.name), Some(card));
            assert_eq!(TestCard::find(card.number), Some(card));
        }
        assert_eq!(TEST_CARDS[0].masked(), "411111******1111");
        assert_eq!(TEST_CARDS[0].bin(), "411111");
    }
}
