//! Durations as ISO 8601 writes them.

use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Reads `P1D`, `PT90M`, `P1W`, `P1DT2H`: weeks, days, hours, minutes, seconds, in this order, whole
/// numbers. `None` for anything else; months and years have no length of their own.
pub fn parse(text: &str) -> Option<Duration> {
    let units = text.strip_prefix('P')?;
    let (date, time) = match units.split_once('T') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (units, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let date = sum(date, &[('W', 7 * DAY), ('D', DAY)])?;
    let time = sum(time, &[('H', HOUR), ('M', MINUTE), ('S', 1)])?;
    date.checked_add(time).map(Duration::from_secs)
}

/// The seconds of numbers with these units behind them, each unit at most once.
fn sum(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut total = 0_u64;
    for (unit, seconds) in units {
        let Some((number, rest)) = text.split_once(*unit) else {
            continue;
        };
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.parse::<u64>().ok().filter(|_| is_number)?;
        total = total.checked_add(number.checked_mul(*seconds)?)?;
        text = rest;
    }
    text.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let table = [
            ("a day", "P1D", Some(DAY)),
            ("weeks", "P2W", Some(14 * DAY)),
            ("minutes", "PT90M", Some(90 * MINUTE)),
            (
                "several",
                "P1DT2H3M4S",
                Some(DAY + 2 * HOUR + 3 * MINUTE + 4),
            ),
            ("nothing of something", "PT0S", Some(0)),
            ("nothing", "P", None),
            ("no time after T", "P1DT", None),
            ("a month has no length", "P1M", None),
            ("minutes before the T", "P5M1D", None),
            ("the wrong order", "PT1M1H", None),
            ("no number", "PD", None),
            ("a sign", "P+1D", None),
            ("a fraction", "PT1.5S", None),
            ("no P", "1D", None),
            ("too long", "P99999999999999999999D", None),
            ("too long by far", "P18446744073709551615W", None),
        ];
        for (why, text, seconds) in table {
            assert_eq!(
                parse(text),
                seconds.map(Duration::from_secs),
                "{why}: {text}"
            );
        }
    }
}
