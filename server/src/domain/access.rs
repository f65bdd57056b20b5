//! Who may do what: the one policy function. Pure; every route that touches a recording asks it.
//!
//! Surprise: "there is nothing here" is not decided here. A slug is a secret of 131 bits, so
//! whoever names a recording that exists is told the truth about it.

use aside_protocol::id::{TokenId, UserId};
use aside_protocol::problem::ProblemCode;

use super::account::Role;
use super::comment::Deleter;
use super::recording::Audience;

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
}

impl Viewer {
    /// Whether the viewer wrote it.
    pub fn is(&self, author: &Author) -> bool {
        match (self, author) {
            (Self::Guest(me), Author::Guest(it)) => me == it,
            (Self::Member { id, .. }, Author::Member(it)) => id == it,
            _ => false,
        }
    }
}

/// Who wrote a comment. Nobody, when the account is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    Member(UserId),
    Guest(TokenId),
    Nobody,
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
    pub deleted: bool,
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
}

impl Refusal {
    pub const fn code(self) -> ProblemCode {
        match self {
            Self::SignIn => ProblemCode::Unauthenticated,
            Self::MembersOnly => ProblemCode::MembersOnly,
            Self::Forbidden => ProblemCode::Forbidden,
            Self::Gone => ProblemCode::Gone,
        }
    }
}

/// Decides. The order of the questions matters: what a viewer may not see is never said to be
/// deleted, and what is deleted can only be brought back.
pub fn decide(viewer: &Viewer, action: Action, facts: &Facts) -> Result<(), Refusal> {
    let owns = matches!(viewer, Viewer::Member { id, .. } if *id == facts.owner);
    match action {
        Action::Watch
        | Action::Poster
        | Action::Comment
        | Action::EditComment(_)
        | Action::DeleteComment(_)
        | Action::RestoreComment(..)
        | Action::ResolveThread(_) => {
            if facts.audience == Audience::Members && !matches!(viewer, Viewer::Member { .. }) {
                return Err(Refusal::MembersOnly);
            }
            if facts.deleted && !(owns && action == Action::Poster) {
                return Err(Refusal::Gone);
            }
            let allowed = match action {
                Action::EditComment(author)
                | Action::RestoreComment(author, Some(Deleter::Author)) => viewer.is(&author),
                Action::RestoreComment(_, Some(Deleter::Owner) | None) => owns,
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
        use Refusal::{Forbidden, Gone, MembersOnly, SignIn};
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
