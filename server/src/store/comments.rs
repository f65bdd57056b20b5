//! Rows of `comments`.

use aside_protocol::id::{CommentId, GroupId, RecordingId, TokenId, UserId};
use aside_protocol::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use super::attachments::AttachmentRow;
use super::cell::{Table, signed};
use super::{Result, Store, StoreError, Tx, dialect, expect_one};
use crate::domain::assignment::{Assignment, day};
use crate::domain::comment::{Author, Comment, Deleter};
use crate::domain::issue::IssueLink;
use crate::domain::mention::{Mention, Mentioned, mentioned};
use crate::domain::reaction::Reaction;
use crate::{in_tx, on_db};

/// As rows of a statement, and as `dialect` writes it.
#[derive(sqlx::FromRow, serde::Deserialize)]
pub(super) struct CommentRow {
    id: Uuid,
    recording_id: Uuid,
    parent_id: Option<Uuid>,
    user_id: Option<Uuid>,
    guest_id: Option<Uuid>,
    author_name: String,
    at_ms: i64,
    end_ms: Option<i64>,
    visibility: String,
    body: String,
    created_at: i64,
    edited_at: Option<i64>,
    resolved_at: Option<i64>,
    resolved_by: Option<String>,
    deleted_at: Option<i64>,
    deleted_by: Option<String>,
    version: i64,
    by_agent: i64,
    drawn: i64,
    assignee_id: Option<Uuid>,
    assignee_name: Option<String>,
    assignee_zone: Option<String>,
    assignee_named: i32,
    due_on: Option<String>,
    mentions: Option<Json<Vec<MentionRow>>>,
    reactions: Option<Json<Vec<ReactionRow>>>,
    attachments: Option<Json<Vec<AttachmentRow>>>,
    issues: Option<Json<Vec<IssueRow>>>,
}

/// As `dialect` writes it.
#[derive(serde::Deserialize)]
struct IssueRow {
    name: String,
    url: String,
    state: String,
    closed: i64,
}

/// As `dialect` writes it.
#[derive(serde::Deserialize)]
struct MentionRow {
    user_id: Option<Uuid>,
    group_id: Option<Uuid>,
    guest_id: Option<Uuid>,
    name: Option<String>,
    in_thread: u8,
    named: u8,
}

/// As `dialect` writes it.
#[derive(serde::Deserialize)]
struct ReactionRow {
    emoji: String,
    user_id: Option<Uuid>,
    guest_id: Option<Uuid>,
    name: Option<String>,
}

impl MentionRow {
    fn read(self) -> Option<Mention> {
        let who = match (self.user_id, self.group_id, self.guest_id) {
            (Some(id), None, None) => Mentioned::User(UserId(id)),
            (None, Some(id), None) => Mentioned::Group(GroupId(id)),
            (None, None, Some(id)) => Mentioned::Guest(TokenId(id)),
            _ => return None,
        };
        Some(Mention {
            who,
            name: self.name,
            in_thread: self.in_thread != 0,
            named: self.named != 0,
        })
    }
}

/// Who wrote or did it, by the two columns.
pub(super) const fn author(user: Option<Uuid>, guest: Option<Uuid>) -> Author {
    match (user, guest) {
        (Some(user), _) => Author::Member(UserId(user)),
        (None, Some(guest)) => Author::Guest(TokenId(guest)),
        (None, None) => Author::Nobody,
    }
}

/// The two columns.
pub(super) const fn columns_of(author: Author) -> (Option<Uuid>, Option<Uuid>) {
    match author {
        Author::Member(id) => (Some(id.0), None),
        Author::Guest(id) => (None, Some(id.0)),
        Author::Nobody => (None, None),
    }
}

