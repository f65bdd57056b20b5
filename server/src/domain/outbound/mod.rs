//! What leaves the server: events, who is to be told of which (rules), and where that is sent (destinations). Decision 76. Pure.

pub mod chat;
pub mod message;
pub mod outgoing;
pub mod retry;
pub mod signature;
pub mod slack_app;
pub mod target;
pub mod tracker;

use aside_protocol::id::{CommentId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account::{AccountError, clean_name};
use super::names::names;
pub use target::{Target, TargetError, Way};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
            #[serde(transparent)]
            #[schema(value_type = Uuid)]
            pub struct $name(pub Uuid);

            impl $name {
                /// As every id: sorts by `now`, the rest is `entropy`.
                pub fn new(now: Timestamp, entropy: [u8; 10]) -> Self {
                    Self(aside_protocol::id::NoticeId::new(now, entropy).0)
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    self.0.fmt(f)
                }
            }
        )+
    };
}

ids!(
    /// Something that happened.
    EventId,
    /// Where it is sent.
    DestinationId,
    /// The one at the other.
    DeliveryId,
    /// An issue of a tracker.
    IssueId,
);

/// Most destinations of a person; as many again are the server's.
pub const MAX_DESTINATIONS: i64 = 20;
/// Most folders and recordings that one rule names.
pub const MAX_CHOSEN: usize = 100;

/// What happened.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[schema(as = OutboundEvent)]
pub enum EventKind {
    /// A recording has ended, and all of it is here.
    #[serde(rename = "recording.finished")]
    RecordingFinished,
    /// Its words are known.
    #[serde(rename = "recording.transcribed")]
    RecordingTranscribed,
    /// A comment or an answer was written.
    #[serde(rename = "comment.created")]
    CommentCreated,
    /// It got other words.
    #[serde(rename = "comment.edited")]
    CommentEdited,
    /// A thread was given to somebody.
    #[serde(rename = "comment.assigned")]
    CommentAssigned,
    #[serde(rename = "comment.resolved")]
    CommentResolved,
    #[serde(rename = "comment.reopened")]
    CommentReopened,
    /// Somebody asks to see a recording.
    #[serde(rename = "access.requested")]
    AccessRequested,
    /// Somebody asks for an issue, or for a link on one, at one tracker; no rule names it.
    #[serde(rename = "issue.wanted")]
    IssueWanted,
    /// Links to recordings were shared in a chat, which asks for previews; no rule names it.
    #[serde(rename = "link.shared")]
    LinkShared,
    /// Somebody wants to see whether it arrives; no rule names it.
    #[serde(rename = "test")]
    Test,
}

names!(EventKind, "event", {
    RecordingFinished: "recording.finished",
    RecordingTranscribed: "recording.transcribed",
    CommentCreated: "comment.created",
    CommentEdited: "comment.edited",
    CommentAssigned: "comment.assigned",
    CommentResolved: "comment.resolved",
    CommentReopened: "comment.reopened",
    AccessRequested: "access.requested",
    IssueWanted: "issue.wanted",
    LinkShared: "link.shared",
    Test: "test",
});

impl EventKind {
    /// Those that a rule may name.
    pub const RULED: [Self; 8] = [
        Self::RecordingFinished,
        Self::RecordingTranscribed,
        Self::CommentCreated,
        Self::CommentEdited,
        Self::CommentAssigned,
        Self::CommentResolved,
        Self::CommentReopened,
        Self::AccessRequested,
    ];
}

/// Something that happened, by ids: what is told of it is read when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    pub kind: EventKind,
    /// None of a test.
    pub recording: Option<RecordingId>,
    pub comment: Option<CommentId>,
    /// Whose deed it was; none: a guest's, or nobody's.
    pub actor: Option<UserId>,
    pub at: Timestamp,
}

/// Of which recordings a rule tells, as far as its person may see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OutboundPlaces)]
pub enum Places {
    /// All.
    All,
    /// The person's own.
    Mine,
    /// What comes into the person's inbox.
    Inbox,
    /// Named recordings, and those that lie in named folders.
    Chosen,
}

names!(Places, "choice of recordings", {
    All: "all",
    Mine: "mine",
    Inbox: "inbox",
    Chosen: "chosen",
});

/// What a destination is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Each once, in order.
    pub events: Vec<EventKind>,
    pub places: Places,
    /// Ids of recordings and folders, where they are chosen.
    pub chosen: Vec<Uuid>,
}

