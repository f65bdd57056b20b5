//! What a comment may say, where it may stand, and which comments a page shows.
//!
//! A thread is a comment without a parent and its replies; replies have no replies of their own:
//! who answers a reply joins its thread.

use std::collections::HashSet;

use aside_protocol::id::{AttachmentId, CommentId, RecordingId};
use aside_protocol::text::lines;
use aside_protocol::time::Timestamp;

use super::access::{Action, Refusal, Viewer};
use super::account::AccountError;
use super::assignment::{Assignment, NoDay};
use super::attachment::{Attachment, AttachmentError};
use super::comment_page::Place;
use super::drawing::DrawingError;
use super::issue::IssueLink;
use super::markdown::{self, Unrendered};
use super::mention::{MAX_MENTIONS, Mention, Mentioned, SOMEBODY, mentioned, plain};
use super::names::names;
use super::reaction::Reaction;
use super::recording::latest_ms;

pub use super::author::{Author, Deleter};

/// In characters.
pub const MAX_BODY: usize = 10_000;
/// Of one recording: a page loads them all.
pub const MAX_COMMENTS: u64 = 10_000;

/// A row of `comments`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub id: CommentId,
    pub recording: RecordingId,
    /// The comment that opened the thread; none when this is it.
    pub parent: Option<CommentId>,
    pub author: Author,
    /// As it was when the comment was written.
    pub author_name: String,
    pub at_ms: u64,
    pub end_ms: Option<u64>,
    /// Of the whole thread.
    pub visibility: Visibility,
    /// Markdown, with markers for whom it mentions.
    pub body: String,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    /// Name of who resolved the thread.
    pub resolved_by: Option<String>,
    pub deleted_at: Option<Timestamp>,
    /// None also where it was deleted before this was kept.
    pub deleted_by: Option<Deleter>,
    /// Counts up with each change.
    pub version: i64,
    /// A program wrote it, with the token of its author.
    pub by_agent: bool,
    /// Of a thread: who is to do it.
    pub assignment: Option<Assignment>,
    /// Whom the words mention, as far as they are there.
    pub mentions: Vec<Mention>,
    /// In the order in which they came.
    pub reactions: Vec<Reaction>,
    /// Whether something is drawn on the picture at its moment; what that is, is read apart.
    pub drawn: bool,
    /// In the order in which they were named.
    pub attachments: Vec<Attachment>,
    /// What trackers have of it.
    pub issues: Vec<IssueLink>,
}

/// Who reads a thread, of those who see the recording.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    #[default]
    Everyone,
    /// People with an account.
    Members,
    /// Who wrote it, and nobody else.
    Author,
}

names!(Visibility, "visibility", {
    Everyone: "everyone",
    Members: "members",
    Author: "author",
});

/// By which name a program writes with somebody's token: wherever the comment is shown, it says so.
pub fn name_of_agent(name: &str) -> String {
    format!("{name}’s agent")
}

impl Comment {
    /// Where it stands among those that a page shows.
    pub const fn place(&self) -> Place {
        Place {
            at_ms: self.at_ms,
            created_at: self.created_at,
            answers: self.parent.is_some(),
            id: self.id,
        }
    }