impl TryFrom<CommentRow> for Comment {
    type Error = StoreError;
    fn try_from(row: CommentRow) -> Result<Self> {
        let due = row.due_on.map(|text| match day(&text) {
            Ok(day) => Ok(day),
            Err(_) => Err(StoreError::inconsistent("comments", "due_on", text)),
        });
        let assignment = row.assignee_id.map(|id| Assignment {
            to: UserId(id),
            name: row.assignee_name.unwrap_or_default(),
            due: None,
            zone: row.assignee_zone,
            named: row.assignee_named != 0,
        });
        let due = due.transpose()?;
        let assignment = assignment.map(|it| Assignment { due, ..it });
        let mentions = row.mentions.map(|Json(all)| all).unwrap_or_default();
        let attachments = row.attachments.map(|Json(all)| all).unwrap_or_default();
        let issues = row.issues.map(|Json(all)| all).unwrap_or_default();
        let issues = issues.into_iter().map(|it| IssueLink {
            name: it.name,
            url: it.url,
            state: it.state,
            closed: it.closed != 0,
        });
        let reactions = row.reactions.map(|Json(all)| all).unwrap_or_default();
        let reactions = reactions.into_iter().map(|it| Reaction {
            emoji: it.emoji,
            by: author(it.user_id, it.guest_id),
            name: it.name.unwrap_or_default(),
        });
        Ok(Self {
            id: CommentId(row.id),
            recording: RecordingId(row.recording_id),
            parent: row.parent_id.map(CommentId),
            author: author(row.user_id, row.guest_id),
            author_name: row.author_name,
            at_ms: COMMENTS.unsigned("at_ms", row.at_ms)?,
            end_ms: row
                .end_ms
                .map(|ms| COMMENTS.unsigned("end_ms", ms))
                .transpose()?,
            visibility: COMMENTS.parsed("visibility", row.visibility)?,
            body: row.body,
            created_at: Timestamp::from_micros(row.created_at),
            edited_at: row.edited_at.map(Timestamp::from_micros),
            resolved_at: row.resolved_at.map(Timestamp::from_micros),
            resolved_by: row.resolved_by,
            deleted_at: row.deleted_at.map(Timestamp::from_micros),
            deleted_by: row
                .deleted_by
                .map(|by| COMMENTS.parsed("deleted_by", by))
                .transpose()?,
            version: row.version,
            by_agent: row.by_agent != 0,
            drawn: row.drawn != 0,
            assignment,
            mentions: mentions.into_iter().filter_map(MentionRow::read).collect(),
            reactions: reactions.collect(),
            issues: issues.collect(),
            attachments: attachments
                .into_iter()
                .map(TryInto::try_into)
                .collect::<Result<_>>()?,
        })
    }
}

const COMMENTS: Table = Table("comments");

macro_rules! select {
    ($mentions:expr, $reactions:expr, $attachments:expr, $issues:expr, $which:literal) => {
        concat!(
            "SELECT c.id, c.recording_id, c.parent_id, c.user_id, c.guest_id, c.author_name, c.at_ms, c.end_ms, c.visibility, c.body, c.created_at, \
             c.edited_at, c.resolved_at, c.resolved_by, c.deleted_at, c.deleted_by, c.version, \
             CAST(CASE WHEN c.by_agent THEN 1 ELSE 0 END AS BIGINT) AS by_agent, \
             CAST(CASE WHEN c.drawing IS NULL THEN 0 ELSE 1 END AS BIGINT) AS drawn, \
             c.assignee_id, a.name AS assignee_name, a.time_zone AS assignee_zone, c.due_on, CAST(",
            dialect::named_for_comment!("c.assignee_id", "NULL"),
            " AS INTEGER) AS assignee_named, ",
            $mentions,
            " AS mentions, ",
            $reactions,
            " AS reactions, ",
            $attachments,
            " AS attachments, ",
            $issues,
            " AS issues FROM comments c LEFT JOIN users a ON a.id = c.assignee_id ",
            $which
        )
    };
}

macro_rules! select_sqlite {
    ($which:literal) => {
        select!(
            dialect::mentions_sqlite!(),
            dialect::reactions_sqlite!(),
            dialect::attachments_sqlite!(),
            dialect::issues_sqlite!(),
            $which
        )
    };
}
macro_rules! select_postgres {
    ($which:literal) => {
        select!(
            dialect::mentions_postgres!(),
            dialect::reactions_postgres!(),
            dialect::attachments_postgres!(),
            dialect::issues_postgres!(),
            $which
        )
    };
}