/// Why a destination cannot be like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    #[error("Choose at least one event.")]
    NoEvents,
    #[error("Choose recordings or folders, at most {MAX_CHOSEN}.")]
    Chosen,
    #[error("The server has no recordings and no inbox of its own: choose all recordings.")]
    NotOfServer,
    #[error(transparent)]
    Name(#[from] AccountError),
    #[error(transparent)]
    Target(#[from] TargetError),
}

impl RuleError {
    /// The field that is to blame.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::NoEvents => "events",
            Self::Chosen => "chosen",
            Self::NotOfServer => "places",
            Self::Name(_) => "name",
            Self::Target(error) => error.field(),
        }
    }
}

impl Rule {
    /// That of what is told only what somebody sends there, or asks for.
    pub const fn of_none() -> Self {
        Self {
            events: Vec::new(),
            places: Places::All,
            chosen: Vec::new(),
        }
    }

    /// As it is kept; `of_server`: of a destination that is nobody's.
    pub fn checked(mut self, of_server: bool) -> Result<Self, RuleError> {
        self.events.sort_unstable();
        self.events.dedup();
        self.events.retain(|it| EventKind::RULED.contains(it));
        if self.events.is_empty() {
            return Err(RuleError::NoEvents);
        }
        if of_server && self.places != Places::All {
            return Err(RuleError::NotOfServer);
        }
        if self.places == Places::Chosen {
            self.chosen.sort_unstable();
            self.chosen.dedup();
            if self.chosen.is_empty() || self.chosen.len() > MAX_CHOSEN {
                return Err(RuleError::Chosen);
            }
        } else {
            self.chosen.clear();
        }
        Ok(self)
    }

    /// For the column `events`: each between spaces, so that one is found by a pattern.
    pub fn events_text(&self) -> String {
        let names: Vec<&str> = self.events.iter().map(|it| it.as_str()).collect();
        format!(" {} ", names.join(" "))
    }
}

/// Reads what [`Rule::events_text`] wrote; what another version of the program knows is left out.
pub fn events_of(text: &str) -> Vec<EventKind> {
    text.split_whitespace()
        .filter_map(|it| it.parse().ok())
        .collect()
}

/// Where something is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    pub id: DestinationId,
    /// None: the server's.
    pub owner: Option<UserId>,
    /// Who is told when it does not work.
    pub made_by: Option<UserId>,
    pub name: String,
    pub target: Target,
    pub rule: Rule,
    pub created_at: Timestamp,
    pub paused: Option<Paused>,
    /// Attempts that failed since the last one that did not.
    pub failures: u32,
    /// Nothing is sent before.
    pub held_until: Timestamp,
}

/// Since when nothing is sent, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    pub at: Timestamp,
    /// None: somebody said so.
    pub why: Option<String>,
}

/// The name of a destination.
pub fn clean_destination_name(text: &str) -> Result<String, RuleError> {
    Ok(clean_name(text)?)
}

/// What became of a delivery. The column `state`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is sent when it is due.
    Waiting,
    Delivered,
    /// It was tried for three days, or will never be taken.
    Failed,
    /// What it tells may not be seen (any more), or is gone.
    Dropped,
}

names!(DeliveryState, "state of a delivery", {
    Waiting: "waiting",
    Delivered: "delivered",
    Failed: "failed",
    Dropped: "dropped",
});

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(places: Places, events: &[EventKind], chosen: &[Uuid]) -> Rule {
        Rule {
            events: events.to_vec(),
            places,
            chosen: chosen.to_vec(),
        }
    }

    #[test]
    fn a_rule_names_each_event_once_and_is_read_back() {
        use EventKind::{CommentCreated, RecordingFinished, Test};
        let events = [CommentCreated, RecordingFinished, CommentCreated, Test];
        let kept = rule(Places::All, &events, &[Uuid::max()]).checked(true);
        let kept = kept.unwrap();
        assert_eq!(kept.events_text(), " recording.finished comment.created ");
        assert_eq!(events_of(&kept.events_text()), kept.events);
        assert!(kept.chosen.is_empty());
        for kind in EventKind::RULED {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }

    #[test]
    fn a_rule_that_tells_nothing_is_refused_by_its_field() {
        let one = [EventKind::CommentCreated];
        let field = |rule: Rule, server| rule.checked(server).unwrap_err().field();
        assert_eq!(field(rule(Places::All, &[], &[]), false), "events");
        assert_eq!(field(rule(Places::Chosen, &one, &[]), false), "chosen");
        let many: Vec<Uuid> = (0..=MAX_CHOSEN as u128).map(Uuid::from_u128).collect();
        assert_eq!(field(rule(Places::Chosen, &one, &many), false), "chosen");
        assert_eq!(field(rule(Places::Mine, &one, &[]), true), "places");
    }
}
