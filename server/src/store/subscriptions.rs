//! Rows of `subscriptions`: what people follow and mute.

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Result, Store, Tx};
use crate::domain::notice::{Target, Word};
use crate::{in_tx, on_db};

const fn id(target: &Target) -> Uuid {
    match target {
        Target::Recording(id) => id.0,
        Target::Thread(id) => id.0,
        Target::Folder(id) => id.0,
        Target::Person(id) => id.0,
    }
}

/// What a person says about something from now on; none: nothing.
pub async fn set(
    tx: &mut Tx,
    user: UserId,
    target: &Target,
    word: Word,
    now: Timestamp,
) -> Result<()> {
    const GONE: &str = "DELETE FROM subscriptions WHERE user_id = $1 AND target = $2";
    const SAID: &str = "INSERT INTO subscriptions (user_id, target, follows, recording_id, thread_id, folder_id, person_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_id, target) DO UPDATE SET follows = excluded.follows";
    let Some(follows) = word else {
        in_tx!(tx, |db| sqlx::query(GONE)
            .bind(user.0)
            .bind(id(target))
            .execute(db)
            .await
            .map(|_| ()))?;
        return Ok(());
    };
    let of = |wanted: bool| wanted.then(|| id(target));
    in_tx!(tx, |db| sqlx::query(SAID)
        .bind(user.0)
        .bind(id(target))
        .bind(follows)
        .bind(of(matches!(target, Target::Recording(_))))
        .bind(of(matches!(target, Target::Thread(_))))
        .bind(of(matches!(target, Target::Folder(_))))
        .bind(of(matches!(target, Target::Person(_))))
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

impl Store {
    /// What a person says about something.
    pub async fn subscription(&self, user: UserId, target: &Target) -> Result<Word> {
        const SQL: &str = "SELECT follows FROM subscriptions WHERE user_id = $1 AND target = $2";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(user.0)
            .bind(id(target))
            .fetch_optional(db)
            .await)?)
    }
}
