//! What a part of the events track says that the server keeps in rows of its own.

use aside_protocol::layout::LayoutMoment;
use aside_protocol::recording::{FIRST_INIT, Sha256};
use aside_protocol::timed_event::{EventsError, TimedEvent, read_events};
use serde_json::Value;

use super::place::PartRefusal;
use crate::domain::recording::PartRow;
use crate::domain::turns::Turn;

/// Largest report that is kept, in bytes of JSON.
const MAX_REPORT: usize = 32 * 1024;

/// A chapter as the recorder told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldMark {
    pub at_ms: u64,
    pub title: String,
}

/// In the order of their lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    pub marks: Vec<ToldMark>,
    pub moments: Vec<LayoutMoment>,
    /// Who is heard from when on.
    pub turns: Vec<Turn>,
    /// How the take went.
    pub report: Option<Value>,
}

impl Told {
    pub fn of(events: Vec<TimedEvent>) -> Self {
        let mut told = Self::default();
        for event in events {
            match event {
                TimedEvent::Mark { at_ms, title } => told.marks.push(ToldMark { at_ms, title }),
                TimedEvent::Layout {
                    at_ms,
                    face,
                    corner,
                    size,
                } => told.moments.push(LayoutMoment {
                    at_ms,
                    face,
                    corner,
                    size,
                }),
                TimedEvent::Heard { at_ms, source } => told.turns.push(Turn { at_ms, source }),
                TimedEvent::Report { report, .. } => {
                    told.report = Some(report).filter(|r| r.to_string().len() <= MAX_REPORT);
                }
                TimedEvent::Click { .. } | TimedEvent::Window { .. } => {}
            }
        }
        told
    }
}

/// Reads a part of the events track that a client sent as `number`.
pub fn read_told(
    bytes: &[u8],
    sha256: Sha256,
    number: u32,
) -> Result<(PartRow, Told), PartRefusal> {
    let part = read_events(bytes)?;
    // Milliseconds are stored as signed integers.
    if i64::try_from(part.head.end_ms).is_err() {
        return Err(EventsError::Span.into());
    }
    let row = PartRow {
        number,
        start: part.head.start_ms,
        duration: part.head.end_ms - part.head.start_ms,
        independent: true,
        size: bytes.len() as u64,
        sha256,
        init: FIRST_INIT,
    };
    Ok((row, Told::of(part.events)))
}
