//! Asking for access, and the answer.

use aside_protocol::id::{AccessRequestId, GrantId, RecordingId, Slug};
use aside_protocol::text::line;
use serde_json::json;

use super::people::detail;
use super::shared::{ChangeError, Effect, Shared, changed};
use crate::domain::access::{Refusal, Watch};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::event::Change as Event;
use crate::domain::notice::Key;
use crate::domain::recording::Recording;
use crate::domain::sharing::{
    ANSWER_TAKEN_BACK_WITHIN, Grantee, MAX_GRANTS, MAX_MESSAGE, SharingError,
};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::service::gate::{self, GateError};
use crate::service::notices::{Cause, Told, settle, tell};
use crate::store::{StoreError, Tx, audit, events, shares};

/// A member asks to see what is behind a link.
#[derive(Debug, Clone)]
pub struct Question {
    pub slug: Slug,
    /// For the owner; shortened where it is long.
    pub message: String,
}

/// Asks the owner. Whoever asks does not learn whether there is a recording: nothing happens where there is none, where it
/// was deleted, and where they may watch it already.
pub async fn ask(
    resources: &Resources,
    member: &Member,
    question: &Question,
) -> Result<(), StoreError> {
    let viewer = member.viewer();
    match gate::by_slug::<Watch>(resources, &viewer, &question.slug).await {
        Err(GateError::Refused(Refusal::Hidden | Refusal::Password)) => {}
        Err(GateError::Store(cause)) => return Err(cause),
        Ok(_) | Err(_) => return Ok(()),
    }
    let Some(recording) = resources.store.recording_by_slug(&question.slug).await? else {
        return Ok(());
    };
    if recording.deleted_at.is_some() {
        return Ok(());
    }
    // In the background: the time that this takes would tell that there is a recording.
    let (resources, member) = (resources.clone(), member.clone());
    let message: String = line(&question.message).chars().take(MAX_MESSAGE).collect();
    tokio::spawn(async move {
        if let Err(cause) = note(&resources, &member, &recording, &message).await {
            tracing::error!(%cause, "a question for access was lost: {cause}");
        }
    });
    Ok(())
}

async fn note(
    resources: &Resources,
    member: &Member,
    asked: &Recording,
    message: &str,
) -> Result<(), StoreError> {
    let (now, recording) = (resources.now(), asked.id);
    let id = AccessRequestId::new(now, resources.id_entropy());
    let told = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Told, StoreError> {
            let user = member.user.id;
            let request = shares::add_request(tx, recording, id, user, message, now).await?;
            let cause = Cause::Asked {
                recording,
                owner: asked.owner,
                request,
            };
            let told = tell(tx, resources, Some(user), cause).await?;
            let action = AuditAction::AccessAsked;
            let entry = Entry::by(&member.user, action, Some(recording), json!({}));
            audit::add(tx, &entry, now).await?;
            events::append(tx, recording, Event::Sharing, now).await?;
            Ok(told)
        })
        .await?;
    resources.notify.notify(recording);
    told.wake(resources);
    Ok(())
}

/// Says yes, which names the person, or no.
pub async fn answer(
    resources: &Resources,
    member: &Member,
    id: RecordingId,
    request: AccessRequestId,
    yes: bool,
) -> Result<Shared, ChangeError> {
    let grant = GrantId::new(resources.now(), resources.id_entropy());
    changed(
        resources,
        member,
        id,
        None,
        async |tx: &mut Tx, _: &Recording, now| {
            let from = shares::answer_request(tx, id, request, now).await?;
            let to = Grantee::Person(from.ok_or(ChangeError::NotFound)?);
            let mut told = settle(tx, Key::Asked(request), now).await?;
            if yes {
                if shares::count_grants(tx, id).await? >= MAX_GRANTS {
                    return Err(SharingError::TooMany.into());
                }
                // Who was named already stays so when the answer is taken back.
                if shares::add_grant(tx, id, grant, &to, now).await? {
                    shares::note_granted(tx, request, grant).await?;
                }
                let cause = Cause::Shared {
                    recording: id,
                    with: &to,
                };
                told.add(tell(tx, resources, Some(member.user.id), cause).await?);
            }
            shares::touch(tx, id, false).await?;
            let action = if yes {
                AuditAction::PersonAdded
            } else {
                AuditAction::AccessRefused
            };
            Ok(Some(Effect {
                action,
                detail: detail(&to),
                told,
            }))
        },
    )
    .await
}

/// Takes an answer back that was given a moment ago: the question is open again, and a yes names nobody.
pub async fn reopen(
    resources: &Resources,
    member: &Member,
    id: RecordingId,
    request: AccessRequestId,
) -> Result<Shared, ChangeError> {
    changed(
        resources,
        member,
        id,
        None,
        async |tx: &mut Tx, _: &Recording, now| {
            let since = now.minus(ANSWER_TAKEN_BACK_WITHIN);
            let found = shares::reopen_request(tx, id, request, since).await?;
            let (from, granted) = found.ok_or(ChangeError::NotFound)?;
            let removed = match granted {
                Some(grant) => shares::remove_grant(tx, id, grant).await?,
                None => false,
            };
            shares::touch(tx, id, removed).await?;
            let mut detail = detail(&Grantee::Person(from));
            detail["answer"] = "taken back".into();
            Ok(Some(Effect {
                action: if removed {
                    AuditAction::PersonRemoved
                } else {
                    AuditAction::AccessAsked
                },
                detail,
                told: Told::default(),
            }))
        },
    )
    .await
}
