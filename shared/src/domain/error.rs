//! What is wrong with a value that came from outside: a field and a rule, never the value.

use std::borrow::Cow;

/// A rule that a text broke, such as "must not be empty". Whoever knows the field makes it a
/// [`FieldError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rule(pub &'static str);

/// A field that is wrong, and the rule it broke. Never holds the value.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("{field} {rule}")]
pub struct FieldError {
    /// Where: a path such as `items[2].price`, a header or a query parameter.
    pub field: String,
    /// What it has to be, such as "must not be empty".
    pub rule: &'static str,
    /// What may stand there instead, where that is a short list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Cow<'static, str>>,
}

impl FieldError {
    /// A field and the rule it broke.
    pub fn new<'a>(field: impl Into<Cow<'a, str>>, rule: &'static str) -> Self {
        Self {
            field: field.into().into_owned(),
            rule,
            alternatives: Vec::new(),
        }
    }

    /// With what may stand there instead.
    #[must_use]
    pub fn alternatives<T: Into<Cow<'static, str>>>(
        self,
        alternatives: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            alternatives: alternatives.into_iter().map(Into::into).collect(),
            ..self
        }
    }
}
