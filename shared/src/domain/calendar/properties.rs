//! The calendar against rules that are written down a second time here, the slow way.

use jiff::tz::TimeZoneDatabase;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::tests::calendar;
use super::*;

/// Years of daylight saving north and south, by an hour and by half an hour; a moving one; a skipped
/// day; none at all.
const ZONES: [&str; 8] = [
    "Asia/Jakarta",
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "America/Santiago",
];

fn year_month_day(date: Date) -> (u32, u32, u32) {
    let text = date.to_string();
    let number = |range: std::ops::Range<usize>| text[range].parse().unwrap();
    (number(0..4), number(5..7), number(8..10))
}

fn month_number(date: Date) -> u32 {
    let (year, month, _) = year_month_day(date);
    year * 12 + month - 1
}

fn last_day(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether a date has the day that the month-end rule gives its month.
fn has_day(date: Date, anchor: u32) -> bool {
    let (year, month, day) = year_month_day(date);
    day == anchor.min(last_day(year, month))
}

fn starts() -> impl Strategy<Value = Date> {
    // From 2000 to 2250, so that a century on is over 2100, 2200 or 2300; and often at a month's end.
    let any_day = (0..250 * 365_i64).prop_map(|days| Date::from_days(days).unwrap());
    let month_end = (0..250 * 12_i64, 28..=31_i8)
        .prop_map(|(months, day)| Date::in_month(months, day).unwrap());
    prop_oneof![any_day, month_end]
}

fn intervals() -> impl Strategy<Value = Interval> {
    prop_oneof![
        (Just(Unit::Day), 1..=365_u16),
        (Just(Unit::Week), 1..=52_u16),
        (Just(Unit::Month), 1..=24_u16),
        (Just(Unit::Year), 1..=5_u16),
    ]
    .prop_map(|(unit, every)| Interval::new(unit, every).unwrap())
}

fn times() -> impl Strategy<Value = TimeOfDay> {
    // Clocks are mostly changed in the small hours.
    prop_oneof![(0..24_u8, 0..60_u8), (0..4_u8, 0..60_u8)]
        .prop_map(|(hour, minute)| TimeOfDay::parse(&format!("{hour:02}:{minute:02}")).unwrap())
}

fn zones() -> impl Strategy<Value = Zone> {
    select(&ZONES[..]).prop_map(|name| Zone::parse(name).unwrap())
}

/// Any calendar, half of them with an anchor where there may be one.
fn calendars() -> impl Strategy<Value = Calendar> {
    let anchor = option::of(0..31_u8);
    (starts(), anchor, intervals(), times(), zones()).prop_map(
        |(start, anchor, interval, time, zone)| {
            let anchor = match interval.unit {
                Unit::Day => None,
                Unit::Week => anchor.map(|anchor| anchor % 7 + 1),
                Unit::Month | Unit::Year => anchor.map(|anchor| anchor + 1),
            };
            Calendar::new(start, anchor, interval, time, zone).unwrap()
        },
    )
}

/// Every date from one on, one after the other.
fn days_from(start: Date) -> impl Iterator<Item = Date> {
    (start.days()..).map_while(Date::from_days)
}

proptest! {
    #[test]
    fn a_century_of_months_does_not_drift(
        start in starts(),
        anchor in option::of(1..=31_u8),
        every in 1..=24_u16,
    ) {
        let calendar = calendar(start, anchor, every, Unit::Month);
        let anchor = anchor.map_or(year_month_day(start).2, u32::from);
        let first = month_number(calendar.date(0).unwrap());
        for index in 0..=1200 / u32::from(every) {
            let date = calendar.date(index).unwrap();
            prop_assert_eq!(month_number(date) - first, index * u32::from(every), "{}", date);
            prop_assert!(has_day(date, anchor), "{}", date);
        }
    }

    #[test]
    fn centuries_of_years_do_not_drift(
        start in starts(),
        anchor in option::of(1..=31_u8),
        every in 1..=5_u16,
    ) {
        let calendar = calendar(start, anchor, every, Unit::Year);
        let anchor = anchor.map_or(year_month_day(start).2, u32::from);
        let (first_year, month, _) = year_month_day(calendar.date(0).unwrap());
        prop_assert_eq!(month, year_month_day(start).1);
        for index in 0..=500 / u32::from(every) {
            let date = calendar.date(index).unwrap();
            prop_assert_eq!(year_month_day(date).0 - first_year, index * u32::from(every));
            prop_assert_eq!(year_month_day(date).1, month);
            prop_assert!(has_day(date, anchor), "{}", date);
        }
    }

    #[test]
    fn an_anchor_of_31_is_the_end_of_every_month(start in starts()) {
        let calendar = calendar(start, Some(31), 1, Unit::Month);
        for index in 0..1200 {
            let (year, month, day) = year_month_day(calendar.date(index).unwrap());
            prop_assert_eq!(day, last_day(year, month));
        }
    }

    #[test]
    fn days_and_weeks_keep_their_distance(
        start in starts(),
        anchor in option::of(1..=7_u8),
        every in 1..=52_u16,
        weeks in any::<bool>(),
    ) {
        let (anchor, unit, days) = if weeks { (anchor, Unit::Week, 7) } else { (None, Unit::Day, 1) };
        let calendar = calendar(start, anchor, every, unit);
        let step = usize::from(every) * days;
        let first = calendar.date(0).unwrap();
        for (index, date) in (0..40).zip(days_from(first).step_by(step)) {
            prop_assert_eq!(calendar.date(index), Some(date));
        }
    }

    #[test]
    fn the_first_period_is_the_first_day_that_fits(calendar in calendars()) {
        let (start, unit) = (calendar.start(), calendar.interval().unit);
        let fits = |date: &Date| match (unit, calendar.anchor()) {
            (Unit::Day, _) | (_, None) => true,
            (Unit::Week, Some(anchor)) => {
                // 3 January 2000 was a Monday.
                (date.days() - 2).rem_euclid(7) == i64::from(anchor) - 1
            }
            (Unit::Month, Some(anchor)) => has_day(*date, anchor.into()),
            (Unit::Year, Some(anchor)) => {
                year_month_day(*date).1 == year_month_day(start).1 && has_day(*date, anchor.into())
            }
        };
        prop_assert_eq!(calendar.date(0), days_from(start).find(fits));
    }

    #[test]
    fn dates_ascend_and_know_their_index(calendar in calendars()) {
        for index in 0..200 {
            let (this, next) = (calendar.date(index).unwrap(), calendar.date(index + 1).unwrap());
            prop_assert!(this < next);
            prop_assert_eq!(calendar.index_of(this), Some(index));
        }
    }

    #[test]
    fn a_date_between_two_periods_has_no_index(calendar in calendars(), index in 0..500_u32) {
        let (this, next) = (calendar.date(index).unwrap(), calendar.date(index + 1).unwrap());
        for date in days_from(this).skip(1).take_while(|date| *date < next) {
            prop_assert_eq!(calendar.index_of(date), None, "{}", date);
        }
        let first = calendar.date(0).unwrap();
        for date in (0..first.days()).rev().take(2000).filter_map(Date::from_days) {
            prop_assert_eq!(calendar.index_of(date), None, "{}", date);
        }
    }

    #[test]
    fn in_jakarta_a_time_of_day_is_always_seven_hours_ahead(date in starts(), time in times()) {
        let interval = Interval::new(Unit::Day, 1).unwrap();
        let calendar = Calendar::new(date, None, interval, time, Zone::default()).unwrap();
        let due = calendar.due_at(date);
        prop_assert_eq!(due.rfc3339_west_indonesia(), format!("{date}T{time}:00+07:00"));
        prop_assert_eq!(calendar.today(due), date);
    }

    #[test]
    fn a_later_date_is_never_due_earlier(calendar in calendars(), date in starts()) {
        for (this, next) in days_from(date).zip(days_from(date).skip(1)).take(400) {
            prop_assert!(calendar.due_at(this) <= calendar.due_at(next), "{}", this);
        }
    }

    #[test]
    fn due_is_the_first_moment_at_which_the_date_and_time_are_reached(
        calendar in calendars(),
        date in starts(),
    ) {
        let rules = TimeZoneDatabase::bundled().get(calendar.zone().as_str()).unwrap();
        let shown = |millis| rules.to_datetime(jiff::Timestamp::from_millisecond(millis).unwrap());
        let reached = date.at(calendar.time().civil());
        let due = calendar.due_at(date);
        prop_assert!(shown(due.millis()) >= reached);
        prop_assert!(shown(due.millis() - 1) < reached);
        prop_assert_eq!(calendar.today(due).to_string(), shown(due.millis()).date().to_string());
    }

    #[test]
    fn first_and_last_are_what_is_due_around_a_moment(
        calendar in calendars(),
        // Five years each, these end before the dates do.
        index in 0..1500_u32,
        shift in prop_oneof![Just(-1_i64), Just(0), Just(1), -40_000_000_000..40_000_000_000_i64],
    ) {
        let due = |index| calendar.date(index).map(|date| calendar.due_at(date));
        let at = Timestamp::from_millis(due(index).unwrap().millis() + shift);

        let first = calendar.first_due_from(at).unwrap();
        prop_assert!(due(first) >= Some(at));
        prop_assert!(first == 0 || due(first - 1) < Some(at));

        match calendar.last_due_until(at) {
            Some(last) => prop_assert!(due(last) <= Some(at) && due(last + 1) > Some(at)),
            None => prop_assert!(due(0) > Some(at)),
        }
    }
}
