//! What customers' accounts hold, and every movement.

use std::collections::HashMap;

use doku_shared::clock::Timestamp;
use serde::{Deserialize, Serialize};

use super::declines::{Debited, Decline, Declines};
use crate::channel::Channel;
use crate::money::Amount;

/// One debit of a customer's account. Two for one payment are a double charge.
#[derive(Debug, Clone)]
pub struct Charge {
    /// The payment: its `partnerReferenceNo`, or its invoice number.
    pub partner_reference_no: String,
    /// `SALE`, or `RECURRING` for one of a series.
    pub kind: &'static str,
    /// By which token of BRI's, if by any.
    pub token_id: Option<String>,
    /// Its channel.
    pub channel: &'static Channel,
    /// Whose account.
    pub cust_id: String,
    /// How much.
    pub amount: Amount,
    /// When.
    pub at: Timestamp,
}

/// One row of a balance answer, as a test wants it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Holding {
    /// E.g. `CASH`.
    pub balance_type: String,
    /// The amount's text, not checked.
    pub amount: String,
    /// Likewise; `0.00` unless said otherwise.
    #[serde(default = "nothing")]
    pub flat_amount: String,
    /// Likewise.
    #[serde(default = "nothing")]
    pub hold_amount: String,
}

fn nothing() -> String {
    Amount::ZERO.to_string()
}

/// The accounts of all customers. One that was never told apart by channel pays in all of them.
#[derive(Debug, Clone)]
pub struct Accounts {
    default_balance: Amount,
    balances: HashMap<String, Amount>,
    by_channel: HashMap<(&'static str, String), Amount>,
    holdings: HashMap<(&'static str, String), Vec<Holding>>,
    charges: Vec<Charge>,
    /// Debits that the banks are ordered to refuse.
    pub declines: Declines,
}

impl Accounts {
    /// Accounts that hold `default_balance` rupiah until told otherwise.
    pub fn new(default_balance: u64) -> Self {
        Self {
            default_balance: Amount::rupiah(default_balance),
            balances: HashMap::new(),
            by_channel: HashMap::new(),
            holdings: HashMap::new(),
            charges: Vec::new(),
            declines: Declines::default(),
        }
    }

    /// What the customer's account at that channel holds.
    pub fn balance(&self, channel: &Channel, cust_id: &str) -> Amount {
        let own = self.by_channel.get(&(channel.code, cust_id.to_owned()));
        own.or_else(|| self.balances.get(cust_id))
            .copied()
            .unwrap_or(self.default_balance)
    }

    /// Puts the balance to that amount, for all channels that have none of their own.
    pub fn set(&mut self, cust_id: &str, balance: Amount) {
        self.balances.insert(cust_id.to_owned(), balance);
    }

    /// Puts the balance at one channel to that amount.
    pub fn set_at(&mut self, channel: &Channel, cust_id: &str, balance: Amount) {
        self.by_channel
            .insert((channel.code, cust_id.to_owned()), balance);
    }

    /// Has the balance inquiry of one channel answer these rows.
    pub fn hold(&mut self, channel: &Channel, cust_id: &str, rows: Vec<Holding>) {
        self.holdings
            .insert((channel.code, cust_id.to_owned()), rows);
    }

    /// What a balance inquiry answers: the rows that were ordered, else the balance in the first
    /// of the channel's types and nothing in the others.
    pub fn holdings(&self, channel: &Channel, cust_id: &str) -> Vec<Holding> {
        if let Some(ordered) = self.holdings.get(&(channel.code, cust_id.to_owned())) {
            return ordered.clone();
        }
        let mut balance = Some(self.balance(channel, cust_id));
        let rows = channel.balances.iter().map(|kind| Holding {
            balance_type: (*kind).to_owned(),
            amount: balance.take().unwrap_or(Amount::ZERO).to_string(),
            flat_amount: nothing(),
            hold_amount: nothing(),
        });
        rows.collect()
    }

    /// Debits the account, unless the bank refuses by order or the account holds too little.
    pub fn charge(&mut self, charge: Charge) -> Result<(), Decline> {
        let debited = Debited {
            cust_id_merchant: Some(charge.cust_id.clone()),
            channel: Some(charge.channel.code.to_owned()),
            token_id: charge.token_id.clone(),
        };
        if let Some(decline) = self.declines.take(&debited) {
            return Err(decline);
        }
        let balance = self.balance(charge.channel, &charge.cust_id);
        let left = balance.minus(charge.amount);
        let left = left.ok_or(Decline::InsufficientFunds)?;
        self.put(charge.channel, &charge.cust_id, left);
        self.charges.push(charge);
        Ok(())
    }

    /// Gives money back.
    pub fn credit(&mut self, channel: &Channel, cust_id: &str, amount: Amount) {
        if let Some(sum) = self.balance(channel, cust_id).plus(amount) {
            self.put(channel, cust_id, sum);
        }
    }

    /// Changes the account that is in use: the channel's own if there is one.
    fn put(&mut self, channel: &Channel, cust_id: &str, balance: Amount) {
        match self.by_channel.get_mut(&(channel.code, cust_id.to_owned())) {
            Some(own) => *own = balance,
            None => self.set(cust_id, balance),
        }
    }

    /// Every debit, oldest first.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }
}
