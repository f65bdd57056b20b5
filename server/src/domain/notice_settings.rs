//! When somebody wants to be told elsewhere than on a page, and the instant that follows from it. Pure: what time it is and
//! which zone comes as an argument.
//!
//! Wall-clock times are looked up in the zone's own rules. A time that a clock leaves out in spring is the instant at which it
//! goes on; one that it shows twice in autumn is the first of the two.

use std::collections::BTreeMap;

use aside_protocol::time::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::notice::Kind;

/// What is told at once waits for so long: what was read, changed or deleted by then is not mailed as it was.
pub const AT_ONCE_DELAY: SignedDuration = SignedDuration::from_secs(30);

/// By what somebody is told elsewhere than on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Mail,
    /// In their browsers.
    Push,
}

/// How soon somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    AtOnce,
    /// With everything else, at the next full hour.
    Hourly,
    /// With everything else, at their hour.
    Daily,
    Never,
}

/// From when to when nothing is sent, in minutes after midnight; it may go over midnight. The same twice: all day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    #[schema(maximum = 1439)]
    pub from: u16,
    #[schema(maximum = 1439)]
    pub to: u16,
}

/// How somebody wants to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct NoticeSettings {
    /// By mail, by kind; what is not named is as for who has said nothing.
    pub kinds: BTreeMap<String, Pace>,
    /// The same in the browsers in which they turned that on.
    pub push: BTreeMap<String, Pace>,
    /// When what is told daily comes, in minutes after midnight.
    #[schema(maximum = 1439)]
    pub daily_at: u16,
    #[schema(required)]
    pub quiet: Option<Quiet>,
    /// On which days something is sent, Monday first.
    #[schema(min_items = 7, max_items = 7)]
    pub days: [bool; 7],
    /// Of the IANA database; counts where the profile names none.
    #[schema(required)]
    pub zone: Option<String>,
}

impl Default for NoticeSettings {
    fn default() -> Self {
        Self {
            kinds: BTreeMap::new(),
            push: BTreeMap::new(),
            daily_at: 9 * 60,
            quiet: None,
            days: [true; 7],
            zone: None,
        }
    }
}

/// Why settings are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeSettingsError {
    #[error("There is no such kind of notice.")]
    Kind,
    #[error("A time of day is 0 to 1439 minutes after midnight.")]
    Minutes,
    #[error("Quiet hours that last all day would let nothing through. Turn mails off instead.")]
    AlwaysQuiet,
    #[error("Choose at least one day.")]
    NoDay,
    #[error("A time zone is named like Europe/Berlin.")]
    Zone,
}

impl NoticeSettingsError {
    pub const fn field(self) -> &'static str {
        match self {
            Self::Kind => "kinds",
            Self::Minutes => "daily_at",
            Self::AlwaysQuiet => "quiet",
            Self::NoDay => "days",
            Self::Zone => "zone",
        }
    }
}

const DAY_MINUTES: u16 = 24 * 60;

/// For who has not said anything about it.
pub const fn pace_unless_said(kind: Kind) -> Pace {
    match kind {
        Kind::Mention
        | Kind::Assigned
        | Kind::Answer
        | Kind::Comment
        | Kind::Asked
        | Kind::Shared
        | Kind::Given
        | Kind::Required
        | Kind::Reminder
        | Kind::Stopped => Pace::AtOnce,
        Kind::Followed => Pace::Hourly,
        Kind::Published => Pace::Daily,
        Kind::Resolved => Pace::Never,
    }
}

/// When something is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub at: Timestamp,
    /// In one message with all that is due at the same instant.
    pub together: bool,
}

