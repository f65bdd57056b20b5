//! Rows of `issues`, and of `hooks_seen`.

use aside_protocol::id::{CommentId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use crate::domain::issue::Issue;
use crate::domain::outbound::tracker::Remote;
use crate::domain::outbound::{DeliveryState, DestinationId, EventId, IssueId};
use crate::store::cell::{Table, signed};
use crate::store::{Result, Store, Tx};
use crate::{in_tx, on_db};

const ISSUES: Table = Table("issues");

#[derive(sqlx::FromRow)]
struct IssueRow {
    id: Uuid,
    destination_id: Option<Uuid>,
    recording_id: Uuid,
    comment_id: Option<Uuid>,
    event_id: Option<Uuid>,
    asked_by: Option<Uuid>,
    subject: String,
    at_ms: i64,
    linked: Option<String>,
    created_at: i64,
    begun_at: Option<i64>,
    password: Option<i64>,
    remote: Option<String>,
    name: String,
    url: String,
    state: String,
    closed: i64,
    changed_at: i64,
}

impl IssueRow {
    fn read(self) -> Result<Issue> {
        Ok(Issue {
            id: IssueId(self.id),
            destination: self.destination_id.map(DestinationId),
            recording: RecordingId(self.recording_id),
            comment: self.comment_id.map(CommentId),
            event: self.event_id.map(EventId),
            asked_by: self.asked_by.map(UserId),
            subject: self.subject,
            at_ms: ISSUES.unsigned("at_ms", self.at_ms)?,
            linked: self.linked,
            created_at: Timestamp::from_micros(self.created_at),
            begun_at: self.begun_at.map(Timestamp::from_micros),
            password: self.password,
            remote: self.remote,
            name: self.name,
            url: self.url,
            state: self.state,
            closed: self.closed != 0,
            changed_at: Timestamp::from_micros(self.changed_at),
        })
    }
}

macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT i.id, i.destination_id, i.recording_id, i.comment_id, i.event_id, i.asked_by, i.subject, i.at_ms, i.linked, i.created_at, \
             i.begun_at, i.password, i.remote, i.name, i.url, i.state, i.closed, i.changed_at FROM issues i ",
            $which
        )
    };
}

/// An issue with what became of asking for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub issue: Issue,
    /// Of the destination; none: it is gone.
    pub tracker: Option<String>,
    /// Of the newest delivery; none: it is forgotten.
    pub delivery: Option<DeliveryState>,
    /// When it is tried (again).
    pub due_at: Option<Timestamp>,
    /// Why the newest attempt came to nothing.
    pub why: Option<String>,
}

#[derive(sqlx::FromRow)]
struct AskedRow {
    #[sqlx(flatten)]
    issue: IssueRow,
    tracker: Option<String>,
    delivery: Option<String>,
    due_at: Option<i64>,
    why: Option<String>,
}

impl AskedRow {
    fn read(self) -> Result<Asked> {
        let state = self
            .delivery
            .map(|it| Table("deliveries").parsed("state", it));
        Ok(Asked {
            issue: self.issue.read()?,
            tracker: self.tracker,
            delivery: state.transpose()?,
            due_at: self.due_at.map(Timestamp::from_micros),
            why: self.why,
        })
    }
}

macro_rules! select_asked {
    ($which:literal) => {
        concat!(
            "SELECT i.id, i.destination_id, i.recording_id, i.comment_id, i.event_id, i.asked_by, i.subject, i.at_ms, i.linked, i.created_at, \
             i.begun_at, i.password, i.remote, i.name, i.url, i.state, i.closed, i.changed_at, d.name AS tracker, v.state AS delivery, v.due_at, t.reason AS why \
             FROM issues i LEFT JOIN destinations d ON d.id = i.destination_id \
             LEFT JOIN deliveries v ON v.event_id = i.event_id AND v.destination_id = i.destination_id \
             LEFT JOIN delivery_attempts t ON t.delivery_id = v.id AND t.number = v.attempts ",
            $which
        )
    };
}

impl Store {
    /// The issues of a recording, the oldest first.
    pub async fn issues_of(&self, recording: RecordingId) -> Result<Vec<Asked>> {
        const SQL: &str = select_asked!("WHERE i.recording_id = $1 ORDER BY i.created_at, i.id");
        let rows: Vec<AskedRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(AskedRow::read).collect()
    }

    pub async fn asked_issue(&self, id: IssueId) -> Result<Option<Asked>> {
        const SQL: &str = select_asked!("WHERE i.id = $1");
        let row: Option<AskedRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        row.map(AskedRow::read).transpose()
    }

