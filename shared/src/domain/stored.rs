//! What the table holds of a value, kept beside the value for its next write.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The stored form of a value, as it was last read or written. Only the store knows what it is: with
/// it, a write changes the attributes that changed and leaves the others, also those of a newer release,
/// as they are.
///
/// Clones share one form, as they stand for one item of the table. It is no part of what the value is:
/// any two are equal.
#[derive(Clone, Default)]
pub struct Stored(Arc<Mutex<Option<Arc<dyn Any + Send + Sync>>>>);

impl Stored {
    /// The form, if there is one and it is a `T`.
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let form = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        form.clone()?.downcast().ok()
    }

    /// Notes the form that the table holds now.
    pub fn set<T: Any + Send + Sync>(&self, form: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(form));
    }
}

impl PartialEq for Stored {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Stored {}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stored")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_what_is_stored_and_all_are_equal() {
        let (first, other) = (Stored::default(), Stored::default());
        let clone = first.clone();
        first.set(7_u8);
        assert_eq!(clone.get::<u8>().as_deref(), Some(&7));
        assert_eq!(clone.get::<u16>(), None);
        assert_eq!(other.get::<u8>(), None);
        assert_eq!(first, other);
    }
}
