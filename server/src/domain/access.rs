//! Who may do what: the one policy function, and [`Allowed`], the proof that it was asked. Pure.
//!
//! "There is nothing here" is not decided here. A slug is a secret of 131 bits, so
//! whoever names a recording that exists is told the truth about it.

use std::marker::PhantomData;
use std::ops::Deref;

use aside_protocol::id::{TokenId, UserId};
use aside_protocol::problem::ProblemCode;

use super::account::{Role, User};
use super::comment::{Author, Deleter};
use super::recording::Recording;
use super::sharing::Audience;

/// Who asks, as far as the rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    Anonymous,
    /// Somebody who gave a name; known by the row of the guest cookie.
    Guest(TokenId),
    Member {
        id: UserId,
        role: Role,
    },
    /// Whoever holds a signed media link, given when the share epoch of its recording was this.
    Bearer {
        epoch: i64,
    },
}

impl From<&User> for Viewer {
    fn from(user: &User) -> Self {
        Self::Member {
            id: user.id,
            role: user.role,
        }
    }
}

impl Viewer {
    /// Whether the recording is the viewer's own.
    pub fn owns(&self, facts: &Facts) -> bool {
        matches!(self, Self::Member { id, .. } if *id == facts.owner)
    }

    /// Whether the viewer wrote it.
    pub fn is(&self, author: &Author) -> bool {
        match (self, author) {
            (Self::Guest(me), Author::Guest(it)) => me == it,
            (Self::Member { id, .. }, Author::Member(it)) => id == it,
            _ => false,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See and hear it, read its transcript and comments, and all that is derived from them.
    Watch,
    /// See the poster: as `Watch`, and the owner sees it in the trash too.
    Poster,
    /// Write a comment or a reply.
    Comment,
    /// Change the words of a comment.
    EditComment(Author),
    /// Delete a comment.
    DeleteComment(Author),
    /// Bring a comment back; with none, it was deleted before this was kept.
    RestoreComment(Author, Option<Deleter>),
    /// Mark a thread, whose first comment is by this author, as done; or open it again.
    ResolveThread(Author),
    /// Set, rename, move, delete a chapter.
    Mark,
    /// Send parts, ask what has arrived, finish.
    Upload,
    /// Title and audience.
    Change,
    /// Into the trash and out of it.
    Delete,
}

/// What the rules need to know of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub owner: UserId,
    pub audience: Audience,
    /// Raised by every change of the audience.
    pub share_epoch: i64,
    pub deleted: bool,
}

impl From<&Recording> for Facts {
    fn from(recording: &Recording) -> Self {
        Self {
            owner: recording.owner,
            audience: recording.audience,
            share_epoch: recording.share_epoch,
            deleted: recording.deleted_at.is_some(),
        }
    }
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Sign in to do this.")]
    SignIn,
    #[error(
        "Only members of this server may see this recording. Sign in, or ask its author for access."
    )]
    MembersOnly,
    #[error("This belongs to somebody else.")]
    Forbidden,
    #[error("This recording was deleted.")]
    Gone,
    #[error("Who may watch this recording was changed. Reload the page.")]
    LinkEnded,
}

impl Refusal {
    pub const fn code(self) -> ProblemCode {
        match self {
            Self::SignIn => ProblemCode::Unauthenticated,
            Self::MembersOnly => ProblemCode::MembersOnly,
            Self::Forbidden => ProblemCode::Forbidden,
            Self::Gone => ProblemCode::Gone,
            Self::LinkEnded => ProblemCode::LinkExpired,
        }
    }
}

/// Decides. The order of the questions matters: what a viewer may not see is never said to be
/// deleted, and what is deleted can only be brought back.
pub fn decide(viewer: &Viewer, action: Action, facts: &Facts) -> Result<(), Refusal> {
    if let Viewer::Bearer { epoch } = viewer {
        return decide_for_bearer(*epoch, action, facts);
    }
    let owns = viewer.owns(facts);
    match action {
        Action::Watch
        | Action::Poster
        | Action::Comment
        | Action::EditComment(_)
        | Action::DeleteComment(_)
        | Action::RestoreComment(..)
        | Action::ResolveThread(_)
        | Action::Mark => {
            if facts.audience == Audience::Members && !matches!(viewer, Viewer::Member { .. }) {
                return Err(Refusal::MembersOnly);
            }
            if facts.deleted && !(owns && action == Action::Poster) {
                return Err(Refusal::Gone);
            }
            let allowed = match action {
                Action::EditComment(author)
                | Action::RestoreComment(author, Some(Deleter::Author)) => viewer.is(&author),
                Action::RestoreComment(_, Some(Deleter::Owner) | None) | Action::Mark => owns,
                Action::DeleteComment(author) | Action::ResolveThread(author) => {
                    owns || viewer.is(&author)
                }
                _ => true,
            };
            if allowed {
                Ok(())
            } else {
                Err(sign_in_or(viewer, Refusal::Forbidden))
            }
        }
        Action::Upload | Action::Change => {
            if !owns {
                return Err(sign_in_or(viewer, Refusal::Forbidden));
            }
            if facts.deleted {
                Err(Refusal::Gone)
            } else {
                Ok(())
            }
        }
        Action::Delete => {
            if owns {
                Ok(())
            } else {
                Err(sign_in_or(viewer, Refusal::Forbidden))
            }
        }
    }
}