const BY_ID_SQLITE: &str = select_sqlite!("WHERE c.id = $1");
const BY_ID_POSTGRES: &str = select_postgres!("WHERE c.id = $1");
/// `$1`: a JSON array of ids in hexadecimal digits.
const BY_IDS_SQLITE: &str =
    select_sqlite!("WHERE c.id IN (SELECT unhex(value) FROM json_each($1))");
const BY_IDS_POSTGRES: &str =
    select_postgres!("WHERE c.id IN (SELECT value::uuid FROM json_array_elements_text($1::json))");
const OF_RECORDING_SQLITE: &str = select_sqlite!("WHERE c.recording_id = $1");
const OF_RECORDING_POSTGRES: &str = select_postgres!("WHERE c.recording_id = $1");

impl Store {
    /// Every comment of a recording, deleted ones too, in no order.
    pub async fn comments(&self, recording: RecordingId) -> Result<Vec<Comment>> {
        let sql = match self {
            Self::Sqlite { .. } => OF_RECORDING_SQLITE,
            Self::Postgres(_) => OF_RECORDING_POSTGRES,
        };
        let rows = on_db!(self, |db| sqlx::query_as::<_, CommentRow>(sql)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(Comment::try_from).collect()
    }

    /// How many comments of a recording are not deleted, replies too; of private notes none.
    pub async fn count_comments(&self, recording: RecordingId) -> Result<u64> {
        const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM comments WHERE recording_id = $1 AND deleted_at IS NULL AND visibility <> 'author'";
        self.count(SQL, recording).await
    }

    /// How many comments a recording has, whoever reads them.
    pub async fn count_all_comments(&self, recording: RecordingId) -> Result<u64> {
        const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM comments WHERE recording_id = $1 AND deleted_at IS NULL";
        self.count(SQL, recording).await
    }

    async fn count(&self, sql: &'static str, recording: RecordingId) -> Result<u64> {
        let count: i64 = on_db!(self, |db| sqlx::query_scalar(sql)
            .bind(recording.0)
            .fetch_one(db)
            .await)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Names of the people with an account that pages of a recording show to everyone: its owner, and who commented.
    pub async fn member_names(&self, recording: RecordingId) -> Result<Vec<String>> {
        const SQL: &str = "SELECT name FROM users WHERE id IN \
             (SELECT owner_id FROM recordings WHERE id = $1 UNION SELECT user_id FROM comments WHERE recording_id = $1 AND visibility = 'everyone')";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(recording.0)
            .fetch_all(db)
            .await)?)
    }

