//! Rows of `notices`: who is told of what, and what became of it in their inbox.

use std::collections::HashMap;

use aside_protocol::id::{CommentId, NoticeId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::recordings::{RecordingRow, recording_columns};
use super::shares::named;
use super::{Result, Store, Tx};
use crate::domain::access::Seen;
use crate::domain::account::Email;
use crate::domain::comment::Comment;
use crate::domain::notice::{Kind, Notice, Part, Standing};
use crate::domain::notice_settings::NoticeSettings;
use crate::{in_tx, on_db};

const NOTICES: Table = Table("notices");

/// Somebody who may be told of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub user: UserId,
    pub standing: Standing,
    /// Of the profile.
    pub zone: Option<String>,
    pub settings: NoticeSettings,
    /// Whether mails reach them.
    pub has_mail: bool,
    /// Whether they are told in a browser.
    pub has_push: bool,
}

#[derive(sqlx::FromRow)]
struct CandidateRow {
    id: Uuid,
    owns: bool,
    wrote: bool,
    thread_word: Option<bool>,
    recording_word: Option<bool>,
    folder_word: Option<bool>,
    person_word: Option<bool>,
    time_zone: Option<String>,
    settings: Option<String>,
    email_proved: bool,
    has_push: bool,
}

impl From<CandidateRow> for Candidate {
    fn from(row: CandidateRow) -> Self {
        Self {
            user: UserId(row.id),
            standing: Standing {
                owns: row.owns,
                wrote: row.wrote,
                mentioned: false,
                assigned: false,
                thread: row.thread_word,
                recording: row.recording_word,
                folder: row.folder_word,
                person: row.person_word,
            },
            zone: row.time_zone,
            settings: super::notice_settings::read(row.settings.as_deref()),
            has_mail: row.email_proved,
            has_push: row.has_push,
        }
    }
}

/// People of `$who` with how they stand: `$1` the recording, `$2` the thread, `$3` who did it.
macro_rules! candidates {
    ($who:literal) => {
        concat!(
            "WITH told (id) AS (",
            $who,
            ") SELECT u.id, r.owner_id = u.id AS owns, \
             EXISTS (SELECT 1 FROM comments c WHERE c.user_id = u.id AND c.deleted_at IS NULL AND (c.id = $2 OR c.parent_id = $2)) AS wrote, \
             (SELECT s.follows FROM subscriptions s WHERE s.user_id = u.id AND s.target = $2) AS thread_word, \
             (SELECT s.follows FROM subscriptions s WHERE s.user_id = u.id AND s.target = $1) AS recording_word, \
             (SELECT s.follows FROM subscriptions s WHERE s.user_id = u.id AND s.target = r.folder_id) AS folder_word, \
             (SELECT s.follows FROM subscriptions s WHERE s.user_id = u.id AND s.target = $3) AS person_word, \
             u.time_zone, n.settings, u.email_proved, \
             EXISTS (SELECT 1 FROM push_subscriptions p WHERE p.user_id = u.id) AS has_push \
             FROM told JOIN users u ON u.id = told.id JOIN recordings r ON r.id = $1 \
             LEFT JOIN notice_settings n ON n.user_id = u.id \
             WHERE u.deactivated_at IS NULL ORDER BY u.id"
        )
    };
}

/// Whom a thread may concern: the owner of the recording, who wrote in it, who follows it or what it lies in. Without whoever did
/// the deed.
pub async fn concerned(
    tx: &mut Tx,
    recording: RecordingId,
    thread: CommentId,
    by: Option<UserId>,
) -> Result<Vec<Candidate>> {
    const SQL: &str = candidates!(
        "SELECT owner_id FROM recordings WHERE id = $1 \
         UNION SELECT user_id FROM comments WHERE id = $2 AND deleted_at IS NULL \
         UNION SELECT user_id FROM comments WHERE parent_id = $2 AND deleted_at IS NULL \
         UNION SELECT user_id FROM subscriptions WHERE follows AND target IN ($1, $2) \
         UNION SELECT s.user_id FROM subscriptions s JOIN recordings f ON f.folder_id = s.target WHERE s.follows AND f.id = $1"
    );
    let rows = in_tx!(tx, |db| sqlx::query_as::<_, CandidateRow>(SQL)
        .bind(recording.0)
        .bind(thread.0)
        .bind(by.map(|id| id.0))
        .fetch_all(db)
        .await)?;
    let all = rows.into_iter().map(Candidate::from);
    Ok(all.filter(|it| Some(it.user) != by).collect())
}

/// One person, and how they stand to a thread; where there is none, to the recording. None where they are not there (any more).
pub async fn candidate(
    tx: &mut Tx,
    user: UserId,
    recording: RecordingId,
    thread: Option<CommentId>,
    by: Option<UserId>,
) -> Result<Option<Candidate>> {
    const SQL: &str = candidates!("SELECT id FROM users WHERE id = $4");
    let row = in_tx!(tx, |db| sqlx::query_as::<_, CandidateRow>(SQL)
        .bind(recording.0)
        .bind(thread.map_or(recording.0, |id| id.0))
        .bind(by.map(|id| id.0))
        .bind(user.0)
        .fetch_optional(db)
        .await)?;
    Ok(row.map(Candidate::from))
}

/// Everybody who follows a person.
pub async fn followers(tx: &mut Tx, person: UserId) -> Result<Vec<UserId>> {
    const SQL: &str =
        "SELECT user_id FROM subscriptions WHERE target = $1 AND follows ORDER BY user_id";
    users(tx, SQL, person.0).await
}

