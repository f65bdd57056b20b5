//! The mail that announces what goes to the trash. Pure.

use aside_protocol::time::Timestamp;

use crate::domain::account::Email;
use crate::domain::mail::Letter;
use crate::domain::page_language::PageLanguage;
use crate::domain::retention::WARNED_BEFORE;
use crate::domain::texts::{About, Going, Texts, texts};
use crate::service::mail::Mailer;

/// Recordings that are named; of more it is said how many there are.
const NAMED: usize = 20;

/// `announced`: titles, and when each goes. `zone`: of the reader, for the days.
pub(super) fn announcement(
    (to, language): (Email, PageLanguage),
    zone: Option<&str>,
    announced: &[(String, Timestamp)],
    mailer: &Mailer,
) -> Letter {
    let day = |at: Timestamp| day(at, zone, texts(language));
    let first = announced.iter().map(|(_, at)| *at).min();
    let named = announced.iter().take(NAMED);
    let going = Going {
        count: announced.len(),
        days: WARNED_BEFORE.as_secs() / 86_400,
        first: first.map_or_else(String::new, day),
        named: named.map(|(title, at)| (title.clone(), day(*at))).collect(),
    };
    let url = mailer.link("/?state=ending");
    Letter::about(to, language, &About::GoingSoon(&going), Some(url))
}

/// In UTC where a zone is not known.
fn day(at: Timestamp, zone: Option<&str>, texts: &dyn Texts) -> String {
    let zone = zone.and_then(|name| jiff::tz::TimeZone::get(name).ok());
    let zone = zone.unwrap_or(jiff::tz::TimeZone::UTC);
    jiff::Timestamp::from_microsecond(at.micros()).map_or_else(
        |_| String::new(),
        |at| texts.day(at.to_zoned_datetime(zone).date()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(
        language: PageLanguage,
        announced: &[(String, Timestamp)],
        zone: Option<&str>,
    ) -> Letter {
        let mailer = Mailer::new("https://aside.test".parse().unwrap());
        let to = "ana@example.org".parse().unwrap();
        announcement((to, language), zone, announced, &mailer)
    }

    fn letter(announced: &[(String, Timestamp)], zone: Option<&str>) -> Letter {
        written(PageLanguage::English, announced, zone)
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
    fn a_day_is_written_in_the_language_of_its_reader() {
        for (month, name) in [(1, "Januar"), (3, "März"), (12, "Dezember")] {
            let at = jiff::civil::date(2026, month, 8).at(12, 0, 0, 0);
            let at = at.to_zoned_datetime(jiff::tz::TimeZone::UTC).unwrap();
            let at = Timestamp::from_micros(at.timestamp().as_microsecond());
            let german = written(PageLanguage::German, &[("Bug".to_owned(), at)], None);
            assert!(
                german.paragraphs.contains(&format!("Bug: 8. {name} 2026")),
                "{german:?}"
            );
        }
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
