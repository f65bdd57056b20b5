//! Changing a password, and setting one that was forgotten by a link that works once.

use std::net::IpAddr;

use serde_json::json;

use super::actor::Member;
use super::mail::Mailer;
use crate::auth::password::{PasswordError, Passwords};
use crate::auth::token::Secret;
use crate::domain::account::{AccountError, Email, Password, User};
use crate::domain::account_link::{AccountLink, Purpose};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::mail::Letter;
use crate::domain::texts::About;
use crate::limits::{Limits, Wait};
use crate::resources::Resources;
use crate::store::{Result, StoreError, Tx, account_links, audit, profiles, sessions};

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("This is not your password.")]
    Wrong,
    #[error("You have no password here: you sign in by your organisation.")]
    NoPassword,
    #[error("too many wrong passwords")]
    TooMany(Wait),
    #[error("This link was used, or has run out. Ask for another one.")]
    LinkUsed,
    #[error(transparent)]
    New(#[from] AccountError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What asking for a password needs.
#[derive(Debug, Clone, Copy)]
pub struct Means<'a> {
    pub passwords: &'a Passwords,
    pub limits: &'a Limits,
    /// None: nobody is told by mail.
    pub mailer: Option<&'a Mailer>,
}

/// Checks that whoever asks knows the password of the member. Counts like tries to sign in.
pub async fn prove(
    resources: &Resources,
    means: Means<'_>,
    member: &Member,
    typed: &str,
    address: IpAddr,
) -> std::result::Result<(), ChangeError> {
    let hash = resources.store.password_hash(member.user.id).await?;
    let hash = hash.ok_or(ChangeError::NoPassword)?;
    // What can be no password is wrong.
    let password = Password::new(typed).map_err(|_| ChangeError::Wrong)?;
    let email = &member.user.email;
    means
        .limits
        .sign_in(email, address)
        .map_err(ChangeError::TooMany)?;
    if !means.passwords.verify(password, Some(hash)).await? {
        return Err(ChangeError::Wrong);
    }
    means.limits.signed_in(email, address);
    Ok(())
}

/// Sets another password for who knows the old one. Every other browser is signed out.
pub async fn change(
    resources: &Resources,
    means: Means<'_>,
    member: &Member,
    (old, new): (&str, &str),
    address: IpAddr,
) -> std::result::Result<(), ChangeError> {
    let new = Password::new(new)?;
    prove(resources, means, member, old, address).await?;
    let hash = means.passwords.hash(new, &*resources.entropy).await?;
    let user = &member.user;
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<()> {
            profiles::set_password(tx, user.id, &hash).await?;
            sessions::end_others(tx, user.id, Some(member.token)).await?;
            account_links::remove_all(tx, user.id, Purpose::Reset).await?;
            let entry = Entry::by(user, AuditAction::PasswordChanged, None, json!({}));
            audit::add(tx, &entry, resources.now()).await?;
            tell(tx, resources, means.mailer, user).await
        })
        .await?;
    resources.notify.notify_any();
    Ok(())
}

/// Tells a person that their password is another one.
async fn tell(
    tx: &mut Tx,
    resources: &Resources,
    mailer: Option<&Mailer>,
    user: &User,
) -> Result<()> {
    let Some(mailer) = mailer else {
        return Ok(());
    };
    let language = profiles::language(tx, user.id).await?;
    let about = About::PasswordChanged { name: &user.name };
    let url = mailer.link("/reset");
    let letter = Letter::about(user.email.clone(), language, &about, Some(url));
    mailer.post(tx, resources, &letter).await
}

/// Sends a link for a new password to the person with this address, if there is one. Whoever asks learns nothing: the answer
/// is the same, and everything that depends on the address is done behind it.
pub fn ask(
    resources: &Resources,
    limits: &Limits,
    mailer: Option<&Mailer>,
    typed: &str,
    address: IpAddr,
) -> std::result::Result<(), Wait> {
    limits.asks_for_mail(address)?;
    let (Ok(email), Some(mailer)) = (typed.parse::<Email>(), mailer.cloned()) else {
        return Ok(());
    };
    if !limits.mail_to(&email) {
        return Ok(());
    }
    let resources = resources.clone();
    tokio::spawn(async move {
        if let Err(cause) = send(&resources, &mailer, &email).await {
            tracing::error!(%cause, "a mail for a new password was lost: {cause}");
        }
    });
    Ok(())
}

async fn send(resources: &Resources, mailer: &Mailer, email: &Email) -> Result<()> {
    let Some((user, _)) = resources.store.credentials(email).await? else {
        return Ok(());
    };
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<()> {
            let secret = link(tx, resources, &user).await?;
            let language = profiles::language(tx, user.id).await?;
            let about = About::NewPassword { name: &user.name };
            let url = mailer.link(&path(&secret));
            let letter = Letter::about(user.email.clone(), language, &about, Some(url));
            mailer.post(tx, resources, &letter).await
        })
        .await?;
    resources.notify.notify_any();
    Ok(())
}

/// The address of the page that sets a new password. The secret stands behind a `#`, so that it is in no log and no referrer.
pub fn path(secret: &Secret) -> String {
    format!("/reset#{}", secret.reveal())
}

async fn link(tx: &mut Tx, resources: &Resources, user: &User) -> Result<Secret> {
    let secret = Secret::new(&*resources.entropy);
    let of = AccountLink {
        user: user.id,
        email: None,
    };
    let hash = secret.hash();
    account_links::insert(tx, &hash, Purpose::Reset, &of, resources.now()).await?;
    Ok(secret)
}

/// Makes a link for a new password, for whoever runs the server; none where nobody has the address.
pub async fn make_link(resources: &Resources, email: &Email) -> Result<Option<Secret>> {
    let Some((user, _)) = resources.store.credentials(email).await? else {
        return Ok(None);
    };
    let made = resources
        .store
        .write(async |tx: &mut Tx| link(tx, resources, &user).await);
    made.await.map(Some)
}

/// Sets a new password by a link, which is used up. Every browser is signed out.
pub async fn reset(
    resources: &Resources,
    passwords: &Passwords,
    mailer: Option<&Mailer>,
    secret: &Secret,
    new: &str,
) -> std::result::Result<(), ChangeError> {
    let new = Password::new(new)?;
    let (hash, now) = (secret.hash(), resources.now());
    let store = &resources.store;
    // Before a password is hashed, which costs something.
    if store
        .account_link(&hash, Purpose::Reset, now)
        .await?
        .is_none()
    {
        return Err(ChangeError::LinkUsed);
    }
    let password = passwords.hash(new, &*resources.entropy).await?;
    store
        .write(
            async |tx: &mut Tx| -> std::result::Result<(), ChangeError> {
                let taken = account_links::take(tx, &hash, Purpose::Reset, now).await?;
                let id = taken.ok_or(ChangeError::LinkUsed)?.user;
                let user = profiles::user(tx, id).await?;
                let user = user.ok_or(ChangeError::LinkUsed)?;
                profiles::set_password(tx, id, &password).await?;
                sessions::end_others(tx, id, None).await?;
                account_links::remove_all(tx, id, Purpose::Reset).await?;
                let entry = Entry::by(&user, AuditAction::PasswordReset, None, json!({}));
                audit::add(tx, &entry, now).await?;
                tell(tx, resources, mailer, &user).await?;
                Ok(())
            },
        )
        .await?;
    resources.notify.notify_any();
    Ok(())
}