impl NoticeSettings {
    pub fn check(&self) -> Result<(), NoticeSettingsError> {
        let mut kinds = self.kinds.keys().chain(self.push.keys());
        if kinds.any(|it| it.parse::<Kind>().is_err()) {
            return Err(NoticeSettingsError::Kind);
        }
        let minutes = self.quiet.map_or([0, 0], |it| [it.from, it.to]);
        if self.daily_at >= DAY_MINUTES || minutes.iter().any(|it| *it >= DAY_MINUTES) {
            return Err(NoticeSettingsError::Minutes);
        }
        if self.quiet.is_some_and(|it| it.from == it.to) {
            return Err(NoticeSettingsError::AlwaysQuiet);
        }
        if !self.days.contains(&true) {
            return Err(NoticeSettingsError::NoDay);
        }
        match &self.zone {
            Some(zone) if zone.parse::<super::profile::TimeZone>().is_err() => {
                Err(NoticeSettingsError::Zone)
            }
            _ => Ok(()),
        }
    }

    pub fn pace(&self, way: Way, kind: Kind) -> Pace {
        let kinds = match way {
            Way::Mail => &self.kinds,
            Way::Push => &self.push,
        };
        let said = kinds.get(kind.as_str());
        said.copied().unwrap_or(pace_unless_said(kind))
    }

    /// When a notice of this kind that is written at `now` is sent; none: never. `zone` is that of the profile.
    pub fn due(&self, way: Way, kind: Kind, zone: Option<&str>, now: Timestamp) -> Option<Due> {
        let zone = zone_of(zone.or(self.zone.as_deref()));
        due(self, self.pace(way, kind), &zone, now)
    }
}

/// A zone by its name. One that is not known (any more) is UTC.
pub fn zone_of(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok())
        .unwrap_or(TimeZone::UTC)
}

/// So many days ahead a moment is looked for; a week with one working day always has one.
const AHEAD: i32 = 9;

fn due(settings: &NoticeSettings, pace: Pace, zone: &TimeZone, now: Timestamp) -> Option<Due> {
    let begin = instant(now)?;
    let wanted = match pace {
        Pace::Never => return None,
        Pace::AtOnce => begin.checked_add(AT_ONCE_DELAY).ok()?,
        Pace::Hourly => next_hour(begin, zone)?,
        Pace::Daily => next_at(begin, settings.daily_at, zone, settings)?,
    };
    // Whoever set their hour into their quiet hours wants it then.
    let at = match pace {
        Pace::Daily => wanted,
        _ => open(wanted, zone, settings)?,
    };
    Some(Due {
        at: Timestamp::from_micros(at.as_microsecond()),
        together: pace != Pace::AtOnce || at != wanted,
    })
}

fn instant(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_microsecond(at.micros()).ok()
}

/// The next instant at which the minutes of the zone's clock are zero.
fn next_hour(after: jiff::Timestamp, zone: &TimeZone) -> Option<jiff::Timestamp> {
    let local = zone.to_datetime(after);
    let into = i64::from(local.minute()) * 60 + i64::from(local.second());
    let nanos = i64::from(local.subsec_nanosecond());
    let left = SignedDuration::from_secs(3600 - into) - SignedDuration::from_nanos(nanos);
    let mut at = after.checked_add(left).ok()?;
    // A change of the offset by less than an hour (Lord Howe) puts the clock elsewhere.
    for _ in 0..4 {
        let local = zone.to_datetime(at);
        if local.minute() == 0 && local.second() == 0 {
            return Some(at);
        }
        let into = i64::from(local.minute()) * 60 + i64::from(local.second());
        at = at
            .checked_add(SignedDuration::from_secs(3600 - into))
            .ok()?;
    }
    Some(at)
}

/// Whether something is sent on that day.
fn is_open_day(date: Date, settings: &NoticeSettings) -> bool {
    let number = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
    settings.days.get(number).copied().unwrap_or(true)
}