/// Everybody in a group whose account counts.
pub async fn group_members(tx: &mut Tx, group: Uuid) -> Result<Vec<UserId>> {
    const SQL: &str = "SELECT u.id FROM user_group_members m JOIN users u ON u.id = m.user_id \
         WHERE m.group_id = $1 AND u.deactivated_at IS NULL ORDER BY u.id";
    users(tx, SQL, group).await
}

async fn users(tx: &mut Tx, sql: &'static str, of: Uuid) -> Result<Vec<UserId>> {
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(sql)
        .bind(of)
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// The person with this address, if it is proved to be theirs.
pub async fn by_mail(tx: &mut Tx, email: &Email) -> Result<Option<UserId>> {
    const SQL: &str = "SELECT id FROM users WHERE email = $1 AND email_proved";
    let found: Option<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(email.as_str())
        .fetch_optional(db)
        .await)?;
    Ok(found.map(UserId))
}

/// A row that may be new.
#[derive(Debug, Clone)]
pub struct NewNotice {
    pub id: NoticeId,
    pub user: UserId,
    pub cause: String,
    pub kind: Kind,
    pub recording: RecordingId,
    pub comment: Option<CommentId>,
    pub by: Option<UserId>,
    pub now: Timestamp,
}

/// Writes it. Answers its id where it is new, or where a row of the same cause became another kind and is unread again.
pub async fn add(tx: &mut Tx, new: &NewNotice, becomes: bool) -> Result<Option<NoticeId>> {
    const NEW: &str = "INSERT INTO notices (id, user_id, cause, kind, recording_id, comment_id, actor_id, created_at, shown_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (user_id, cause) DO NOTHING RETURNING id";
    const BECOMES: &str = "UPDATE notices SET kind = $3, read_at = NULL, done_at = NULL, shown_at = $4 \
         WHERE user_id = $1 AND cause = $2 AND kind <> $3 RETURNING id";
    let id: Option<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(NEW)
        .bind(new.id.0)
        .bind(new.user.0)
        .bind(&new.cause)
        .bind(new.kind.as_str())
        .bind(new.recording.0)
        .bind(new.comment.map(|id| id.0))
        .bind(new.by.map(|id| id.0))
        .bind(new.now.micros())
        .fetch_optional(db)
        .await)?;
    if id.is_some() || !becomes {
        return Ok(id.map(NoticeId));
    }
    let id: Option<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(BECOMES)
        .bind(new.user.0)
        .bind(&new.cause)
        .bind(new.kind.as_str())
        .bind(new.now.micros())
        .fetch_optional(db)
        .await)?;
    Ok(id.map(NoticeId))
}

/// What a cause asked for was done: everybody who was told of it has nothing left to do. Answers who.
pub async fn settle(tx: &mut Tx, cause: &str, now: Timestamp) -> Result<Vec<UserId>> {
    const SQL: &str = "UPDATE notices SET done_at = $2, read_at = COALESCE(read_at, $2) WHERE cause = $1 AND done_at IS NULL RETURNING user_id";
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(cause)
        .bind(now.micros())
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// What is to become of notices; none: it stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Marks {
    pub read: Option<bool>,
    pub done: Option<bool>,
    /// Put off until then; none inside: not any more.
    pub shown_at: Option<Option<Timestamp>>,
}

/// Changes one notice of a person. Says whether there is one.
pub async fn mark(
    tx: &mut Tx,
    user: UserId,
    id: NoticeId,
    marks: &Marks,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE notices SET \
         read_at = CASE WHEN $3 = 'stays' THEN read_at WHEN $3 = 'yes' THEN COALESCE(read_at, $6) ELSE NULL END, \
         done_at = CASE WHEN $4 = 'stays' THEN done_at WHEN $4 = 'yes' THEN COALESCE(done_at, $6) ELSE NULL END, \
         shown_at = CASE WHEN $5 = -1 THEN shown_at WHEN $5 = -2 THEN created_at ELSE $5 END \
         WHERE id = $2 AND user_id = $1";
    let word = |mark: Option<bool>| match mark {
        None => "stays",
        Some(true) => "yes",
        Some(false) => "no",
    };
    let shown_at = match marks.shown_at {
        None => -1,
        Some(None) => -2,
        Some(Some(at)) => at.micros(),
    };
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(id.0)
        .bind(word(marks.read))
        .bind(word(marks.done))
        .bind(shown_at)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(rows == 1)
}

/// Everything that is shown of a recording was seen, or of all where none is named. Says whether anything was unread.
pub async fn mark_seen(
    tx: &mut Tx,
    user: UserId,
    recording: Option<RecordingId>,
    now: Timestamp,
) -> Result<bool> {
    const ALL: &str = "UPDATE notices SET read_at = $2 WHERE user_id = $1 AND shown_at <= $2 AND read_at IS NULL AND done_at IS NULL";
    const OF: &str = "UPDATE notices SET read_at = $2 WHERE user_id = $1 AND shown_at <= $2 AND read_at IS NULL AND done_at IS NULL \
         AND recording_id = $3 AND kind NOT IN ('asked', 'required', 'reminder', 'stopped')";
    let rows = match recording {
        None => in_tx!(tx, |db| sqlx::query(ALL)
            .bind(user.0)
            .bind(now.micros())
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?,
        Some(recording) => in_tx!(tx, |db| sqlx::query(OF)
            .bind(user.0)
            .bind(now.micros())
            .bind(recording.0)
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?,
    };
    Ok(rows > 0)
}

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
             (SELECT q.message FROM access_requests q WHERE q.recording_id = n.recording_id AND q.user_id = n.actor_id AND n.kind = 'asked') AS message \
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
