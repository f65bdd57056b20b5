//! Who is told of what. Pure: who stands how to a thread comes as rows, and what becomes of it is decided here.

use aside_protocol::id::{CommentId, FolderId, NoticeId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::names::names;
use super::outbound::DestinationId;

/// Why somebody is told. Of several reasons for one cause the first in this order counts.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeKind)]
pub enum Kind {
    /// They are named in a comment.
    Mention,
    /// A thread was given to them.
    Assigned,
    /// In a thread in which they wrote.
    Answer,
    /// On a recording of theirs.
    Comment,
    /// On something that they follow.
    Followed,
    /// Somebody asks to see a recording of theirs.
    Asked,
    /// A recording was shared with them by name.
    Shared,
    /// A recording was given to them: it is theirs now.
    Given,
    /// Somebody whom they follow recorded something.
    Published,
    /// A thread in which they wrote, or on a recording of theirs, is done.
    Resolved,
    /// They are asked to watch a recording.
    Required,
    /// They were asked to watch a recording and have not.
    Reminder,
    /// Nothing is sent to a destination of theirs any more, because it does not work.
    Stopped,
}

names!(Kind, "kind of notice", {
    Mention: "mention",
    Assigned: "assigned",
    Answer: "answer",
    Comment: "comment",
    Followed: "followed",
    Asked: "asked",
    Shared: "shared",
    Given: "given",
    Published: "published",
    Resolved: "resolved",
    Required: "required",
    Reminder: "reminder",
    Stopped: "stopped",
});

impl Kind {
    pub const ALL: [Self; 13] = [
        Self::Mention,
        Self::Assigned,
        Self::Answer,
        Self::Comment,
        Self::Followed,
        Self::Asked,
        Self::Shared,
        Self::Given,
        Self::Published,
        Self::Resolved,
        Self::Required,
        Self::Reminder,
        Self::Stopped,
    ];
}

/// What can be followed or muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Recording(RecordingId),
    /// By the comment that opened it.
    Thread(CommentId),
    /// One's own, or one that is shared with one.
    Folder(FolderId),
    Person(UserId),
}

/// The word of a person about something: true where they follow it, false where they mute it.
pub type Word = Option<bool>;

/// How somebody stands to a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// The recording is theirs.
    pub owns: bool,
    /// They wrote in the thread.
    pub wrote: bool,
    /// They are named in the comment.
    pub mentioned: bool,
    /// The thread is given to them by it.
    pub assigned: bool,
    /// Their word about the thread, the recording, the folder it lies in, and whoever did the deed.
    pub thread: Word,
    pub recording: Word,
    pub folder: Word,
    pub person: Word,
}

impl Standing {
    /// Their word about the nearest of thread, recording and folder.
    fn place(&self) -> Word {
        self.thread.or(self.recording).or(self.folder)
    }

    /// Why they are told of a comment, if they are. Whoever muted the place is still told what is meant for them alone; of
    /// whoever muted the author that is only what is theirs to do.
    pub fn of_comment(&self) -> Option<Kind> {
        let mutes_author = self.person == Some(false);
        if self.mentioned && !mutes_author {
            return Some(Kind::Mention);
        }
        if self.assigned {
            return Some(Kind::Assigned);
        }
        match self.place() {
            Some(false) => return None,
            None if mutes_author => return None,
            Some(true) | None => {}
        }
        if self.wrote {
            Some(Kind::Answer)
        } else if self.owns {
            Some(Kind::Comment)
        } else {
            (self.place() == Some(true)).then_some(Kind::Followed)
        }
    }

    /// Why they are told that the thread is done, if they are.
    pub fn of_resolved(&self) -> Option<Kind> {
        let silent = match self.place() {
            Some(word) => !word,
            None => self.person == Some(false),
        };
        let concerned = self.wrote || self.owns || self.place() == Some(true);
        (concerned && !silent).then_some(Kind::Resolved)
    }

    /// Whether they are told of something of a person that is meant for them alone.
    pub fn hears_person(&self) -> bool {
        self.person != Some(false)
    }
}

/// What a notice is about: its row is known by it, so that nobody is told of the same twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Comment(CommentId),
    /// The thread at this version.
    Assigned(CommentId, i64),
    Resolved(CommentId, i64),
    Asked(aside_protocol::id::AccessRequestId),
    Shared(RecordingId),
    /// To whom.
    Given(RecordingId, UserId),
    Published(RecordingId),
    Required(RecordingId),
    Reminder(RecordingId),
    /// Since when.
    Stopped(DestinationId, Timestamp),
}

