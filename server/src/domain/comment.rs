//! What a comment may say, where it may stand, and which comments a page shows.
//!
//! A thread is a comment without a parent and its replies; replies have no replies of their own:
//! who answers a reply joins its thread.

use std::collections::HashSet;

use aside_protocol::id::{CommentId, RecordingId};
use aside_protocol::text::lines;
use aside_protocol::time::Timestamp;

use super::access::Viewer;
use super::account::AccountError;
use super::assignment::{Assignment, NoDay};
use super::attachment::{Attachment, AttachmentError};
use super::drawing::DrawingError;
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

impl Comment {
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
            assignment: None,
            mentions: Vec::new(),
            reactions: Vec::new(),
            drawn: false,
            attachments: Vec::new(),
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

    /// Gives it other words.
    pub fn edit(&mut self, body: &str, now: Timestamp) {
        if self.body != body {
            body.clone_into(&mut self.body);
            self.edited_at = Some(now);
        }
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
    comments.sort_by_key(|c| (c.at_ms, c.created_at, c.parent.is_some(), c.id));
    comments
}

#[cfg(test)]
mod tests {
    use aside_protocol::id::{TokenId, UserId};

    use super::*;
    use crate::domain::account::Role;

    const ANYONE: Viewer = Viewer::Anonymous;

    fn member(n: u8) -> Viewer {
        Viewer::Member {
            id: UserId::new(Timestamp::from_micros(0), [n; 10]),
            role: Role::Member,
        }
    }

    fn id(n: u8) -> CommentId {
        CommentId::new(Timestamp::from_micros(i64::from(n) * 1000), [n; 10])
    }

    fn comment(n: u8, parent: Option<u8>, deleted: bool) -> Comment {
        let at = Timestamp::from_micros(i64::from(n));
        let (name, words) = ("Ana".to_owned(), "words".to_owned());
        Comment {
            parent: parent.map(id),
            at_ms: 1000,
            deleted_at: deleted.then_some(at),
            ..Comment::new(
                id(n),
                RecordingId::new(at, [0; 10]),
                Author::Nobody,
                name,
                words,
                at,
            )
        }
    }

    #[test]
    fn a_body_keeps_its_lines_and_loses_what_cannot_be_seen() {
        assert_eq!(
            clean_body("\n\n    code\r\nmore\u{0}\u{7}\u{85}  \n").unwrap(),
            "    code\nmore"
        );
        assert_eq!(clean_body(" \n\t "), Err(CommentError::Empty));
        assert_eq!(
            clean_body(&"é".repeat(MAX_BODY)).unwrap().chars().count(),
            MAX_BODY
        );
        assert_eq!(
            clean_body(&"x".repeat(MAX_BODY + 1)),
            Err(CommentError::TooLong)
        );
    }

    #[test]
    fn a_comment_stands_inside_the_recording() {
        assert_eq!(check_moment(10_000, None, Some(10_000)), Ok(()));
        assert_eq!(
            check_moment(15_001, None, Some(10_000)),
            Err(CommentError::TooLate)
        );
        assert_eq!(
            check_moment(0, Some(15_001), Some(10_000)),
            Err(CommentError::TooLate)
        );
        assert_eq!(
            check_moment(2_000, Some(1_999), None),
            Err(CommentError::Backwards)
        );
        assert_eq!(
            check_moment(u64::MAX, None, None),
            Err(CommentError::TooLate)
        );
    }

    #[test]
    fn a_reply_joins_a_living_thread_of_the_same_recording() {
        let root = comment(1, None, false);
        let here = root.recording;
        let elsewhere = RecordingId::new(Timestamp::from_micros(0), [9; 10]);
        assert_eq!(reply_to(&root, here, &ANYONE), Ok((id(1), 1000, None)));
        assert_eq!(
            reply_to(&root, elsewhere, &ANYONE),
            Err(CommentError::NoSuchThread)
        );
        assert_eq!(
            reply_to(
                &comment(1, None, true),
                comment(1, None, true).recording,
                &ANYONE
            ),
            Err(CommentError::ThreadDeleted)
        );
        assert_eq!(comment(3, Some(1), false).thread(), id(1));
    }

    #[test]
    fn what_the_owner_deleted_is_not_the_authors_to_bring_back() {
        let later = Timestamp::from_micros(9);
        let mut it = comment(1, None, false);
        it.delete(Deleter::Author, later);
        it.delete(Deleter::Owner, later);
        it.delete(Deleter::Author, later);
        assert_eq!(it.deleted_by, Some(Deleter::Owner));
        it.restore();
        assert_eq!((it.deleted_at, it.deleted_by), (None, None));
    }

    #[test]
    fn a_deleted_comment_is_shown_only_while_it_holds_a_thread() {
        let all = vec![
            comment(3, Some(1), false),
            comment(1, None, true),
            comment(2, None, true),
            comment(4, Some(2), true),
        ];
        let ids: Vec<CommentId> = shown(all, &ANYONE).into_iter().map(|c| c.id).collect();
        assert_eq!(ids, [id(1), id(3)]);
    }

    #[test]
    fn a_note_is_read_by_whom_it_is_for_and_nobody_else_can_answer_it() {
        let (me, other) = (member(1), member(2));
        let guest = Viewer::Guest(TokenId::new(Timestamp::from_micros(0), [1; 10]));
        let mut note = comment(1, None, false);
        note.author = me.member().map_or(Author::Nobody, Author::Member);
        for (visibility, readers) in [
            (Visibility::Everyone, [true, true, true, true]),
            (Visibility::Members, [true, true, false, false]),
            (Visibility::Author, [true, false, false, false]),
        ] {
            note.visibility = visibility;
            for (viewer, reads) in [me, other, guest, ANYONE].iter().zip(readers) {
                assert_eq!(note.read_by(viewer), reads, "{visibility:?} {viewer:?}");
                let answered = reply_to(&note, note.recording, viewer);
                assert_eq!(answered.is_ok(), reads, "{visibility:?} {viewer:?}");
                assert_eq!(shown(vec![note.clone()], viewer).len(), usize::from(reads));
            }
        }
    }

    #[test]
    fn who_has_no_account_reads_the_names_of_those_in_the_thread_only() {
        let who = |n| Mentioned::User(UserId::new(Timestamp::from_micros(0), [n; 10]));
        let mention = |n, name: Option<&str>, in_thread| Mention {
            who: who(n),
            name: name.map(str::to_owned),
            in_thread,
            named: false,
        };
        let mut it = comment(1, None, false);
        it.body = format!("{} {} {}", who(1), who(2), who(3));
        it.mentions = vec![
            mention(1, Some("Jo"), true),
            mention(2, Some("Mara"), false),
        ];
        assert_eq!(it.words(&member(9)), "@Jo @Mara @somebody");
        assert_eq!(it.words(&ANYONE), "@Jo @somebody @somebody");
    }

    #[test]
    fn ten_thousand_mentions_are_refused_as_such() {
        let one = Mentioned::User(UserId::new(Timestamp::from_micros(0), [1; 10])).to_string();
        assert!(clean_body(&one.repeat(MAX_MENTIONS)).is_ok());
        for many in [MAX_MENTIONS + 1, 10_000] {
            assert_eq!(
                clean_body(&one.repeat(many)),
                Err(CommentError::TooManyMentions)
            );
        }
    }
}
