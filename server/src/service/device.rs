//! A recorder signs in by a short code that a person approves (RFC 8628).

use aside_protocol::id::UserId;

use crate::auth::token::Secret;
use crate::domain::account::clean_name;
use crate::domain::device::{DeviceCode, DeviceState, LIFETIME, new_user_code, read};
use crate::domain::token::Kind;
use crate::limits::Limits;
use crate::resources::Resources;
use crate::service::token::issue;
use crate::store::{Result, Tx};

/// How often a code that is taken by chance is drawn anew.
const DRAWS: usize = 8;

/// A sign-in that waits for a person.
#[derive(Debug)]
pub struct Begun {
    /// For the recorder.
    pub secret: Secret,
    /// For the person; eight consonants, no dash.
    pub user_code: String,
}

/// Begins a sign-in of the machine called `name`.
pub async fn begin(resources: &Resources, name: &str) -> Result<Begun> {
    let (entropy, now) = (&*resources.entropy, resources.now());
    let secret = Secret::new(entropy);
    let mut code = DeviceCode {
        hash: secret.hash(),
        user_code: new_user_code(entropy),
        client_name: clean_name(name).unwrap_or_else(|_| "recorder".to_owned()),
        state: DeviceState::Pending,
        created_at: now,
        expires_at: now.plus(LIFETIME),
    };
    for draw in 1..=DRAWS {
        let stored = resources
            .store
            .write(async |tx: &mut Tx| {
                tx.delete_expired_device_codes(now).await?;
                tx.insert_device_code(&code).await
            })
            .await;
        match stored {
            Err(error) if error.is_duplicate() && draw < DRAWS => {
                code.user_code = new_user_code(entropy);
            }
            other => {
                other?;
                break;
            }
        }
    }
    Ok(Begun {
        secret,
        user_code: code.user_code,
    })
}

/// What one poll leads to.
#[derive(Debug)]
pub enum Poll {
    /// Given once.
    Token(Secret),
    Pending,
    /// As pending, and asked too soon.
    TooSoon,
    Denied,
    /// There is no such code any more.
    Expired,
}

/// Asks whether the person said yes.
pub async fn poll(resources: &Resources, limits: &Limits, secret: &Secret) -> Result<Poll> {
    let (hash, now) = (secret.hash(), resources.now());
    // Most polls change nothing, so they read only: a write waits for the disk and for other writes.
    let code = resources.store.device_code(&hash).await?;
    match code.filter(|c| c.expires_at > now).map(|c| c.state) {
        None => return Ok(Poll::Expired),
        Some(DeviceState::Pending) if limits.poll(hash).is_err() => return Ok(Poll::TooSoon),
        Some(DeviceState::Pending) => return Ok(Poll::Pending),
        Some(DeviceState::Approved(_) | DeviceState::Denied) => {}
    }
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<Poll> {
            let Some(code) = tx.device_code(&hash).await?.filter(|c| c.expires_at > now) else {
                return Ok(Poll::Expired);
            };
            match code.state {
                DeviceState::Denied => {
                    tx.delete_device_code(&hash).await?;
                    Ok(Poll::Denied)
                }
                DeviceState::Approved(user) => {
                    if !tx.delete_device_code(&hash).await? {
                        return Ok(Poll::Expired);
                    }
                    let name = &code.client_name;
                    let (_, secret) = issue(tx, resources, Kind::Device, Some(user), name).await?;
                    Ok(Poll::Token(secret))
                }
                // Answers are final, so this was answered when it was read above.
                DeviceState::Pending => Ok(Poll::Pending),
            }
        })
        .await
}

/// The sign-in that a person sees under the code they typed; none when there is none (any more).
pub async fn find(resources: &Resources, typed: &str) -> Result<Option<DeviceCode>> {
    let Some(user_code) = read(typed) else {
        return Ok(None);
    };
    let now = resources.now();
    let code = resources.store.device_code_for(&user_code).await?;
    Ok(code.filter(|c| c.expires_at > now))
}

/// Says yes (with who said it) or no. Answers whether the question was still open.
pub async fn decide(
    resources: &Resources,
    typed: &str,
    approved_by: Option<UserId>,
) -> Result<bool> {
    let Some(user_code) = read(typed) else {
        return Ok(false);
    };
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| tx.decide_device_code(&user_code, approved_by, now).await)
        .await
}
