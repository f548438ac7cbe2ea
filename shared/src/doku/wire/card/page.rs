pub const PATH: &str = "/credit-card/v1/payment-page";
pub struct PageOrder<'a> {
    pub order: &'a crate::domain::card::CardOrder,
    pub reference: &'a crate::domain::ids::Reference,
    pub amount: crate::domain::money::Rupiah,
    pub items: &'a [crate::domain::card::Item],
    pub callback_url: Option<String>,
    pub failed_url: Option<String>,
}
pub fn request(_: &PageOrder<'_>) -> Vec<u8> {
    vec![]
}
pub struct Opened {
    pub url: Option<String>,
    pub session_id: Option<String>,
}
pub fn read(_: &[u8]) -> Opened {
    Opened {
        url: None,
        session_id: None,
    }
}