    /// A thread that was just written.
    pub const fn new(
        id: CommentId,
        recording: RecordingId,
        author: Author,
        author_name: String,
        body: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            recording,
            parent: None,
            author,
            author_name,
            at_ms: 0,
            end_ms: None,
            visibility: Visibility::Everyone,
            body,
            created_at: now,
            edited_at: None,
            resolved_at: None,
            resolved_by: None,
            deleted_at: None,
            deleted_by: None,
            version: 1,
            by_agent: false,
            assignment: None,
            mentions: Vec::new(),
            reactions: Vec::new(),
            drawn: false,
            attachments: Vec::new(),
            issues: Vec::new(),
        }
    }

    /// Whether somebody who sees the recording may read it, and learn that it is there.
    pub fn read_by(&self, viewer: &Viewer) -> bool {
        match self.visibility {
            Visibility::Everyone => true,
            Visibility::Members => viewer.member().is_some(),
            // Nobody else answers there.
            Visibility::Author => viewer.is(&self.author),
        }
    }

    /// The name that `viewer` sees where `who` is mentioned: members know each other; others know who writes in the thread.
    pub fn name_of(&self, who: Mentioned, viewer: &Viewer) -> &str {
        let mention = self.mentions.iter().find(|it| it.who == who);
        let mention = mention.filter(|it| it.in_thread || viewer.member().is_some());
        let name = mention.and_then(|it| it.name.as_deref());
        name.unwrap_or(SOMEBODY)
    }

    /// The words as `viewer` reads them, with names for markers.
    pub fn words(&self, viewer: &Viewer) -> String {
        plain(&self.body, |who| self.name_of(who, viewer).to_owned())
    }

    /// The names of its files, with commas between them.
    pub fn file_names(&self) -> String {
        let names: Vec<&str> = self.attachments.iter().map(|it| &*it.name).collect();
        names.join(", ")
    }

    /// Whether a program may change it with the token of `viewer`: only what programs of that person wrote, whatever else the person
    /// may. Whether a thread is done, and whether what was deleted comes back, is for people to say.
    pub fn open_to_agents(&self, viewer: &Viewer, action: Action) -> Result<(), Refusal> {
        match action {
            Action::ResolveThread(_) | Action::RestoreComment(..) => Err(Refusal::PeopleOnly),
            _ if self.by_agent && viewer.is(&self.author) => Ok(()),
            _ => Err(Refusal::PeopleOnly),
        }
    }

    /// Gives it other words.
    pub fn edit(&mut self, body: &str, now: Timestamp) {
        if self.body != body {
            body.clone_into(&mut self.body);
            self.edited_at = Some(now);
        }
    }

    /// Takes one of its files away; says whether it has it. There must be something left to be read.
    pub fn remove_file(&mut self, id: AttachmentId, now: Timestamp) -> Result<bool, CommentError> {
        let before = self.attachments.len();
        self.attachments.retain(|it| it.id != id);
        if self.attachments.len() == before {
            return Ok(false);
        }
        if self.attachments.is_empty() && self.body.is_empty() && !self.drawn {
            return Err(AttachmentError::Last.into());
        }
        self.edited_at = Some(now);
        Ok(true)
    }

    /// Marks the thread as done, by whoever has this name, or opens it again.
    pub fn resolve(&mut self, resolved: bool, name: Option<&str>, now: Timestamp) {
        if resolved != self.resolved_at.is_some() {
            self.resolved_at = resolved.then_some(now);
            self.resolved_by = name.filter(|_| resolved).map(str::to_owned);
        }
    }

    /// Deletes it. What the owner of the recording deleted stays deleted by the owner.
    pub fn delete(&mut self, by: Deleter, now: Timestamp) {
        if self.deleted_at.is_none() {
            self.deleted_at = Some(now);
            self.deleted_by = Some(by);
        } else if by == Deleter::Owner {
            self.deleted_by = Some(by);
        }
    }

    pub fn restore(&mut self) {
        self.deleted_at = None;
        self.deleted_by = None;
    }

    /// The comment that opened the thread this one belongs to.
    pub fn thread(&self) -> CommentId {
        self.parent.unwrap_or(self.id)
    }
}

/// Why a comment is refused, and which field is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommentError {
    #[error("A comment needs some words that can be seen.")]
    Empty,
    #[error(
        "Quotes, lists or links in this comment are too many within each other. Make it simpler."
    )]
    TooComplex,
    #[error("A comment has at most {MAX_BODY} characters.")]
    TooLong,
    #[error("The comment stands behind the end of the recording.")]
    TooLate,
    #[error("The range ends before it begins.")]
    Backwards,
    #[error("The comment you answer belongs to another recording, or is not there.")]
    NoSuchThread,
    #[error("The thread you answer was deleted.")]
    ThreadDeleted,
    #[error("This recording has {MAX_COMMENTS} comments. That is the most; delete some first.")]
    TooMany,
    #[error(
        "Somebody with an account is called like that here. Add a surname or an initial, so that people can tell you apart."
    )]
    NameTaken,
    #[error("Say who you are: a name is enough.")]
    NoName,
    #[error(transparent)]
    Name(AccountError),
    #[error("Only a thread can be resolved, not a reply in it.")]
    NotAThread,
    #[error("A comment mentions at most {MAX_MENTIONS} people and groups.")]
    TooManyMentions,
    /// The same whether there is nobody like that or it is somebody the writer knows nothing of.
    #[error("Somebody who is mentioned here is not known. Remove the mention.")]
    UnknownMention,
    #[error("Sign in to write a note that not everyone reads.")]
    PrivateNeedsAccount,
    #[error("A thread is assigned, not a reply in it.")]
    AssignsReply,
    #[error("There is nobody with this id on this server.")]
    NoSuchPerson,
    #[error("Only you read this note, so only you can be asked to do it.")]
    AssignsNote,
    #[error(transparent)]
    NoDay(#[from] NoDay),
    #[error(transparent)]
    Drawing(#[from] DrawingError),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
}

impl CommentError {
    /// Name of the field of the request.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Empty
            | Self::TooComplex
            | Self::TooLong
            | Self::TooMany
            | Self::TooManyMentions
            | Self::UnknownMention => "body",
            Self::PrivateNeedsAccount => "visibility",
            Self::AssignsReply | Self::NoSuchPerson | Self::AssignsNote => "user_id",
            Self::NoDay(_) => "due_on",
            Self::TooLate => "at_ms",
            Self::Backwards => "end_ms",
            Self::NoSuchThread | Self::ThreadDeleted => "parent_id",
            Self::NameTaken | Self::NoName | Self::Name(_) => "guest_name",
            Self::NotAThread => "resolved",
            Self::Drawing(_) => "drawing",
            Self::Attachment(_) => "attachments",
        }
    }
}

