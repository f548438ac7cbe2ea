//! The formats of the document, as the standards that JSON Schema names for them have it.

use std::net::Ipv4Addr;

use url::Url;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 3339, `full-date`.
    Date,
    /// RFC 3339, `date-time`.
    DateTime,
    /// RFC 5321, `Mailbox`.
    Email,
    /// RFC 2673, dotted quad.
    Ipv4,
    /// RFC 3986, with a scheme.
    Uri,
}

impl Format {
    /// The format of that name; none where it is not known.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "email" => Self::Email,
            "ipv4" => Self::Ipv4,
            "uri" => Self::Uri,
            _ => return None,
        })
    }

    /// Whether a text has this format.
    pub fn takes(self, text: &str) -> bool {
        match self {
            Self::Date => is_date(text),
            Self::DateTime => is_date_time(text).unwrap_or(false),
            Self::Email => is_email(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Uri => is_uri(text),
        }
    }
}

/// The digits of a text of exactly so many of them.
fn digits(text: &str, count: usize) -> Option<u32> {
    let good = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten()
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut part = |count| digits(parts.next()?, count);
    let (Some(year), Some(month), Some(day)) = (part(4), part(2), part(2)) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_date_time(text: &str) -> Option<bool> {
    let date = text.get(..10)?;
    let after = text.get(10..)?.strip_prefix(['T', 't'])?;
    let (time, rest) = (after.get(..8)?, after.get(8..)?);
    let mut parts = time.splitn(3, ':');
    let mut part = || digits(parts.next()?, 2);
    let (hour, minute, second) = (part()?, part()?, part()?);
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == fraction.len() {
                return None;
            }
            zone
        }
        None => rest,
    };
    let zone = match rest {
        "Z" | "z" => true,
        offset => {
            let (hours, minutes) = offset.strip_prefix(['+', '-'])?.split_once(':')?;
            digits(hours, 2)? < 24 && digits(minutes, 2)? < 60
        }
    };
    Some(is_date(date) && hour < 24 && minute < 60 && second <= 60 && zone)
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let atom = |part: &str| {
        let takes = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
        !part.is_empty() && part.bytes().all(takes)
    };
    let label = |part: &str| {
        let takes = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        (1..=63).contains(&part.len())
            && part.bytes().all(takes)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    local.len() <= 64 && local.split('.').all(atom) && domain.split('.').all(label)
}

fn is_uri(text: &str) -> bool {
    let takes = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
    let bytes = text.as_bytes();
    let encoded = bytes.iter().enumerate().all(|(at, byte)| {
        let hex = |offset: usize| bytes.get(at + offset).is_some_and(u8::is_ascii_hexdigit);
        *byte != b'%' || (hex(1) && hex(2))
    });
    let one_fragment = text.bytes().filter(|b| *b == b'#').count() <= 1;
    let brackets = text.split_once("://").is_none_or(|(_, rest)| {
        let after = rest.find(['/', '?', '#']).map_or("", |at| &rest[at..]);
        !after.contains(['[', ']'])
    });
    bytes.iter().all(|b| takes(*b))
        && encoded
        && one_fragment
        && brackets
        && Url::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_take_what_their_standards_do() {
        let table = [
            (Format::Date, "2024-02-29", true),
            (Format::Date, "2023-02-29", false),
            (Format::Date, "2023-2-9", false),
            (Format::Date, "2023-00-10", false),
            (Format::DateTime, "2026-11-20T01:15:30Z", true),
            (Format::DateTime, "2026-11-20t01:15:30.123+07:00", true),
            (Format::DateTime, "2026-11-20T01:15:30.Z", false),
            (Format::DateTime, "2026-11-20 01:15:30Z", false),
            (Format::DateTime, "2026-11-20T24:00:00Z", false),
            (Format::DateTime, "2026-11-20T01:15:30", false),
            (Format::Email, "a.b+c@shop.example", true),
            (Format::Email, "a..b@shop.example", false),
            (Format::Email, "a@-shop.example", false),
            (Format::Email, "a b@shop.example", false),
            (Format::Ipv4, "203.0.113.10", true),
            (Format::Ipv4, "203.0.113.010", false),
            (Format::Uri, "https://shop.example/a?b=c#d", true),
            (Format::Uri, "https://shop.example/a b", false),
            (Format::Uri, "https://shop.example/%zz", false),
            (Format::Uri, "/paid", false),
        ];
        for (format, text, expected) in table {
            assert_eq!(format.takes(text), expected, "{format:?} {text:?}");
        }
    }
}
