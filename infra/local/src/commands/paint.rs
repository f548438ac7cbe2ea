//! Colour when the output is a terminal, plain text otherwise.

use std::fmt::{Display, Write as _};
use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

/// Whether to colour.
#[derive(Debug, Clone, Copy)]
pub struct Paint(bool);

impl Paint {
    /// Colour for a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
    pub fn for_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self(std::io::stdout().is_terminal() && !unwanted)
    }

    fn styled(self, style: Style, text: impl Display) -> String {
        if self.0 {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }

    /// A heading.
    pub fn title(self, text: impl Display) -> String {
        self.styled(Style::new().bold(), text)
    }

    /// What matters less.
    pub fn dim(self, text: impl Display) -> String {
        self.styled(Style::new().dimmed(), text)
    }

    /// What was sent.
    pub fn sent(self, text: impl Display) -> String {
        self.styled(AnsiColor::Cyan.on_default(), text)
    }

    /// What is as it should be.
    pub fn good(self, text: impl Display) -> String {
        self.styled(AnsiColor::Green.on_default(), text)
    }

    /// What is not.
    pub fn bad(self, text: impl Display) -> String {
        self.styled(AnsiColor::Red.on_default(), text)
    }

    /// Pretty JSON, indented by `indent` spaces, with long texts shortened.
    pub fn json(self, value: &Value, indent: usize) -> String {
        let pretty = serde_json::to_string_pretty(&shortened(value)).unwrap_or_default();
        let mut text = String::new();
        for line in pretty.lines() {
            let bare = line.trim_start();
            let space = indent + line.len() - bare.len();
            let painted = match bare.split_once("\": ") {
                Some((key, rest)) if bare.starts_with('"') => {
                    format!(
                        "{} {rest}",
                        self.styled(AnsiColor::Blue.on_default(), format!("{key}\":"))
                    )
                }
                _ => bare.to_owned(),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{:space$}{painted}", "");
        }
        text.trim_end_matches('\n').to_owned()
    }
}

/// Longer texts than this are shown by their beginning.
const LONGEST_TEXT: usize = 160;

fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > LONGEST_TEXT => Value::from(format!(
            "{}…",
            text.chars().take(LONGEST_TEXT).collect::<String>()
        )),
        Value::Array(items) => items.iter().map(shortened).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), shortened(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// A token by its first characters and its length.
pub fn short_token(token: &str) -> String {
    let start: String = token.chars().take(12).collect();
    format!("{start}… ({} characters)", token.len())
}
