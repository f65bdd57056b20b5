//! Who is to do what a thread says, and until when. Pure.

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

/// A day before is a typing error; so is one behind [`LATEST`].
const EARLIEST: Date = date(2000, 1, 1);
const LATEST: Date = date(2999, 12, 31);

/// As it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub to: UserId,
    /// Of now.
    pub name: String,
    /// A day of their calendar.
    pub due: Option<Date>,
    /// Their time zone by its IANA name; none: they named none.
    pub zone: Option<String>,
    /// They are one of those with whom the recording is shared by name, or its owner.
    pub named: bool,
}

/// Not a day of this millennium written like 2026-01-31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A day is written like 2026-01-31.")]
pub struct NoDay;

/// A day by its ISO 8601 name.
pub fn day(text: &str) -> Result<Date, NoDay> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let day: Date = text.parse().ok().filter(|_| plain).ok_or(NoDay)?;
    if (EARLIEST..=LATEST).contains(&day) {
        Ok(day)
    } else {
        Err(NoDay)
    }
}

impl Assignment {
    /// When the day is over where they are; UTC for who named no zone.
    pub fn due_at(&self) -> Option<Timestamp> {
        let zone = self.zone.as_deref().map(TimeZone::get);
        let zone = zone.and_then(Result::ok).unwrap_or(TimeZone::UTC);
        let end = self.due?.tomorrow().ok()?.to_zoned_datetime(zone).ok()?;
        Some(Timestamp::from_micros(end.timestamp().as_microsecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(due: &str, zone: Option<&str>) -> String {
        let assignment = Assignment {
            to: UserId::new(Timestamp::from_micros(0), [0; 10]),
            name: String::new(),
            due: Some(day(due).unwrap()),
            zone: zone.map(str::to_owned),
            named: false,
        };
        let micros = assignment.due_at().unwrap().micros();
        jiff::Timestamp::from_microsecond(micros)
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_day_ends_at_midnight_where_the_person_is() {
        assert_eq!(until("2026-01-31", None), "2026-02-01T00:00:00Z");
        assert_eq!(
            until("2026-01-31", Some("Pacific/Kiritimati")),
            "2026-01-31T10:00:00Z"
        );
        assert_eq!(
            until("2026-01-31", Some("Pacific/Honolulu")),
            "2026-02-01T10:00:00Z"
        );
        // The days of both daylight-saving nights have 23 and 25 hours.
        assert_eq!(
            until("2026-03-29", Some("Europe/Berlin")),
            "2026-03-29T22:00:00Z"
        );
        assert_eq!(
            until("2026-10-25", Some("Europe/Berlin")),
            "2026-10-25T23:00:00Z"
        );
        // A zone that is not known any more.
        assert_eq!(
            until("2026-01-31", Some("Nowhere/Nothing")),
            "2026-02-01T00:00:00Z"
        );
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for bad in [
            "",
            "2026-02-30",
            "2026-1-1",
            "20260131",
            "2026-01-31T00:00",
            "1999-12-31",
            "-2026-01-31",
            "9999-12-31",
            "tomorrow",
            "2026-01-31\u{202e}",
        ] {
            assert_eq!(day(bad), Err(NoDay), "{bad}");
        }
    }
}