/// The instants at which a clock of the zone shows this: two where it is turned back. Where it is turned over it, the instant at
/// which it goes on.
fn walls(
    date: Date,
    minutes: u16,
    zone: &TimeZone,
) -> Option<(jiff::Timestamp, Option<jiff::Timestamp>)> {
    let hour = i8::try_from(minutes / 60).ok()?;
    let minute = i8::try_from(minutes % 60).ok()?;
    let wall = date.to_datetime(Time::new(hour, minute, 0, 0).ok()?);
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => Some((offset.to_timestamp(wall).ok()?, None)),
        AmbiguousOffset::Fold { before, after } => Some((
            before.to_timestamp(wall).ok()?,
            after.to_timestamp(wall).ok(),
        )),
        // The change lies between what the two offsets make of it.
        AmbiguousOffset::Gap { before, after } => {
            let (early, late) = (after.to_timestamp(wall), before.to_timestamp(wall));
            Some((change_between(zone, early.ok()?, late.ok()?), None))
        }
    }
}

/// The first of them.
fn at_wall(date: Date, minutes: u16, zone: &TimeZone) -> Option<jiff::Timestamp> {
    walls(date, minutes, zone).map(|(first, _)| first)
}

/// The instant at which the offset changes between the two.
fn change_between(
    zone: &TimeZone,
    early: jiff::Timestamp,
    late: jiff::Timestamp,
) -> jiff::Timestamp {
    let next = zone.following(early).next().map(|it| it.timestamp());
    next.filter(|at| *at <= late).unwrap_or(late)
}

/// The next time, after `after`, that a clock shows this on a day on which something is sent.
fn next_at(
    after: jiff::Timestamp,
    minutes: u16,
    zone: &TimeZone,
    settings: &NoticeSettings,
) -> Option<jiff::Timestamp> {
    let today = zone.to_datetime(after).date();
    (0..=AHEAD).find_map(|ahead| {
        let date = today.checked_add(ahead.days()).ok()?;
        let at = at_wall(date, minutes, zone)?;
        (at > after && is_open_day(date, settings)).then_some(at)
    })
}

/// `wanted`, or the first instant after it at which it is neither quiet nor a day off.
fn open(
    wanted: jiff::Timestamp,
    zone: &TimeZone,
    settings: &NoticeSettings,
) -> Option<jiff::Timestamp> {
    let mut at = wanted;
    // Each round leaves the quiet hours or a day behind.
    for _ in 0..(2 * AHEAD + 2) {
        let local = zone.to_datetime(at);
        if !is_open_day(local.date(), settings) {
            let next = local.date().checked_add(1.days()).ok()?;
            at = at_wall(next, 0, zone)?;
            continue;
        }
        let minutes = minutes_of(local.time());
        match settings.quiet {
            Some(quiet) if quiet.holds(minutes) => {
                at = quiet.end(at, local.date(), minutes, zone)?;
            }
            _ => return Some(at),
        }
    }
    Some(at)
}

fn minutes_of(time: Time) -> u16 {
    u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
}

impl Quiet {
    /// Whether it is quiet at that time of day.
    const fn holds(self, minutes: u16) -> bool {
        if self.from <= self.to {
            self.from <= minutes && minutes < self.to
        } else {
            self.from <= minutes || minutes < self.to
        }
    }

    /// When it ends, of somebody who is in it.
    fn end(
        self,
        at: jiff::Timestamp,
        date: Date,
        minutes: u16,
        zone: &TimeZone,
    ) -> Option<jiff::Timestamp> {
        let over_midnight = self.from > self.to && minutes >= self.from;
        let date = if over_midnight {
            date.checked_add(1.days()).ok()?
        } else {
            date
        };
        let (first, second) = walls(date, self.to, zone)?;
        Some(if first > at {
            first
        } else {
            second.unwrap_or(first)
        })
    }
}

/// Until when a notice is put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Later {
    /// Tomorrow at nine.
    Tomorrow,
    /// The next Monday at nine; on a Monday, that of the next week.
    Monday,
}

/// The instant that is meant, in the zone of who says it.
pub fn later(later: Later, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let today = zone.to_datetime(instant(now)?).date();
    let days = match later {
        Later::Tomorrow => 1,
        Later::Monday => 7 - i32::from(today.weekday().since(Weekday::Monday)),
    };
    let date = today.checked_add(days.days()).ok()?;
    let at = at_wall(date, 9 * 60, zone)?;
    Some(Timestamp::from_micros(at.as_microsecond()))
}
