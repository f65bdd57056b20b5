//! What people read without a browser: Markdown of the words and of the comments. Pure.

use std::fmt::Write as _;

use aside_protocol::time::{Timestamp, clock};
use time::OffsetDateTime;
use time::macros::format_description;

use super::ATTACHMENTS;
use crate::domain::attachment::Attachment;
use crate::domain::captions::Word;
use crate::domain::comment::{Comment, Visibility};
use crate::domain::mention::{SOMEBODY, plain};

/// Day and minute in UTC, such as `2026-01-31 09:05`; empty for a clock outside of the calendar.
pub(super) fn minute(at: Timestamp) -> String {
    date(at).map_or_else(String::new, |date| {
        let form = format_description!("[year]-[month]-[day] [hour]:[minute]");
        date.format(form).unwrap_or_default()
    })
}

/// The day, such as `2026-01-31`.
pub(super) fn day(at: Timestamp) -> String {
    minute(at).chars().take(10).collect()
}

fn date(at: Timestamp) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.micros()) * 1000).ok()
}

/// Words between two pauses.
pub(super) fn paragraphs(words: &[Word]) -> Vec<&[Word]> {
    // The first word of all begins a paragraph whatever it says.
    words.chunk_by(|_, next| !next.gap).collect()
}

/// The words as they are read.
pub(super) fn sentence(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() && !word.joined {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// A heading on one line: a title cannot begin another element.
fn heading(title: &str) -> String {
    let line = title.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("# {line}\n")
}

/// What a member may read, with names in place of markers.
pub(super) fn readable(comments: Vec<Comment>) -> Vec<Comment> {
    let reads = comments
        .into_iter()
        .filter(|it| it.visibility != Visibility::Author);
    let named = reads.map(|mut it| {
        it.body = plain(&it.body, |who| {
            let mention = it.mentions.iter().find(|mention| mention.who == who);
            let name = mention.and_then(|mention| mention.name.clone());
            name.unwrap_or_else(|| SOMEBODY.to_owned())
        });
        it
    });
    named.collect()
}

pub(super) fn transcript(title: &str, words: &[Word]) -> String {
    let mut out = heading(title);
    for paragraph in paragraphs(words) {
        let at = paragraph.first().map_or(0, |word| word.start_ms);
        _ = write!(out, "\n**{}** {}\n", clock(at), sentence(paragraph));
    }
    out
}

/// Threads in the order of their moments; deleted comments are left out.
pub(super) fn comments(title: &str, comments: &[Comment]) -> String {
    let mut out = heading(title);
    for thread in threads(comments) {
        let Some((first, answers)) = thread.split_first() else {
            continue;
        };
        let until = first
            .end_ms
            .map_or_else(String::new, |end| format!("–{}", clock(end)));
        let done = match (first.resolved_at, first.visibility) {
            (None, Visibility::Members) => ", members only",
            (Some(_), Visibility::Members) => ", members only, resolved",
            (Some(_), _) => ", resolved",
            (None, _) => "",
        };
        _ = write!(
            out,
            "\n## {}{until}, {}, {}{done}\n\n{}\n",
            clock(first.at_ms),
            first.author_name,
            minute(first.created_at),
            first.body.trim_end()
        );
        for line in attached(first) {
            _ = write!(out, "\n{line}\n");
        }
        for answer in answers {
            _ = write!(
                out,
                "\n> **{}**, {}\n>\n",
                answer.author_name,
                minute(answer.created_at)
            );
            for line in answer.body.lines() {
                _ = writeln!(out, "> {line}");
            }
            for line in attached(answer) {
                _ = writeln!(out, ">\n> {line}");
            }
        }
    }
    out
}

/// A line for each file of a comment.
fn attached(comment: &Comment) -> impl Iterator<Item = String> {
    let line = |it: &Attachment| format!("Attached: {} ({ATTACHMENTS}/{})", it.name, it.id);
    comment.attachments.iter().map(line)
}

/// Each comment that stands, with its answers behind it, by moment.
pub(super) fn threads(comments: &[Comment]) -> Vec<Vec<&Comment>> {
    let mut first: Vec<&Comment> = comments.iter().filter(|c| c.parent.is_none()).collect();
    first.sort_by_key(|c| (c.at_ms, c.id));
    first
        .into_iter()
        .map(|top| {
            let mut thread: Vec<&Comment> = comments
                .iter()
                .filter(|c| (c.id == top.id || c.parent == Some(top.id)) && c.deleted_at.is_none())
                .collect();
            thread.sort_by_key(|c| (c.parent.is_some(), c.created_at, c.id));
            thread
        })
        .filter(|thread| !thread.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(n: u64, text: &str, gap: bool) -> Word {
        Word {
            n,
            start_ms: n * 61_000,
            end_ms: n * 61_000 + 300,
            text: text.to_owned(),
            gap,
            joined: false,
        }
    }

    #[test]
    fn a_pause_begins_a_paragraph_with_its_time() {
        let words = [
            word(0, "Hello", true),
            word(1, "there.", false),
            word(2, "Next", true),
        ];
        assert_eq!(
            transcript("A\n# title", &words),
            "# A # title\n\n**0:00** Hello there.\n\n**2:02** Next\n"
        );
        assert_eq!(transcript("None", &[]), "# None\n");
    }

    #[test]
    fn moments_are_written_as_people_say_them() {
        assert_eq!(clock(59_999), "0:59");
        assert_eq!(clock(3_600_000 + 61_000), "1:01:01");
        assert_eq!(
            minute(Timestamp::from_micros(1_767_225_600_000_000)),
            "2026-01-01 00:00"
        );
        assert_eq!(day(Timestamp::from_micros(i64::MAX)), "");
    }
}