impl Key {
    /// For the column `cause`.
    pub fn text(&self) -> String {
        match self {
            Self::Comment(id) => format!("comment {id}"),
            Self::Assigned(id, version) => format!("assigned {id} {version}"),
            Self::Resolved(id, version) => format!("resolved {id} {version}"),
            Self::Asked(id) => format!("asked {id}"),
            Self::Shared(id) => format!("shared {id}"),
            Self::Given(id, to) => format!("given {id} {to}"),
            Self::Published(id) => format!("published {id}"),
            Self::Required(id) => format!("required {id}"),
            Self::Reminder(id) => format!("reminder {id}"),
            Self::Stopped(id, at) => format!("stopped {id} {}", at.micros()),
        }
    }
}

/// A row of `notices`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    pub id: NoticeId,
    pub kind: Kind,
    pub recording: RecordingId,
    pub comment: Option<CommentId>,
    pub created_at: Timestamp,
    /// In the future: put off until then.
    pub shown_at: Timestamp,
    pub read_at: Option<Timestamp>,
    pub done_at: Option<Timestamp>,
}

/// Which part of an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = InboxPart)]
pub enum Part {
    /// Neither put off nor done.
    #[default]
    Inbox,
    /// Put off.
    Later,
    Done,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Standing = Standing {
        owns: false,
        wrote: false,
        mentioned: false,
        assigned: false,
        thread: None,
        recording: None,
        folder: None,
        person: None,
    };

    #[test]
    fn the_most_specific_reason_counts() {
        let all = Standing {
            owns: true,
            wrote: true,
            mentioned: true,
            assigned: true,
            thread: Some(true),
            ..NOBODY
        };
        assert_eq!(all.of_comment(), Some(Kind::Mention));
        let unnamed = Standing {
            mentioned: false,
            ..all
        };
        assert_eq!(unnamed.of_comment(), Some(Kind::Assigned));
        let asked = Standing {
            assigned: false,
            ..unnamed
        };
        assert_eq!(asked.of_comment(), Some(Kind::Answer));
        let stranger = Standing {
            wrote: false,
            ..asked
        };
        assert_eq!(stranger.of_comment(), Some(Kind::Comment));
        let follower = Standing {
            owns: false,
            ..stranger
        };
        assert_eq!(follower.of_comment(), Some(Kind::Followed));
        assert_eq!(NOBODY.of_comment(), None);
        assert_eq!(NOBODY.of_resolved(), None);
    }

    #[test]
    fn the_nearest_word_counts() {
        let owner = Standing {
            owns: true,
            ..NOBODY
        };
        let cases = [
            (Some(false), Some(true), None, None),
            (None, Some(false), Some(true), None),
            (None, None, Some(false), Some(true)),
            (None, None, None, Some(false)),
        ];
        for (thread, recording, folder, person) in cases {
            let it = Standing {
                thread,
                recording,
                folder,
                person,
                ..owner
            };
            assert_eq!(it.of_comment(), None, "{it:?}");
            assert_eq!(it.of_resolved(), None, "{it:?}");
        }
        let follows = Standing {
            thread: Some(true),
            recording: Some(false),
            person: Some(false),
            ..owner
        };
        assert_eq!(follows.of_comment(), Some(Kind::Comment));
        assert_eq!(follows.of_resolved(), Some(Kind::Resolved));
    }

    #[test]
    fn what_is_meant_for_one_alone_comes_through_a_muted_place_and_duties_through_a_muted_person() {
        let muted = Standing {
            thread: Some(false),
            recording: Some(false),
            ..NOBODY
        };
        let named = Standing {
            mentioned: true,
            ..muted
        };
        assert_eq!(named.of_comment(), Some(Kind::Mention));
        let unheard = Standing {
            person: Some(false),
            ..named
        };
        assert_eq!(unheard.of_comment(), None);
        let given = Standing {
            assigned: true,
            ..unheard
        };
        assert_eq!(given.of_comment(), Some(Kind::Assigned));
    }

    #[test]
    fn a_kind_is_read_back_as_it_was_written() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }
}
