//! A recording as steps: each chapter with its picture and what is said in it. Where nobody set chapters, each moment at which
//! something else is shown. Pure.

use std::fmt::Write as _;

use aside_protocol::time::clock;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::mark::Mark;
use super::transcript::Word;
use super::transcript_file::{escaped, one_line, paragraphs, sentence};

/// Steps at most, of pictures that nobody set a chapter at.
const MAX_FOUND: usize = 20;
/// Steps with a picture at most.
pub const MAX_PICTURES: usize = 40;
/// Pictures that are found so near to the last one, in milliseconds, are passed over.
const APART_MS: u64 = 4000;
/// Pixels in width of pictures that are linked to.
const LINKED_WIDTH: u32 = 1280;
/// How the page looks, on a screen and on paper.
pub const STYLE: &str = include_str!("steps.css");

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub at_ms: u64,
    /// Empty: it has none.
    pub title: String,
    /// What is said in it.
    pub paragraphs: Vec<String>,
}

/// What the document says.
#[derive(Debug, Clone)]
pub struct Steps<'a> {
    /// Empty: it has none.
    pub title: &'a str,
    pub length_ms: u64,
    /// The link to watch it.
    pub link: &'a str,
    /// Of what is said, as in BCP 47; none: not known.
    pub language: Option<&'a str>,
    pub has_picture: bool,
    pub steps: &'a [Step],
}

/// The steps of a recording: at its chapters, else where something else is shown, in ascending milliseconds.
pub fn steps(marks: &[Mark], changes: &[u64], words: &[Word]) -> Vec<Step> {
    let mut places: Vec<(u64, String)> = if marks.is_empty() {
        let mut last = None;
        let far = |at: &&u64| {
            let is_far = last.is_none_or(|before: u64| **at >= before + APART_MS);
            if is_far {
                last = Some(**at);
            }
            is_far
        };
        let found = changes.iter().filter(far).take(MAX_FOUND);
        found.map(|at| (*at, String::new())).collect()
    } else {
        marks
            .iter()
            .map(|it| (it.at_ms, it.title.clone()))
            .collect()
    };
    places.sort_by_key(|(at, _)| *at);
    let spoken = paragraphs(words);
    // What is said before the first chapter is not lost.
    let first = places.first().map_or(u64::MAX, |(at, _)| *at);
    if first > 0 && (places.is_empty() || spoken.iter().any(|it| begins(it) < first)) {
        places.insert(0, (0, String::new()));
    }
    let ends = places.iter().skip(1).map(|(at, _)| *at).chain([u64::MAX]);
    let ends: Vec<u64> = ends.collect();
    let steps = places.into_iter().zip(ends).map(|((at_ms, title), end)| {
        let within = |it: &&&[Word]| (at_ms..end).contains(&begins(it));
        Step {
            at_ms,
            title,
            paragraphs: spoken
                .iter()
                .filter(within)
                .map(|it| sentence(it))
                .collect(),
        }
    });
    steps.collect()
}

fn begins(paragraph: &[Word]) -> u64 {
    paragraph.first().map_or(0, |word| word.start_ms)
}

