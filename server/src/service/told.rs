//! What a recorder told on its events track becomes rows: chapters, where the face lies, how the take went.

use aside_protocol::id::{MarkId, RecordingId};
use aside_protocol::layout::MAX_MOMENTS;
use aside_protocol::time::Timestamp;

use crate::domain::event::Change;
use crate::domain::mark::{MAX_MARKS, Mark};
use crate::domain::turns::MAX_TURNS;
use crate::domain::upload::Told;
use crate::entropy::Entropy;
use crate::store::layouts::LayoutRow;
use crate::store::{Result, Tx, layouts, marks, take_reports, turns};

/// Call in the transaction that stores a new part of the track `events`; once a part, so nothing comes twice. Answers what
/// open pages are to be told. Chapters and moments beyond what a recording may have are left out, so that the part is kept.
pub async fn keep(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    told: &Told,
    now: Timestamp,
) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    if !told.marks.is_empty() {
        let room = MAX_MARKS.saturating_sub(marks::count(tx, recording).await?);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        for mark in told.marks.iter().take(room) {
            let mark = Mark {
                id: MarkId::new(now, entropy.array()),
                recording,
                at_ms: mark.at_ms,
                title: mark.title.clone(),
                created_at: now,
                deleted_at: None,
                version: 1,
            };
            marks::insert(tx, &mark).await?;
            changes.push(Change::Mark(mark.id));
        }
    }
    if !told.moments.is_empty() {
        let LayoutRow {
            version,
            told: mut all,
        } = layouts::get(tx, recording).await?;
        let room = MAX_MOMENTS.saturating_sub(all.len());
        all.extend(told.moments.iter().take(room));
        let layout = LayoutRow {
            version: version + 1,
            told: all,
        };
        layouts::set(tx, recording, &layout).await?;
        changes.push(Change::Layout);
    }
    if !told.turns.is_empty() {
        let room = MAX_TURNS.saturating_sub(turns::count(tx, recording).await?);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let new = || told.turns.iter().take(room);
        for turn in new() {
            turns::insert(tx, recording, *turn).await?;
        }
        let from_ms = new().map(|turn| turn.at_ms).min();
        changes.extend(from_ms.map(|from_ms| Change::Turns { from_ms }));
    }
    if let Some(report) = &told.report {
        take_reports::set(tx, recording, report).await?;
    }
    Ok(changes)
}
