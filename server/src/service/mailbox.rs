//! Watching what is shared with a mail address, without an account: a link that is sent there proves the mailbox.

use std::net::IpAddr;

use aside_protocol::id::Slug;
use aside_protocol::text::line;
use serde_json::json;

use super::mail::Mailer;
use super::media_link::MediaKeys;
use super::token::issue;
use crate::auth::token::Secret;
use crate::domain::account::{Email, MAX_NAME};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::mail::Letter;
use crate::domain::mailbox::{MailboxLink, PROOF_LIVES};
use crate::domain::page_language::PageLanguage;
use crate::domain::texts::About;
use crate::domain::token::Kind;
use crate::limits::{Limits, Wait};
use crate::resources::Resources;
use crate::store::{Result, StoreError, Tx, audit, mailboxes, profiles};

/// Sends a link to an address, if the recording behind `slug` is shared with it. Whoever asks learns nothing: the answer is the
/// same, and everything that depends on recording and address is done behind it. The mail is in the language of the account with that
/// address, else in `chosen`.
pub fn ask(
    resources: &Resources,
    (limits, keys, mailer): (&Limits, &MediaKeys, &Mailer),
    slug: &Slug,
    (typed, chosen): (&str, PageLanguage),
    address: IpAddr,
) -> std::result::Result<(), Wait> {
    limits.asks_for_mail(address)?;
    let Ok(email) = typed.parse::<Email>() else {
        return Ok(());
    };
    if !limits.mail_to(&email) {
        return Ok(());
    }
    let (resources, keys, mailer, slug) = (
        resources.clone(),
        keys.clone(),
        mailer.clone(),
        slug.clone(),
    );
    tokio::spawn(async move {
        if let Err(cause) = send(&resources, &keys, &mailer, &slug, (email, chosen)).await {
            tracing::error!(%cause, "a mail with a link to a recording was lost: {cause}");
        }
    });
    Ok(())
}

async fn send(
    resources: &Resources,
    keys: &MediaKeys,
    mailer: &Mailer,
    slug: &Slug,
    (email, chosen): (Email, PageLanguage),
) -> Result<()> {
    let (store, now) = (&resources.store, resources.now());
    let Some(recording) = store.recording_by_slug(slug).await? else {
        return Ok(());
    };
    let ended = recording.sharing.ends_at.is_some_and(|end| end <= now);
    if ended
        || recording.deleted_at.is_some()
        || !store.address_is_named(recording.id, &email).await?
    {
        return Ok(());
    }
    let link = MailboxLink::new(recording.id, email.clone(), now).sign(keys.get(resources).await?);
    let title = line(&recording.title);
    let url = mailer.link(&format!("/mail-link#{link}"));
    store
        .write(async |tx: &mut Tx| -> Result<()> {
            let language = profiles::language_at(tx, &email).await?;
            let language = language.unwrap_or(chosen);
            let about = About::MailLink { title: &title };
            let letter = Letter::about(email.clone(), language, &about, Some(url.clone()));
            mailer.post(tx, resources, &letter).await
        })
        .await?;
    resources.notify.notify_any();
    Ok(())
}

/// Why a link opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    #[error(
        "This link has run out, or the recording is not shared with your address any more. Ask for another one where you found it."
    )]
    Ended,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a link opened.
#[derive(Debug)]
pub struct Opened {
    pub slug: Slug,
    /// By which the browser is known; none where it is known already.
    pub secret: Option<Secret>,
}

/// Follows a link: the browser, known as a guest or new, is whom the address means, for a while.
pub async fn open(
    resources: &Resources,
    keys: &MediaKeys,
    text: &str,
    guest: Option<&Secret>,
) -> std::result::Result<Opened, MailboxError> {
    let now = resources.now();
    let link = MailboxLink::verify(text, keys.get(resources).await?, now);
    let link = link.ok_or(MailboxError::Ended)?;
    let shown = match guest {
        Some(secret) => {
            resources
                .store
                .shown_tokens(&[secret.hash(), [0; 32]])
                .await?
        }
        None => Vec::new(),
    };
    let known = shown.into_iter().find(|it| {
        let alive = it.token.expires_at.is_none_or(|end| end > now);
        it.token.kind == Kind::Guest && alive
    });
    resources
        .store
        .write(
            async |tx: &mut Tx| -> std::result::Result<Opened, MailboxError> {
                let recording = tx.recording(link.recording).await?;
                let recording = recording.ok_or(MailboxError::Ended)?;
                if !mailboxes::address_is_named(tx, recording.id, &link.email).await? {
                    return Err(MailboxError::Ended);
                }
                let (guest, secret) = match known {
                    Some(known) => (known.token.id, None),
                    None => {
                        let name = guest_name(&link.email);
                        let (token, secret) =
                            issue(tx, resources, Kind::Guest, None, &name).await?;
                        (token.id, Some(secret))
                    }
                };
                mailboxes::set(tx, guest, &link.email, now.plus(PROOF_LIVES)).await?;
                let entry = Entry {
                    actor: None,
                    actor_name: link.email.as_str().to_owned(),
                    action: AuditAction::MailboxProved,
                    recording: Some(recording.id),
                    detail: json!({}),
                };
                audit::add(tx, &entry, now).await?;
                Ok(Opened {
                    slug: recording.slug,
                    secret,
                })
            },
        )
        .await
}

/// A name to comment under, until another is typed.
fn guest_name(email: &Email) -> String {
    let local = email.as_str().split('@').next().unwrap_or_default();
    local.chars().take(MAX_NAME).collect()
}
