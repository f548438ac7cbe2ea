pub const PATH: &str = "/credit-card/capture";
pub fn request(_: &str, _: crate::domain::money::Rupiah) -> Vec<u8> {
    vec![]
}
pub struct Captured {
    pub status: Option<String>,
    pub response_code: Option<String>,
}
pub fn read(_: &[u8]) -> Captured {
    Captured {
        status: None,
        response_code: None,
    }
}
