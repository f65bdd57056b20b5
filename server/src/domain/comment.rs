//! What a comment may say, where it may stand, and which comments a page shows.
//!
//! A thread is a comment without a parent and its replies; replies have no replies of their own:
//! who answers a reply joins its thread.

use std::collections::HashSet;

use aside_protocol::id::{CommentId, RecordingId, TokenId, UserId};
use aside_protocol::text::lines;
use aside_protocol::time::Timestamp;

use super::account::AccountError;
use super::markdown::{self, Unrendered};
use super::names::names;
use super::recording::latest_ms;

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
    /// Markdown.
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
}

/// Who wrote a comment. Nobody, when the account is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    Member(UserId),
    Guest(TokenId),
    Nobody,
}

/// Who deleted a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleter {
    Author,
    /// The owner of the recording, whoever wrote the comment.
    Owner,
}

names!(Deleter, "deleter of a comment", {
    Author: "author",
    Owner: "owner",
});

impl Comment {
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
}

impl CommentError {
    /// Name of the field of the request.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Empty | Self::TooComplex | Self::TooLong | Self::TooMany => "body",
            Self::TooLate => "at_ms",
            Self::Backwards => "end_ms",
            Self::NoSuchThread | Self::ThreadDeleted => "parent_id",
            Self::NameTaken | Self::NoName | Self::Name(_) => "guest_name",
            Self::NotAThread => "resolved",
        }
    }
}

/// The words as stored: [`lines`], blank edges cut off; rendered they must show something.
pub fn clean_body(raw: &str) -> Result<String, CommentError> {
    if raw.len() > MAX_BODY * 5 {
        return Err(CommentError::TooLong);
    }
    let kept = lines(raw);
    let body = kept.trim_end().trim_start_matches('\n');
    if body.trim().is_empty() {
        Err(CommentError::Empty)
    } else if body.chars().count() > MAX_BODY {
        Err(CommentError::TooLong)
    } else {
        markdown::check(body).map_err(|why| match why {
            Unrendered::TooMuch => CommentError::TooComplex,
            Unrendered::Nothing => CommentError::Empty,
        })?;
        Ok(body.to_owned())
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
) -> Result<(CommentId, u64, Option<u64>), CommentError> {
    if root.recording != recording || root.parent.is_some() {
        return Err(CommentError::NoSuchThread);
    }
    if root.deleted_at.is_some() {
        return Err(CommentError::ThreadDeleted);
    }
    Ok((root.id, root.at_ms, root.end_ms))
}

/// What a page shows of all comments of a recording: what is not deleted, and deleted comments
/// that still hold a thread together. By moment, then by instant.
pub fn shown(mut comments: Vec<Comment>) -> Vec<Comment> {
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
    use super::*;

    fn id(n: u8) -> CommentId {
        CommentId::new(Timestamp::from_micros(i64::from(n) * 1000), [n; 10])
    }

    fn comment(n: u8, parent: Option<u8>, deleted: bool) -> Comment {
        let at = Timestamp::from_micros(i64::from(n));
        Comment {
            id: id(n),
            recording: RecordingId::new(at, [0; 10]),
            parent: parent.map(id),
            author: Author::Nobody,
            author_name: "Ana".to_owned(),
            at_ms: 1000,
            end_ms: None,
            body: "words".to_owned(),
            created_at: at,
            edited_at: None,
            resolved_at: None,
            resolved_by: None,
            deleted_at: deleted.then_some(at),
            deleted_by: None,
            version: 1,
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
        assert_eq!(reply_to(&root, here), Ok((id(1), 1000, None)));
        assert_eq!(reply_to(&root, elsewhere), Err(CommentError::NoSuchThread));
        assert_eq!(
            reply_to(&comment(1, None, true), comment(1, None, true).recording),
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
        let ids: Vec<CommentId> = shown(all).into_iter().map(|c| c.id).collect();
        assert_eq!(ids, [id(1), id(3)]);
    }
}
