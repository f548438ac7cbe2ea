//! The patterns of the document: ECMA-262 as far as they use it.

use fastrand::Rng;
use regex_lite::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

/// What `\s` is in ECMA-262, for a class of characters.
const BLANKS: &str = r"\t\n\x0b\x0c\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";
/// How often something is repeated at most, where the pattern has no limit.
const MANY: u32 = 12;

/// A pattern that texts can be compared with and drawn from.
pub struct Pattern {
    matching: Regex,
    /// What a text must not match, from a negative lookahead at the beginning.
    except: Option<Regex>,
    form: Hir,
    begins_anywhere: bool,
    ends_anywhere: bool,
}

impl Pattern {
    /// Reads a pattern.
    pub fn new(text: &str) -> Result<Self, String> {
        let (except, rest) = match text.strip_prefix("^(?!") {
            Some(after) => {
                let (except, rest) = after.split_once(')').ok_or("a lookahead without end")?;
                (Some(format!("^(?:{except})")), format!("^{rest}"))
            }
            None => (None, text.to_owned()),
        };
        let compile =
            |text: &str| Regex::new(&with_blanks(text)).map_err(|error| format!("{text}: {error}"));
        let form = regex_syntax::parse(&with_blanks(&rest)).map_err(|error| error.to_string())?;
        Ok(Self {
            matching: compile(&rest)?,
            except: except.as_deref().map(compile).transpose()?,
            form,
            begins_anywhere: !rest.starts_with('^'),
            ends_anywhere: !rest.ends_with('$'),
        })
    }

    /// Whether a text matches.
    pub fn is_match(&self, text: &str) -> bool {
        let excluded = self.except.as_ref().is_some_and(|it| it.is_match(text));
        !excluded && self.matching.is_match(text)
    }

    /// A text of about so many characters, which need not be valid if the pattern wants another number of them.
    pub fn draw(&self, rng: &mut Rng, length: usize) -> String {
        let mut text = String::new();
        if self.begins_anywhere {
            text.extend((0..rng.usize(..=length / 2)).map(|_| any_char(rng)));
        }
        let room = length.saturating_sub(text.chars().count());
        fill(
            &self.form,
            rng,
            u32::try_from(room).unwrap_or(MANY),
            &mut text,
        );
        if self.ends_anywhere {
            let room = length.saturating_sub(text.chars().count());
            text.extend((0..rng.usize(..=room)).map(|_| any_char(rng)));
        }
        text
    }
}

/// `\S` and `\s` as ECMA-262 has them, whatever the engine makes of them.
fn with_blanks(pattern: &str) -> String {
    let mut text = String::new();
    let (mut in_class, mut characters) = (false, pattern.chars());
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('s') if in_class => text.push_str(BLANKS),
                Some('s') => text.extend(["[", BLANKS, "]"]),
                Some('S') => text.extend(["[^", BLANKS, "]"]),
                Some('/') => text.push('/'),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
            other => {
                in_class = (in_class || other == '[') && other != ']';
                text.push(other);
            }
        }
    }
    text
}

fn any_char(rng: &mut Rng) -> char {
    *rng.choice("abcXYZ019 -_.éß中".chars().collect::<Vec<_>>().iter())
        .unwrap_or(&'a')
}

fn fill(form: &Hir, rng: &mut Rng, room: u32, text: &mut String) {
    match form.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.extend(of_class(class, rng)),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or_else(|| repetition.min.max(room));
            let most = most.min(repetition.min.max(room));
            for _ in 0..rng.u32(repetition.min..=most) {
                fill(&repetition.sub, rng, MANY, text);
            }
        }
        HirKind::Capture(capture) => fill(&capture.sub, rng, room, text),
        HirKind::Concat(parts) => {
            for part in parts {
                fill(part, rng, room, text);
            }
        }
        HirKind::Alternation(choices) => {
            if let Some(choice) = rng.choice(choices) {
                fill(choice, rng, room, text);
            }
        }
    }
}

/// One of a class's characters, nearly always a printable one of ASCII where it has some.
fn of_class(class: &Class, rng: &mut Rng) -> Option<char> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => class
            .iter()
            .map(|r| (r.start().into(), r.end().into()))
            .collect(),
        Class::Bytes(class) => class
            .iter()
            .map(|r| (r.start().into(), r.end().into()))
            .collect(),
    };
    let printable = |&(start, end): &(u32, u32)| (start.max(0x20), end.min(0x7e));
    let plain: Vec<(u32, u32)> = ranges
        .iter()
        .map(printable)
        .filter(|(start, end)| start <= end)
        .collect();
    let usual = !plain.is_empty() && rng.u8(..20) > 0;
    let (start, end) = *rng.choice(if usual { &plain } else { &ranges })?;
    char::from_u32(rng.u32(start..=end)).or_else(|| char::from_u32(start))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn texts_match_as_in_ecma_262() {
        let table = [
            (r"\S", "\u{a0}\u{3000} ", false),
            (r"\S", " x", true),
            (r"\S", "\u{200b}", true),
            (r"^(?!\.{1,2}$)[A-Za-z0-9._-]+$", "..", false),
            (r"^(?!\.{1,2}$)[A-Za-z0-9._-]+$", "...", true),
            (r"^(?!\.{1,2}$)[A-Za-z0-9._-]+$", ".a", true),
            (r"^https://[^#?\s]*$", "https://a\u{2003}b", false),
            (r"^[\x20-\x2b\x2d-\x7e]+$", "a,b", false),
            (r"^[\x20-\x2b\x2d-\x7e]+$", "a\"b", true),
            (r"^[0-9]{4}$", "１２３４", false),
            (r"^[0-9]{4}$", "1234\n", false),
        ];
        for (pattern, text, expected) in table {
            let read = Pattern::new(pattern).unwrap();
            assert_eq!(read.is_match(text), expected, "{pattern} {text:?}");
        }
    }

    #[test]
    fn what_is_drawn_matches() {
        let mut rng = Rng::with_seed(1);
        for pattern in [
            r"^(0|[1-9][0-9]{0,12})\.00$",
            r"^[A-Za-z][A-Za-z0-9+.-]*://[^\s\\]*$",
            r"\S",
            r"^bnd_[0-7][0-9A-HJKMNP-TV-Z]{25}$",
            r"^[A-Za-z0-9+/]+={0,2}\|[A-Za-z0-9+/]{22}==$",
        ] {
            let read = Pattern::new(pattern).unwrap();
            for length in [1, 5, 40] {
                let text = read.draw(&mut rng, length);
                assert!(read.is_match(&text), "{pattern} {text:?}");
            }
        }
    }
}
