//! Browsers are asked for a passkey, and what they answer.

use aside_protocol::id::UserId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::error::FactorError;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::passkey::{
    Answer, Asked, CEREMONY_TIMEOUT, CHALLENGE, Ceremony, ClientData, Passkey, PasskeyRefusal,
    Site, asserted,
};
use crate::domain::token::TokenHash;
use crate::resources::Resources;
use crate::store::{Result, StoreError, Tx, audit, passkeys, profiles};

/// What a browser answers.
#[derive(Debug, Clone, Copy)]
pub struct ByPasskey<'a> {
    /// By which the device knows the passkey.
    pub id: &'a [u8],
    pub client_data: &'a [u8],
    pub authenticator_data: &'a [u8],
    pub signature: &'a [u8],
    /// Whose passkey the device says it is.
    pub user_handle: Option<&'a [u8]>,
}

fn hash(challenge: &str) -> TokenHash {
    Sha256::digest(challenge.as_bytes()).into()
}

/// Notes that a browser is asked; answers the challenge, in base64url. `user`: of whom alone an answer counts.
pub async fn ask(resources: &Resources, asked: Asked, user: Option<UserId>) -> Result<String> {
    resources
        .store
        .write(async |tx: &mut Tx| ask_in(tx, resources, asked, user).await)
        .await
}

/// The same in a transaction.
pub(super) async fn ask_in(
    tx: &mut Tx,
    resources: &Resources,
    asked: Asked,
    user: Option<UserId>,
) -> Result<String> {
    let challenge = URL_SAFE_NO_PAD.encode(resources.entropy.array::<CHALLENGE>());
    let now = resources.now();
    passkeys::prune(tx, now).await?;
    let ends = now.plus(CEREMONY_TIMEOUT);
    passkeys::ask(tx, &hash(&challenge), (asked, user), ends).await?;
    Ok(challenge)
}

/// Takes what a browser was asked, whatever becomes of the answer. Answers of whom it was.
pub(super) async fn take(
    resources: &Resources,
    client: &ClientData,
    asked: Asked,
) -> std::result::Result<Option<UserId>, FactorError> {
    let (hash, now) = (hash(&client.challenge), resources.now());
    let taken = resources
        .store
        .write(async |tx: &mut Tx| passkeys::take(tx, &hash, asked, now).await)
        .await?;
    taken.ok_or(FactorError::Unasked)
}

/// The passkey that answers, and how many uses it has counted. The caller notes that with what it does, by [`passkeys::used`].
pub async fn checked(
    resources: &Resources,
    site: &Site,
    asked: Asked,
    by: ByPasskey<'_>,
) -> std::result::Result<(Passkey, u32), FactorError> {
    let client = ClientData::read(by.client_data, Ceremony::Authenticate, site)?;
    let of = take(resources, &client, asked).await?;
    let refused = FactorError::Refused(PasskeyRefusal::Signature);
    let passkey = resources.store.passkey(by.id).await?;
    let Some(passkey) = passkey.filter(|it| it.rp_id == site.rp_id()) else {
        return Err(refused);
    };
    // Where nobody was named, the device has to say whose it is (§7.2).
    let named = of.map_or(by.user_handle.is_some(), |user| user == passkey.user);
    let handle = passkey.user.0.into_bytes();
    if !named || by.user_handle.is_some_and(|it| it != handle.as_slice()) {
        return Err(refused);
    }
    let answer = Answer {
        authenticator_data: by.authenticator_data,
        signature: by.signature,
    };
    match asserted(site, &client, &passkey, answer) {
        Ok(counter) => Ok((passkey, counter)),
        Err(refusal) => {
            if refusal == PasskeyRefusal::Counter {
                note_copy(resources, &passkey).await?;
            }
            Err(refusal.into())
        }
    }
}

/// Only who has the key gets here.
async fn note_copy(resources: &Resources, passkey: &Passkey) -> Result<()> {
    tracing::warn!(user.id = %passkey.user, "a passkey counts fewer uses than were seen: it may be a copy");
    resources
        .store
        .write(async |tx: &mut Tx| {
            if let Some(user) = profiles::user(tx, passkey.user).await? {
                let detail = json!({ "name": passkey.name });
                let entry = Entry::by(&user, AuditAction::PasskeyRefused, None, detail);
                audit::add(tx, &entry, resources.now()).await?;
            }
            Ok::<(), StoreError>(())
        })
        .await
}
