//! The schedule against a clock that is watched minute by minute: 200 cases and more, around both daylight-saving nights, in zones from
//! one end of the earth to the other.

use std::collections::BTreeMap;

use aside_protocol::time::Timestamp;
use aside_server::domain::notice::Kind;
use aside_server::domain::notice_settings::{
    Due, Later, NoticeSettings, Pace, Quiet, Way, later, zone_of,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;

const DAY_MINUTES: u16 = 24 * 60;

fn at(text: &str) -> Timestamp {
    let at: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_micros(at.as_microsecond())
}

const MINUTE: i64 = 60_000_000;

/// What a clock in the zone shows.
fn wall(zone: &TimeZone, micros: i64) -> (Date, u16) {
    let local = zone.to_datetime(jiff::Timestamp::from_microsecond(micros).unwrap());
    let minutes = i16::from(local.hour()) * 60 + i16::from(local.minute());
    (local.date(), u16::try_from(minutes).unwrap())
}

/// Whether the person is to be left alone then.
fn is_closed(settings: &NoticeSettings, zone: &TimeZone, micros: i64) -> bool {
    let (date, minutes) = wall(zone, micros);
    let weekday = date.weekday().to_monday_zero_offset();
    let off = !settings.days[usize::try_from(weekday).unwrap()];
    let quiet = settings.quiet.is_some_and(|quiet| {
        // Counted out, not compared: each minute of the quiet hours.
        let mut minute = quiet.from;
        loop {
            if minute == minutes {
                return true;
            }
            minute = (minute + 1) % DAY_MINUTES;
            if minute == quiet.to {
                return false;
            }
        }
    });
    off || quiet
}

/// What the server says.
fn due(settings: &NoticeSettings, pace: Pace, zone: &str, now: Timestamp) -> Option<Due> {
    let mut settings = settings.clone();
    settings.kinds = BTreeMap::from([("answer".to_owned(), pace)]);
    settings.check().unwrap();
    settings.due(Way::Mail, Kind::Answer, Some(zone), now)
}

/// The same, by looking at a clock every minute.
fn watched(
    settings: &NoticeSettings,
    pace: Pace,
    zone: &TimeZone,
    now: Timestamp,
) -> Option<Timestamp> {
    let now = now.micros();
    let next_minute = now - now.rem_euclid(MINUTE) + MINUTE;
    let ticks = || (0..14 * 24 * 60).map(|n| next_minute + n * MINUTE);
    let wanted = match pace {
        Pace::Never => return None,
        Pace::AtOnce => now + 30_000_000,
        Pace::Hourly => ticks().find(|at| wall(zone, *at).1.is_multiple_of(60))?,
        Pace::Daily => {
            // The first minute of a day at which the clock has reached the hour.
            let mut before = wall(zone, now - 26 * 60 * MINUTE);
            let begin = next_minute - 26 * 60 * MINUTE;
            let mut reached: Option<Date> = None;
            let mut n = begin;
            loop {
                let (date, minutes) = wall(zone, n);
                if date != before.0 {
                    before = (date, 0);
                }
                if minutes >= settings.daily_at && reached != Some(date) {
                    reached = Some(date);
                    let weekday = date.weekday().to_monday_zero_offset();
                    if n > now && settings.days[usize::try_from(weekday).unwrap()] {
                        return Some(Timestamp::from_micros(n));
                    }
                }
                n += MINUTE;
                assert!(n < now + 20 * 24 * 60 * MINUTE, "no day was found");
            }
        }
    };
    if !is_closed(settings, zone, wanted) {
        return Some(Timestamp::from_micros(wanted));
    }
    let from = wanted - wanted.rem_euclid(MINUTE) + MINUTE;
    let found = (0..14 * 24 * 60)
        .map(|n| from + n * MINUTE)
        .find(|at| !is_closed(settings, zone, *at));
    found.map(Timestamp::from_micros)
}

/// Zones at both ends of the earth, with half hours, quarters, changes at midnight, of half an hour, and in the south.
const ZONES: [&str; 9] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Santiago",
];

/// Ordinary days, and the nights around changes in Berlin, New York, Lord Howe, Cairo and Santiago.
const MOMENTS: [&str; 11] = [
    "2026-01-01T00:00:00Z",
    "2026-01-02T16:59:45Z",
    "2026-03-28T22:10:00Z",
    "2026-03-29T00:59:40Z",
    "2026-03-29T01:00:00Z",
    "2026-10-24T23:30:00Z",
    "2026-10-25T00:30:10Z",
    "2026-10-25T01:15:00Z",
    "2026-03-08T06:45:00Z",
    "2026-04-04T14:40:00Z",
    "2026-04-23T21:30:00Z",
];

fn ways() -> Vec<NoticeSettings> {
    let weekdays = [true, true, true, true, true, false, false];
    let quiet = |from, to| Some(Quiet { from, to });
    let plain = NoticeSettings::default();
    vec![
        plain.clone(),
        NoticeSettings {
            quiet: quiet(20 * 60, 8 * 60),
            ..plain.clone()
        },
        NoticeSettings {
            quiet: quiet(60, 2 * 60 + 30),
            daily_at: 2 * 60 + 30,
            days: weekdays,
            ..plain.clone()
        },
        NoticeSettings {
            quiet: quiet(12 * 60, 13 * 60 + 15),
            daily_at: 0,
            days: [false, false, false, false, false, false, true],
            ..plain
        },
    ]
}

