pub const PATH: &str = "/cancellation/credit-card/refund";
pub fn request(
    _: &crate::domain::ids::Reference,
    _: &crate::domain::ids::ExternalId,
    _: crate::domain::money::Rupiah,
) -> Vec<u8> {
    vec![]
}
pub struct Refunded {
    pub status: Option<String>,
    pub kind: Option<String>,
    pub amount: Option<crate::domain::money::StatedAmount>,
}
pub fn read(_: &[u8]) -> Refunded {
    Refunded {
        status: None,
        kind: None,
        amount: None,
    }
}
