//! Times in the forms that others write.

use super::Timestamp;

/// The zone of a time that states none: western Indonesia.
const WESTERN_INDONESIA: &str = "+07:00";

/// More digits of a second than any clock has.
const MOST_DIGITS: usize = 9;

impl Timestamp {
    /// Reads a date-time of RFC 3339, and what is close to one: an offset without its colon (`+0700`) or
    /// without minutes (`+07`), no zone at all (western Indonesian time), and any number of digits behind
    /// the second. `None` for anything else.
    pub fn parse_lenient(text: &str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        // `2026-11-20T01:15:30`
        let (moment, rest) = text.split_at_checked(19)?;
        // ISO 8601 has a comma or a point.
        let (digits, zone) = match rest.strip_prefix(['.', ',']) {
            None => ("", rest),
            Some(all) => {
                let end = all.find(|c: char| !c.is_ascii_digit());
                let (digits, zone) = all.split_at(end.unwrap_or(all.len()));
                if digits.is_empty() {
                    return None;
                }
                (digits, zone)
            }
        };
        let fraction = match digits.get(..MOST_DIGITS).unwrap_or(digits) {
            "" => String::new(),
            digits => format!(".{digits}"),
        };
        let zone = zone_of(zone)?;
        Self::parse_rfc3339(&format!("{moment}{fraction}{zone}"))
    }
}

/// An offset in the form of RFC 3339.
fn zone_of(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_signed = matches!(bytes.first(), Some(b'+' | b'-'));
    match bytes.len() {
        0 => Some(WESTERN_INDONESIA.to_owned()),
        3 if is_signed => Some(format!("{text}:00")),
        5 if is_signed => Some(format!("{}:{}", text.get(..3)?, text.get(3..)?)),
        _ => Some(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_of_one_moment() {
        let moment = Timestamp::parse_rfc3339("2026-11-20T01:15:30Z");
        let exactly = Timestamp::parse_rfc3339("2026-11-20T01:15:30.123Z");
        let table = [
            ("UTC", "2026-11-20T01:15:30Z", moment),
            ("an offset", "2026-11-20T08:15:30+07:00", moment),
            ("no colon", "2026-11-20T08:15:30+0700", moment),
            ("hours alone", "2026-11-20T08:15:30+07", moment),
            ("west of Greenwich", "2026-11-19T20:15:30-0500", moment),
            ("minus nothing", "2026-11-20T01:15:30-00:00", moment),
            ("no zone", "2026-11-20T08:15:30", moment),
            ("one digit", "2026-11-20T08:15:30.0", moment),
            ("milliseconds, no zone", "2026-11-20T08:15:30.123", exactly),
            ("behind a comma", "2026-11-20T08:15:30,123+07:00", exactly),
            ("nanoseconds", "2026-11-20T01:15:30.123999999Z", exactly),
            (
                "more digits than a clock has",
                "2026-11-20T08:15:30.123000000000000000+0700",
                exactly,
            ),
        ];
        let many = format!("2026-11-20T08:15:30.123{}+07:00", "0".repeat(300));
        let table = table
            .into_iter()
            .chain([("hundreds of digits", &*many, exactly)]);
        for (why, text, wanted) in table {
            assert!(wanted.is_some());
            assert_eq!(Timestamp::parse_lenient(text), wanted, "{why}");
        }
        for odd in [
            "",
            "2026-11-20",
            "2026-11-20T01:15:30.Z",
            "2026-11-20T01:15:30,Z",
            "2026-11-20T01:15:30.",
            "2026-02-30T01:15:30Z",
            "2026-11-20T01:15:30+7",
            "2026-11-20T01:15:30+07:0",
            "2026-11-20T01:15:30+07000",
            "2026-11-20T01:15:30 WIB",
            "2026-11-20T01:15:30+ab",
            "2026-11-20T01:15",
            "20261120011530",
            "yesterday",
            "２026-11-20T01:15:30Z",
        ] {
            assert_eq!(Timestamp::parse_lenient(odd), None, "{odd:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = Timestamp::parse_lenient(&text);
        }

        #[test]
        fn what_is_written_reads_back(millis in 0i64..4_000_000_000_000) {
            let moment = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse_lenient(&moment.rfc3339_millis()), Some(moment));
        }
    }
}
