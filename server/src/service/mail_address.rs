//! Changing the mail address of an account: whoever asks proves to have the new mailbox, by a link that is sent there.

use std::net::IpAddr;

use aside_protocol::id::UserId;
use serde_json::json;

use super::actor::Member;
use super::mail::Mailer;
use super::password::{self, Means};
use crate::auth::token::Secret;
use crate::domain::account::{AccountError, Email, User};
use crate::domain::account_link::{AccountLink, Purpose};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::mail::Letter;
use crate::domain::page_language::PageLanguage;
use crate::domain::texts::About;
use crate::resources::Resources;
use crate::store::{Result, StoreError, Tx, account_links, audit, profiles};

/// Why an address was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(
        "This server sends no mail, so it cannot ask the new address. Whoever runs it can change yours: aside-server user set-mail"
    )]
    NoMail,
    #[error("This is your address already.")]
    Same,
    #[error("too many mails")]
    TooMany,
    #[error("This link was used, or has run out. Ask for another one in the settings.")]
    LinkUsed,
    #[error("Somebody else has this address by now.")]
    Taken,
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Password(#[from] password::ChangeError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sends a link to the address that a member wants to have; it is theirs once the link is followed. Who has that address
/// already is told so by mail: whoever asks does not learn it.
pub async fn ask(
    resources: &Resources,
    means: Means<'_>,
    member: &Member,
    (typed, password): (&str, &str),
    address: IpAddr,
) -> std::result::Result<(), ChangeError> {
    let mailer = means.mailer.ok_or(ChangeError::NoMail)?;
    let email: Email = typed.parse()?;
    let user = &member.user;
    if email == user.email {
        return Err(ChangeError::Same);
    }
    if resources.store.password_hash(user.id).await?.is_some() {
        password::prove(resources, means, member, password, address).await?;
    }
    if !means.limits.mail_to(&email) {
        return Err(ChangeError::TooMany);
    }
    let taken = resources.store.credentials(&email).await?.is_some();
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<()> {
            // The newest request counts alone.
            account_links::remove_all(tx, user.id, Purpose::Mail).await?;
            let secret = Secret::new(&*resources.entropy);
            let of = AccountLink {
                user: user.id,
                email: Some(email.clone()),
            };
            account_links::insert(tx, &secret.hash(), Purpose::Mail, &of, resources.now()).await?;
            let letter = if taken {
                let theirs = profiles::language_at(tx, &email).await?;
                has_account(&email, theirs.unwrap_or_default(), mailer)
            } else {
                let language = profiles::language(tx, user.id).await?;
                asks((&email, language), user, mailer, &secret)
            };
            mailer.post(tx, resources, &letter).await
        })
        .await?;
    resources.notify.notify_any();
    Ok(())
}

fn asks(
    (to, language): (&Email, PageLanguage),
    user: &User,
    mailer: &Mailer,
    secret: &Secret,
) -> Letter {
    let about = About::AddressAsked { name: &user.name };
    let url = mailer.link(&format!("/verify-mail#{}", secret.reveal()));
    Letter::about(to.clone(), language, &about, Some(url))
}

fn has_account(to: &Email, language: PageLanguage, mailer: &Mailer) -> Letter {
    let url = mailer.link("/sign-in");
    Letter::about(to.clone(), language, &About::AddressTaken, Some(url))
}

/// Follows such a link: the address is the person's from now on, and the one before is told. Answers the new one.
pub async fn confirm(
    resources: &Resources,
    mailer: Option<&Mailer>,
    secret: &Secret,
) -> std::result::Result<Email, ChangeError> {
    let (hash, now) = (secret.hash(), resources.now());
    let confirmed = resources
        .store
        .write(
            async |tx: &mut Tx| -> std::result::Result<Email, ChangeError> {
                let taken = account_links::take(tx, &hash, Purpose::Mail, now).await?;
                let taken = taken.ok_or(ChangeError::LinkUsed)?;
                let email = taken.email.ok_or(ChangeError::LinkUsed)?;
                let user = profiles::user(tx, taken.user).await?;
                let user = user.ok_or(ChangeError::LinkUsed)?;
                change(tx, resources, &user, &email).await?;
                if let Some(mailer) = mailer {
                    let language = profiles::language(tx, user.id).await?;
                    let letter = moved(&user, language, &email);
                    mailer.post(tx, resources, &letter).await?;
                }
                Ok(email)
            },
        )
        .await;
    let email = confirmed.map_err(taken)?;
    resources.notify.notify_any();
    Ok(email)
}

fn moved(user: &User, language: PageLanguage, email: &Email) -> Letter {
    let about = About::AddressChanged {
        name: &user.name,
        email: email.as_str(),
    };
    Letter::about(user.email.clone(), language, &about, None)
}

/// Gives a person another address without asking it: for whoever runs the server. Says whether there is such a person.
pub async fn set(
    resources: &Resources,
    before: &Email,
    after: &Email,
) -> std::result::Result<bool, ChangeError> {
    let Some((user, _)) = resources.store.credentials(before).await? else {
        return Ok(false);
    };
    let set = resources
        .store
        .write(async |tx: &mut Tx| change(tx, resources, &user, after).await);
    set.await.map_err(taken)?;
    Ok(true)
}

async fn change(
    tx: &mut Tx,
    resources: &Resources,
    user: &User,
    email: &Email,
) -> std::result::Result<(), ChangeError> {
    profiles::set_email(tx, user.id, email).await?;
    // A link in the mailbox before must not open the account any more.
    account_links::remove_all(tx, user.id, Purpose::Reset).await?;
    account_links::remove_all(tx, user.id, Purpose::Mail).await?;
    let detail = json!({ "before": user.email.as_str(), "after": email.as_str() });
    let entry = Entry::by(user, AuditAction::MailChanged, None, detail);
    audit::add(tx, &entry, resources.now()).await?;
    Ok(())
}

fn taken(error: ChangeError) -> ChangeError {
    match error {
        ChangeError::Store(cause) if cause.is_duplicate() => ChangeError::Taken,
        error => error,
    }
}

/// The address that a person asked for and has not proved yet.
pub async fn pending(resources: &Resources, user: UserId) -> Result<Option<Email>> {
    let now = resources.now();
    resources.store.pending_email(user, now).await
}
