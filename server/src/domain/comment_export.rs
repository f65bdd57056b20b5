//! The comments of a recording as tables and texts for other programs and people. Pure.

use std::fmt::Write as _;

use aside_protocol::time::{Timestamp, clock};
use serde_json::{Value, json};

use super::access::Viewer;
use super::audit_export::csv;
use super::comment::{Comment, Visibility};
use super::names::names;

/// As what they are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Markdown,
    Json,
}

names!(Format, "format", {
    Csv: "csv",
    Markdown: "markdown",
    Json: "json",
});

impl Format {
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    /// Of a file's name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Json => "json",
        }
    }
}

/// The columns of the table.
const HEAD: [&str; 16] = [
    "id",
    "thread",
    "at",
    "at_ms",
    "end_ms",
    "author",
    "comment",
    "visibility",
    "written",
    "edited",
    "resolved",
    "resolved_by",
    "assigned_to",
    "due_on",
    "reactions",
    "files",
];

/// What `viewer` may read of a recording, by moment: [`super::comment::shown`] of its comments.
pub fn write(format: Format, title: &str, comments: &[Comment], viewer: &Viewer) -> String {
    let standing: Vec<&Comment> = comments
        .iter()
        .filter(|it| it.deleted_at.is_none())
        .collect();
    match format {
        Format::Csv => table(&standing, viewer),
        Format::Markdown => text(title, &standing, viewer),
        Format::Json => {
            let all: Vec<Value> = standing.iter().map(|it| object(it, viewer)).collect();
            let whole = json!({ "title": title, "comments": all });
            format!("{whole:#}\n")
        }
    }
}

/// RFC 4180, with a byte order mark, by which spreadsheets know that it is UTF-8.
fn table(comments: &[&Comment], viewer: &Viewer) -> String {
    let mut out = String::from("\u{feff}");
    out.push_str(&csv(&HEAD.map(str::to_owned)));
    for comment in comments {
        let (assigned, due) = assigned(comment, viewer);
        let reactions = counted(comment);
        let reactions: Vec<String> = reactions
            .iter()
            .map(|(emoji, count)| format!("{emoji} {count}"))
            .collect();
        out.push_str(&csv(&[
            comment.id.to_string(),
            comment.thread().to_string(),
            clock(comment.at_ms),
            comment.at_ms.to_string(),
            comment.end_ms.map(|ms| ms.to_string()).unwrap_or_default(),
            comment.author_name.clone(),
            comment.words(viewer),
            comment.visibility.as_str().to_owned(),
            instant(comment.created_at),
            comment.edited_at.map(instant).unwrap_or_default(),
            comment.resolved_at.map(instant).unwrap_or_default(),
            comment.resolved_by.clone().unwrap_or_default(),
            assigned,
            due,
            reactions.join(" "),
            comment.file_names(),
        ]));
    }
    out
}

fn object(comment: &Comment, viewer: &Viewer) -> Value {
    let (assigned, due) = assigned(comment, viewer);
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    let reactions: serde_json::Map<String, Value> = counted(comment)
        .into_iter()
        .map(|(emoji, count)| (emoji.to_owned(), count.into()))
        .collect();
    json!({
        "id": comment.id, "thread": comment.thread(), "at_ms": comment.at_ms, "end_ms": comment.end_ms,
        "author": comment.author_name, "markdown": comment.words(viewer), "visibility": comment.visibility,
        "written": instant(comment.created_at), "edited": comment.edited_at.map(instant),
        "resolved": comment.resolved_at.map(instant), "resolved_by": comment.resolved_by,
        "assigned_to": given(assigned), "due_on": given(due), "reactions": reactions,
        "files": comment.attachments.iter().map(|it| json!({ "name": it.name, "bytes": it.size })).collect::<Vec<_>>(),
    })
}

fn text(title: &str, comments: &[&Comment], viewer: &Viewer) -> String {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = format!("# {title}\n");
    let mut threads: Vec<_> = comments.iter().map(|it| it.thread()).collect();
    let mut seen = std::collections::HashSet::new();
    threads.retain(|id| seen.insert(*id));
    let mut by_thread: std::collections::HashMap<_, Vec<&Comment>> =
        std::collections::HashMap::new();
    for comment in comments {
        by_thread.entry(comment.thread()).or_default().push(comment);
    }
    for id in threads {
        let mut thread = by_thread.remove(&id).unwrap_or_default();
        thread.sort_by_key(|it| (it.parent.is_some(), it.created_at, it.id));
        for comment in thread {
            let words = comment.words(viewer);
            if comment.parent.is_none() {
                _ = write!(
                    out,
                    "\n## {}\n\n{}\n",
                    heading(comment, viewer),
                    words.trim_end()
                );
                if !comment.attachments.is_empty() {
                    _ = write!(out, "\nAttached: {}\n", comment.file_names());
                }
                continue;
            }
            let (by, at) = (&comment.author_name, minute(comment.created_at));
            _ = write!(out, "\n> **{by}**, {at}\n>\n");
            for line in words.lines() {
                _ = writeln!(out, "> {line}");
            }
            if !comment.attachments.is_empty() {
                _ = writeln!(out, ">\n> Attached: {}", comment.file_names());
            }
        }
    }
    out
}

