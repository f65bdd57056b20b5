//! Until when something is to be done: the day that words mean, seen from the day on which they were spoken, where the speaker is.

use aside_protocol::time::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};

use crate::domain::assignment::day;

/// The day of a moment where somebody is; UTC for who named no zone.
pub fn day_of(at: Timestamp, zone: Option<&str>) -> Date {
    let zone = zone.map(TimeZone::get).and_then(Result::ok);
    let zone = zone.unwrap_or(TimeZone::UTC);
    let at = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
    at.to_zoned_datetime(zone).date()
}

const WEEKDAYS: &[(&str, &str, Weekday)] = &[
    ("monday", "montag", Weekday::Monday),
    ("tuesday", "dienstag", Weekday::Tuesday),
    ("wednesday", "mittwoch", Weekday::Wednesday),
    ("thursday", "donnerstag", Weekday::Thursday),
    ("friday", "freitag", Weekday::Friday),
    ("saturday", "samstag", Weekday::Saturday),
    ("sunday", "sonntag", Weekday::Sunday),
];

/// The day that `said` means where it was spoken on `spoken`; none where that cannot be said for sure. A day before that one is none:
/// models that cannot count write such.
pub fn due(said: &str, spoken: Date) -> Option<Date> {
    let said = said.trim().to_lowercase();
    if let Ok(date) = day(said.get(..10).unwrap_or(&said)) {
        return (date >= spoken).then_some(date);
    }
    let has = |phrases: &[&str]| phrases.iter().any(|it| said.contains(it));
    let later = |span: Span| spoken.checked_add(span).ok();
    if has(&["day after tomorrow", "übermorgen"]) {
        return later(2.days());
    }
    if has(&["tomorrow", "morgen"]) && !has(&["morgens"]) {
        return later(1.day());
    }
    if has(&["today", "tonight", "heute"]) {
        return Some(spoken);
    }
    if has(&[
        "end of the month",
        "end of month",
        "monatsende",
        "ende des monats",
    ]) {
        return Some(spoken.last_of_month());
    }
    let week = has(&[
        "next week",
        "nächste woche",
        "nächster woche",
        "kommende woche",
    ]);
    if has(&[
        "end of the week",
        "end of week",
        "ende der woche",
        "wochenende",
    ]) {
        let friday = on_or_after(spoken, Weekday::Friday)?;
        return if week {
            friday.checked_add(7.days()).ok()
        } else {
            Some(friday)
        };
    }
    if let Some((_, _, weekday)) = WEEKDAYS
        .iter()
        .find(|(english, german, _)| said.contains(english) || said.contains(german))
    {
        // On a Friday, "until Friday" means the one to come.
        let first = on_or_after(spoken.tomorrow().ok()?, *weekday)?;
        let this_week = first.iso_week_date().week() == spoken.iso_week_date().week();
        return if week && this_week {
            first.checked_add(7.days()).ok()
        } else {
            Some(first)
        };
    }
    if week {
        return on_or_after(spoken, Weekday::Friday)?
            .checked_add(7.days())
            .ok();
    }
    in_so_many(&said).and_then(later)
}

fn on_or_after(from: Date, weekday: Weekday) -> Option<Date> {
    let days = i64::from(from.weekday().until(weekday));
    from.checked_add(days.days()).ok()
}

/// `in 3 days`, `in 2 Wochen`.
fn in_so_many(said: &str) -> Option<Span> {
    let mut words = said.split_whitespace().skip_while(|it| *it != "in").skip(1);
    let count = match words.next()? {
        "a" | "one" | "einem" | "einer" => 1,
        "two" | "zwei" => 2,
        "three" | "drei" => 3,
        "four" | "vier" => 4,
        number => number
            .parse::<i64>()
            .ok()
            .filter(|it| (1..=400).contains(it))?,
    };
    let unit = words.next()?;
    let is = |names: &[&str]| names.iter().any(|it| unit.starts_with(it));
    if is(&["day", "tag"]) {
        Some(count.days())
    } else if is(&["week", "woche"]) {
        Some((count * 7).days())
    } else if is(&["month", "monat"]) {
        Some(count.months())
    } else {
        None
    }
}
