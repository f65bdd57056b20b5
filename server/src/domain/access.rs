//! Who may do what: the one policy function, and [`Allowed`], the proof that it was asked. Pure.
//!
//! What a viewer may not see is [`Refusal::Hidden`], which is answered like a recording that does not exist.

use std::marker::PhantomData;
use std::ops::Deref;

use aside_protocol::id::{Slug, TokenId, UserId};
use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;

use super::account::{Role, User};
use super::author::{Author, Deleter};
use super::recording::Recording;
use super::sharing::{Audience, Commenters};

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
        /// Whether it opens the file for download too.
        download: bool,
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
    pub fn owns(&self, recording: &Recording) -> bool {
        matches!(self, Self::Member { id, .. } if *id == recording.owner)
    }

    /// Whether the viewer wrote it.
    pub fn is(&self, author: &Author) -> bool {
        match (self, author) {
            (Self::Guest(me), Author::Guest(it)) => me == it,
            (Self::Member { id, .. }, Author::Member(it)) => id == it,
            _ => false,
        }
    }

    /// Their account, of somebody who has one.
    pub const fn member(&self) -> Option<UserId> {
        match self {
            Self::Member { id, .. } => Some(*id),
            _ => None,
        }
    }

    const fn is_member(&self) -> bool {
        matches!(self, Self::Member { .. })
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See and hear it, read its transcript and comments, and all that is derived from them.
    Watch,
    /// See the poster: as `Watch`, and the owner sees it in the trash too.
    Poster,
    /// Have it as a file.
    Download,
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
    /// Title, layout, and how it is shared.
    Change,
    /// Into the trash and out of it.
    Delete,
}

impl Action {
    /// Of the comment that it is about.
    const fn author(self) -> Option<Author> {
        match self {
            Self::EditComment(author)
            | Self::DeleteComment(author)
            | Self::RestoreComment(author, _)
            | Self::ResolveThread(author) => Some(author),
            _ => None,
        }
    }
}

/// What the rules need to know of a recording and of what it has to do with the viewer.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'r> {
    pub recording: &'r Recording,
    /// The viewer is one of the people who are named.
    pub named: bool,
    /// The password that the viewer proved to know.
    pub password: Option<i64>,
    pub now: Timestamp,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Sign in to do this.")]
    SignIn,
    /// Answered like a recording that does not exist.
    #[error("there is no such recording")]
    Hidden,
    #[error("This recording asks for a password.")]
    Password,
    #[error("This belongs to somebody else.")]
    Forbidden,
    #[error("Only people do this; a program changes what programs of its person wrote.")]
    PeopleOnly,
    #[error("Its owner has turned comments off.")]
    CommentsOff,
    #[error("Its owner does not offer this recording as a file.")]
    NoDownload,
    #[error("This recording was deleted.")]
    Gone,
    #[error("Who may watch this recording was changed. Reload the page.")]
    LinkEnded,
}

impl Refusal {
    pub const fn code(self) -> ProblemCode {
        match self {
            Self::SignIn => ProblemCode::Unauthenticated,
            Self::Hidden => ProblemCode::NotFound,
            Self::Password => ProblemCode::PasswordNeeded,
            Self::Forbidden | Self::PeopleOnly | Self::CommentsOff | Self::NoDownload => {
                ProblemCode::Forbidden
            }
            Self::Gone => ProblemCode::Gone,
            Self::LinkEnded => ProblemCode::LinkExpired,
        }
    }
}

/// Decides. The order of the questions matters: what a viewer may not see is never said to exist, and what is deleted can only
/// be brought back.
pub fn decide(viewer: &Viewer, action: Action, facts: &Facts<'_>) -> Result<(), Refusal> {
    if let Viewer::Bearer { epoch, download } = viewer {
        return decide_for_bearer(*epoch, *download, action, facts);
    }
    let recording = facts.recording;
    let deleted = recording.deleted_at.is_some();
    let owns = viewer.owns(recording);
    match may_see(viewer, facts) {
        // Whoever wrote it knew the password then, and changes their own words only.
        Err(Refusal::Password) if action.author().is_some_and(|it| viewer.is(&it)) => {}
        seen => seen?,
    }
    let allowed = |yes: bool, refusal: Refusal| {
        if yes {
            Ok(())
        } else {
            Err(sign_in_or(viewer, refusal))
        }
    };
    let alive = if deleted { Err(Refusal::Gone) } else { Ok(()) };
    match action {
        Action::Poster if owns => Ok(()),
        Action::Watch | Action::Poster => alive,
        Action::Download => alive.and_then(|()| {
            let offered = owns || recording.sharing.download;
            if offered {
                Ok(())
            } else {
                Err(Refusal::NoDownload)
            }
        }),
        Action::Comment => alive.and_then(|()| may_comment(viewer, facts)),
        Action::EditComment(author) => alive.and_then(|()| {
            allowed(viewer.is(&author), Refusal::Forbidden)?;
            may_comment(viewer, facts)
        }),
        Action::RestoreComment(author, Some(Deleter::Author)) => {
            alive.and_then(|()| allowed(viewer.is(&author), Refusal::Forbidden))
        }
        Action::RestoreComment(_, Some(Deleter::Owner) | None) | Action::Mark => {
            alive.and_then(|()| allowed(owns, Refusal::Forbidden))
        }
        Action::DeleteComment(author) | Action::ResolveThread(author) => {
            alive.and_then(|()| allowed(owns || viewer.is(&author), Refusal::Forbidden))
        }
        Action::Upload | Action::Change => {
            allowed(owns, Refusal::Forbidden)?;
            alive
        }
        Action::Delete => allowed(owns, Refusal::Forbidden),
    }
}

