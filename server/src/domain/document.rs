//! A recording as a page of text: what `/w/{slug}.md` says to somebody who may watch it. Pure.

use std::fmt::Write as _;

use aside_protocol::time::clock;

use super::comment::{Comment, Visibility};
use super::mark::Mark;
use super::mention::{SOMEBODY, plain};
use super::suggest::SuggestionKind;
use super::suggest::row::Suggestion;
use super::transcript::Word;
use super::transcript_file::{escaped, one_line, paragraphs, sentence, speaker};
use super::turns::Turn;

/// Comments so near to the moment that is asked for belong to it, in milliseconds.
const NEAR_MS: u64 = 15_000;
/// Pixels in width of the frames that are linked to.
const FRAME_WIDTH: u32 = 1280;

/// What there is to say.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    /// Empty: it has none.
    pub title: &'a str,
    pub owner: &'a str,
    pub length_ms: u64,
    /// The link to watch it.
    pub link: &'a str,
    /// What the addresses of frames begin with: `…/frames`.
    pub frames: &'a str,
    pub has_picture: bool,
    /// Sentences and tasks that the owner accepted, by moment.
    pub said: &'a [Suggestion],
    /// In force, by moment.
    pub marks: &'a [Mark],
    pub words: &'a [Word],
    /// Who is heard when, where that is known.
    pub turns: &'a [Turn],
    /// Why there are no words, or that more may come.
    pub transcript_note: Option<&'a str>,
    /// As the asker may read them, by moment.
    pub comments: &'a [Comment],
    /// What is asked for, with `?t=`.
    pub at_ms: Option<u64>,
}

/// Milliseconds of `?t=`: seconds (`90`, `90.5`), `1m30s` or `1:30`.
pub fn moment(text: &str) -> Option<u64> {
    const LATEST_S: f64 = 1_000_000.0;
    let number = |text: &str| {
        let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        text.parse::<f64>().ok().filter(|_| fits)
    };
    let text = text.trim();
    let seconds = if let Some(seconds) = number(text) {
        seconds
    } else if text.contains(':') {
        let pieces = text.split(':').map(number);
        pieces
            .collect::<Option<Vec<f64>>>()?
            .iter()
            .fold(0.0, |all, it| all * 60.0 + it)
    } else {
        let mut rest = text;
        let mut all = 0.0;
        for (unit, length) in [('h', 3600.0), ('m', 60.0), ('s', 1.0)] {
            if let Some((before, behind)) = rest.split_once(unit) {
                all += number(before)? * length;
                rest = behind;
            }
        }
        if !rest.is_empty() || text.is_empty() {
            return None;
        }
        all
    };
    (seconds <= LATEST_S).then(|| whole_ms(seconds))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and at most a million seconds"
)]
const fn whole_ms(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}

