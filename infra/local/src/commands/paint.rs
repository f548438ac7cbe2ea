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

    /// JSON laid out for people, indented by `indent` spaces: a member a line, what is small in one
    /// line, and long texts shortened.
    pub fn json(self, value: &Value, indent: usize) -> String {
        let pretty = laid_out(&shortened(value), 0);
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

/// Members that fit into so many columns stand in one line.
const LINE: usize = 90;

fn laid_out(value: &Value, space: usize) -> String {
    let line = in_a_line(value);
    if space > 0 && line.chars().count() <= LINE {
        return line;
    }
    let inner = space + 2;
    let (open, members, close) = match value {
        Value::Object(fields) => {
            let member =
                |(name, value)| format!("{}: {}", Value::from(name), laid_out(value, inner));
            let members: Vec<_> = fields
                .iter()
                .map(|(n, v)| member((n.as_str(), v)))
                .collect();
            ('{', members, '}')
        }
        Value::Array(items) => {
            let members = items.iter().map(|item| laid_out(item, inner)).collect();
            ('[', members, ']')
        }
        _ => return line,
    };
    if members.is_empty() {
        return line;
    }
    let between = format!(",\n{:inner$}", "");
    format!(
        "{open}\n{:inner$}{}\n{:space$}{close}",
        "",
        members.join(&between),
        ""
    )
}

fn in_a_line(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let members = fields.iter().map(|(name, value)| {
                format!("{}: {}", Value::from(name.as_str()), in_a_line(value))
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let members: Vec<_> = items.iter().map(in_a_line).collect();
            format!("[{}]", members.join(", "))
        }
        other => other.to_string(),
    }
}

/// A token by its first characters and its length.
pub fn short_token(token: &str) -> String {
    let start: String = token.chars().take(12).collect();
    format!("{start}… ({} characters)", token.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_small_stands_in_one_line() {
        let value = json!({
            "amount": {"currency": "IDR", "value": "10000.00"},
            "items": [],
            "links": [{"url": "x".repeat(75)}, {"url": "y".repeat(75)}],
            "status": "paid",
        });
        let text = laid_out(&value, 0);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(
            text.contains("\n  \"amount\": {\"currency\": \"IDR\", \"value\": \"10000.00\"},\n")
        );
        assert!(text.contains("\n  \"items\": [],\n"));
        assert!(text.contains("\n    {\"url\": \"yy"));
    }
}
