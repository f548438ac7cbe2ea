use crate::domain::card::{CardTokenId, SavedCard};
use crate::domain::ids::CustomerId;
pub const LIST_PATH: &str = "/tokenization/v2/get-token";
pub const V2_DELETE_PATH: &str = "";
pub const OLD_DELETE_PATH: &str = "";
pub fn list_request(_: &CustomerId) -> Vec<u8> {
    vec![]
}
pub fn read_list(_: &[u8]) -> Result<Vec<SavedCard>, ()> {
    Err(())
}
pub fn v2_delete_request(_: &CardTokenId) -> Vec<u8> {
    vec![]
}
pub fn old_delete_request(_: &CustomerId, _: &CardTokenId) -> Vec<u8> {
    vec![]
}
pub fn read_v2_deleted(_: &[u8]) -> bool {
    false
}
pub fn read_old_deleted(_: &[u8]) -> bool {
    false
}
