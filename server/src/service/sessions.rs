//! Browsers in which a person is signed in, and how they end.

use aside_protocol::id::TokenId;
use serde_json::json;

use super::actor::Member;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::token::Session;
use crate::resources::Resources;
use crate::store::{Result, Tx, audit, sessions};

/// The one that was used last first.
pub async fn list(resources: &Resources, member: &Member) -> Result<Vec<Session>> {
    let now = resources.now();
    resources.store.sessions(member.user.id, now).await
}

/// Whether the token by which a person is known still counts.
pub async fn counts(resources: &Resources, member: &Member) -> Result<bool> {
    let now = resources.now();
    resources
        .store
        .token_counts(member.user.id, member.token, now)
        .await
}

/// Signs a browser of this person out. Says whether there was one.
pub async fn end(resources: &Resources, member: &Member, session: TokenId) -> Result<bool> {
    let user = &member.user;
    resources
        .store
        .write(async |tx: &mut Tx| {
            let ended = sessions::end(tx, user.id, session).await?;
            if ended {
                note(tx, resources, member, 1, "browsers").await?;
            }
            Ok(ended)
        })
        .await
}

/// Signs every other browser of this person out.
pub async fn end_others(resources: &Resources, member: &Member) -> Result<()> {
    let user = &member.user;
    resources
        .store
        .write(async |tx: &mut Tx| {
            let ended = sessions::end_others(tx, user.id, Some(member.token)).await?;
            note(tx, resources, member, ended, "browsers").await
        })
        .await
}

/// Ends every recorder and program of this person, but for the one that asks.
pub async fn end_tokens(resources: &Resources, member: &Member) -> Result<()> {
    let user = &member.user;
    resources
        .store
        .write(async |tx: &mut Tx| {
            let ended = sessions::end_tokens(tx, user.id, member.token).await?;
            note(tx, resources, member, ended, "tokens").await
        })
        .await
}

async fn note(
    tx: &mut Tx,
    resources: &Resources,
    member: &Member,
    ended: u64,
    what: &str,
) -> Result<()> {
    let detail = json!({ what: ended });
    let entry = Entry::by(&member.user, AuditAction::SessionsEnded, None, detail);
    audit::add(tx, &entry, resources.now()).await
}
