//! What an issue says of a comment, of a recording or of a moment of one. Pure.

use aside_protocol::time::clock;

use super::super::message::cut;
use super::words::{self, markdown, wiki};

const MAX_TITLE: usize = 120;
/// Characters of what was said around it, and of the comment.
const MAX_SAID: usize = 1500;
const MAX_WORDS: usize = 8000;
/// Steps that are listed, the last ones before the moment.
const MAX_STEPS: usize = 30;

/// What is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Of the issue.
    pub title: String,
    /// Opens the recording at the moment.
    pub url: String,
    /// The same without a moment.
    pub page: String,
    pub recording: String,
    pub owner: String,
    pub at_ms: u64,
    /// Who wrote the comment, and its words as plain text.
    pub comment: Option<(String, String)>,
    /// What was said around it: a moment and its words, line by line.
    pub said: Vec<(u64, String)>,
    /// Chapters up to the moment.
    pub steps: Vec<(u64, String)>,
    /// A picture that everybody may see.
    pub picture: Option<String>,
    /// What is known of the system on which it was recorded.
    pub system: Vec<(String, String)>,
}

/// The title of an issue: the first words of the comment, or the recording's name and the moment.
pub fn title_of(comment: Option<&str>, recording: &str, at_ms: u64) -> String {
    let first = comment.and_then(|it| it.lines().map(str::trim).find(|it| !it.is_empty()));
    let title = match first {
        Some(line) => line.to_owned(),
        None if at_ms >= 1000 => format!("{recording}, at {}", clock(at_ms)),
        None => recording.to_owned(),
    };
    words::title(&cut(&title, MAX_TITLE))
}

impl Draft {
    fn link_at(&self, ms: u64) -> String {
        match ms / 1000 {
            0 => self.page.clone(),
            seconds => format!("{}?t={seconds}", self.page),
        }
    }

    fn comment_lines(&self) -> Vec<String> {
        let words = self
            .comment
            .as_ref()
            .map(|(_, words)| cut(words, MAX_WORDS))
            .unwrap_or_default();
        words
            .lines()
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn said_lines(&self) -> Vec<(u64, String)> {
        let mut left = MAX_SAID;
        let mut lines = Vec::new();
        for (ms, line) in &self.said {
            let line = cut(line, left);
            left = left.saturating_sub(line.chars().count());
            if !line.is_empty() {
                lines.push((*ms, line));
            }
            if left == 0 {
                break;
            }
        }
        lines
    }

    fn last_steps(&self) -> &[(u64, String)] {
        let from = self.steps.len().saturating_sub(MAX_STEPS);
        self.steps.get(from..).unwrap_or_default()
    }

    /// CommonMark.
    pub fn markdown(&self) -> String {
        let mut parts = Vec::new();
        let comment: Vec<String> = self
            .comment_lines()
            .iter()
            .map(|it| format!("> {}", markdown(it)))
            .collect();
        if let Some((author, _)) = &self.comment {
            // A line of a quote ends where the next one begins.
            parts.push(format!(
                "{}\n\n— {}",
                comment.join("  \n"),
                markdown(author)
            ));
        }
        let at = if self.at_ms >= 1000 {
            format!(" at {}", clock(self.at_ms))
        } else {
            String::new()
        };
        parts.push(format!(
            "**Recording:** [{}{at}]({}), by {}",
            markdown(&self.recording),
            self.url,
            markdown(&self.owner)
        ));
        if let Some(picture) = &self.picture {
            parts.push(format!(
                "[![Picture of the recording]({picture})]({})",
                self.url
            ));
        }
        let said: Vec<String> = self
            .said_lines()
            .iter()
            .map(|(ms, line)| {
                format!(
                    "> [{}]({}) {}",
                    clock(*ms),
                    self.link_at(*ms),
                    markdown(line)
                )
            })
            .collect();
        if !said.is_empty() {
            parts.push(format!("**What was said**\n\n{}", said.join("  \n")));
        }
        let steps: Vec<String> = self
            .last_steps()
            .iter()
            .map(|(ms, step)| {
                format!(
                    "1. [{}]({}) {}",
                    clock(*ms),
                    self.link_at(*ms),
                    markdown(step)
                )
            })
            .collect();
        if !steps.is_empty() {
            parts.push(format!("**Steps**\n\n{}", steps.join("\n")));
        }
        let system: Vec<String> = self
            .system
            .iter()
            .map(|(name, value)| format!("- {}: {}", markdown(name), markdown(value)))
            .collect();
        if !system.is_empty() {
            parts.push(format!("**Recorded on**\n\n{}", system.join("\n")));
        }
        parts.join("\n\n")
    }

    /// The same in Jira's "Text Formatting Notation".
    pub fn wiki(&self) -> String {
        let mut parts = Vec::new();
        if let Some((author, _)) = &self.comment {
            let lines: Vec<String> = self.comment_lines().iter().map(|it| wiki(it)).collect();
            parts.push(format!(
                "{{quote}}\n{}\n{{quote}}\n— {}",
                lines.join("\n"),
                wiki(author)
            ));
        }
        let at = if self.at_ms >= 1000 {
            format!(" at {}", clock(self.at_ms))
        } else {
            String::new()
        };
        parts.push(format!(
            "*Recording:* [{}{at}|{}], by {}",
            wiki(&self.recording),
            self.url,
            wiki(&self.owner)
        ));
        if let Some(picture) = &self.picture {
            parts.push(format!("!{picture}|width=480!"));
        }
        let said: Vec<String> = self
            .said_lines()
            .iter()
            .map(|(ms, line)| format!("[{}|{}] {}", clock(*ms), self.link_at(*ms), wiki(line)))
            .collect();
        if !said.is_empty() {
            parts.push(format!(
                "*What was said*\n{{quote}}\n{}\n{{quote}}",
                said.join("\n")
            ));
        }
        let steps: Vec<String> = self
            .last_steps()
            .iter()
            .map(|(ms, step)| format!("# [{}|{}] {}", clock(*ms), self.link_at(*ms), wiki(step)))
            .collect();
        if !steps.is_empty() {
            parts.push(format!("*Steps*\n{}", steps.join("\n")));
        }
        let system: Vec<String> = self
            .system
            .iter()
            .map(|(name, value)| format!("* {}: {}", wiki(name), wiki(value)))
            .collect();
        if !system.is_empty() {
            parts.push(format!("*Recorded on*\n{}", system.join("\n")));
        }
        parts.join("\n\n")
    }

    /// A remark that links the recording on an issue that is there.
    pub fn remark(&self, in_wiki: bool) -> String {
        let (open, owner) = match in_wiki {
            true => (
                format!("[{}|{}]", wiki(&self.recording), self.page),
                wiki(&self.owner),
            ),
            false => (
                format!("[{}]({})", markdown(&self.recording), self.page),
                markdown(&self.owner),
            ),
        };
        format!("A recording about this: {open}, by {owner}")
    }
}