/// The words as stored: [`lines`], blank edges cut off; rendered they must show something.
pub fn clean_body(raw: &str) -> Result<String, CommentError> {
    if mentioned(raw).len() > MAX_MENTIONS {
        return Err(CommentError::TooManyMentions);
    }
    if raw.len() > MAX_BODY * 5 {
        return Err(CommentError::TooLong);
    }
    let kept = lines(raw);
    let body = kept.trim_end().trim_start_matches('\n');
    if body.trim().is_empty() {
        Err(CommentError::Empty)
    } else if plain(body, |_| String::new()).chars().count() > MAX_BODY {
        Err(CommentError::TooLong)
    } else {
        markdown::check(body).map_err(|why| match why {
            Unrendered::TooMuch => CommentError::TooComplex,
            Unrendered::Nothing => CommentError::Empty,
        })?;
        Ok(body.to_owned())
    }
}

/// The same for a comment with a drawing or with files, which may be all that it says.
pub fn clean_caption(raw: &str) -> Result<String, CommentError> {
    match clean_body(raw) {
        Err(CommentError::Empty) if raw.trim().is_empty() => Ok(String::new()),
        cleaned => cleaned,
    }
}

/// Checks where a thread stands. `length_ms` is the length of a finished recording; while the take
/// runs a viewer may be ahead of what has arrived here.
pub fn check_moment(
    at_ms: u64,
    end_ms: Option<u64>,
    length_ms: Option<u64>,
) -> Result<(), CommentError> {
    let latest = latest_ms(length_ms);
    if at_ms > latest || end_ms.is_some_and(|end| end > latest) {
        return Err(CommentError::TooLate);
    }
    if end_ms.is_some_and(|end| end < at_ms) {
        return Err(CommentError::Backwards);
    }
    Ok(())
}

/// Where a reply to `answered` goes: to the same moment, into the same thread. `root` is the row of
/// [`Comment::thread`] of `answered`.
pub fn reply_to(
    root: &Comment,
    recording: RecordingId,
    viewer: &Viewer,
) -> Result<(CommentId, u64, Option<u64>), CommentError> {
    // What they may not read is not there.
    if root.recording != recording || root.parent.is_some() || !root.read_by(viewer) {
        return Err(CommentError::NoSuchThread);
    }
    if root.deleted_at.is_some() {
        return Err(CommentError::ThreadDeleted);
    }
    Ok((root.id, root.at_ms, root.end_ms))
}

/// What a page shows `viewer` of all comments of a recording: of what they may read, what is not deleted, and deleted comments
/// that still hold a thread together. By moment, then by instant.
pub fn shown(mut comments: Vec<Comment>, viewer: &Viewer) -> Vec<Comment> {
    comments.retain(|c| c.read_by(viewer));
    let held: HashSet<CommentId> = comments
        .iter()
        .filter(|c| c.deleted_at.is_none())
        .filter_map(|c| c.parent)
        .collect();
    comments.retain(|c| c.deleted_at.is_none() || held.contains(&c.id));
    comments.sort_by_key(Comment::place);
    comments
}

#[cfg(test)]
mod tests;
