//! What a change shows to one reader now: read when it is sent, never when it was written.

use aside_protocol::id::RecordingId;
use aside_protocol::layout::Layout;
use uuid::Uuid;

use super::comments::ReadComment;
use super::gate;
use crate::domain::access::Reader;
use crate::domain::download::Download;
use crate::domain::event::{Change, Event};
use crate::domain::mark::Mark;
use crate::domain::reaction::MomentReaction;
use crate::domain::recording::Recording;
use crate::domain::transcript::{TranscriptState, Word};
use crate::domain::turns::Turn;
use crate::resources::Resources;
use crate::store::Result;
use crate::store::transcript_read::TranscriptStatus;
use crate::track_cache::TrackCache;

/// What there is to see of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Of a deleted comment, whoever renders it shows that it is deleted and none of its words.
    Comment(ReadComment),
    /// They take the place of the words from number `from` on.
    Words {
        from: u64,
        words: Vec<Word>,
        settled: u64,
        done_ms: u64,
    },
    Transcript {
        state: TranscriptState,
        done_ms: u64,
        language: Option<String>,
        version: i64,
    },
    /// They take the place of the turns from this moment on.
    Turns {
        from_ms: u64,
        turns: Vec<Turn>,
    },
    Recording {
        recording: Recording,
        /// Length in milliseconds of what is watchable.
        length_ms: u64,
    },
    Poster,
    /// Who may see or do what.
    Sharing,
    Layout {
        version: i64,
        layout: Layout,
    },
    /// Of a deleted chapter, whoever renders it shows that it is deleted and nothing else.
    Mark(Mark),
    Download(Download),
    Reaction(MomentReaction),
    /// Of this id there is none any more.
    NoReaction(Uuid),
}

/// What a reader gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Shown(Box<Shown>),
    /// What changed is not there any more.
    Nothing,
    /// The reader may not watch the recording any more.
    Refused,
}

/// Who missed more than this is told to read everything anew.
const MAX_MISSED: u32 = 1000;

/// Whether what followed event number `seen` is known, and little enough to be told. A number that was never given comes
/// from another database.
pub async fn can_resume(
    resources: &Resources,
    recording: RecordingId,
    seen: i64,
    newest: i64,
) -> Result<bool> {
    let store = &resources.store;
    if !(0..=newest).contains(&seen) {
        return Ok(false);
    }
    let oldest = store.oldest_event().await?.unwrap_or(0);
    if seen < oldest.saturating_sub(1) {
        return Ok(false);
    }
    let missed = store
        .count_recording_events_after(recording, seen, MAX_MISSED + 1)
        .await?;
    Ok(missed <= i64::from(MAX_MISSED))
}

/// Rows read at once when resuming.
const PAGE: u32 = 200;

/// What followed event number `seen`, in order; at most some hundred. Empty: nothing more.
pub async fn missed(
    resources: &Resources,
    recording: RecordingId,
    seen: i64,
) -> Result<Vec<Event>> {
    let store = &resources.store;
    store.recording_events_after(recording, seen, PAGE).await
}

/// Whether the reader may still watch.
pub async fn may_still_watch(
    resources: &Resources,
    reader: &Reader,
    recording: RecordingId,
) -> Result<bool> {
    let seen = gate::seen(resources, &reader.viewer, recording).await?;
    Ok(
        seen.is_some_and(|seen| {
            reader.may_watch(&seen.recording, seen.standing(), resources.now())
        }),
    )
}

/// Reads what changed, with the rights of `reader`. Rights are read last: what they cover was there before.
pub async fn read(
    resources: &Resources,
    tracks: &TrackCache,
    reader: &Reader,
    recording: RecordingId,
    change: Change,
) -> Result<Answer> {
    let shown = content(resources, recording, change).await?;
    let found = gate::seen(resources, &reader.viewer, recording);
    let found = found
        .await?
        .filter(|it| reader.may_watch(&it.recording, it.standing(), resources.now()));
    match found {
        Some(found) => answer(tracks, reader, found.recording, change, shown).await,
        None => Ok(Answer::Refused),
    }
}

/// What changed, whoever reads it.
pub(super) async fn content(
    resources: &Resources,
    recording: RecordingId,
    change: Change,
) -> Result<Option<Shown>> {
    let store = &resources.store;
    Ok(match change {
        Change::Comment(id) => store
            .comment(id)
            .await?
            .filter(|c| c.recording == recording)
            .map(|comment| {
                Shown::Comment(ReadComment {
                    comment,
                    owns: false,
                })
            }),
        Change::Reaction(id) => Some(match store.moment_reaction(id).await? {
            Some(reaction) => Shown::Reaction(reaction),
            None => Shown::NoReaction(id),
        }),
        Change::Words { first, count } => {
            // The state first: words that come in between are then extra, never missing.
            let status = store.transcript_status(recording).await?;
            let words = store.words_from(recording, first, count).await?;
            status.map(|status| Shown::Words {
                from: first,
                words,
                settled: status.settled,
                done_ms: milliseconds(&status),
            })
        }
        Change::Transcript => {
            store
                .transcript_status(recording)
                .await?
                .map(|status| Shown::Transcript {
                    state: status.state,
                    done_ms: milliseconds(&status),
                    language: status.language,
                    version: status.version,
                })
        }
        Change::Turns { from_ms } => Some(Shown::Turns {
            from_ms,
            turns: store.turns_from(recording, from_ms).await?,
        }),
        Change::Recording => None,
        Change::Poster => Some(Shown::Poster),
        Change::Sharing => Some(Shown::Sharing),
        Change::Layout => {
            let row = store.layout(recording).await?;
            Some(Shown::Layout {
                version: row.version,
                layout: row.layout()?,
            })
        }
        Change::Download => Some(Shown::Download(store.download(recording).await?)),
        Change::Mark(id) => store
            .mark(id)
            .await?
            .filter(|mark| mark.recording == recording)
            .map(Shown::Mark),
    })
}

/// What of it a reader gets who may watch the recording.
pub(super) async fn answer(
    tracks: &TrackCache,
    reader: &Reader,
    found: Recording,
    change: Change,
    shown: Option<Shown>,
) -> Result<Answer> {
    let offered = found.sharing.download || reader.viewer.owns(&found);
    let shown = match change {
        Change::Recording => {
            let view = tracks.view_of(&found).await?;
            Some(Shown::Recording {
                recording: found,
                length_ms: view.map_or(0, |view| view.length_ms()),
            })
        }
        _ => shown.map(|shown| match shown {
            Shown::Comment(read) => Shown::Comment(ReadComment {
                owns: reader.viewer.owns(&found),
                ..read
            }),
            other => other,
        }),
    };
    let shown = shown.filter(|shown| match shown {
        Shown::Download(_) => offered,
        Shown::Comment(read) => read.comment.read_by(&reader.viewer),
        _ => true,
    });
    Ok(shown.map_or(Answer::Nothing, |shown| Answer::Shown(Box::new(shown))))
}

fn milliseconds(status: &TranscriptStatus) -> u64 {
    u64::try_from(status.done_ms).unwrap_or(0)
}
