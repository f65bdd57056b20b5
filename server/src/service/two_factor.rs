//! The second factor of a person with a password: set up, asked for at the sign-in, turned off.

use std::net::IpAddr;

use aside_protocol::id::UserId;
use serde_json::json;

use super::actor::Member;
use super::password::{self, Means};
use crate::domain::account::{Email, User};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::two_factor::{
    RECOVERY_CODES, address, recovery_code, recovery_hash, typed_secret,
};
use crate::limits::{Limits, Wait};
use crate::resources::Resources;
use crate::store::{Result, StoreError, Tx, audit, two_factors};

/// How a person's second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub on: bool,
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

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum TwoFactorError {
    #[error("This code is not right now, or was used already. Wait for the next one.")]
    WrongCode,
    #[error("Two-factor sign-in is on already.")]
    On,
    #[error("Two-factor sign-in is off.")]
    Off,
    #[error("too many codes")]
    TooMany(Wait),
    #[error(transparent)]
    Password(#[from] password::ChangeError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub async fn standing(resources: &Resources, user: UserId) -> Result<Standing> {
    let factor = resources.store.two_factor(user).await?;
    Ok(Standing {
        on: factor.is_some_and(|it| it.confirmed),
        recovery_codes: resources.store.recovery_codes_left(user).await?,
    })
}

/// Makes a secret for whoever knows the password. It counts once a code of it was typed. `server` is its name in the app.
pub async fn begin(
    resources: &Resources,
    means: Means<'_>,
    member: &Member,
    (typed, server): (&str, &str),
    from: IpAddr,
) -> std::result::Result<Begun, TwoFactorError> {
    password::prove(resources, means, member, typed, from).await?;
    let user = &member.user;
    let secret = resources.entropy.array();
    let on = resources
        .store
        .write(async |tx: &mut Tx| -> Result<bool> {
            two_factors::begin(tx, user.id, &secret).await?;
            let kept = two_factors::get(tx, user.id).await?;
            Ok(kept.is_some_and(|it| it.confirmed))
        })
        .await?;
    if on {
        return Err(TwoFactorError::On);
    }
    Ok(Begun {
        url: address(&secret, &user.email, server).unwrap_or_default(),
        secret: typed_secret(&secret),
    })
}

/// Turns it on, by a code of the app. Answers the codes for when the app is lost: they are shown this once.
pub async fn confirm(
    resources: &Resources,
    limits: &Limits,
    member: &Member,
    typed: &str,
) -> std::result::Result<Vec<String>, TwoFactorError> {
    let user = &member.user;
    limits
        .second_factor(user.id)
        .map_err(TwoFactorError::TooMany)?;
    let now = resources.now();
    let codes = fresh_codes(resources);
    resources
        .store
        .write(
            async |tx: &mut Tx| -> std::result::Result<(), TwoFactorError> {
                let factor = two_factors::get(tx, user.id).await?;
                let factor = factor.ok_or(TwoFactorError::Off)?;
                if factor.confirmed {
                    return Err(TwoFactorError::On);
                }
                let step = factor.step_of(typed, seconds(now));
                let step = step.ok_or(TwoFactorError::WrongCode)?;
                if !two_factors::use_step(tx, user.id, step).await? {
                    return Err(TwoFactorError::WrongCode);
                }
                two_factors::confirm(tx, user.id, now).await?;
                keep_codes(tx, user.id, &codes).await?;
                note(tx, resources, user, AuditAction::TwoFactorOn).await?;
                Ok(())
            },
        )
        .await?;
    limits.second_factor_right(user.id);
    Ok(codes)
}

/// Turns it off, by a code of the app or one for when it is lost.
pub async fn turn_off(
    resources: &Resources,
    limits: &Limits,
    member: &Member,
    typed: &str,
) -> std::result::Result<(), TwoFactorError> {
    let user = &member.user;
    by_code(resources, limits, user.id, typed, async |tx: &mut Tx| {
        two_factors::remove(tx, user.id).await?;
        note(tx, resources, user, AuditAction::TwoFactorOff).await
    })
    .await
}

/// Makes new codes for when the app is lost, by a code of it; those before count no more.
pub async fn new_codes(
    resources: &Resources,
    limits: &Limits,
    member: &Member,
    typed: &str,
) -> std::result::Result<Vec<String>, TwoFactorError> {
    let user = member.user.id;
    let codes = fresh_codes(resources);
    by_code(resources, limits, user, typed, async |tx: &mut Tx| {
        keep_codes(tx, user, &codes).await
    })
    .await?;
    Ok(codes)
}

/// Whether somebody whose password was right has to show a code; with one, whether it is right. It is used up.
pub async fn check(
    resources: &Resources,
    limits: &Limits,
    user: UserId,
    typed: Option<&str>,
) -> std::result::Result<Checked, TwoFactorError> {
    let factor = resources.store.two_factor(user).await?;
    if !factor.is_some_and(|it| it.confirmed) {
        return Ok(Checked::NotAsked);
    }
    let Some(typed) = typed else {
        return Ok(Checked::Missing);
    };
    by_code(resources, limits, user, typed, async |_: &mut Tx| Ok(())).await?;
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

/// Takes the second factor of a person away, for whoever runs the server. None: nobody has the address; else whether there was
/// one.
pub async fn reset(resources: &Resources, email: &Email) -> Result<Option<bool>> {
    let Some((user, _)) = resources.store.credentials(email).await? else {
        return Ok(None);
    };
    let removed = resources
        .store
        .write(async |tx: &mut Tx| {
            let removed = two_factors::remove(tx, user.id).await?;
            if removed {
                note(tx, resources, &user, AuditAction::TwoFactorOff).await?;
            }
            Ok::<_, StoreError>(removed)
        })
        .await?;
    Ok(Some(removed))
}

/// Does `work` in the transaction that uses a right code up.
async fn by_code(
    resources: &Resources,
    limits: &Limits,
    user: UserId,
    typed: &str,
    work: impl AsyncFnOnce(&mut Tx) -> Result<()>,
) -> std::result::Result<(), TwoFactorError> {
    // Before it is looked at, so that many at once are no way around.
    limits
        .second_factor(user)
        .map_err(TwoFactorError::TooMany)?;
    let now = resources.now();
    resources
        .store
        .write(
            async |tx: &mut Tx| -> std::result::Result<(), TwoFactorError> {
                let factor = two_factors::get(tx, user).await?;
                let factor = factor
                    .filter(|it| it.confirmed)
                    .ok_or(TwoFactorError::Off)?;
                let right = match factor.step_of(typed, seconds(now)) {
                    Some(step) => two_factors::use_step(tx, user, step).await?,
                    None => two_factors::use_recovery_code(tx, user, &recovery_hash(typed)).await?,
                };
                if !right {
                    return Err(TwoFactorError::WrongCode);
                }
                Ok(work(tx).await?)
            },
        )
        .await?;
    limits.second_factor_right(user);
    Ok(())
}

fn fresh_codes(resources: &Resources) -> Vec<String> {
    (0..RECOVERY_CODES)
        .map(|_| recovery_code(&resources.entropy.array()))
        .collect()
}

async fn keep_codes(tx: &mut Tx, user: UserId, codes: &[String]) -> Result<()> {
    let hashes: Vec<_> = codes.iter().map(|code| recovery_hash(code)).collect();
    two_factors::set_recovery_codes(tx, user, &hashes).await
}

async fn note(tx: &mut Tx, resources: &Resources, user: &User, action: AuditAction) -> Result<()> {
    let entry = Entry::by(user, action, None, json!({}));
    audit::add(tx, &entry, resources.now()).await
}

fn seconds(now: aside_protocol::time::Timestamp) -> u64 {
    u64::try_from(now.micros() / 1_000_000).unwrap_or(0)
}