    /// The one that an event asks for.
    pub async fn issue_of_event(&self, event: EventId) -> Result<Option<Issue>> {
        const SQL: &str = select!("WHERE i.event_id = $1");
        let row: Option<IssueRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(event.0)
            .fetch_optional(db)
            .await)?;
        row.map(IssueRow::read).transpose()
    }

    /// At most `limit` issues of a tracker that were not asked about since `before`, and are not older than `young`: those that
    /// were not asked about for longest come first.
    pub async fn issues_to_read(
        &self,
        of: DestinationId,
        before: Timestamp,
        young: Timestamp,
        limit: u32,
    ) -> Result<Vec<Issue>> {
        const SQL: &str = select!(
            "WHERE i.destination_id = $1 AND i.remote IS NOT NULL AND i.checked_at <= $2 \
             AND (i.changed_at >= $3 OR i.created_at >= $3) ORDER BY i.checked_at, i.id LIMIT $4"
        );
        let rows: Vec<IssueRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(of.0)
            .bind(before.micros())
            .bind(young.micros())
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(IssueRow::read).collect()
    }

    /// Whether a tracker told something by a webhook since then.
    pub async fn tells_by_hooks(&self, of: DestinationId, since: Timestamp) -> Result<bool> {
        const SQL: &str =
            "SELECT EXISTS (SELECT 1 FROM hooks_seen WHERE destination_id = $1 AND at >= $2)";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(of.0)
            .bind(since.micros())
            .fetch_one(db)
            .await)?)
    }
}

/// The one about this subject.
pub async fn of_subject(tx: &mut Tx, of: DestinationId, subject: &str) -> Result<Option<Issue>> {
    const SQL: &str = select!("WHERE i.destination_id = $1 AND i.subject = $2");
    let row: Option<IssueRow> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(of.0)
        .bind(subject)
        .fetch_optional(db)
        .await)?;
    row.map(IssueRow::read).transpose()
}

/// Those that a tracker knows by this.
pub async fn of_remote(tx: &mut Tx, of: DestinationId, remote: &str) -> Result<Vec<Issue>> {
    const SQL: &str = select!("WHERE i.destination_id = $1 AND i.remote = $2 ORDER BY i.id");
    let rows: Vec<IssueRow> = in_tx!(tx, |db| sqlx::query_as(SQL)
        .bind(of.0)
        .bind(remote)
        .fetch_all(db)
        .await)?;
    rows.into_iter().map(IssueRow::read).collect()
}

/// How many a recording has.
pub async fn count(tx: &mut Tx, recording: RecordingId) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM issues WHERE recording_id = $1";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .fetch_one(db)
        .await)?)
}

/// Whether any stands at this tracker, or may stand there while its answer is waited for.
pub async fn any_made(tx: &mut Tx, of: DestinationId) -> Result<bool> {
    const SQL: &str = "SELECT COUNT(*) FROM issues i WHERE i.destination_id = $1 AND (i.remote IS NOT NULL OR (i.begun_at IS NOT NULL AND EXISTS \
         (SELECT 1 FROM deliveries v WHERE v.event_id = i.event_id AND v.destination_id = i.destination_id AND v.state = 'waiting')))";
    let made: i64 = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(of.0)
        .fetch_one(db)
        .await)?;
    Ok(made > 0)
}

/// Writes it, unless there is one about the same subject: says whether it did.
pub async fn insert(tx: &mut Tx, it: &Issue) -> Result<bool> {
    const SQL: &str = "INSERT INTO issues (id, destination_id, recording_id, comment_id, event_id, asked_by, subject, at_ms, linked, created_at, \
         name, url, state, closed, changed_at, checked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', '', 0, 0, 0) \
         ON CONFLICT (destination_id, subject) DO NOTHING";
    let written = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(it.id.0)
        .bind(it.destination.map(|id| id.0))
        .bind(it.recording.0)
        .bind(it.comment.map(|id| id.0))
        .bind(it.event.map(|id| id.0))
        .bind(it.asked_by.map(|id| id.0))
        .bind(&it.subject)
        .bind(signed(it.at_ms))
        .bind(it.linked.as_deref())
        .bind(it.created_at.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(written == 1)
}

/// It is asked for (once more) by `who`, who proved to know this password.
pub async fn ask_again(
    tx: &mut Tx,
    id: IssueId,
    event: EventId,
    who: UserId,
    password: Option<i64>,
) -> Result<()> {
    const SQL: &str = "UPDATE issues SET event_id = $2, asked_by = $3, password = $4 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(event.0)
        .bind(who.0)
        .bind(password)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// From now on the tracker may have it.
pub async fn begin(tx: &mut Tx, id: IssueId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE issues SET begun_at = $2 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// How it stands at its tracker.
pub async fn set_remote(tx: &mut Tx, id: IssueId, it: &Remote, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE issues SET remote = $2, name = $3, url = $4, state = $5, closed = $6, changed_at = $7, checked_at = $8 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(&it.id)
        .bind(&it.name)
        .bind(&it.url)
        .bind(&it.state)
        .bind(i64::from(it.closed))
        .bind(it.changed_at.unwrap_or(now).micros())
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// It was asked about, in vain.
pub async fn set_checked(tx: &mut Tx, id: IssueId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE issues SET checked_at = $2 WHERE id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(id.0)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Remembers what came by a webhook; says whether it came for the first time.
pub async fn hook_came(
    tx: &mut Tx,
    of: DestinationId,
    digest: &[u8],
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO hooks_seen (destination_id, digest, at) VALUES ($1, $2, $3) \
         ON CONFLICT (destination_id, digest) DO NOTHING";
    let new = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(of.0)
        .bind(digest)
        .bind(now.micros())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    Ok(new == 1)
}

/// Forgets what came before then.
pub async fn forget_hooks(tx: &mut Tx, before: Timestamp) -> Result<()> {
    const SQL: &str = "DELETE FROM hooks_seen WHERE at < $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(before.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}
