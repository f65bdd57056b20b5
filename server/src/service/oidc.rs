//! Signing in by a provider: begun here, ended when the browser comes back. Which account it is, is decided here alone.

use std::time::Duration;

use aside_protocol::id::UserId;
use serde_json::json;

use super::account::begin_session;
use crate::auth::token::Secret;
use crate::domain::account::{Role, User};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::oidc::{Claims, OidcRefusal, Rules, safe_next};
use crate::domain::token::Origin;
use crate::oidc::{Provider, ProviderError};
use crate::resources::Resources;
use crate::store::identities::{self, Login};
use crate::store::{StoreError, Tx, audit, profiles};

/// How long somebody may take at the provider.
pub const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(600);

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Refused(#[from] OidcRefusal),
    /// It was begun in another browser, or too long ago, or ended already.
    #[error("this sign-in was not begun here, or has run out")]
    Unknown,
    #[error("nobody has set this server up yet")]
    NotSetUp,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Begins: where to send the browser, and the secret by which it is known again.
pub async fn begin(
    resources: &Resources,
    provider: &Provider,
    next: &str,
) -> Result<(String, Secret), OidcError> {
    if resources.store.is_empty().await? {
        return Err(OidcError::NotSetUp);
    }
    let begun = provider.begin().await?;
    let browser = Secret::new(&*resources.entropy);
    let login = Login {
        nonce: begun.nonce,
        verifier: begun.verifier,
        next: safe_next(next),
    };
    let (state, now) = (Secret::from_text(&begun.state).hash(), resources.now());
    resources
        .store
        .write(async |tx: &mut Tx| {
            identities::prune_logins(tx, now).await?;
            let ends = now.plus(SIGN_IN_TIMEOUT);
            identities::insert_login(tx, &state, &browser.hash(), &login, ends).await
        })
        .await?;
    Ok((begun.url, browser))
}

/// Ends: the browser came back with `code` for `state`. Answers its session, and where to go on to.
pub async fn end(
    resources: &Resources,
    provider: &Provider,
    browser: &Secret,
    (state, code): (&str, &str),
    from: &Origin,
) -> Result<(Secret, String), OidcError> {
    let (state, now) = (Secret::from_text(state).hash(), resources.now());
    let taken = resources
        .store
        .write(async |tx: &mut Tx| identities::take_login(tx, &state, &browser.hash(), now).await);
    let login = taken.await?.ok_or(OidcError::Unknown)?;
    let claims = provider
        .end(code.to_owned(), login.nonce, login.verifier)
        .await?;
    let rules = &provider.config().rules;
    let secret = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Secret, OidcError> {
            tx.delete_expired_sessions(now).await?;
            let user = account(tx, resources, rules, &claims).await?;
            Ok(begin_session(tx, resources, user, from).await?)
        })
        .await?;
    Ok((secret, login.next))
}

/// The account of whom the provider names: known by its name for them alone, or once by a verified address.
async fn account(
    tx: &mut Tx,
    resources: &Resources,
    rules: &Rules,
    claims: &Claims,
) -> Result<UserId, OidcError> {
    let role = rules.role(claims)?;
    let (issuer, subject) = (&claims.issuer, &claims.subject);
    let now = resources.now();
    if let Some(user) = identities::of(tx, issuer, subject).await? {
        if let Some(role) = role {
            follow(tx, resources, &user, role).await?;
        }
        return Ok(user.id);
    }
    let email = rules.address(claims)?;
    let (user, action) = match profiles::user_by_email(tx, email).await? {
        Some(user) => {
            // Who made an account with somebody else's address, and nobody asked its mailbox, would get that person's sign-ins.
            let proved = profiles::has_proved_email(tx, user.id).await?;
            if !proved || identities::has(tx, user.id, issuer).await? {
                return Err(OidcRefusal::OtherPerson.into());
            }
            if let Some(role) = role {
                follow(tx, resources, &user, role).await?;
            }
            (user, AuditAction::ProviderLinked)
        }
        None => {
            rules.may_join()?;
            let user = User {
                id: UserId::new(now, resources.id_entropy()),
                email: email.clone(),
                name: claims.account_name(email),
                role: role.unwrap_or(Role::Member),
                created_at: now,
            };
            tx.insert_user(&user, None).await?;
            (user, AuditAction::ProviderJoined)
        }
    };
    identities::insert(tx, issuer, subject, user.id, now).await?;
    let detail = json!({ "issuer": issuer, "mail": email.as_str() });
    let entry = Entry::by(&user, action, None, detail);
    audit::add(tx, &entry, now).await?;
    Ok(user.id)
}

/// The groups say another role than the account has. Owners are made and unmade by hand.
async fn follow(
    tx: &mut Tx,
    resources: &Resources,
    user: &User,
    role: Role,
) -> Result<(), StoreError> {
    if user.role == role || user.role == Role::Owner {
        return Ok(());
    }
    profiles::set_role(tx, user.id, role).await?;
    let detail = json!({ "before": user.role, "after": role });
    let entry = Entry::by(user, AuditAction::ProviderRole, None, detail);
    audit::add(tx, &entry, resources.now()).await
}
