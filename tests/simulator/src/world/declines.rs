//! Banks that refuse to debit an account, by order.

use serde::{Deserialize, Serialize};

use crate::answer::Refusal;

/// Why a bank refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decline {
    /// The account holds too little.
    #[default]
    InsufficientFunds,
    /// The bank does not say.
    DoNotHonour,
    /// More than the account may pay at once.
    OverTheLimit,
    /// The card is blocked.
    CardBlocked,
    /// The card is past its date.
    CardExpired,
    /// The account is closed or asleep.
    InactiveAccount,
}

impl Decline {
    /// The refusal in the words of SNAP.
    pub fn refusal(self) -> Refusal {
        let (case, message) = match self {
            Self::InsufficientFunds => ("14", "Insufficient Funds"),
            Self::DoNotHonour => ("05", "Do Not Honor"),
            Self::OverTheLimit => ("02", "Exceeds Transaction Amount Limit"),
            Self::CardBlocked => ("07", "Card Blocked"),
            Self::CardExpired => ("08", "Card Expired"),
            Self::InactiveAccount => ("18", "Inactive Card/Account/Customer"),
        };
        Refusal::new(403, case, message)
    }
}

/// Whose account, of which channel, by which token of BRI's: every part named has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Debited {
    /// The merchant's customer.
    pub cust_id_merchant: Option<String>,
    /// The channel's code.
    pub channel: Option<String>,
    /// A token of BRI's.
    pub token_id: Option<String>,
}

impl Debited {
    fn covers(&self, other: &Self) -> bool {
        let fits =
            |named: &Option<String>, other: &Option<String>| named.is_none() || named == other;
        fits(&self.cust_id_merchant, &other.cust_id_merchant)
            && fits(&self.channel, &other.channel)
            && fits(&self.token_id, &other.token_id)
    }
}

/// One order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Which debits it refuses.
    #[serde(flatten)]
    pub of: Debited,
    /// How many more; none until it is taken back.
    pub times: Option<u32>,
    /// Why.
    pub reason: Decline,
}

/// What is ordered and not used up, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Declines(Vec<Order>);

impl Declines {
    /// Takes an order in place of an older one about the same. One of no times only takes the
    /// older one back.
    pub fn order(&mut self, order: Order) {
        self.0.retain(|older| older.of != order.of);
        if order.times != Some(0) {
            self.0.push(order);
        }
    }

    /// Takes all orders back.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that wait.
    pub fn all(&self) -> &[Order] {
        &self.0
    }

    /// Uses the oldest order that a debit falls under, once; none when the bank does as asked.
    pub fn take(&mut self, debited: &Debited) -> Option<Decline> {
        let place = self.0.iter().position(|order| order.of.covers(debited))?;
        let order = self.0.get_mut(place)?;
        let reason = order.reason;
        if let Some(times) = &mut order.times {
            *times -= 1;
            if *times == 0 {
                self.0.remove(place);
            }
        }
        Some(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(customer: Option<&str>, channel: Option<&str>, token: Option<&str>) -> Debited {
        Debited {
            cust_id_merchant: customer.map(str::to_owned),
            channel: channel.map(str::to_owned),
            token_id: token.map(str::to_owned),
        }
    }

    fn declines(of: Debited, times: Option<u32>) -> Declines {
        let mut declines = Declines::default();
        let reason = Decline::CardExpired;
        declines.order(Order { of, times, reason });
        declines
    }

    #[test]
    fn an_order_covers_what_it_names() {
        let debit = of(Some("c"), Some("X"), Some("t"));
        let table = [
            ("the customer", of(Some("c"), None, None), true),
            ("another customer", of(Some("d"), None, None), false),
            ("at that channel", of(Some("c"), Some("X"), None), true),
            ("at another channel", of(Some("c"), Some("Y"), None), false),
            ("the token", of(None, None, Some("t")), true),
            ("another token", of(Some("c"), None, Some("u")), false),
        ];
        for (why, named, covered) in table {
            let taken = declines(named, None).take(&debit);
            assert_eq!(taken.is_some(), covered, "{why}");
        }
    }

    #[test]
    fn an_order_is_used_up_or_taken_back() {
        let customer = || of(Some("c"), None, None);
        let mut twice = declines(customer(), Some(2));
        let seen = [(); 3].map(|()| twice.take(&customer()).is_some());
        assert_eq!(seen, [true, true, false]);

        let mut always = declines(customer(), None);
        assert_eq!(always.take(&customer()), Some(Decline::CardExpired));
        always.order(Order {
            of: customer(),
            times: Some(0),
            reason: Decline::default(),
        });
        assert_eq!(always.take(&customer()), None);
    }
}
