//! Codes of the app, and codes for when a second factor is lost.

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;

use crate::domain::two_factor::{RECOVERY_CODES, recovery_code, recovery_hash};
use crate::resources::Resources;
use crate::store::{Result, Tx, two_factors};

/// Uses a code up, of the app or for when it is lost. Says whether it was right.
pub(super) async fn use_up(tx: &mut Tx, user: UserId, typed: &str, now: Timestamp) -> Result<bool> {
    let app = two_factors::get(tx, user).await?;
    let step = app
        .filter(|app| app.confirmed)
        .and_then(|app| app.step_of(typed, seconds(now)));
    match step {
        Some(step) => two_factors::use_step(tx, user, step).await,
        None => two_factors::use_recovery_code(tx, user, &recovery_hash(typed)).await,
    }
}

pub(super) fn fresh(resources: &Resources) -> Vec<String> {
    (0..RECOVERY_CODES)
        .map(|_| recovery_code(&resources.entropy.array()))
        .collect()
}

/// Takes the place of those that a person had.
pub(super) async fn keep(tx: &mut Tx, user: UserId, codes: &[String]) -> Result<()> {
    let hashes: Vec<_> = codes.iter().map(|code| recovery_hash(code)).collect();
    two_factors::set_recovery_codes(tx, user, &hashes).await
}

/// Gives a person codes who has none; answers those that are to be shown.
pub(super) async fn keep_first(
    tx: &mut Tx,
    user: UserId,
    codes: Vec<String>,
) -> Result<Vec<String>> {
    if two_factors::codes_left(tx, user).await? > 0 {
        return Ok(Vec::new());
    }
    keep(tx, user, &codes).await?;
    Ok(codes)
}

pub(super) fn seconds(now: Timestamp) -> u64 {
    u64::try_from(now.micros() / 1_000_000).unwrap_or(0)
}
