//! The calendar on days that somebody looked up.

use super::*;

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// At nine in Jakarta.
pub(super) fn calendar(start: Date, anchor: Option<u8>, every: u16, unit: Unit) -> Calendar {
    let interval = Interval::new(unit, every).unwrap();
    Calendar::new(start, anchor, interval, TimeOfDay::DEFAULT, Zone::default()).unwrap()
}

/// A calendar and the dates that it begins with.
type Row = (&'static str, &'static str, Option<u8>, u16, &'static str);

fn begins(unit: Unit, table: &[Row]) {
    for &(why, start, anchor, every, wanted) in table {
        let calendar = calendar(date(start), anchor, every, unit);
        for (index, wanted) in (0..).zip(wanted.split(' ')) {
            assert_eq!(calendar.date(index), Some(date(wanted)), "{why}: {index}");
        }
    }
}

#[test]
fn days_begin_at_the_start() {
    begins(
        Unit::Day,
        &[
            (
                "every day",
                "2026-12-30",
                None,
                1,
                "2026-12-30 2026-12-31 2027-01-01",
            ),
            (
                "every ten",
                "2026-02-20",
                None,
                10,
                "2026-02-20 2026-03-02 2026-03-12",
            ),
        ],
    );
}

#[test]
fn weeks_begin_at_the_first_such_weekday() {
    // The start is a Thursday.
    begins(
        Unit::Week,
        &[
            (
                "its own",
                "2026-12-31",
                None,
                1,
                "2026-12-31 2027-01-07 2027-01-14",
            ),
            (
                "its own, said",
                "2026-12-31",
                Some(4),
                2,
                "2026-12-31 2027-01-14 2027-01-28",
            ),
            (
                "a later one",
                "2026-12-31",
                Some(7),
                2,
                "2027-01-03 2027-01-17 2027-01-31",
            ),
            (
                "an earlier one",
                "2026-12-31",
                Some(3),
                3,
                "2027-01-06 2027-01-27 2027-02-17",
            ),
        ],
    );
}

#[test]
fn months_begin_in_the_first_that_has_the_day_to_come() {
    begins(
        Unit::Month,
        &[
            (
                "the start's",
                "2026-11-20",
                None,
                1,
                "2026-11-20 2026-12-20 2027-01-20",
            ),
            (
                "it still comes",
                "2026-11-20",
                Some(25),
                1,
                "2026-11-25 2026-12-25 2027-01-25",
            ),
            (
                "it has been",
                "2026-11-20",
                Some(5),
                1,
                "2026-12-05 2027-01-05 2027-02-05",
            ),
            (
                "it has been, and quarters",
                "2026-11-20",
                Some(5),
                3,
                "2026-12-05 2027-03-05 2027-06-05",
            ),
            (
                "an end that is today",
                "2027-02-28",
                Some(31),
                1,
                "2027-02-28 2027-03-31 2027-04-30",
            ),
            (
                "an end that is tomorrow",
                "2028-02-28",
                Some(30),
                1,
                "2028-02-29 2028-03-30 2028-04-30",
            ),
        ],
    );
}

#[test]
fn months_end_short_and_come_back() {
    begins(
        Unit::Month,
        &[
            (
                "31",
                "2027-01-31",
                None,
                1,
                "2027-01-31 2027-02-28 2027-03-31 2027-04-30 2027-05-31",
            ),
            (
                "30",
                "2027-01-30",
                None,
                1,
                "2027-01-30 2027-02-28 2027-03-30 2027-04-30 2027-05-30",
            ),
            (
                "a leap year",
                "2028-01-31",
                None,
                1,
                "2028-01-31 2028-02-29 2028-03-31",
            ),
            (
                "over New Year",
                "2026-10-31",
                None,
                4,
                "2026-10-31 2027-02-28 2027-06-30 2027-10-31",
            ),
            (
                "a February a year",
                "2027-02-28",
                Some(29),
                12,
                "2027-02-28 2028-02-29 2029-02-28",
            ),
        ],
    );
}

#[test]
fn years_keep_the_month_of_the_start() {
    begins(
        Unit::Year,
        &[
            (
                "the start's day",
                "2026-11-20",
                None,
                2,
                "2026-11-20 2028-11-20 2030-11-20",
            ),
            (
                "it still comes",
                "2026-11-20",
                Some(30),
                1,
                "2026-11-30 2027-11-30",
            ),
            (
                "it has been",
                "2026-11-20",
                Some(1),
                5,
                "2027-11-01 2032-11-01",
            ),
            (
                "the end of February",
                "2027-02-28",
                Some(31),
                1,
                "2027-02-28 2028-02-29 2029-02-28",
            ),
            (
                "the 28th has been",
                "2028-02-29",
                Some(28),
                1,
                "2029-02-28 2030-02-28",
            ),
        ],
    );
}

#[test]
fn the_29th_of_february_comes_back_in_leap_years() {
    begins(
        Unit::Year,
        &[
            (
                "each",
                "2024-02-29",
                None,
                1,
                "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29",
            ),
            (
                "2000 has one",
                "2000-02-29",
                None,
                4,
                "2000-02-29 2004-02-29",
            ),
            (
                "2100 has none",
                "2096-02-29",
                None,
                4,
                "2096-02-29 2100-02-28 2104-02-29",
            ),
            (
                "2400 has one",
                "2396-02-29",
                None,
                4,
                "2396-02-29 2400-02-29 2404-02-29",
            ),
        ],
    );
}

#[test]
fn an_anchor_suits_its_unit() {
    use Unit::{Day, Month, Week, Year};
    let table = [
        ("days have none", Day, 1, false),
        ("Monday", Week, 1, true),
        ("Sunday", Week, 7, true),
        ("no weekday", Week, 0, false),
        ("an eighth weekday", Week, 8, false),
        ("the first", Month, 1, true),
        ("the last", Month, 31, true),
        ("no day", Month, 0, false),
        ("a 32nd", Month, 32, false),
        ("the last, of years", Year, 31, true),
        ("no day, of years", Year, 0, false),
        ("more than a signed byte", Year, 255, false),
    ];
    for (why, unit, anchor, good) in table {
        let made = Calendar::new(
            Date::MIN,
            Some(anchor),
            Interval { unit, every: 1 },
            TimeOfDay::DEFAULT,
            Zone::default(),
        );
        let wrong = made.err().unwrap_or_default();
        let fields: Vec<_> = wrong.iter().map(|error| error.field.as_str()).collect();
        let wanted: &[&str] = if good { &[] } else { &["anchorDay"] };
        assert_eq!(fields, wanted, "{why}");
    }
}

#[test]
fn everything_wrong_is_named_at_once() {
    let interval = Interval {
        unit: Unit::Week,
        every: 0,
    };
    let wrong = Calendar::new(
        Date::MIN,
        Some(8),
        interval,
        TimeOfDay::DEFAULT,
        Zone::default(),
    )
    .unwrap_err();
    let fields: Vec<_> = wrong.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["interval.every", "anchorDay"]);
}

