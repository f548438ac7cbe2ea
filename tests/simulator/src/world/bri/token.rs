//! A card of BRI's that a customer registered with the merchant.

/// One registered card of one customer.
#[derive(Debug, Clone)]
pub struct BriToken {
    /// Its key.
    pub id: String,
    /// The merchant's customer.
    pub customer_id: String,
    /// The card's number, masked.
    pub masked: String,
    /// Not deleted.
    pub active: bool,
}
