//! Words of items that this release does not know, because a newer one wrote them.
//!
//! What is done about money depends on such words, so an item that has one is left alone: it is read to
//! be shown and for nothing else.

use crate::telemetry;

use super::StoreError;

/// A word that this release does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    /// The attribute, by its path within the item.
    pub place: &'static str,
    /// The word, as stored.
    pub word: String,
}

/// What an item stands for, perhaps with words that are not known, in whose place are others that do no
/// harm when they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown<T> {
    value: T,
    unknown: Vec<UnknownWord>,
}

impl<T> Shown<T> {
    /// A value and the words of it that are not known.
    pub(super) const fn new(value: T, unknown: Vec<UnknownWord>) -> Self {
        Self { value, unknown }
    }

    /// The value to be shown, and for nothing else.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// The words that are not known.
    pub fn unknown(&self) -> &[UnknownWord] {
        &self.unknown
    }

    /// The value to work with: an error where a word is not known, which is counted, so that an operator
    /// hears of it.
    pub fn known(self) -> Result<T, StoreError> {
        match self.unknown.first() {
            None => Ok(self.value),
            Some(unknown) => Err(newer_version(unknown.place)),
        }
    }
}

/// Reads words, and notes those that are not known.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<UnknownWord>);

impl Words {
    /// What the word means; `instead` where that is not known.
    pub fn read<T>(&mut self, place: &'static str, word: &str, known: Option<T>, instead: T) -> T {
        known.unwrap_or_else(|| {
            self.note(place, word);
            instead
        })
    }

    /// What the word means, if there is one.
    pub fn optional<T>(
        &mut self,
        place: &'static str,
        word: Option<&str>,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let word = word?;
        let known = parse(word);
        if known.is_none() {
            self.note(place, word);
        }
        known
    }

    fn note(&mut self, place: &'static str, word: &str) {
        let word = word.to_owned();
        self.0.push(UnknownWord { place, word });
    }

    /// The words that are not known.
    pub fn unknown(self) -> Vec<UnknownWord> {
        self.0
    }
}

/// The error for an item that a newer release wrote; counted, so that an operator hears of it.
pub(super) fn newer_version(place: &'static str) -> StoreError {
    telemetry::count("NewerVersion", 1);
    StoreError::NewerVersion(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_not_known_is_noted_with_its_place() {
        let mut words = Words::default();
        assert_eq!(words.read("a", "one", Some(1), 0), 1);
        assert_eq!(words.optional("b", None, |_| None::<u8>), None);
        assert_eq!(words.read("c", "two", None, 0), 0);
        assert_eq!(words.optional("d", Some("three"), |_| None::<u8>), None);
        let unknown = words.unknown();
        let found: Vec<_> = unknown.iter().map(|it| (it.place, &*it.word)).collect();
        assert_eq!(found, [("c", "two"), ("d", "three")]);
        let blocked = Shown::new((), unknown).known();
        assert!(matches!(blocked, Err(StoreError::NewerVersion("c"))));
        assert!(Shown::new((), Vec::new()).known().is_ok());
    }
}