impl Document<'_> {
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let title = match self.title {
            "" => format!("A recording by {}", one_line(self.owner)),
            title => one_line(title),
        };
        _ = write!(
            out,
            "# {title}\n\n{} · {} · [watch]({})\n",
            one_line(self.owner),
            clock(self.length_ms),
            self.link
        );
        if let Some(at) = self.at_ms {
            self.moment_itself(&mut out, at.min(self.length_ms));
        }
        self.points(&mut out, SuggestionKind::Sentence, "Summary");
        self.points(&mut out, SuggestionKind::Action, "To do");
        self.chapters(&mut out);
        self.transcript(&mut out);
        if !self.comments.is_empty() {
            out.push_str("\n## Comments\n");
            self.threads(&mut out, |_| true);
        }
        out
    }

    fn moment_itself(&self, out: &mut String, at: u64) {
        _ = write!(out, "\n## At {}\n\n{}\n", clock(at), self.link_to(at));
        self.frame(out, at);
        let paragraphs = paragraphs(self.words);
        let spoken = paragraphs
            .iter()
            .rev()
            .find(|it| it.first().is_some_and(|word| word.start_ms <= at));
        if let Some(spoken) = spoken {
            _ = write!(out, "\n> {}\n", escaped(&sentence(spoken)));
        }
        self.threads(out, |comment| comment.at_ms.abs_diff(at) <= NEAR_MS);
    }

    fn points(&self, out: &mut String, kind: SuggestionKind, heading: &str) {
        let of_kind = || self.said.iter().filter(|it| it.kind == kind);
        if of_kind().next().is_some() {
            _ = write!(out, "\n## {heading}\n\n");
        }
        for it in of_kind() {
            let text = escaped(&it.text);
            _ = write!(out, "- {} {text}", self.link_to(it.at_ms));
            if let Some(who) = &it.who {
                _ = write!(out, " ({})", one_line(who));
            }
            if let Some(until) = it.until {
                _ = write!(out, " (until {until})");
            }
            if let Some(model) = it.model.as_ref().filter(|_| it.is_automatic()) {
                _ = write!(out, " *(written by a model: {})*", one_line(model));
            }
            out.push('\n');
        }
    }

    fn chapters(&self, out: &mut String) {
        if self.marks.is_empty() {
            if self.at_ms.is_none() {
                self.frame(out, 0);
            }
            return;
        }
        out.push_str("\n## Chapters\n");
        for mark in self.marks {
            let title = match mark.title.as_str() {
                "" => "(no title)".to_owned(),
                title => one_line(title),
            };
            _ = write!(out, "\n- {} {title}\n", self.link_to(mark.at_ms));
        }
        for mark in self.marks {
            self.frame(out, mark.at_ms);
        }
    }

    fn transcript(&self, out: &mut String) {
        out.push_str("\n## Transcript\n");
        if let Some(note) = self.transcript_note {
            _ = write!(out, "\n({note})\n");
        }
        let mut before = None;
        for paragraph in paragraphs(self.words) {
            let at = paragraph.first().map_or(0, |word| word.start_ms);
            let by = speaker(self.turns, paragraph, &mut before);
            let by = by.map_or_else(String::new, |it| format!("*{it}:* "));
            _ = write!(
                out,
                "\n{} {by}{}\n",
                self.link_to(at),
                escaped(&sentence(paragraph))
            );
        }
    }

    /// Threads whose first comment is wanted, each with its answers.
    fn threads(&self, out: &mut String, wanted: impl Fn(&Comment) -> bool) {
        let standing = || self.comments.iter().filter(|it| it.deleted_at.is_none());
        for first in standing().filter(|it| it.parent.is_none() && wanted(it)) {
            let mut notes = String::new();
            match first.visibility {
                Visibility::Everyone => {}
                Visibility::Members => notes.push_str(", members only"),
                Visibility::Author => notes.push_str(", only for you"),
            }
            if first.resolved_at.is_some() {
                notes.push_str(", resolved");
            }
            _ = write!(
                out,
                "\n### {} {}{notes}\n\n",
                self.link_to(first.at_ms),
                one_line(&first.author_name)
            );
            quote(out, first);
            for answer in standing().filter(|it| it.parent == Some(first.id)) {
                _ = write!(out, "\n> **{}**\n>\n", one_line(&answer.author_name));
                quote(out, answer);
            }
        }
    }

    /// `[1:30](…?t=90)`
    fn link_to(&self, ms: u64) -> String {
        format!("[{}]({}?t={})", clock(ms), self.link, ms / 1000)
    }

    fn frame(&self, out: &mut String, ms: u64) {
        if self.has_picture {
            let (clock, frames) = (clock(ms), self.frames);
            _ = write!(
                out,
                "\n![The picture at {clock}]({frames}/{ms}.jpg?width={FRAME_WIDTH})\n"
            );
        }
    }
}

/// The words of a comment, each line of them marked as such: no heading in them is one of the page.
fn quote(out: &mut String, comment: &Comment) {
    for line in body(comment).split(['\n', '\r']) {
        let line = format!("> {line}");
        _ = writeln!(out, "{}", line.trim_end());
    }
}

/// The words of a comment, with names in place of markers, and without tags of HTML.
fn body(comment: &Comment) -> String {
    let body = plain(&comment.body, |who| {
        let mention = comment.mentions.iter().find(|mention| mention.who == who);
        let name = mention.and_then(|mention| mention.name.clone());
        name.unwrap_or_else(|| SOMEBODY.to_owned())
    });
    body.trim_end().replace("\r\n", "\n").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_in_the_ways_that_links_write_it() {
        for (text, ms) in [
            ("90", 90_000),
            ("1.5", 1500),
            ("1m30s", 90_000),
            ("2h", 7_200_000),
            ("1:30", 90_000),
            ("1:00:01", 3_601_000),
            ("0", 0),
        ] {
            assert_eq!(moment(text), Some(ms), "{text}");
        }
        for text in [
            "",
            "x",
            "-1",
            "1x",
            "1:x",
            "s",
            "1e9",
            "9999999999",
            "NaN",
            "inf",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
