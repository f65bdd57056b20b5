//! Rows of `search_lines`, `search_windows` and `search_screens`. Made by `service::search`, in the transaction that takes the change.

use aside_protocol::id::{CommentId, MarkId, RecordingId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::insert;
use crate::domain::screen_text::ScreenLine;
use crate::domain::search::Kind;
use crate::in_tx;
use crate::store::cell::Table;
use crate::store::{Result, Tx};

pub use super::insert::{LineRow, windows as insert_windows};

/// What lines are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub title: String,
    pub owner_name: String,
    pub made_at: Timestamp,
    /// Ascending.
    pub tags: Vec<String>,
    /// Moment, name, when it was set.
    pub chapters: Vec<(MarkId, u64, String, Timestamp)>,
    /// Moment, words, when it was written; not the deleted ones.
    pub comments: Vec<(CommentId, u64, String, Timestamp)>,
}

/// What the lines of a recording are made of; none where it is gone.
pub async fn source(tx: &mut Tx, recording: RecordingId) -> Result<Option<Source>> {
    const HEAD: &str = "SELECT r.title, o.name, r.created_at FROM recordings r JOIN users o ON o.id = r.owner_id WHERE r.id = $1";
    const TAGS: &str = "SELECT tag FROM recording_tags WHERE recording_id = $1 ORDER BY tag";
    const MARKS: &str = "SELECT id, at_ms, title, created_at FROM marks WHERE recording_id = $1 AND deleted_at IS NULL AND title <> ''";
    const COMMENTS: &str = "SELECT id, at_ms, body, created_at FROM comments WHERE recording_id = $1 AND deleted_at IS NULL";
    let head: Option<(String, String, i64)> = in_tx!(tx, |db| sqlx::query_as(HEAD)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    let Some((title, owner_name, made_at)) = head else {
        return Ok(None);
    };
    let tags = in_tx!(tx, |db| sqlx::query_scalar(TAGS)
        .bind(recording.0)
        .fetch_all(db)
        .await)?;
    type Row = (Uuid, i64, String, i64);
    let marks: Vec<Row> = in_tx!(tx, |db| sqlx::query_as(MARKS)
        .bind(recording.0)
        .fetch_all(db)
        .await)?;
    let comments: Vec<Row> = in_tx!(tx, |db| sqlx::query_as(COMMENTS)
        .bind(recording.0)
        .fetch_all(db)
        .await)?;
    let at = |table, at_ms| Table(table).unsigned("at_ms", at_ms);
    let when = Timestamp::from_micros;
    let chapters = marks
        .into_iter()
        .map(|(id, ms, text, made)| Ok((MarkId(id), at("marks", ms)?, text, when(made))));
    let comments = comments
        .into_iter()
        .map(|(id, ms, text, made)| Ok((CommentId(id), at("comments", ms)?, text, when(made))));
    Ok(Some(Source {
        title,
        owner_name,
        made_at: when(made_at),
        tags,
        chapters: chapters.collect::<Result<_>>()?,
        comments: comments.collect::<Result<_>>()?,
    }))
}

/// Makes the lines of a recording these. Those that are there already stay, unless they are to be made `anew`.
pub async fn set_lines(
    tx: &mut Tx,
    recording: RecordingId,
    mut wanted: Vec<LineRow>,
    anew: bool,
) -> Result<()> {
    const THERE: &str = "SELECT id, kind, comment_id, mark_id, at_ms, written_at, text FROM search_lines WHERE recording_id = $1";
    const REMOVE: &str = "DELETE FROM search_lines WHERE id = $1";
    type Row = (
        i64,
        String,
        Option<Uuid>,
        Option<Uuid>,
        Option<i64>,
        i64,
        String,
    );
    let there: Vec<Row> = in_tx!(tx, |db| sqlx::query_as(THERE)
        .bind(recording.0)
        .fetch_all(db)
        .await)?;
    let table = Table("search_lines");
    let mut missing: std::collections::HashSet<LineKey> = wanted.iter().map(key).collect();
    for (id, kind, comment, mark, at_ms, written_at, text) in there {
        let row = LineRow {
            kind: table.parsed("kind", kind)?,
            comment: comment.map(CommentId),
            mark: mark.map(MarkId),
            at_ms: at_ms.map(|ms| table.unsigned("at_ms", ms)).transpose()?,
            written_at: Timestamp::from_micros(written_at),
            text,
        };
        if anew || !missing.remove(&key(&row)) {
            in_tx!(&mut *tx, |db| sqlx::query(REMOVE)
                .bind(id)
                .execute(db)
                .await
                .map(|_| ()))?;
        }
    }
    wanted.retain(|row| missing.remove(&key(row)));
    insert::lines(tx, recording, &wanted).await
}

/// What makes one line another.
type LineKey = (
    Kind,
    Option<CommentId>,
    Option<MarkId>,
    Option<u64>,
    i64,
    String,
);

fn key(row: &LineRow) -> LineKey {
    let at = row.written_at.micros();
    (
        row.kind,
        row.comment,
        row.mark,
        row.at_ms,
        at,
        row.text.clone(),
    )
}

/// Forgets the windows of a recording from the first one on that is missing or may change, or all of them; answers with which word
/// the rest begins.
pub async fn forget_open_windows(tx: &mut Tx, recording: RecordingId, anew: bool) -> Result<u64> {
    const THERE: &str = "SELECT first_n, next_n, closed FROM search_windows WHERE recording_id = $1 ORDER BY first_n, id";
    const REMOVE: &str = "DELETE FROM search_windows WHERE recording_id = $1 AND first_n >= $2";
    let there: Vec<(i64, i64, bool)> = in_tx!(tx, |db| sqlx::query_as(THERE)
        .bind(recording.0)
        .fetch_all(db)
        .await)?;
    let mut from = 0;
    for (first, next, closed) in there {
        if anew || first != from || !closed {
            break;
        }
        from = next;
    }
    in_tx!(tx, |db| sqlx::query(REMOVE)
        .bind(recording.0)
        .bind(from)
        .execute(db)
        .await
        .map(|_| ()))?;
    Table("search_windows").unsigned("next_n", from)
}

/// Makes the rows of a recording these. While it is read lines only follow others: those that are there stay, unless they are to be made
/// `anew`.
pub async fn set_screen(
    tx: &mut Tx,
    recording: RecordingId,
    lines: &[ScreenLine],
    anew: bool,
) -> Result<()> {
    const COUNT: &str = "SELECT COUNT(*) FROM search_screens WHERE recording_id = $1";
    const REMOVE: &str = "DELETE FROM search_screens WHERE recording_id = $1";
    let count: i64 = in_tx!(&mut *tx, |db| sqlx::query_scalar(COUNT)
        .bind(recording.0)
        .fetch_one(db)
        .await)?;
    let there = usize::try_from(count).unwrap_or(usize::MAX);
    let more = match lines.get(there..) {
        Some(more) if !anew => more,
        _ => {
            in_tx!(&mut *tx, |db| sqlx::query(REMOVE)
                .bind(recording.0)
                .execute(db)
                .await
                .map(|_| ()))?;
            lines
        }
    };
    insert::screens(tx, recording, more).await
}