/// A media link opens what is played and nothing else. Whoever holds one was allowed to watch once, and is told that the
/// recording is gone.
fn decide_for_bearer(epoch: i64, action: Action, facts: &Facts) -> Result<(), Refusal> {
    if action != Action::Watch {
        Err(Refusal::Forbidden)
    } else if facts.deleted {
        Err(Refusal::Gone)
    } else if epoch != facts.share_epoch {
        Err(Refusal::LinkEnded)
    } else {
        Ok(())
    }
}

/// What [`Allowed`] is a proof of.
pub trait Permission {
    const ACTION: Action;
}

macro_rules! permissions {
    ($($name:ident),*) => {
        $(
            #[doc = concat!("Permission for [`Action::", stringify!($name), "`].")]
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}
            impl Permission for $name {
                const ACTION: Action = Action::$name;
            }
        )*
    };
}

permissions!(Watch, Poster, Comment, Mark, Upload, Change, Delete);

/// A recording with which `viewer` may do `P`; only [`allow`] makes one.
#[derive(Debug, Clone)]
pub struct Allowed<P> {
    recording: Recording,
    viewer: Viewer,
    permission: PhantomData<fn() -> P>,
}

/// Decides about a recording.
pub fn allow<P: Permission>(viewer: &Viewer, recording: Recording) -> Result<Allowed<P>, Refusal> {
    decide(viewer, P::ACTION, &Facts::from(&recording))?;
    Ok(Allowed {
        recording,
        viewer: *viewer,
        permission: PhantomData,
    })
}

impl<P> Allowed<P> {
    pub const fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// Whether the recording is the viewer's own.
    pub fn is_the_viewers(&self) -> bool {
        self.viewer.owns(&Facts::from(&self.recording))
    }

    /// Whether the viewer may do this too.
    pub fn may(&self, action: Action) -> bool {
        decide(&self.viewer, action, &Facts::from(&self.recording)).is_ok()
    }

    pub fn into_recording(self) -> Recording {
        self.recording
    }
}

impl<P> Deref for Allowed<P> {
    type Target = Recording;
    fn deref(&self) -> &Recording {
        &self.recording
    }
}