fn heading(comment: &Comment, viewer: &Viewer) -> String {
    let mut line = clock(comment.at_ms);
    if let Some(end) = comment.end_ms {
        line += &format!("–{}", clock(end));
    }
    line += &format!(", {}, {}", comment.author_name, minute(comment.created_at));
    match comment.visibility {
        Visibility::Everyone => {}
        Visibility::Members => line += ", members only",
        Visibility::Author => line += ", only me",
    }
    let (to, due) = assigned(comment, viewer);
    if !to.is_empty() {
        line += &format!(", for {to}");
    }
    if !due.is_empty() {
        line += &format!(", due {due}");
    }
    if comment.resolved_at.is_some() {
        line += ", resolved";
    }
    line
}

/// To whom and until when; empty where there is nothing that `viewer` may know.
fn assigned(comment: &Comment, viewer: &Viewer) -> (String, String) {
    let known = comment.assignment.as_ref();
    match known.filter(|_| viewer.member().is_some()) {
        Some(it) => (
            it.name.clone(),
            it.due.map(|day| day.to_string()).unwrap_or_default(),
        ),
        None => (String::new(), String::new()),
    }
}

/// How many gave each emoji, in the order in which they came.
pub fn counted(comment: &Comment) -> Vec<(&str, u64)> {
    let mut all: Vec<(&str, u64)> = Vec::new();
    for reaction in &comment.reactions {
        match all.iter_mut().find(|(emoji, _)| *emoji == reaction.emoji) {
            Some((_, count)) => *count += 1,
            None => all.push((&reaction.emoji, 1)),
        }
    }
    all
}

/// RFC 3339, in UTC.
fn instant(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map(|at| at.to_string())
        .unwrap_or_default()
}

fn minute(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::comment::Author;
    use aside_protocol::id::{CommentId, RecordingId};

    fn comment(n: u8, parent: Option<u8>, body: &str) -> Comment {
        let at = Timestamp::from_micros(i64::from(n) * 1_000_000);
        let id = |n: u8| CommentId::new(Timestamp::from_micros(i64::from(n) * 1000), [n; 10]);
        Comment {
            parent: parent.map(id),
            at_ms: 61_000,
            ..Comment::new(
                id(n),
                RecordingId::new(at, [0; 10]),
                Author::Nobody,
                "=Ana".to_owned(),
                body.to_owned(),
                at,
            )
        }
    }

    #[test]
    fn a_table_holds_no_formula_and_every_line_of_the_words() {
        let all = [
            comment(1, None, "=SUM(A1)\n\"x\""),
            comment(2, Some(1), "-1"),
        ];
        let table = write(Format::Csv, "t", &all, &Viewer::Anonymous);
        assert!(table.starts_with("\u{feff}\"id\",\"thread\","), "{table}");
        assert!(
            table.contains("\"1:01\",\"61000\",\"\",\"'=Ana\",\"'=SUM(A1)\n\"\"x\"\"\",\"everyone\",\"1970-01-01T00:00:01Z\""),
            "{table}"
        );
        assert!(table.contains(",\"'-1\","), "{table}");
        assert_eq!(table.matches("\r\n").count(), 3);
    }

    #[test]
    fn a_text_holds_each_thread_with_its_answers_and_what_is_deleted_is_in_none() {
        let mut gone = comment(3, None, "gone");
        gone.deleted_at = Some(gone.created_at);
        let all = [
            comment(1, None, "first"),
            gone,
            comment(4, None, "other"),
            comment(2, Some(1), "answer\nmore"),
        ];
        let read = |format| write(format, "a \n title", &all, &Viewer::Anonymous);
        assert_eq!(
            read(Format::Markdown),
            "# a title\n\n## 1:01, =Ana, 1970-01-01 00:00 UTC\n\nfirst\n\n> **=Ana**, 1970-01-01 00:00 UTC\n>\n> answer\n> more\n\n\
             ## 1:01, =Ana, 1970-01-01 00:00 UTC\n\nother\n"
        );
        let json: Value = serde_json::from_str(&read(Format::Json)).unwrap();
        assert_eq!(json["comments"].as_array().unwrap().len(), 3);
        assert_eq!(json["comments"][2]["thread"], json["comments"][0]["id"]);
        assert!(!read(Format::Csv).contains("gone"));
    }
}
