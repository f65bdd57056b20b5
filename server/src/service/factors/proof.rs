//! What somebody shows before their ways of signing in are changed.

use std::net::IpAddr;

use super::answer::{ByPasskey, checked};
use super::codes;
use super::error::FactorError;
use crate::domain::passkey::{Asked, PasskeyRefusal, Site};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::service::password;
use crate::store::{Tx, passkeys, people, two_factors};

/// What is shown: one of these.
#[derive(Debug, Clone, Copy, Default)]
pub struct Proof<'a> {
    /// Counts as long as the password signs in alone.
    pub password: Option<&'a str>,
    /// Of the app, or a recovery code.
    pub code: Option<&'a str>,
    pub passkey: Option<ByPasskey<'a>>,
}

/// What looking at it needs.
#[derive(Debug, Clone, Copy)]
pub struct Means<'a> {
    pub password: password::Means<'a>,
    pub site: Result<&'a Site, PasskeyRefusal>,
    pub from: IpAddr,
}

/// Does `work` in the transaction that uses a right proof up. Nobody else changes the person's ways of signing in meanwhile.
pub(super) async fn with<T>(
    resources: &Resources,
    means: Means<'_>,
    member: &Member,
    shown: Proof<'_>,
    work: impl AsyncFnOnce(&mut Tx) -> Result<T, FactorError>,
) -> Result<T, FactorError> {
    let user = member.user.id;
    if resources.store.factors(user).await?.none() {
        let typed = shown.password.unwrap_or_default();
        password::prove(resources, means.password, member, typed, means.from).await?;
        let write = resources.store.write(async |tx: &mut Tx| {
            people::lock(tx).await?;
            if !two_factors::standing(tx, user).await?.none() {
                return Err(FactorError::Needed);
            }
            work(tx).await
        });
        return write.await;
    }
    if shown.code.is_none() && shown.passkey.is_none() {
        return Err(FactorError::Needed);
    }
    let limits = means.password.limits;
    // Before it is looked at, so that many at once are no way around.
    limits.second_factor(user).map_err(FactorError::TooMany)?;
    let answered = match shown.passkey {
        Some(by) => {
            let found = checked(resources, means.site?, Asked::Prove, by).await?;
            // It answers a question of its own account, which may be another one.
            if found.0.user != user {
                return Err(PasskeyRefusal::Signature.into());
            }
            Some(found)
        }
        None => None,
    };
    let typed = shown.code.unwrap_or_default();
    let now = resources.now();
    let write = resources.store.write(async |tx: &mut Tx| {
        people::lock(tx).await?;
        let right = match &answered {
            Some((passkey, counter)) => passkeys::used(tx, &passkey.key, *counter, now).await?,
            None => codes::use_up(tx, user, typed, now).await?,
        };
        if !right {
            return Err(match answered {
                Some(_) => FactorError::Unasked,
                None => FactorError::WrongCode,
            });
        }
        work(tx).await
    });
    let done = write.await?;
    limits.second_factor_right(user);
    Ok(done)
}
