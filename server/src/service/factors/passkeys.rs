//! The passkeys of a person: made, named, taken away.

use aside_protocol::id::UserId;
use serde_json::{Value, json};

use super::error::FactorError;
use super::proof::{self, Means, Proof};
use super::{answer, codes};
use crate::domain::account::{User, clean_name};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::passkey::{
    Asked, Ceremony, ClientData, MAX_PASSKEYS, Passkey, Site, TRANSPORTS, registered,
};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::store::{self, StoreError, Tx, audit, passkeys, two_factors};

/// What a browser is told to make a passkey by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making {
    /// Base64url.
    pub challenge: String,
    /// Of this person: a device that holds one of these makes no second one.
    pub others: Vec<Passkey>,
}

/// What a browser made.
#[derive(Debug, Clone, Copy)]
pub struct Made<'a> {
    pub client_data: &'a [u8],
    pub attestation_object: &'a [u8],
    pub transports: &'a [String],
    /// As its person calls it.
    pub name: &'a str,
}

/// Asks a person for one of their passkeys, as a proof: the challenge in base64url, and which.
pub async fn question(
    resources: &Resources,
    user: UserId,
    site: &Site,
) -> Result<Making, FactorError> {
    let mut others = resources.store.passkeys(user).await?;
    others.retain(|it| it.rp_id == site.rp_id());
    if others.is_empty() {
        return Err(FactorError::Gone);
    }
    let challenge = answer::ask(resources, Asked::Prove, Some(user)).await?;
    Ok(Making { challenge, others })
}

/// Begins to make a passkey.
pub async fn begin_adding(
    resources: &Resources,
    means: Means<'_>,
    member: &Member,
    shown: Proof<'_>,
) -> Result<Making, FactorError> {
    means.site?;
    let user = member.user.id;
    proof::with(resources, means, member, shown, async |tx: &mut Tx| {
        let others = passkeys::of(tx, user).await?;
        if others.len() >= MAX_PASSKEYS {
            return Err(FactorError::Most);
        }
        let challenge = answer::ask_in(tx, resources, Asked::Add, Some(user)).await?;
        Ok(Making { challenge, others })
    })
    .await
}

/// Keeps a passkey that a browser made. Answers the codes for when it is lost, where the person had none: they are shown this once.
pub async fn add(
    resources: &Resources,
    member: &Member,
    site: &Site,
    made: Made<'_>,
) -> Result<Vec<String>, FactorError> {
    let user = &member.user;
    let name = clean_name(made.name).map_err(FactorError::Name)?;
    let client = ClientData::read(made.client_data, Ceremony::Register, site)?;
    if answer::take(resources, &client, Asked::Add).await? != Some(user.id) {
        return Err(FactorError::Unasked);
    }
    let passkey = Passkey {
        user: user.id,
        key: registered(site, made.attestation_object)?,
        rp_id: site.rp_id().to_owned(),
        transports: TRANSPORTS
            .into_iter()
            .filter(|way| made.transports.iter().any(|it| it == way))
            .map(str::to_owned)
            .collect(),
        name,
        created_at: resources.now(),
        last_used_at: None,
    };
    let fresh = codes::fresh(resources);
    let written = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, StoreError> {
            passkeys::insert(tx, &passkey).await?;
            // What was begun while a password was enough.
            passkeys::forget_asked(tx, user.id).await?;
            two_factors::forget_begun(tx, user.id).await?;
            let detail = json!({ "name": passkey.name });
            note(tx, resources, user, AuditAction::PasskeyAdded, detail).await?;
            codes::keep_first(tx, user.id, fresh).await
        })
        .await;
    match written {
        Err(error) if error.is_duplicate() => Err(FactorError::Known),
        written => Ok(written?),
    }
}

/// Gives a passkey another name.
pub async fn rename(
    resources: &Resources,
    member: &Member,
    id: &[u8],
    name: &str,
) -> Result<(), FactorError> {
    let user = &member.user;
    let name = clean_name(name).map_err(FactorError::Name)?;
    resources
        .store
        .write(async |tx: &mut Tx| {
            if !passkeys::rename(tx, user.id, id, &name).await? {
                return Err(FactorError::Gone);
            }
            let detail = json!({ "name": name });
            Ok(note(tx, resources, user, AuditAction::PasskeyRenamed, detail).await?)
        })
        .await
}

/// Takes a passkey away. `turns_off`: also where no second factor is left then; else the last one stays.
pub async fn remove(
    resources: &Resources,
    means: Means<'_>,
    member: &Member,
    (id, turns_off): (&[u8], bool),
    shown: Proof<'_>,
) -> Result<(), FactorError> {
    let user = &member.user;
    proof::with(resources, means, member, shown, async |tx: &mut Tx| {
        let all = passkeys::of(tx, user.id).await?;
        let one = all.iter().find(|it| it.key.id == id);
        let one = one.ok_or(FactorError::Gone)?;
        let app = two_factors::standing(tx, user.id).await?.app;
        if all.len() == 1 && !app && !turns_off {
            return Err(FactorError::Last);
        }
        passkeys::remove(tx, user.id, id).await?;
        two_factors::forget_codes_without_factor(tx, user.id).await?;
        let detail = json!({ "name": one.name });
        Ok(note(tx, resources, user, AuditAction::PasskeyRemoved, detail).await?)
    })
    .await
}

async fn note(
    tx: &mut Tx,
    resources: &Resources,
    user: &User,
    action: AuditAction,
    detail: Value,
) -> store::Result<()> {
    let entry = Entry::by(user, action, None, detail);
    audit::add(tx, &entry, resources.now()).await
}
