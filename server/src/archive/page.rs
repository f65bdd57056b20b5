//! Pages to look at an export without a server: one list, one page a recording. They load nothing from anywhere else. Pure.

use std::fmt::Write as _;

use super::text::{minute, paragraphs, sentence, threads};
use super::{ATTACHMENTS, Item};
use crate::domain::captions::Word;
use crate::domain::comment::Comment;
use crate::domain::mark::Mark;
use crate::domain::markdown;
use aside_protocol::time::{Timestamp, clock};

const STYLE: &str = include_str!("page.css");
/// Times are buttons that move the video; an address that ends in `#t=12.5` begins there.
const SCRIPT: &str = "\
const video = document.querySelector('video');
const go = (s) => { if (video) { video.currentTime = s; video.play().catch(() => {}); video.scrollIntoView({ block: 'nearest' }); } };
document.addEventListener('click', (e) => { const at = e.target.closest?.('[data-ms]'); if (at) go(at.dataset.ms / 1000); });
const begin = /^#t=([0-9.]+)$/.exec(location.hash);
if (begin && video) video.currentTime = Number(begin[1]);
";

/// What a page says of one recording.
pub(super) struct Shown<'a> {
    pub(super) item: &'a Item,
    /// Name of its owner.
    pub(super) by: &'a str,
    pub(super) has_file: bool,
    pub(super) has_poster: bool,
    pub(super) words: &'a [Word],
    pub(super) comments: &'a [Comment],
    pub(super) marks: &'a [Mark],
}

