//! Signing in by a passkey: alone, or behind a password.

use super::account::{SignInError, begin_session, known};
use super::factors::{self, ByPasskey, FactorError, Making};
use crate::auth::password::Passwords;
use crate::auth::token::Secret;
use crate::domain::account::User;
use crate::domain::passkey::{Asked, Site};
use crate::domain::token::Origin;
use crate::limits::Limits;
use crate::resources::Resources;
use crate::store::{Tx, passkeys, profiles};

/// What somebody may show beside the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// None: they have none here.
    pub passkey: Option<Making>,
    /// Codes of an app.
    pub app: bool,
}

/// Asks a browser for any passkey of this server: a challenge in base64url. Who has an account is not told.
pub async fn ask_anybody(
    resources: &Resources,
    limits: &Limits,
    from: &Origin,
) -> Result<Making, SignInError> {
    limits
        .passkey(from.address)
        .map_err(SignInError::TooManyPasskeys)?;
    let challenge = factors::ask(resources, Asked::SignIn, None).await?;
    let others = Vec::new();
    Ok(Making { challenge, others })
}

/// Asks somebody who knows the password for one of their passkeys.
pub async fn ask_known(
    resources: &Resources,
    passwords: &Passwords,
    limits: &Limits,
    (email, password, site): (&str, &str, Option<&Site>),
    from: &Origin,
) -> Result<Choice, SignInError> {
    limits
        .passkey(from.address)
        .map_err(SignInError::TooManyPasskeys)?;
    let user = known(resources, passwords, limits, (email, password), from).await?;
    let standing = factors::standing(resources, user.id).await?;
    let mut others = standing.passkeys;
    others.retain(|it| site.is_some_and(|site| it.rp_id == site.rp_id()));
    let passkey = match others.is_empty() {
        true => None,
        false => {
            let challenge = factors::ask(resources, Asked::SignIn, Some(user.id)).await?;
            Some(Making { challenge, others })
        }
    };
    Ok(Choice {
        passkey,
        app: standing.app,
    })
}

/// Signs a browser in by what its device answered.
pub async fn sign_in(
    resources: &Resources,
    limits: &Limits,
    site: &Site,
    by: ByPasskey<'_>,
    from: &Origin,
) -> Result<(User, Secret), SignInError> {
    limits
        .passkey(from.address)
        .map_err(SignInError::TooManyPasskeys)?;
    let (passkey, counter) = match factors::checked(resources, site, Asked::SignIn, by).await {
        Ok(checked) => checked,
        Err(FactorError::Refused(refusal)) => return Err(refusal.into()),
        Err(FactorError::Store(cause)) => return Err(cause.into()),
        Err(_) => return Err(SignInError::Unasked),
    };
    if resources.store.is_deactivated(passkey.user).await? {
        return Err(SignInError::Deactivated);
    }
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| {
            let user = profiles::user(tx, passkey.user).await?;
            let user = user.ok_or(SignInError::Unasked)?;
            if !passkeys::used(tx, &passkey.key, counter, now).await? {
                return Err(SignInError::Unasked);
            }
            tx.delete_expired_sessions(now).await?;
            let secret = begin_session(tx, resources, user.id, from).await?;
            Ok((user, secret))
        })
        .await
}
