//! What is told of an event, read when it is told.

use aside_protocol::id::{RecordingId, UserId};

use crate::domain::access::Seen;
use crate::domain::comment::Comment;
use crate::domain::outbound::Event;
use crate::on_db;
use crate::store::cell::Table;
use crate::store::recordings::{RecordingRow, recording_columns};
use crate::store::shares::named;
use crate::store::{Result, Store};

/// An event's recording as one reader stands to it, and its comment.
#[derive(Debug, Clone)]
pub struct Story {
    pub seen: Seen,
    /// Of the recording.
    pub owner: String,
    pub length_ms: Option<u64>,
    pub actor: Option<String>,
    pub comment: Option<Comment>,
}

#[derive(sqlx::FromRow)]
struct StoryRow {
    #[sqlx(flatten)]
    recording: RecordingRow,
    named: bool,
    owner_name: String,
    length_ms: Option<i64>,
    actor_name: Option<String>,
}

impl Store {
    /// What is told of an event to `reader`, who is nobody where the server's destinations are told; none where its recording is gone.
    pub async fn story(&self, event: &Event, reader: Option<UserId>) -> Result<Option<Story>> {
        const SQL: &str = concat!(
            "SELECT ",
            recording_columns!(),
            ", ",
            named!(),
            " AS named, o.name AS owner_name, r.length_ms, a.name AS actor_name \
             FROM recordings r JOIN users o ON o.id = r.owner_id LEFT JOIN users u ON u.id = $2 LEFT JOIN users a ON a.id = $3 \
             WHERE r.id = $1"
        );
        let Some(RecordingId(recording)) = event.recording else {
            return Ok(None);
        };
        let row: Option<StoryRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(recording)
            .bind(reader.map(|id| id.0))
            .bind(event.actor.map(|id| id.0))
            .fetch_optional(db)
            .await)?;
        let Some(row) = row else { return Ok(None) };
        let comment = match event.comment {
            Some(id) => self.comments_by_id(&[id]).await?.pop(),
            None => None,
        };
        let length = row
            .length_ms
            .map(|it| Table("recordings").unsigned("length_ms", it));
        Ok(Some(Story {
            seen: Seen {
                recording: row.recording.try_into()?,
                named: row.named,
                present: true,
                password: None,
            },
            owner: row.owner_name,
            length_ms: length.transpose()?,
            actor: row.actor_name,
            comment,
        }))
    }
}