/// Text in HTML.
fn text(raw: &str) -> String {
    raw.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn named(title: &str) -> String {
    if title.trim().is_empty() {
        "Untitled".to_owned()
    } else {
        text(title)
    }
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

fn about(item: &Item, by: &str) -> String {
    format!(
        "{} · {} · {}",
        text(by),
        minute(Timestamp::from_micros(item.started_at)),
        clock(item.length_ms)
    )
}

/// The list of all recordings, newest first. `of`: each with the name of its owner, and whether it has a poster.
pub(super) fn library(of: &[(Item, String, bool)]) -> String {
    let mut body = format!(
        "<main>\n<h1>Recordings</h1>\n<p class=\"quiet\">{}, exported from Aside</p>\n<ul class=\"list\">\n",
        match of.len() {
            1 => "One recording".to_owned(),
            n => format!("{n} recordings"),
        }
    );
    for (item, by, has_poster) in of.iter().rev() {
        let folder = &item.folder;
        let picture = if *has_poster {
            format!("<img src=\"recordings/{folder}/poster.jpg\" alt=\"\" loading=\"lazy\">")
        } else {
            "<span class=\"none\"></span>".to_owned()
        };
        _ = writeln!(
            body,
            "<li><a href=\"recordings/{folder}/index.html\">{picture}<strong>{}</strong><br><span class=\"quiet\">{}</span></a></li>",
            named(&item.title),
            about(item, by) + if item.trashed { " · in the trash" } else { "" }
        );
    }
    body += "</ul>\n</main>\n";
    document("Recordings", &body)
}

/// The page of one recording.
pub(super) fn watch(shown: &Shown<'_>) -> String {
    let title = named(&shown.item.title);
    let mut body = format!(
        "<main>\n<p><a href=\"../../index.html\">All recordings</a></p>\n<h1>{title}</h1>\n<p class=\"quiet\">{}</p>\n",
        about(shown.item, shown.by)
    );
    if shown.has_file {
        let poster = if shown.has_poster {
            " poster=\"poster.jpg\""
        } else {
            ""
        };
        _ = writeln!(
            body,
            "<video controls preload=\"metadata\" src=\"recording.mp4\"{poster}></video>"
        );
    } else {
        body += "<p>There is no single file of this recording here; its tracks lie in the folder <code>tracks</code>.</p>\n";
    }
    let marks: Vec<_> = shown
        .marks
        .iter()
        .filter(|m| m.deleted_at.is_none())
        .collect();
    if !marks.is_empty() {
        body += "<h2>Chapters</h2>\n";
        for mark in marks {
            row(
                &mut body,
                mark.at_ms,
                &format!("<p>{}</p>", named(&mark.title)),
            );
        }
    }
    let threads = threads(shown.comments);
    if !threads.is_empty() {
        body += "<h2>Comments</h2>\n";
    }
    for thread in threads {
        if let Some((first, answers)) = thread.split_first() {
            let mut inner = comment(first);
            for answer in answers {
                _ = write!(inner, "<div class=\"answer\">{}</div>", comment(answer));
            }
            row(&mut body, first.at_ms, &inner);
        }
    }
    if !shown.words.is_empty() {
        body += "<h2>What was said</h2>\n";
    }
    for paragraph in paragraphs(shown.words) {
        let at = paragraph.first().map_or(0, |word| word.start_ms);
        row(
            &mut body,
            at,
            &format!("<p>{}</p>", text(&sentence(paragraph))),
        );
    }
    _ = write!(body, "</main>\n<script>\n{SCRIPT}</script>\n");
    document(&title, &body)
}

fn row(body: &mut String, at_ms: u64, inner: &str) {
    _ = writeln!(
        body,
        "<div class=\"row\"><div><button class=\"at\" type=\"button\" data-ms=\"{at_ms}\">{}</button></div><div>{inner}</div></div>",
        clock(at_ms)
    );
}

fn comment(comment: &Comment) -> String {
    let done = if comment.resolved_at.is_some() {
        ", resolved"
    } else {
        ""
    };
    let mut html = format!(
        "<p class=\"quiet\"><strong>{}</strong>, {}{done}</p>{}",
        text(&comment.author_name),
        minute(comment.created_at),
        markdown::to_html(&comment.body)
    );
    for file in &comment.attachments {
        let (id, name) = (file.id, text(&file.name));
        // Under its name: as it lies there no program takes it for something to run.
        _ = write!(
            html,
            "<p><a href=\"{ATTACHMENTS}/{id}\" download=\"{name}\">{name}</a></p>"
        );
    }
    html
}

#[cfg(test)]
mod tests {
    use aside_protocol::id::{RecordingId, UserId};

    use super::*;

    fn item(title: &str) -> Item {
        let now = Timestamp::from_micros(1_767_225_600_000_000);
        Item {
            id: RecordingId::new(now, [1; 10]),
            slug: "s".repeat(22),
            folder: "2026-01-01-x".to_owned(),
            title: title.to_owned(),
            owner: UserId::new(now, [2; 10]),
            started_at: now.micros(),
            length_ms: 61_000,
            trashed: false,
        }
    }

    #[test]
    fn what_people_typed_stays_text() {
        let item = item("</title><script>alert(1)</script>");
        let word = Word {
            n: 0,
            start_ms: 0,
            end_ms: 1,
            text: "<img src=x onerror=alert(1)>".to_owned(),
            gap: true,
            joined: false,
        };
        let page = watch(&Shown {
            item: &item,
            by: "\"><script>",
            has_file: true,
            has_poster: false,
            words: std::slice::from_ref(&word),
            comments: &[],
            marks: &[],
        });
        assert_eq!(page.matches("<script>").count(), 1, "{page}");
        assert!(!page.contains("<img"), "{page}");
        let list = library(&[(item, "<b>".to_owned(), false)]);
        assert!(
            !list.contains("<script>") && !list.contains("<b>"),
            "{list}"
        );
    }

    #[test]
    fn a_recording_without_a_name_still_has_a_link() {
        let list = library(&[(item(" "), "Ana".to_owned(), true)]);
        assert!(list.contains("<strong>Untitled</strong>") && list.contains("poster.jpg"));
        assert!(list.contains("Ana · 2026-01-01 00:00 · 1:01"), "{list}");
    }
}