impl Steps<'_> {
    pub(super) fn title(&self) -> &str {
        match self.title {
            "" => "Steps",
            title => title,
        }
    }

    /// The link to this moment.
    pub(super) fn at(&self, ms: u64) -> String {
        format!("{}?t={}", self.link, ms / 1000)
    }

    /// `frames`: what the addresses of pictures begin with.
    pub fn markdown(&self, frames: &str) -> String {
        let mut out = format!("# {}\n", one_line(self.title()));
        _ = write!(
            out,
            "\n{} · [watch]({})\n",
            clock(self.length_ms),
            self.link
        );
        for (n, step) in (1..).zip(self.steps) {
            let title = match step.title.as_str() {
                "" => format!("Step {n}"),
                title => format!("{n}. {}", one_line(title)),
            };
            let (clock, at) = (clock(step.at_ms), self.at(step.at_ms));
            _ = write!(out, "\n## {title}\n\n[{clock}]({at})\n");
            if self.has_picture {
                let ms = step.at_ms;
                _ = write!(
                    out,
                    "\n![The picture at {clock}]({frames}/{ms}.jpg?width={LINKED_WIDTH})\n"
                );
            }
            for paragraph in &step.paragraphs {
                _ = write!(out, "\n{}\n", escaped(paragraph));
            }
        }
        out
    }

    /// A page that needs nothing else. `pictures`: of each step a JPEG; none where it could not be made.
    pub fn html(&self, pictures: &[Option<Bytes>]) -> String {
        let title = text(self.title());
        let spoken = match self.language {
            Some(language) => format!(" lang=\"{}\"", text(language)),
            None => String::new(),
        };
        let mut out = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
             <p class=\"quiet\">{} · <a href=\"{}\">watch the recording</a></p>\n<ol>\n",
            clock(self.length_ms),
            text(self.link)
        );
        for (n, step) in self.steps.iter().enumerate() {
            let clock = clock(step.at_ms);
            let number = n + 1;
            let name = match step.title.as_str() {
                "" => format!("<b>Step {number}</b> <span></span>"),
                title => format!("<b>{number}</b> <span>{}</span>", text(title)),
            };
            _ = write!(
                out,
                "<li>\n<h2>{name} <a href=\"{}\">{clock}</a></h2>\n",
                text(&self.at(step.at_ms))
            );
            if let Some(Some(jpeg)) = pictures.get(n) {
                let data = STANDARD.encode(jpeg);
                _ = writeln!(
                    out,
                    "<img alt=\"The picture at {clock}\" src=\"data:image/jpeg;base64,{data}\">"
                );
            }
            for paragraph in &step.paragraphs {
                _ = writeln!(out, "<p{spoken}>{}</p>", text(paragraph));
            }
            out.push_str("</li>\n");
        }
        out.push_str("</ol>\n</main>\n</body>\n</html>\n");
        out
    }
}

/// Text in HTML.
fn text(raw: &str) -> String {
    raw.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(n: u64, start_ms: u64, text: &str) -> Word {
        Word {
            n,
            start_ms,
            end_ms: start_ms + 500,
            text: text.to_owned(),
            gap: n > 0,
            joined: false,
        }
    }

    #[test]
    fn where_nobody_set_chapters_steps_are_where_something_else_is_shown() {
        let words = [word(0, 500, "First."), word(1, 60_000, "Later.")];
        let found = steps(&[], &[0, 1000, 3999, 30_000], &words);
        let at: Vec<_> = found.iter().map(|it| it.at_ms).collect();
        assert_eq!(at, [0, 30_000]);
        assert_eq!(found[0].paragraphs, ["First."]);
        assert_eq!(found[1].paragraphs, ["Later."]);
        assert_eq!(steps(&[], &[], &words).len(), 1, "it has a step at least");
    }

    #[test]
    fn a_title_cannot_leave_its_place_on_the_page() {
        let step = Step {
            at_ms: 61_000,
            title: "<script>alert(1)</script>".to_owned(),
            paragraphs: vec!["a <b> & \"c\"".to_owned()],
        };
        let steps = Steps {
            title: "</title><script>",
            length_ms: 90_000,
            link: "https://aside.test/w/x",
            language: Some("de\"><script>"),
            has_picture: true,
            steps: &[step],
        };
        let html = steps.html(&[Some(Bytes::from_static(b"\xff\xd8"))]);
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("src=\"data:image/jpeg;base64,/9g=\""));
        assert!(html.contains("href=\"https://aside.test/w/x?t=61\">1:01</a>"));
        let markdown = steps.markdown("https://aside.test/frames");
        assert!(markdown.contains("/frames/61000.jpg?width=1280"));
    }
}
