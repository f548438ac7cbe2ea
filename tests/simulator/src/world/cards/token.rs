//! A saved card.

use crate::test_cards::TestCard;

/// One saved card of one customer.
#[derive(Debug, Clone)]
pub struct CardToken {
    /// Its key.
    pub id: String,
    /// The merchant's customer.
    pub customer_id: String,
    /// The card.
    pub card: &'static TestCard,
    /// Name on the card.
    pub holder: String,
    /// `MMYY`.
    pub expiry: String,
    /// Not deleted.
    pub active: bool,
}
