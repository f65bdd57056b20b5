//! A calendar of due dates (RFC 5545), and the secret address under which somebody reads theirs. Pure.

use std::fmt::Write as _;

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::Date;
use uuid::Uuid;

use super::capability::MediaKey;

/// So that no other signature made with the same key can pass for one of these.
const DOMAIN: &[u8] = b"aside calendar 1\0";
const MAC: usize = 32;
/// Octets of a line without its end (RFC 5545 §3.1).
const LINE: usize = 75;

/// Whose calendar, and the how manyth address of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    pub user: UserId,
    pub number: i64,
}

impl Address {
    /// The last piece of the address.
    pub fn sign(&self, key: &MediaKey) -> String {
        let mut out = self.user.0.as_bytes().to_vec();
        out.extend_from_slice(&self.number.to_be_bytes());
        let mac = key.tag_of(DOMAIN, &out);
        out.extend_from_slice(&mac);
        format!("{}.ics", URL_SAFE_NO_PAD.encode(out))
    }

    /// Reads what [`Self::sign`] wrote; none for what this server did not sign.
    pub fn verify(text: &str, key: &MediaKey) -> Option<Self> {
        if text.len() > 200 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_suffix(".ics")?).ok()?;
        let (claims, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC)?)?;
        if !key.is_tag_of(DOMAIN, claims, mac) {
            return None;
        }
        let (user, number) = claims.split_at_checked(16)?;
        Some(Self {
            user: UserId(Uuid::from_slice(user).ok()?),
            number: i64::from_be_bytes(number.try_into().ok()?),
        })
    }
}

/// Something that is due on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The same for the same thing, for ever.
    pub uid: String,
    pub day: Date,
    pub summary: String,
    pub description: String,
    pub url: String,
    /// Counts up with each change.
    pub sequence: i64,
    /// When it was changed last.
    pub changed: Timestamp,
}

/// The calendar: an event of a whole day for each entry (RFC 5545 §3.6.1), which makes nobody busy. Events, because calendars that
/// are subscribed to show no to-dos.
pub fn calendar(entries: &[Entry]) -> String {
    let mut out = String::new();
    let mut line = |text: &str| fold(&mut out, text);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//Aside//Due dates//EN");
    line("CALSCALE:GREGORIAN");
    line("X-WR-CALNAME:Aside");
    line("REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    for entry in entries {
        line("BEGIN:VEVENT");
        line(&format!("UID:{}", text(&entry.uid)));
        line(&format!("DTSTAMP:{}", instant(entry.changed)));
        line(&format!("LAST-MODIFIED:{}", instant(entry.changed)));
        line(&format!("SEQUENCE:{}", entry.sequence.max(0)));
        line(&format!("DTSTART;VALUE=DATE:{}", day(entry.day)));
        if let Ok(next) = entry.day.tomorrow() {
            line(&format!("DTEND;VALUE=DATE:{}", day(next)));
        }
        line(&format!("SUMMARY:{}", text(&entry.summary)));
        if !entry.description.is_empty() {
            line(&format!("DESCRIPTION:{}", text(&entry.description)));
        }
        // An address is no text: nothing in it is escaped (§3.3.13).
        line(&format!("URL:{}", entry.url.replace(char::is_control, "")));
        line("TRANSP:TRANSPARENT");
        line("END:VEVENT");
    }
    line("END:VCALENDAR");
    out
}

fn day(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// In UTC (§3.3.5, form 2).
fn instant(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).map_or_else(
        |_| "19700101T000000Z".to_owned(),
        |at| at.strftime("%Y%m%dT%H%M%SZ").to_string(),
    )
}

/// A value of the type TEXT (§3.3.11): what would end it is escaped, and controls are left out.
fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for letter in value.replace("\r\n", "\n").chars() {
        match letter {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push(' '),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

/// A line, folded so that none is longer than [`LINE`] octets and no letter is cut through (§3.1).
fn fold(out: &mut String, line: &str) {
    let mut room = LINE;
    for letter in line.chars() {
        if letter.len_utf8() > room {
            out.push_str("\r\n ");
            room = LINE - 1;
        }
        room -= letter.len_utf8();
        // Writing to a text does not fail.
        let _ = out.write_char(letter);
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn entry(summary: &str) -> Entry {
        Entry {
            uid: "1@aside.test".to_owned(),
            day: date(2026, 2, 28),
            summary: summary.to_owned(),
            description: "a\\b; c, d\r\ne\nBEGIN:VEVENT".to_owned(),
            url: "https://aside.test/w/abc?t=3".to_owned(),
            sequence: 2,
            changed: Timestamp::from_micros(1_767_225_600_000_000),
        }
    }

    /// What a reader makes of it (§3.1): folds undone.
    fn unfolded(text: &str) -> String {
        text.replace("\r\n ", "")
    }

    #[test]
    fn an_entry_is_a_whole_day_and_its_words_end_no_line() {
        let text = calendar(&[entry("Bug, then; more")]);
        let lines: Vec<String> = unfolded(&text).split("\r\n").map(str::to_owned).collect();
        for wanted in [
            "DTSTART;VALUE=DATE:20260228",
            "DTEND;VALUE=DATE:20260301",
            "DTSTAMP:20260101T000000Z",
            "SEQUENCE:2",
            "SUMMARY:Bug\\, then\\; more",
            "DESCRIPTION:a\\\\b\\; c\\, d\\ne\\nBEGIN:VEVENT",
            "URL:https://aside.test/w/abc?t=3",
        ] {
            assert!(lines.iter().any(|it| it == wanted), "{wanted}: {lines:#?}");
        }
        assert_eq!(lines.iter().filter(|it| *it == "BEGIN:VEVENT").count(), 1);
        assert!(text.ends_with("END:VCALENDAR\r\n"));
    }

    #[test]
    fn long_words_are_folded_between_letters() {
        for words in ["x".repeat(10_000), "\u{1f600}ü".repeat(500)] {
            let text = calendar(&[entry(&words)]);
            assert!(text.split("\r\n").all(|it| it.len() <= LINE));
            assert!(unfolded(&text).contains(&format!("SUMMARY:{words}\r\n")));
        }
    }

    #[test]
    fn an_address_says_whose_calendar_it_is_and_cannot_be_made_up() {
        let key = MediaKey::new([7; 32]);
        let it = Address {
            user: UserId::new(Timestamp::from_micros(5), [3; 10]),
            number: 3,
        };
        let text = it.sign(&key);
        assert_eq!(Address::verify(&text, &key), Some(it));
        assert_eq!(Address::verify(&text, &MediaKey::new([8; 32])), None);
        let cut = text.trim_end_matches(".ics");
        let mut bytes = URL_SAFE_NO_PAD.decode(cut).unwrap();
        bytes[20] ^= 1;
        let other = format!("{}.ics", URL_SAFE_NO_PAD.encode(bytes));
        assert_eq!(Address::verify(&other, &key), None);
        for bad in ["", "x", ".ics", cut, &"A".repeat(10_000)] {
            assert_eq!(Address::verify(bad, &key), None);
        }
    }
}
