//! The authenticator app of a person with a password: set up, asked for at the sign-in, taken away.

use aside_protocol::id::UserId;
use serde_json::json;

use super::codes;
use super::error::FactorError;
use super::proof::{self, Means, Proof};
use crate::domain::account::{Email, User};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::passkey::Passkey;
use crate::domain::two_factor::{address, typed_secret};
use crate::limits::Limits;
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::store::{Result, StoreError, Tx, audit, passkeys, two_factors};

/// What a person has beside the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// An authenticator app.
    pub app: bool,
    pub passkeys: Vec<Passkey>,
    pub recovery_codes: i64,
}

/// A secret that an app is to know.
#[derive(Clone, PartialEq, Eq)]
pub struct Begun {
    /// As an app reads it from a picture.
    pub url: String,
    /// As people type it.
    pub secret: String,
}

/// What a person has beside the password.
pub async fn standing(resources: &Resources, user: UserId) -> Result<Standing> {
    let store = &resources.store;
    Ok(Standing {
        app: store.factors(user).await?.app,
        passkeys: store.passkeys(user).await?,
        recovery_codes: store.recovery_codes_left(user).await?,
    })
}

/// Makes a secret. It counts once a code of it was typed. `server` is its name in the app.
pub async fn begin(
    resources: &Resources,
    means: Means<'_>,
    member: &Member,
    shown: Proof<'_>,
    server: &str,
) -> std::result::Result<Begun, FactorError> {
    let user = &member.user;
    if resources.store.factors(user.id).await?.app {
        return Err(FactorError::On);
    }
    let secret = resources.entropy.array();
    proof::with(resources, means, member, shown, async |tx: &mut Tx| {
        Ok(two_factors::begin(tx, user.id, &secret).await?)
    })
    .await?;
    Ok(Begun {
        url: address(&secret, &user.email, server).unwrap_or_default(),
        secret: typed_secret(&secret),
    })
}

/// Turns it on, by a code of the app. Answers the codes for when it is lost, where the person had
/// none: they are shown this once.
pub async fn confirm(
    resources: &Resources,
    limits: &Limits,
    member: &Member,
    typed: &str,
) -> std::result::Result<Vec<String>, FactorError> {
    let user = &member.user;
    limits
        .second_factor(user.id)
        .map_err(FactorError::TooMany)?;
    let now = resources.now();
    let fresh = codes::fresh(resources);
    let shown = resources
        .store
        .write(
            async |tx: &mut Tx| -> std::result::Result<Vec<String>, FactorError> {
                let app = two_factors::get(tx, user.id).await?;
                let app = app.ok_or(FactorError::Off)?;
                if app.confirmed {
                    return Err(FactorError::On);
                }
                let step = app.step_of(typed, codes::seconds(now));
                let step = step.ok_or(FactorError::WrongCode)?;
                if !two_factors::use_step(tx, user.id, step).await? {
                    return Err(FactorError::WrongCode);
                }
                two_factors::confirm(tx, user.id, now).await?;
                // What was begun while a password was enough.
                passkeys::forget_asked(tx, user.id).await?;
                note(tx, resources, user, AuditAction::TwoFactorOn).await?;
                Ok(codes::keep_first(tx, user.id, fresh).await?)
            },
        )
        .await?;
    limits.second_factor_right(user.id);
    Ok(shown)
}

/// Takes the app away.
pub async fn turn_off(
    resources: &Resources,
    means: Means<'_>,
    member: &Member,
    shown: Proof<'_>,
) -> std::result::Result<(), FactorError> {
    let user = &member.user;
    if !resources.store.factors(user.id).await?.app {
        return Err(FactorError::Off);
    }
    proof::with(resources, means, member, shown, async |tx: &mut Tx| {
        two_factors::remove(tx, user.id).await?;
        two_factors::forget_codes_without_factor(tx, user.id).await?;
        Ok(note(tx, resources, user, AuditAction::TwoFactorOff).await?)
    })
    .await
}

/// Makes new codes for when a second factor is lost; those before count no more.
pub async fn new_codes(
    resources: &Resources,
    means: Means<'_>,
    member: &Member,
    shown: Proof<'_>,
) -> std::result::Result<Vec<String>, FactorError> {
    let user = member.user.id;
    if resources.store.factors(user).await?.none() {
        return Err(FactorError::Off);
    }
    let fresh = codes::fresh(resources);
    proof::with(resources, means, member, shown, async |tx: &mut Tx| {
        Ok(codes::keep(tx, user, &fresh).await?)
    })
    .await?;
    Ok(fresh)
}

/// Whether somebody whose password was right has to show a code; with one, whether it is right. It is used up.
pub async fn check(
    resources: &Resources,
    limits: &Limits,
    user: UserId,
    typed: Option<&str>,
) -> std::result::Result<Checked, FactorError> {
    if resources.store.factors(user).await?.none() {
        return Ok(Checked::NotAsked);
    }
    let Some(typed) = typed else {
        return Ok(Checked::Missing);
    };
    // Before it is looked at, so that many at once are no way around.
    limits.second_factor(user).map_err(FactorError::TooMany)?;
    let now = resources.now();
    let right = resources
        .store
        .write(async |tx: &mut Tx| codes::use_up(tx, user, typed, now).await)
        .await?;
    if !right {
        return Err(FactorError::WrongCode);
    }
    limits.second_factor_right(user);
    Ok(Checked::Right)
}

/// What was found of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// This person has no second factor.
    NotAsked,
    Missing,
    Right,
}

/// Takes every second factor of a person away, for whoever runs the server. None: nobody has the address; else whether there was
/// one.
pub async fn reset(resources: &Resources, email: &Email) -> Result<Option<bool>> {
    let Some((user, _)) = resources.store.credentials(email).await? else {
        return Ok(None);
    };
    let removed = resources
        .store
        .write(async |tx: &mut Tx| {
            let app = two_factors::remove(tx, user.id).await?;
            let removed = passkeys::remove_all(tx, user.id).await? > 0 || app;
            passkeys::forget_asked(tx, user.id).await?;
            two_factors::forget_codes_without_factor(tx, user.id).await?;
            if removed {
                note(tx, resources, &user, AuditAction::TwoFactorOff).await?;
            }
            Ok::<_, StoreError>(removed)
        })
        .await?;
    Ok(Some(removed))
}

async fn note(tx: &mut Tx, resources: &Resources, user: &User, action: AuditAction) -> Result<()> {
    let entry = Entry::by(user, action, None, json!({}));
    audit::add(tx, &entry, resources.now()).await
}
