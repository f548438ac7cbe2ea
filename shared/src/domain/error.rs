//! What can be wrong with a value somebody sent.

/// The rule that a value breaks, in words that fit behind a field's name ("must not be empty").
/// It never repeats the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule(pub &'static str);

/// One wrong field: its path (`items[2].price`) and the rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {rule}")]
pub struct FieldError {
    /// Path of the field from the top of the body, or the name of a header or parameter.
    pub field: String,
    /// The rule, as in [`Rule`].
    pub rule: &'static str,
}
