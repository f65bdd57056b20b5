//! Rows of `outbox`: what is to be told elsewhere than on a page. A row ends when its message is sent, or need not be.

use aside_protocol::id::{NoticeId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::{Result, Store, Tx};
use crate::domain::notice::Kind;
use crate::domain::notice_settings::{Due, Way};
use crate::domain::push::SubscriptionId;
use crate::{in_tx, on_db};

/// By which way: mails, or one browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Mail,
    Push(SubscriptionId),
}

impl Channel {
    /// As in the column `channel`.
    fn text(self) -> String {
        match self {
            Self::Mail => "mail".to_owned(),
            Self::Push(id) => format!("push {id}"),
        }
    }

    pub const fn way(self) -> Way {
        match self {
            Self::Mail => Way::Mail,
            Self::Push(_) => Way::Push,
        }
    }

    fn subscription(self) -> Option<Uuid> {
        match self {
            Self::Mail => None,
            Self::Push(id) => Some(id.0),
        }
    }
}

/// Queues a notice; what was queued before and has not ended is due anew.
pub async fn add(
    tx: &mut Tx,
    notice: NoticeId,
    channel: Channel,
    user: UserId,
    due: &Due,
) -> Result<()> {
    const SQL: &str = "INSERT INTO outbox (notice_id, channel, user_id, due_at, together, subscription_id) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (notice_id, channel) DO UPDATE SET due_at = excluded.due_at, together = excluded.together, ended_at = NULL";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(notice.0)
        .bind(channel.text())
        .bind(user.0)
        .bind(due.at.micros())
        .bind(due.together)
        .bind(channel.subscription())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Ends rows: they were sent, or need not be.
pub async fn end(
    tx: &mut Tx,
    channel: Channel,
    notices: &[NoticeId],
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE outbox SET ended_at = $3 WHERE notice_id = $1 AND channel = $2 AND ended_at IS NULL";
    for notice in notices {
        in_tx!(tx, |db| sqlx::query(SQL)
            .bind(notice.0)
            .bind(channel.text())
            .bind(now.micros())
            .execute(db)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// Ends all rows of a person's mails that are due: the mail server refuses this address.
pub async fn give_up(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE outbox SET ended_at = $2 WHERE user_id = $1 AND channel = $3 AND ended_at IS NULL AND due_at <= $2";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(now.micros())
        .bind(Channel::Mail.text())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Gives a row another time, because its person wants so.
pub async fn move_to(tx: &mut Tx, notice: NoticeId, channel: Channel, due: &Due) -> Result<()> {
    const SQL: &str = "UPDATE outbox SET due_at = $3, together = $4 WHERE notice_id = $1 AND channel = $2 AND ended_at IS NULL";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(notice.0)
        .bind(channel.text())
        .bind(due.at.micros())
        .bind(due.together)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// A row that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub notice: NoticeId,
    pub channel: Channel,
    pub kind: Kind,
}

/// What waits for a person, by every way.
pub async fn waiting(tx: &mut Tx, user: UserId) -> Result<Vec<Waiting>> {
    const SQL: &str = "SELECT n.id, b.subscription_id, n.kind FROM outbox b JOIN notices n ON n.id = b.notice_id \
         WHERE b.user_id = $1 AND b.ended_at IS NULL ORDER BY n.id, b.channel";
    let rows: Vec<(Uuid, Option<Uuid>, String)> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(user.0)
        .fetch_all(db)
        .await)?;
    let waiting = |(id, subscription, kind): (_, Option<Uuid>, String)| {
        Ok(Waiting {
            notice: NoticeId(id),
            channel: subscription.map_or(Channel::Mail, |it| Channel::Push(SubscriptionId(it))),
            kind: Table("notices").parsed("kind", kind)?,
        })
    };
    rows.into_iter().map(waiting).collect()
}

/// Forgets rows that ended before `before`, and those of browsers that are told no more.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<()> {
    const ENDED: &str = "DELETE FROM outbox WHERE ended_at < $1";
    const LEFT: &str = "DELETE FROM outbox WHERE subscription_id IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM push_subscriptions p WHERE p.id = outbox.subscription_id)";
    in_tx!(tx, |db| sqlx::query(ENDED)
        .bind(before.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    in_tx!(tx, |db| sqlx::query(LEFT).execute(db).await.map(|_| ()))?;
    Ok(())
}

/// A row that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueRow {
    pub notice: NoticeId,
    pub due: Due,
}

impl Store {
    /// The row of a person that is due and sent first.
    pub async fn first_due(
        &self,
        user: UserId,
        channel: Channel,
        now: Timestamp,
    ) -> Result<Option<DueRow>> {
        const SQL: &str = "SELECT notice_id, due_at, together FROM outbox \
             WHERE user_id = $1 AND channel = $2 AND ended_at IS NULL AND due_at <= $3 ORDER BY due_at, together, notice_id LIMIT 1";
        let found: Option<(Uuid, i64, bool)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(user.0)
            .bind(channel.text())
            .bind(now.micros())
            .fetch_optional(db)
            .await)?;
        let row = |(id, at, together)| DueRow {
            notice: NoticeId(id),
            due: Due {
                at: Timestamp::from_micros(at),
                together,
            },
        };
        Ok(found.map(row))
    }

    /// Rows of a person that go in one message.
    pub async fn due_together(
        &self,
        user: UserId,
        channel: Channel,
        at: Timestamp,
    ) -> Result<Vec<NoticeId>> {
        const SQL: &str = "SELECT notice_id FROM outbox \
             WHERE user_id = $1 AND channel = $2 AND ended_at IS NULL AND due_at = $3 AND together ORDER BY notice_id";
        let ids: Vec<Uuid> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(user.0)
            .bind(channel.text())
            .bind(at.micros())
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(NoticeId).collect())
    }

    /// When the next row of a person is due.
    pub async fn next_due(&self, user: UserId, channel: Channel) -> Result<Option<Timestamp>> {
        const SQL: &str = "SELECT MIN(due_at) FROM outbox WHERE user_id = $1 AND channel = $2 AND ended_at IS NULL";
        let at: Option<i64> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(user.0)
            .bind(channel.text())
            .fetch_one(db)
            .await)?;
        Ok(at.map(Timestamp::from_micros))
    }
}
