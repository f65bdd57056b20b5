//! Rows of `push_shown`: notifications that browsers show, and the notices that each of them tells of.

use aside_protocol::id::{NoticeId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Result, Store, Tx};
use crate::domain::push::SubscriptionId;
use crate::{in_tx, on_db};

/// Nothing that it tells of waits to be read: all was read, put off, or is gone.
macro_rules! read {
    () => {
        "NOT EXISTS (SELECT 1 FROM push_shown o JOIN notices n ON n.id = o.notice_id \
         WHERE o.subscription_id = s.subscription_id AND o.tag = s.tag AND n.read_at IS NULL AND n.done_at IS NULL AND n.shown_at <= $2)"
    };
}

/// A browser shows a notification of these.
pub async fn add(
    tx: &mut Tx,
    browser: SubscriptionId,
    tag: &str,
    notices: &[NoticeId],
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO push_shown (subscription_id, tag, notice_id, shown_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (subscription_id, tag, notice_id) DO UPDATE SET shown_at = excluded.shown_at";
    for notice in notices {
        in_tx!(&mut *tx, |db| sqlx::query(SQL)
            .bind(browser.0)
            .bind(tag)
            .bind(notice.0)
            .bind(now.micros())
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// A browser was told to take these back.
pub async fn forget(tx: &mut Tx, browser: SubscriptionId, tags: &[String]) -> Result<()> {
    const SQL: &str = "DELETE FROM push_shown WHERE subscription_id = $1 AND tag = $2";
    for tag in tags {
        in_tx!(&mut *tx, |db| sqlx::query(SQL)
            .bind(browser.0)
            .bind(tag)
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// Browsers of a person that show what was read, in the order of ids.
pub async fn with_read(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Vec<SubscriptionId>> {
    const SQL: &str = concat!(
        "SELECT DISTINCT s.subscription_id FROM push_shown s JOIN push_subscriptions p ON p.id = s.subscription_id \
         WHERE p.user_id = $1 AND ",
        read!(),
        " ORDER BY s.subscription_id"
    );
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(user.0)
        .bind(now.micros())
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(SubscriptionId).collect())
}

/// Forgets what was shown before: nobody looks for it any more.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<()> {
    const SQL: &str = "DELETE FROM push_shown WHERE shown_at < $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(before.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

impl Store {
    /// Tags of what a browser shows although it was read, those that are shown for longest first.
    pub async fn shown_and_read(
        &self,
        browser: SubscriptionId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<String>> {
        const SQL: &str = concat!(
            "SELECT s.tag FROM push_shown s WHERE s.subscription_id = $1 AND ",
            read!(),
            " GROUP BY s.tag ORDER BY MIN(s.shown_at), s.tag LIMIT $3"
        );
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(browser.0)
            .bind(now.micros())
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?)
    }
}