/// Whether the viewer may know that the recording exists, deleted or not, and has proved what it asks for.
fn may_see(viewer: &Viewer, facts: &Facts<'_>) -> Result<(), Refusal> {
    let Facts {
        recording,
        named,
        password,
        now,
    } = *facts;
    let sharing = &recording.sharing;
    if viewer.owns(recording) {
        return Ok(());
    }
    if sharing.ends_at.is_some_and(|end| end <= now) {
        return Err(Refusal::Hidden);
    }
    if named {
        return Ok(());
    }
    let in_audience = match sharing.audience {
        Audience::Owner => false,
        Audience::Members => viewer.is_member(),
        Audience::Link => true,
    };
    if !in_audience {
        return Err(Refusal::Hidden);
    }
    if sharing.password.is_some() && sharing.password != password {
        return Err(Refusal::Password);
    }
    Ok(())
}

fn may_comment(viewer: &Viewer, facts: &Facts<'_>) -> Result<(), Refusal> {
    match facts.recording.sharing.comments {
        Commenters::Off => Err(Refusal::CommentsOff),
        Commenters::Members if !viewer.is_member() => Err(Refusal::SignIn),
        Commenters::Members | Commenters::Anyone => Ok(()),
    }
}

/// A media link opens what is played and nothing else. Whoever holds one was allowed to watch once, and is told that the
/// recording is gone.
fn decide_for_bearer(
    epoch: i64,
    download: bool,
    action: Action,
    facts: &Facts<'_>,
) -> Result<(), Refusal> {
    let wanted = action == Action::Watch || (action == Action::Download && download);
    if !wanted {
        Err(Refusal::Forbidden)
    } else if facts.recording.deleted_at.is_some() {
        Err(Refusal::Gone)
    } else if epoch != facts.recording.share_epoch {
        Err(Refusal::LinkEnded)
    } else {
        Ok(())
    }
}

/// What [`Allowed`] is a proof of.
pub trait Permission {
    const ACTION: Action;
}

/// A permission that includes to watch.
pub trait MayWatch: Permission {}
impl MayWatch for Watch {}
impl MayWatch for Download {}

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

permissions!(
    Watch, Poster, Download, Comment, Mark, Upload, Change, Delete
);

/// A recording with which `viewer` may do `P`; only [`allow`] makes one.
#[derive(Debug, Clone)]
pub struct Allowed<P> {
    seen: Seen,
    viewer: Viewer,
    now: Timestamp,
    permission: PhantomData<fn() -> P>,
}

/// A recording as it was read for one viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub recording: Recording,
    /// The viewer is one of the people who are named.
    pub named: bool,
    /// Whether the viewer still has the account, and it is not deactivated; true of who never had one.
    pub present: bool,
    /// The password that the viewer proved to know.
    pub password: Option<i64>,
}

/// How somebody stands to a recording, as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// They are one of the people who are named.
    pub named: bool,
    /// As [`Seen::present`].
    pub present: bool,
}

impl Seen {
    pub const fn standing(&self) -> Standing {
        Standing {
            named: self.named,
            present: self.present,
        }
    }

    pub const fn facts(&self, now: Timestamp) -> Facts<'_> {
        Facts {
            recording: &self.recording,
            named: self.named,
            password: self.password,
            now,
        }
    }
}

/// Who reads what happens to a recording, for as long as they may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    pub viewer: Viewer,
    /// The password that they proved to know.
    pub password: Option<i64>,
    /// By which link they came.
    pub slug: Slug,
}

impl Reader {
    pub fn of<P>(recording: &Allowed<P>) -> Self {
        Self {
            viewer: recording.viewer,
            password: recording.seen.password,
            slug: recording.slug.clone(),
        }
    }

    /// Whether they may watch it now, by the link by which they came.
    pub fn may_watch(&self, recording: &Recording, standing: Standing, now: Timestamp) -> bool {
        let facts = Facts {
            recording,
            named: standing.named,
            password: self.password,
            now,
        };
        let viewer = present(&self.viewer, standing.present);
        recording.slug == self.slug && decide(viewer, Action::Watch, &facts).is_ok()
    }
}

/// Who has no account any more is nobody.
const fn present(viewer: &Viewer, present: bool) -> &Viewer {
    if present { viewer } else { &Viewer::Anonymous }
}

/// Decides about a recording.
pub fn allow<P: Permission>(
    viewer: &Viewer,
    seen: Seen,
    now: Timestamp,
) -> Result<Allowed<P>, Refusal> {
    let viewer = *present(viewer, seen.present);
    decide(&viewer, P::ACTION, &seen.facts(now))?;
    Ok(Allowed {
        seen,
        viewer,
        now,
        permission: PhantomData,
    })
}

impl<P> Allowed<P> {
    pub const fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// What the viewer proved of the recording.
    pub const fn password(&self) -> Option<i64> {
        self.seen.password
    }

    /// Whether the recording is the viewer's own.
    pub fn is_the_viewers(&self) -> bool {
        self.viewer.owns(&self.seen.recording)
    }

    /// Whether the viewer may do this too.
    pub fn may(&self, action: Action) -> bool {
        decide(&self.viewer, action, &self.seen.facts(self.now)).is_ok()
    }

    pub fn into_recording(self) -> Recording {
        self.seen.recording
    }
}

impl<P> Deref for Allowed<P> {
    type Target = Recording;
    fn deref(&self) -> &Recording {
        &self.seen.recording
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
mod tests;
