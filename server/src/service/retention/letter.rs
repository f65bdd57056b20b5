//! The mail that announces what goes to the trash. Pure.

use aside_protocol::time::Timestamp;

use crate::domain::account::Email;
use crate::domain::mail::{Letter, LetterLink};
use crate::domain::retention::WARNED_BEFORE;
use crate::service::mail::Mailer;

/// Recordings that are named; of more it is said how many there are.
const NAMED: usize = 20;

/// `announced`: titles, and when each goes. `zone`: of the reader, for the days.
pub(super) fn announcement(
    to: Email,
    zone: Option<&str>,
    announced: &[(String, Timestamp)],
    mailer: &Mailer,
) -> Letter {
    let day = |at: Timestamp| day(at, zone);
    let (what, they) = match announced.len() {
        1 => ("A recording of yours goes".to_owned(), "it"),
        n => (format!("{n} recordings of yours go"), "them"),
    };
    let first = announced.iter().map(|(_, at)| *at).min();
    let first = first.map_or_else(String::new, day);
    let mut paragraphs = vec![format!(
        "{what} to the trash on {first} or later, because a rule of your library or of this server says so:"
    )];
    for (title, at) in announced.iter().take(NAMED) {
        let title = if title.is_empty() { "Untitled" } else { title };
        paragraphs.push(format!("{title}: {}", day(*at)));
    }
    if announced.len() > NAMED {
        paragraphs.push(format!("and {} more.", announced.len() - NAMED));
    }
    paragraphs.push(format!(
        "To keep {they}, choose “Keep for good” in the library. What goes to the trash can be restored there for thirty days."
    ));
    Letter {
        to,
        subject: format!(
            "{what} to the trash in {} days",
            WARNED_BEFORE.as_secs() / 86_400
        ),
        paragraphs,
        link: Some(LetterLink {
            label: "Show what goes soon".to_owned(),
            url: mailer.link("/?state=ending"),
        }),
    }
}

/// Such as `8 January 2026`, in UTC where a zone is not known.
fn day(at: Timestamp, zone: Option<&str>) -> String {
    let zone = zone.and_then(|name| jiff::tz::TimeZone::get(name).ok());
    let zone = zone.unwrap_or(jiff::tz::TimeZone::UTC);
    jiff::Timestamp::from_microsecond(at.micros()).map_or_else(
        |_| String::new(),
        |at| at.to_zoned_datetime(zone).strftime("%-d %B %Y").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(announced: &[(String, Timestamp)], zone: Option<&str>) -> Letter {
        let mailer = Mailer::new("https://aside.test".parse().unwrap());
        announcement("ana@example.org".parse().unwrap(), zone, announced, &mailer)
    }

    /// 2026-01-08, half an hour before midnight in UTC.
    const LATE: Timestamp = Timestamp::from_micros(1_767_915_000_000_000);

    #[test]
    fn each_recording_is_named_with_the_day_of_its_reader() {
        let announced = [("Bug".to_owned(), LATE), (String::new(), LATE)];
        let utc = letter(&announced, None);
        assert_eq!(
            utc.subject,
            "2 recordings of yours go to the trash in 7 days"
        );
        assert!(
            utc.paragraphs.contains(&"Bug: 8 January 2026".to_owned()),
            "{utc:?}"
        );
        assert!(
            utc.paragraphs
                .contains(&"Untitled: 8 January 2026".to_owned()),
            "{utc:?}"
        );
        let tokyo = letter(&announced[..1], Some("Asia/Tokyo"));
        assert!(
            tokyo.paragraphs.contains(&"Bug: 9 January 2026".to_owned()),
            "{tokyo:?}"
        );
        assert_eq!(
            tokyo.subject,
            "A recording of yours goes to the trash in 7 days"
        );
        let link = tokyo.link.unwrap();
        assert_eq!(link.url, "https://aside.test/?state=ending");
    }

    #[test]
    fn a_long_list_is_cut() {
        let many: Vec<_> = (0..25).map(|n| (format!("Nr. {n}"), LATE)).collect();
        let text = letter(&many, None).paragraphs.join("\n");
        assert!(
            text.contains("Nr. 19") && !text.contains("Nr. 20"),
            "{text}"
        );
        assert!(text.contains("and 5 more."), "{text}");
    }
}
