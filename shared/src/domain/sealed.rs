//! Bytes that were encrypted before they were stored.

use std::fmt;

/// Ciphertext, with the id of its key inside. Opening it is `crate::seal`'s business.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}
