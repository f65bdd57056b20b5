//! A task that was found becomes a thread that somebody is asked to do.

use aside_protocol::id::{CommentId, UserId};
use jiff::civil::Date;
use uuid::Uuid;

use super::actor::Member;
use super::assistant::may_see;
use super::gate::{self, GateError};
use super::notices::{Cause, Told, tell};
use super::publish::comment_changed;
use crate::domain::access::{self, Allowed, Change as MayChange};
use crate::domain::assignment::Assignment;
use crate::domain::author::Author;
use crate::domain::comment::{Comment, CommentError, MAX_COMMENTS, clean_body, name_of_agent};
use crate::domain::event::Change;
use crate::domain::suggest::SuggestionKind;
use crate::domain::suggest::row::{Suggestion, SuggestionState};
use crate::domain::transcript_file::escaped;
use crate::resources::Resources;
use crate::store::{StoreError, Tx, events, suggestions};

/// Why it did not become one.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    #[error("there is no such suggestion")]
    NotFound,
    #[error("it is at version {0} now")]
    OtherVersion(i64),
    #[error("Only tasks are given to somebody.")]
    NoTask,
    #[error("They may not see this recording. Share it with them first.")]
    NotSeen,
    #[error(transparent)]
    Comment(#[from] CommentError),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who is to do it, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    pub to: UserId,
    pub due: Option<Date>,
}

/// Makes a thread of a task, where it is said, and gives it to somebody who may see the recording. All of it, or nothing.
pub async fn give(
    resources: &Resources,
    member: &Member,
    recording: &Allowed<MayChange>,
    (id, version): (Uuid, Option<i64>),
    given: Given,
) -> Result<(Suggestion, CommentId), TaskError> {
    let (store, now) = (&resources.store, resources.now());
    let user = store.user(given.to).await?;
    let user = user.ok_or(CommentError::NoSuchPerson)?;
    if store.is_deactivated(user.id).await? {
        return Err(CommentError::NoSuchPerson.into());
    }
    if !may_see(resources, recording.id, &user).await? {
        return Err(TaskError::NotSeen);
    }
    if store.count_all_comments(recording.id).await? >= MAX_COMMENTS {
        return Err(CommentError::TooMany.into());
    }
    let viewer = member.viewer();
    let mut told = Told::default();
    let made = store
        .write(async |tx: &mut Tx| -> Result<_, TaskError> {
            gate::held_again(tx, recording, now).await?;
            gate::held::<access::Comment>(tx, &viewer, recording.id, now).await?;
            let before = suggestions::get(tx, recording.id, id).await?;
            let before = before.ok_or(TaskError::NotFound)?;
            if version.is_some_and(|version| version != before.version) {
                return Err(TaskError::OtherVersion(before.version));
            }
            match (before.kind, before.state) {
                (SuggestionKind::Action, SuggestionState::Open | SuggestionState::Accepted) => {}
                (SuggestionKind::Action, _) => return Err(TaskError::NotFound),
                _ => return Err(TaskError::NoTask),
            }
            let name = if member.agent {
                name_of_agent(&member.user.name)
            } else {
                member.user.name.clone()
            };
            // It is text, whoever wrote it: nobody is mentioned by it, and nothing in it is a link that says something else.
            let body = clean_body(&escaped(&before.text))?;
            let thread = CommentId::new(now, resources.id_entropy());
            let mut comment = Comment {
                at_ms: before.at_ms,
                by_agent: member.agent,
                ..Comment::new(
                    thread,
                    recording.id,
                    Author::Member(member.user.id),
                    name,
                    body,
                    now,
                )
            };
            tx.insert_comment(&comment).await?;
            comment.assignment = Some(Assignment {
                to: given.to,
                name: String::new(),
                due: given.due,
                zone: None,
                named: false,
            });
            tx.update_comment(&comment).await?;
            // With the name of who is to do it.
            let comment = tx.comment(thread).await?.ok_or(TaskError::NotFound)?;
            let mut after = before;
            after.state = SuggestionState::Given;
            after.version += 1;
            suggestions::update(tx, &after).await?;
            let cause = Cause::Commented {
                comment: &comment,
                mentioned: &[],
                assigned: Some(given.to),
            };
            told = tell(tx, resources, Some(member.user.id), cause).await?;
            comment_changed(tx, &comment, now).await?;
            events::append(tx, recording.id, Change::Transcript, now).await?;
            Ok((after, thread))
        })
        .await?;
    resources.notify.notify(recording.id);
    told.wake(resources);
    Ok(made)
}