fn sign_in_or(viewer: &Viewer, refusal: Refusal) -> Refusal {
    if *viewer == Viewer::Anonymous {
        Refusal::SignIn
    } else {
        refusal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::time::Timestamp;

    fn user(n: u8) -> UserId {
        UserId::new(Timestamp::from_micros(0), [n; 10])
    }
    fn guest(n: u8) -> TokenId {
        TokenId::new(Timestamp::from_micros(0), [n; 10])
    }

    /// Viewer × audience × deleted → answer, in the order link, members, link deleted, members deleted.
    #[test]
    fn the_table_of_who_may_do_what() {
        use Refusal::{Forbidden, Gone, LinkEnded, MembersOnly, SignIn};
        let owner = Viewer::Member {
            id: user(1),
            role: Role::Member,
        };
        let other = Viewer::Member {
            id: user(2),
            role: Role::Member,
        };
        let admin = Viewer::Member {
            id: user(3),
            role: Role::Owner,
        };
        let ana = Viewer::Guest(guest(1));
        let anyone = Viewer::Anonymous;
        let link = Viewer::Bearer { epoch: 3 };
        let old_link = Viewer::Bearer { epoch: 2 };
        let by_ana = Author::Guest(guest(1));
        let by_ben = Author::Guest(guest(2));
        let by_other = Author::Member(user(2));

        let ok = Ok(());
        type Row = (Viewer, Action, [Result<(), Refusal>; 4]);
        let hidden = [ok, Err(MembersOnly), Err(Gone), Err(MembersOnly)];
        let member = [ok, ok, Err(Gone), Err(Gone)];
        let guest_no = [
            Err(Forbidden),
            Err(MembersOnly),
            Err(Gone),
            Err(MembersOnly),
        ];
        let member_no = [Err(Forbidden), Err(Forbidden), Err(Gone), Err(Gone)];
        let table: Vec<Row> = vec![
            (anyone, Action::Watch, hidden),
            (ana, Action::Watch, hidden),
            (other, Action::Watch, member),
            (owner, Action::Watch, member),
            (anyone, Action::Poster, hidden),
            (ana, Action::Poster, hidden),
            (other, Action::Poster, member),
            (admin, Action::Poster, member),
            (owner, Action::Poster, [ok; 4]),
            (anyone, Action::Comment, hidden),
            (ana, Action::Comment, hidden),
            (other, Action::Comment, member),
            (ana, Action::EditComment(by_ana), hidden),
            (ana, Action::EditComment(by_ben), guest_no),
            (owner, Action::EditComment(by_ana), member_no),
            (owner, Action::EditComment(Author::Nobody), member_no),
            (other, Action::EditComment(by_other), member),
            (
                anyone,
                Action::DeleteComment(by_ana),
                [Err(SignIn), Err(MembersOnly), Err(Gone), Err(MembersOnly)],
            ),
            (ana, Action::DeleteComment(by_ana), hidden),
            (ana, Action::DeleteComment(by_other), guest_no),
            (owner, Action::DeleteComment(by_ana), member),
            (admin, Action::DeleteComment(by_ana), member_no),
            (
                ana,
                Action::RestoreComment(by_ana, Some(Deleter::Author)),
                hidden,
            ),
            (
                ana,
                Action::RestoreComment(by_ana, Some(Deleter::Owner)),
                guest_no,
            ),
            (ana, Action::RestoreComment(by_ana, None), guest_no),
            (
                owner,
                Action::RestoreComment(by_ana, Some(Deleter::Owner)),
                member,
            ),
            (owner, Action::RestoreComment(by_ana, None), member),
            (
                owner,
                Action::RestoreComment(by_ana, Some(Deleter::Author)),
                member_no,
            ),
            (owner, Action::ResolveThread(by_other), member),
            (other, Action::ResolveThread(by_other), member),
            (other, Action::ResolveThread(by_ana), member_no),
            (
                anyone,
                Action::Mark,
                [Err(SignIn), Err(MembersOnly), Err(Gone), Err(MembersOnly)],
            ),
            (ana, Action::Mark, guest_no),
            (admin, Action::Mark, member_no),
            (owner, Action::Mark, member),
            (link, Action::Mark, [Err(Forbidden); 4]),
            (anyone, Action::Upload, [Err(SignIn); 4]),
            (ana, Action::Upload, [Err(Forbidden); 4]),
            (other, Action::Upload, [Err(Forbidden); 4]),
            (admin, Action::Upload, [Err(Forbidden); 4]),
            (owner, Action::Upload, member),
            (owner, Action::Change, member),
            (other, Action::Change, [Err(Forbidden); 4]),
            (owner, Action::Delete, [ok; 4]),
            (other, Action::Delete, [Err(Forbidden); 4]),
            (anyone, Action::Delete, [Err(SignIn); 4]),
            (link, Action::Watch, [ok, ok, Err(Gone), Err(Gone)]),
            (
                old_link,
                Action::Watch,
                [Err(LinkEnded), Err(LinkEnded), Err(Gone), Err(Gone)],
            ),
            (link, Action::Poster, [Err(Forbidden); 4]),
            (link, Action::Comment, [Err(Forbidden); 4]),
            (
                link,
                Action::DeleteComment(Author::Nobody),
                [Err(Forbidden); 4],
            ),
            (link, Action::Upload, [Err(Forbidden); 4]),
            (link, Action::Delete, [Err(Forbidden); 4]),
        ];
        for (viewer, action, answers) in table {
            let cases = [
                (Audience::Link, false),
                (Audience::Members, false),
                (Audience::Link, true),
                (Audience::Members, true),
            ];
            for ((audience, deleted), expected) in cases.into_iter().zip(answers) {
                let facts = Facts {
                    owner: user(1),
                    audience,
                    share_epoch: 3,
                    deleted,
                };
                assert_eq!(
                    decide(&viewer, action, &facts),
                    expected,
                    "{viewer:?} {action:?} {facts:?}"
                );
            }
        }
    }
}