#[test]
fn the_schedule_is_what_a_clock_shows_that_is_watched_minute_by_minute() {
    let mut cases = 0;
    for name in ZONES {
        let zone = TimeZone::get(name).unwrap();
        for moment in MOMENTS {
            for settings in ways() {
                for pace in [Pace::AtOnce, Pace::Hourly, Pace::Daily] {
                    let now = at(moment);
                    let found = due(&settings, pace, name, now).map(|it| it.at);
                    let expected = watched(&settings, pace, &zone, now);
                    assert_eq!(
                        found.map(|it| it.micros() - now.micros()),
                        expected.map(|it| it.micros() - now.micros()),
                        "{name} {moment} {pace:?} {settings:?}"
                    );
                    cases += 1;
                }
            }
        }
    }
    assert!(cases >= 200, "{cases}");
}

fn due_at(settings: &NoticeSettings, pace: Pace, zone: &str, now: &str) -> String {
    let found = due(settings, pace, zone, at(now)).unwrap();
    let at = jiff::Timestamp::from_microsecond(found.at.micros()).unwrap();
    at.to_string()
}

#[test]
fn the_table_of_written_cases() {
    let plain = NoticeSettings::default();
    let night = NoticeSettings {
        quiet: Some(Quiet {
            from: 20 * 60,
            to: 8 * 60,
        }),
        days: [true, true, true, true, true, false, false],
        ..plain.clone()
    };
    let early = NoticeSettings {
        daily_at: 2 * 60 + 30,
        ..plain.clone()
    };
    let table = [
        // Nine o'clock: summer and winter in Berlin, and as far east and west as clocks go.
        (
            &plain,
            Pace::Daily,
            "Europe/Berlin",
            "2026-07-01T08:00:00Z",
            "2026-07-02T07:00:00Z",
        ),
        (
            &plain,
            Pace::Daily,
            "Europe/Berlin",
            "2026-12-01T07:59:59Z",
            "2026-12-01T08:00:00Z",
        ),
        (
            &plain,
            Pace::Daily,
            "Pacific/Kiritimati",
            "2026-07-01T18:59:00Z",
            "2026-07-01T19:00:00Z",
        ),
        (
            &plain,
            Pace::Daily,
            "Etc/GMT+12",
            "2026-07-01T20:00:00Z",
            "2026-07-01T21:00:00Z",
        ),
        // The clock goes from 02:00 to 03:00: 02:30 is 03:00 that night.
        (
            &early,
            Pace::Daily,
            "Europe/Berlin",
            "2026-03-28T22:00:00Z",
            "2026-03-29T01:00:00Z",
        ),
        // It shows 02:30 twice: the first counts, and the second is no second mail.
        (
            &early,
            Pace::Daily,
            "Europe/Berlin",
            "2026-10-24T22:00:00Z",
            "2026-10-25T00:30:00Z",
        ),
        (
            &early,
            Pace::Daily,
            "Europe/Berlin",
            "2026-10-25T00:30:00Z",
            "2026-10-26T01:30:00Z",
        ),
        // Quiet from eight to eight, and a weekend.
        (
            &night,
            Pace::AtOnce,
            "Europe/Berlin",
            "2026-07-01T18:30:00Z",
            "2026-07-02T06:00:00Z",
        ),
        (
            &night,
            Pace::AtOnce,
            "Europe/Berlin",
            "2026-07-01T12:00:00Z",
            "2026-07-01T12:00:30Z",
        ),
        (
            &night,
            Pace::AtOnce,
            "Europe/Berlin",
            "2026-07-03T18:30:00Z",
            "2026-07-06T06:00:00Z",
        ),
        (
            &night,
            Pace::Hourly,
            "Asia/Kathmandu",
            "2026-07-01T06:20:00Z",
            "2026-07-01T07:15:00Z",
        ),
    ];
    for (settings, pace, zone, now, expected) in table {
        assert_eq!(
            due_at(settings, pace, zone, now),
            expected,
            "{zone} {now} {pace:?}"
        );
    }
    assert_eq!(
        due(&plain, Pace::Never, "UTC", at("2026-01-01T00:00:00Z")),
        None
    );
}

#[test]
fn what_is_held_back_or_bundled_goes_together() {
    let night = NoticeSettings {
        quiet: Some(Quiet { from: 0, to: 480 }),
        ..NoticeSettings::default()
    };
    let together = |pace, now| {
        let found = due(&night, pace, "UTC", at(now)).unwrap();
        found.together
    };
    assert!(!together(Pace::AtOnce, "2026-01-01T12:00:00Z"));
    assert!(together(Pace::AtOnce, "2026-01-01T03:00:00Z"));
    assert!(together(Pace::Hourly, "2026-01-01T12:00:00Z"));
}

#[test]
fn later_is_nine_o_clock_where_its_person_is() {
    let table = [
        (
            Later::Tomorrow,
            "Europe/Berlin",
            "2026-03-28T12:00:00Z",
            "2026-03-29T07:00:00Z",
        ),
        (
            Later::Tomorrow,
            "Pacific/Kiritimati",
            "2026-07-01T11:00:00Z",
            "2026-07-02T19:00:00Z",
        ),
        (
            Later::Monday,
            "Europe/Berlin",
            "2026-07-05T21:59:00Z",
            "2026-07-06T07:00:00Z",
        ),
        (
            Later::Monday,
            "Europe/Berlin",
            "2026-07-05T22:00:00Z",
            "2026-07-13T07:00:00Z",
        ),
    ];
    for (wish, zone, now, expected) in table {
        let zone = TimeZone::get(zone).unwrap();
        assert_eq!(
            later(wish, &zone, at(now)),
            Some(at(expected)),
            "{wish:?} {now}"
        );
    }
}

#[test]
fn a_zone_that_nobody_knows_is_that_of_greenwich() {
    for name in [None, Some("Nowhere/Land"), Some("")] {
        assert_eq!(zone_of(name), TimeZone::UTC);
    }
    assert_eq!(
        zone_of(Some("Europe/Berlin")),
        TimeZone::get("Europe/Berlin").unwrap()
    );
}
