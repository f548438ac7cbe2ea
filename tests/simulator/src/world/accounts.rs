//! What customers' accounts hold, and every movement.

use std::collections::HashMap;

use doku_shared::clock::Timestamp;

use crate::money::Amount;

/// One debit of a customer's account. Two for one payment are a double charge.
#[derive(Debug, Clone)]
pub struct Charge {
    /// The payment.
    pub partner_reference_no: String,
    /// Whose account.
    pub cust_id: String,
    /// How much.
    pub amount: Amount,
    /// When.
    pub at: Timestamp,
}

/// The accounts of all customers.
#[derive(Debug)]
pub struct Accounts {
    default_balance: Amount,
    balances: HashMap<String, Amount>,
    charges: Vec<Charge>,
}

impl Accounts {
    /// Accounts that hold `default_balance` rupiah until told otherwise.
    pub fn new(default_balance: u64) -> Self {
        Self {
            default_balance: Amount::rupiah(default_balance),
            balances: HashMap::new(),
            charges: Vec::new(),
        }
    }

    /// What the customer's account holds.
    pub fn balance(&self, cust_id: &str) -> Amount {
        self.balances
            .get(cust_id)
            .copied()
            .unwrap_or(self.default_balance)
    }

    /// Puts the balance to that amount.
    pub fn set(&mut self, cust_id: &str, balance: Amount) {
        self.balances.insert(cust_id.to_owned(), balance);
    }

    /// Debits the account; false when it holds too little.
    pub fn charge(&mut self, charge: Charge) -> bool {
        let Some(left) = self.balance(&charge.cust_id).minus(charge.amount) else {
            return false;
        };
        self.set(&charge.cust_id, left);
        self.charges.push(charge);
        true
    }

    /// Gives money back.
    pub fn credit(&mut self, cust_id: &str, amount: Amount) {
        if let Some(sum) = self.balance(cust_id).plus(amount) {
            self.set(cust_id, sum);
        }
    }

    /// Every debit, oldest first.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }
}
