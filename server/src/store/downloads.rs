//! Rows of `downloads`.

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::{Table, signed};
use super::{Result, Store, Tx};
use crate::domain::download::{Download, DownloadState, File};
use crate::{in_tx, on_db};

const DOWNLOADS: Table = Table("downloads");
const READ: &str = "SELECT state, percent, why, key, size FROM downloads WHERE recording_id = $1";

pub(super) type Row = (String, i64, Option<String>, Option<String>, Option<i64>);

pub(super) fn download(row: Option<Row>) -> Result<Download> {
    let Some((state, percent, why, key, size)) = row else {
        return Ok(Download::without_file(DownloadState::None));
    };
    let size = size.map(|n| DOWNLOADS.unsigned("size", n)).transpose()?;
    Ok(Download {
        state: DOWNLOADS.parsed("state", state)?,
        percent: DOWNLOADS.unsigned("percent", percent)?,
        why,
        file: key.zip(size).map(|(key, size)| File { key, size }),
    })
}

impl Store {
    /// How far the download of a recording is.
    pub async fn download(&self, recording: RecordingId) -> Result<Download> {
        let row = on_db!(self, |db| sqlx::query_as(READ)
            .bind(recording.0)
            .fetch_optional(db)
            .await)?;
        download(row)
    }
}

/// The same as this transaction sees it.
pub async fn get(tx: &mut Tx, recording: RecordingId) -> Result<Download> {
    let row = in_tx!(tx, |db| sqlx::query_as(READ)
        .bind(recording.0)
        .fetch_optional(db)
        .await)?;
    download(row)
}

/// Takes the place of what was there, for a download that somebody asked for before.
pub async fn set(tx: &mut Tx, recording: RecordingId, download: &Download) -> Result<()> {
    const SQL: &str = "UPDATE downloads SET state = $2, percent = $3, why = $4, key = $5, size = $6 WHERE recording_id = $1";
    let (key, size) = match &download.file {
        Some(file) => (Some(file.key.as_str()), Some(signed(file.size))),
        None => (None, None),
    };
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(download.state.as_str())
        .bind(i64::from(download.percent))
        .bind(download.why.as_deref())
        .bind(key)
        .bind(size)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Notes that somebody asked for it now.
pub async fn asked(tx: &mut Tx, recording: RecordingId, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO downloads (recording_id, state, percent, asked_at) VALUES ($1, $2, 0, $3) \
        ON CONFLICT (recording_id) DO UPDATE SET asked_at = excluded.asked_at";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .bind(DownloadState::None.as_str())
        .bind(now.micros())
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// At most `limit` recordings whose file nobody asked for since `before` and which no worker is making.
pub async fn unused(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<Vec<RecordingId>> {
    const SQL: &str = "SELECT recording_id FROM downloads WHERE asked_at < $1 AND state IN ('ready', 'failed', 'none') ORDER BY recording_id LIMIT $2";
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(before.micros())
        .bind(i64::from(limit))
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(RecordingId).collect())
}

/// As if nobody had asked. Its file needs a tombstone.
pub async fn forget(tx: &mut Tx, recording: RecordingId) -> Result<()> {
    const SQL: &str = "DELETE FROM downloads WHERE recording_id = $1";
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(recording.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Whether the file of the recording's download lies at this path.
pub async fn names(tx: &mut Tx, recording: RecordingId, path: &str) -> Result<bool> {
    const SQL: &str =
        "SELECT EXISTS (SELECT 1 FROM downloads WHERE recording_id = $1 AND key = $2)";
    Ok(in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(recording.0)
        .bind(path)
        .fetch_one(db)
        .await)?)
}