    /// One comment, deleted or not.
    pub async fn comment(&self, id: CommentId) -> Result<Option<Comment>> {
        let sql = match self {
            Self::Sqlite { .. } => BY_ID_SQLITE,
            Self::Postgres(_) => BY_ID_POSTGRES,
        };
        let row = on_db!(self, |db| sqlx::query_as::<_, CommentRow>(sql)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        row.map(Comment::try_from).transpose()
    }

    /// These comments, deleted or not, in no order, in one statement; those that are gone are left out.
    pub async fn comments_by_id(&self, ids: &[CommentId]) -> Result<Vec<Comment>> {
        let sql = match self {
            Self::Sqlite { .. } => BY_IDS_SQLITE,
            Self::Postgres(_) => BY_IDS_POSTGRES,
        };
        let digits = ids.iter().map(|id| id.0.simple().to_string());
        let ids = serde_json::Value::from_iter(digits).to_string();
        let rows = on_db!(self, |db| sqlx::query_as::<_, CommentRow>(sql)
            .bind(ids.as_str())
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(Comment::try_from).collect()
    }
}

impl Tx {
    /// One comment as this transaction sees it, deleted or not.
    pub async fn comment(&mut self, id: CommentId) -> Result<Option<Comment>> {
        let sql = match self {
            Self::Sqlite(_) => BY_ID_SQLITE,
            Self::Postgres(_) => BY_ID_POSTGRES,
        };
        let row = in_tx!(self, |db| sqlx::query_as::<_, CommentRow>(sql)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        row.map(Comment::try_from).transpose()
    }

    /// Writes a new comment, and whom its words mention.
    pub async fn insert_comment(&mut self, comment: &Comment) -> Result<()> {
        const SQL: &str = "INSERT INTO comments (id, recording_id, parent_id, user_id, guest_id, author_name, at_ms, end_ms, body, created_at, visibility, by_agent) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let (user, guest) = columns_of(comment.author);
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(comment.id.0)
            .bind(comment.recording.0)
            .bind(comment.parent.map(|p| p.0))
            .bind(user)
            .bind(guest)
            .bind(comment.author_name.as_str())
            .bind(signed(comment.at_ms))
            .bind(comment.end_ms.map(signed))
            .bind(comment.body.as_str())
            .bind(comment.created_at.micros())
            .bind(comment.visibility.as_str())
            .bind(comment.by_agent)
            .execute(db)
            .await
            .map(|_| ()))?;
        self.insert_mentions(comment).await
    }

    /// Writes how a comment read before it was edited, and whom it mentions now.
    pub async fn comment_rewritten(&mut self, before: &Comment, after: &Comment) -> Result<()> {
        const VERSION: &str = "INSERT INTO comment_versions (comment_id, n, body, written_at) \
             SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3 FROM comment_versions WHERE comment_id = $1";
        const FORGET: &str = "DELETE FROM comment_mentions WHERE comment_id = $1";
        let written = before.edited_at.unwrap_or(before.created_at);
        in_tx!(self, |db| sqlx::query(VERSION)
            .bind(before.id.0)
            .bind(before.body.as_str())
            .bind(written.micros())
            .execute(db)
            .await
            .map(|_| ()))?;
        in_tx!(self, |db| sqlx::query(FORGET)
            .bind(before.id.0)
            .execute(db)
            .await
            .map(|_| ()))?;
        self.insert_mentions(after).await
    }

    async fn insert_mentions(&mut self, comment: &Comment) -> Result<()> {
        const SQL: &str = "INSERT INTO comment_mentions (comment_id, n, user_id, group_id, guest_id) VALUES ($1, $2, $3, $4, $5)";
        let mut seen = Vec::new();
        for who in mentioned(&comment.body) {
            if seen.contains(&who) {
                continue;
            }
            let only = |kind| (who.kind() == kind).then_some(who.id());
            in_tx!(&mut *self, |db| sqlx::query(SQL)
                .bind(comment.id.0)
                .bind(i64::try_from(seen.len()).unwrap_or(i64::MAX))
                .bind(only("user"))
                .bind(only("group"))
                .bind(only("guest"))
                .execute(db)
                .await
                .map(|_| ()))?;
            seen.push(who);
        }
        Ok(())
    }

    /// Writes what may change of a comment: its words, whether it is resolved, whether it is deleted, who is to do it. It gets
    /// the version it brings.
    pub async fn update_comment(&mut self, comment: &Comment) -> Result<()> {
        const SQL: &str = "UPDATE comments SET body = $2, edited_at = $3, resolved_at = $4, resolved_by = $5, deleted_at = $6, deleted_by = $7, version = $8, \
             assignee_id = $9, due_on = $10 WHERE id = $1";
        let assignment = comment.assignment.as_ref();
        let rows = in_tx!(self, |db| sqlx::query(SQL)
            .bind(comment.id.0)
            .bind(comment.body.as_str())
            .bind(comment.edited_at.map(Timestamp::micros))
            .bind(comment.resolved_at.map(Timestamp::micros))
            .bind(comment.resolved_by.as_deref())
            .bind(comment.deleted_at.map(Timestamp::micros))
            .bind(comment.deleted_by.map(Deleter::as_str))
            .bind(comment.version)
            .bind(assignment.map(|it| it.to.0))
            .bind(assignment.and_then(|it| it.due).map(|day| day.to_string()))
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?;
        expect_one(rows)
    }
}
