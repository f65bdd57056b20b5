//! Rows of `notices`, with all that says whether they may be shown, and what.

use std::collections::HashMap;

use aside_protocol::id::{CommentId, NoticeId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::recordings::{RecordingRow, recording_columns};
use super::shares::named;
use super::{Result, Store};
use crate::domain::access::Seen;
use crate::domain::comment::Comment;
use crate::domain::notice::{Notice, Part};
use crate::on_db;

const NOTICES: Table = Table("notices");

/// A notice with all that says whether it may be shown, and what.
#[derive(Debug, Clone)]
pub struct Told {
    pub notice: Notice,
    pub user: UserId,
    pub seen: Seen,
    /// Of the recording.
    pub owner_name: String,
    pub comment: Option<Comment>,
    /// Whose deed it was.
    pub by: Option<(UserId, String)>,
    /// Of a question for access that waits.
    pub message: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ToldRow {
    #[sqlx(flatten)]
    recording: RecordingRow,
    named: bool,
    notice_id: Uuid,
    notice_user: Uuid,
    kind: String,
    comment_id: Option<Uuid>,
    noticed_at: i64,
    shown_at: i64,
    read_at: Option<i64>,
    done_at: Option<i64>,
    owner_name: String,
    actor_id: Option<Uuid>,
    actor_name: Option<String>,
    message: Option<String>,
}

impl ToldRow {
    fn told(self, comment: Option<Comment>) -> Result<Told> {
        let recording = RecordingId(self.recording.id());
        Ok(Told {
            notice: Notice {
                id: NoticeId(self.notice_id),
                kind: NOTICES.parsed("kind", self.kind)?,
                recording,
                comment: self.comment_id.map(CommentId),
                created_at: Timestamp::from_micros(self.noticed_at),
                shown_at: Timestamp::from_micros(self.shown_at),
                read_at: self.read_at.map(Timestamp::from_micros),
                done_at: self.done_at.map(Timestamp::from_micros),
            },
            user: UserId(self.notice_user),
            seen: Seen {
                recording: self.recording.try_into()?,
                named: self.named,
                present: true,
                password: None,
            },
            owner_name: self.owner_name,
            comment,
            by: self.actor_id.map(UserId).zip(self.actor_name),
            message: self.message,
        })
    }
}

/// Notices called `n` of a person called `u`, with what they show.
macro_rules! told {
    ($which:expr) => {
        concat!(
            "SELECT ",
            recording_columns!(),
            ", ",
            named!(),
            " AS named, n.id AS notice_id, n.user_id AS notice_user, n.kind, n.comment_id, n.created_at AS noticed_at, n.shown_at, n.read_at, n.done_at, \
             o.name AS owner_name, n.actor_id, a.name AS actor_name, \
             (SELECT q.message FROM access_requests q WHERE q.recording_id = n.recording_id AND q.user_id = n.actor_id AND n.kind = 'asked' AND q.answered_at IS NULL) AS message \
             FROM notices n JOIN recordings r ON r.id = n.recording_id JOIN users o ON o.id = r.owner_id JOIN users u ON u.id = n.user_id \
             LEFT JOIN users a ON a.id = n.actor_id WHERE ",
            $which
        )
    };
}

impl Store {
    /// Notices of a part of a person's inbox, the newest first: at most `limit`, behind `after`.
    pub async fn notices(
        &self,
        user: UserId,
        part: Part,
        after: Option<NoticeId>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Told>> {
        const SQL: &str = told!(
            "n.user_id = $1 AND (($2 = 'done' AND n.done_at IS NOT NULL) \
             OR ($2 = 'inbox' AND n.done_at IS NULL AND n.shown_at <= $3) OR ($2 = 'later' AND n.done_at IS NULL AND n.shown_at > $3)) \
             AND (n.shown_at, n.id) < (COALESCE((SELECT s.shown_at FROM notices s WHERE s.id = $4), $5), COALESCE($4, $6)) \
             ORDER BY n.shown_at DESC, n.id DESC LIMIT $7"
        );
        let part = match part {
            Part::Inbox => "inbox",
            Part::Later => "later",
            Part::Done => "done",
        };
        let rows: Vec<ToldRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(user.0)
            .bind(part)
            .bind(now.micros())
            .bind(after.map(|id| id.0))
            .bind(i64::MAX)
            .bind(Uuid::max())
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        self.with_comments(rows).await
    }

    /// Unread notices of a person, the newest first: at most `limit`.
    pub async fn unread_notices(
        &self,
        user: UserId,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Told>> {
        const SQL: &str = told!(
            "n.user_id = $1 AND n.read_at IS NULL AND n.done_at IS NULL AND n.shown_at <= $2 ORDER BY n.shown_at DESC, n.id DESC LIMIT $3"
        );
        let rows: Vec<ToldRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(user.0)
            .bind(now.micros())
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        self.with_comments(rows).await
    }

    /// Whether anything that was told a person of a recording is unread.
    pub async fn has_unread(&self, user: UserId, recording: RecordingId) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM notices WHERE recording_id = $2 AND user_id = $1 AND read_at IS NULL AND done_at IS NULL)";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(user.0)
            .bind(recording.0)
            .fetch_one(db)
            .await)?)
    }

    /// When the next of what a person put off comes back.
    pub async fn next_put_off(&self, user: UserId, now: Timestamp) -> Result<Option<Timestamp>> {
        const SQL: &str = "SELECT MIN(shown_at) FROM notices WHERE user_id = $1 AND shown_at > $2 AND done_at IS NULL";
        let at: Option<i64> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(user.0)
            .bind(now.micros())
            .fetch_one(db)
            .await)?;
        Ok(at.map(Timestamp::from_micros))
    }

    /// These notices, in this order; those that are gone are left out.
    pub async fn notices_of(&self, ids: &[NoticeId]) -> Result<Vec<Told>> {
        const SQLITE: &str = told!("n.id IN (SELECT unhex(value) FROM json_each($1))");
        const POSTGRES: &str =
            told!("n.id IN (SELECT value::uuid FROM json_array_elements_text($1::json))");
        let sql = match self {
            Self::Sqlite { .. } => SQLITE,
            Self::Postgres(_) => POSTGRES,
        };
        let digits = ids.iter().map(|id| id.0.simple().to_string());
        let listed = serde_json::Value::from_iter(digits).to_string();
        let mut rows: Vec<ToldRow> = on_db!(self, |db| sqlx::query_as(sql)
            .bind(listed.as_str())
            .fetch_all(db)
            .await)?;
        let places: HashMap<Uuid, usize> = (ids.iter().enumerate())
            .map(|(place, id)| (id.0, place))
            .collect();
        rows.sort_by_key(|row| places.get(&row.notice_id).copied());
        self.with_comments(rows).await
    }

    async fn with_comments(&self, rows: Vec<ToldRow>) -> Result<Vec<Told>> {
        let ids = rows.iter().filter_map(|row| row.comment_id);
        let ids: Vec<CommentId> = ids.map(CommentId).collect();
        let found = match ids.is_empty() {
            true => Vec::new(),
            false => self.comments_by_id(&ids).await?,
        };
        let comments: HashMap<CommentId, Comment> = found.into_iter().map(|c| (c.id, c)).collect();
        let of = |id: Uuid| comments.get(&CommentId(id)).cloned();
        let told = |row: ToldRow| {
            let comment = row.comment_id.and_then(of);
            row.told(comment)
        };
        rows.into_iter().map(told).collect()
    }
}
