//! The non-SNAP family's frame: signed lines, `{"error": …}`, and answers that are signed too.

pub mod answer;
pub mod signing;
