//! What is told of an event: as JSON for programs, and as a card for people. Pure.

use aside_protocol::time::clock;
use serde_json::{Value, json};

use super::{Event, EventKind};

/// An event with what its reader may know of it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub event: Event,
    /// Where people reach this server, without a slash at its end.
    pub server: String,
    /// Whose deed it was, by name; none: nobody's whose name is known.
    pub actor: Option<String>,
    /// None of a test.
    pub recording: Option<AboutRecording>,
    pub comment: Option<AboutComment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutRecording {
    pub slug: String,
    pub title: String,
    pub owner: String,
    pub length_ms: Option<u64>,
    pub started_at: aside_protocol::time::Timestamp,
    /// Everybody with the link may see its picture.
    pub public: bool,
    pub has_picture: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutComment {
    pub author: String,
    /// The comment that opened its thread.
    pub thread: aside_protocol::id::CommentId,
    pub at_ms: u64,
    pub end_ms: Option<u64>,
    /// Markdown, with names for whom it mentions.
    pub text: String,
    /// The same as plain text.
    pub plain: String,
    pub assignee: Option<String>,
    /// A day of their calendar.
    pub due: Option<String>,
    pub resolved: bool,
}

/// What people see in a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What happened and who did it, in a few words.
    pub headline: String,
    /// Of the recording.
    pub title: String,
    /// Such as `1:23`.
    pub moment: Option<String>,
    pub words: Option<String>,
    /// Opens the recording at the moment.
    pub url: String,
    /// What the button says that does so.
    pub button: String,
    /// A picture that everybody may see.
    pub picture: Option<String>,
}

impl Message {
    /// The link to what it is about.
    pub fn url(&self) -> String {
        let Some(recording) = &self.recording else {
            return format!("{}/integrations", self.server);
        };
        let seconds = self.comment.as_ref().map_or(0, |it| it.at_ms / 1000);
        let at = if seconds > 0 {
            format!("?t={seconds}")
        } else {
            String::new()
        };
        format!("{}/w/{}{at}", self.server, recording.slug)
    }

    /// The payload of a webhook: `type`, `timestamp` and `data`, as the Standard Webhooks specification recommends ("Payload
    /// structure").
    pub fn json(&self) -> Value {
        let Event { recording, .. } = self.event;
        let about = self.recording.as_ref().map(|it| {
            json!({
                "id": recording,
                "title": it.title,
                "owner": it.owner,
                "url": format!("{}/w/{}", self.server, it.slug),
                "started_at": rfc3339(it.started_at),
                "duration_ms": it.length_ms,
            })
        });
        let comment = self.comment.as_ref().map(|it| {
            json!({
                "id": self.event.comment,
                "thread_id": it.thread,
                "author": it.author,
                "at_ms": it.at_ms,
                "end_ms": it.end_ms,
                "text": it.text,
                "assignee": it.assignee,
                "due_on": it.due,
                "resolved": it.resolved,
                "url": self.url(),
            })
        });
        json!({
            "type": self.event.kind,
            "timestamp": rfc3339(self.event.at),
            "data": { "actor": self.actor, "recording": about, "comment": comment },
        })
    }

    pub fn card(&self) -> Card {
        let recording = self.recording.as_ref();
        let title = recording.map_or("", |it| it.title.as_str());
        let title = match (recording, title) {
            (None, _) => "It arrives".to_owned(),
            (_, "") => "Untitled recording".to_owned(),
            (_, title) => title.to_owned(),
        };
        let picture = recording.filter(|it| it.public && it.has_picture);
        let moment = self.comment.as_ref().map(|it| clock(it.at_ms));
        let button = match (&moment, recording) {
            (_, None) => "Open settings".to_owned(),
            (Some(at), _) if at != "0:00" => format!("Open at {at}"),
            _ => "Watch".to_owned(),
        };
        Card {
            headline: self.headline(),
            title,
            words: self
                .comment
                .as_ref()
                .map(|it| it.plain.clone())
                .filter(|it| !it.is_empty()),
            moment,
            url: self.url(),
            button,
            picture: picture.map(|it| format!("{}/api/watch/{}/poster", self.server, it.slug)),
        }
    }

    fn headline(&self) -> String {
        let comment = self.comment.as_ref();
        let author = comment.map(|it| it.author.as_str());
        let who = self.actor.as_deref().or(author).unwrap_or("Somebody");
        match self.event.kind {
            EventKind::RecordingFinished => {
                let owner = self.recording.as_ref().map(|it| it.owner.as_str());
                format!("{} recorded a message", owner.unwrap_or(who))
            }
            EventKind::RecordingTranscribed => "A transcript is ready".to_owned(),
            EventKind::CommentCreated
                if comment.is_some_and(|it| Some(it.thread) != self.event.comment) =>
            {
                format!("{} answered", author.unwrap_or(who))
            }
            EventKind::CommentCreated => format!("{} commented", author.unwrap_or(who)),
            EventKind::CommentEdited => {
                format!("{} changed a comment", author.unwrap_or(who))
            }
            EventKind::CommentAssigned => {
                let to = comment.and_then(|it| it.assignee.as_deref());
                let due = comment.and_then(|it| it.due.as_deref());
                let due = due.map_or_else(String::new, |it| format!(", due on {it}"));
                format!("{who} gave a thread to {}{due}", to.unwrap_or("somebody"))
            }
            EventKind::CommentResolved => format!("{who} resolved a thread"),
            EventKind::CommentReopened => format!("{who} opened a thread again"),
            EventKind::AccessRequested => format!("{who} asks to see a recording"),
            EventKind::IssueWanted => format!("{who} asks for an issue"),
            EventKind::LinkShared => "A link was shared".to_owned(),
            EventKind::Test => "A test from Aside".to_owned(),
        }
    }
}

fn rfc3339(at: aside_protocol::time::Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map_or_else(|_| String::new(), |it| it.to_string())
}

/// At most `limit` characters; what is longer ends in an ellipsis.
pub fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
            format!("{kept}…")
        }
    }
}