#[test]
fn a_calendar_gives_back_what_it_was_made_of() {
    let interval = Interval::new(Unit::Month, 3).unwrap();
    let time = TimeOfDay::parse("18:45").unwrap();
    let zone = Zone::parse("Asia/Jayapura").unwrap();
    let start = date("2026-11-20");
    let calendar = Calendar::new(start, Some(31), interval, time, zone.clone()).unwrap();
    assert_eq!(calendar.start(), start);
    assert_eq!(calendar.anchor(), Some(31));
    assert_eq!(calendar.interval(), interval);
    assert_eq!(calendar.time(), time);
    assert_eq!(calendar.zone(), &zone);
}

#[test]
fn nothing_is_after_the_last_year() {
    use Unit::{Day, Month, Week, Year};
    let table = [
        ("the last day", "9999-12-31", None, Day, Some(0)),
        ("two days", "9999-12-30", None, Day, Some(1)),
        ("no Monday any more", "9999-12-31", Some(1), Week, None),
        ("the last month", "9999-11-30", Some(31), Month, Some(1)),
        ("no first any more", "9999-12-02", Some(1), Month, None),
        ("the last year", "9998-02-28", Some(31), Year, Some(1)),
        (
            "from the first day on",
            "2000-01-01",
            None,
            Day,
            Some(2_921_939),
        ),
    ];
    for (why, start, anchor, unit, last) in table {
        let calendar = calendar(date(start), anchor, 1, unit);
        let end = Timestamp::from_millis(i64::MAX);
        assert_eq!(calendar.last_due_until(end), last, "{why}");
        assert_eq!(calendar.first_due_from(end), None, "{why}");
        assert_eq!(calendar.date(u32::MAX), None, "{why}");
        let first = last.map(|_| 0);
        assert_eq!(
            calendar.first_due_from(moment("2000-01-01T00:00:00Z")),
            first,
            "{why}"
        );
    }
}

#[test]
fn what_is_due_changes_at_the_time_of_day() {
    let calendar = calendar(date("2027-01-31"), None, 1, Unit::Month);
    let table = [
        (
            "before the first",
            "2027-01-31T08:59:59.999+07:00",
            None,
            Some(0),
        ),
        (
            "at the first",
            "2027-01-31T09:00:00+07:00",
            Some(0),
            Some(0),
        ),
        (
            "after the first",
            "2027-01-31T09:00:00.001+07:00",
            Some(0),
            Some(1),
        ),
        (
            "just before the second",
            "2027-02-28T08:59:59.999+07:00",
            Some(0),
            Some(1),
        ),
        ("at the second", "2027-02-28T02:00:00Z", Some(1), Some(1)),
        (
            "a century later",
            "2127-01-31T10:00:00+07:00",
            Some(1200),
            Some(1201),
        ),
        ("long before", "0000-01-01T00:00:00Z", None, Some(0)),
    ];
    for (why, at, last, first) in table {
        let at = moment(at);
        assert_eq!(calendar.last_due_until(at), last, "{why}");
        assert_eq!(calendar.first_due_from(at), first, "{why}");
    }
}
