//! A transcript in the hands of people: corrected in place, brought as a file, taken back to an earlier version. Rights, version
//! and change are one transaction.

use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;

use super::actor::Member;
use super::gate::{self, GateError};
use super::suggestions::{AFTER_CORRECTION, look_through};
use crate::domain::access::{Allowed, Change as MayChange};
use crate::domain::event::Change;
use crate::domain::transcript::{TranscriptState, Word};
use crate::domain::transcript_edit::{
    EditError, Splice, Step, VersionKind, align, before, numbered,
};
use crate::resources::Resources;
use crate::store::transcript_versions::{self, VersionRow};
use crate::store::transcripts::{self, TranscriptRow};
use crate::store::{StoreError, Tx, events};

/// Versions that are listed.
const LISTED: u32 = 200;
/// Behind the last word there is this much room for another, in milliseconds.
const ROOM_AT_END: u64 = 1000;

/// Why a transcript was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(
        "The transcript is still being written. Nothing was changed; correct it when it is complete."
    )]
    StillWritten,
    #[error("There is no such version.")]
    NoSuchVersion,
    #[error("it is at version {0} now")]
    OtherVersion(i64),
    #[error(transparent)]
    Edit(#[from] EditError),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

type Result<T> = std::result::Result<T, ChangeError>;

/// A correction: what stands there instead of `count` words from number `first` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub first: u64,
    pub count: u64,
    pub text: String,
}

/// Who changes which recording's transcript, and the version that they saw.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    pub recording: &'a Allowed<MayChange>,
    pub member: &'a Member,
    /// None: whatever it is.
    pub version: Option<i64>,
}

/// What somebody wants of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    Correct(Correction),
    Restore(i64),
    Bring(Vec<Word>, Option<String>),
}

/// Corrects words; answers the version that the transcript is at now.
pub async fn correct(resources: &Resources, by: By<'_>, wanted: Correction) -> Result<i64> {
    change(resources, by, Wish::Correct(wanted)).await
}

/// Goes back to how it was at a version, 0: as it was transcribed. That is a change as well, and can be taken back.
pub async fn restore(resources: &Resources, by: By<'_>, to: i64) -> Result<i64> {
    change(resources, by, Wish::Restore(to)).await
}

/// Takes words from a file in the place of those that are there. No worker changes them any more.
pub async fn bring(
    resources: &Resources,
    by: By<'_>,
    words: Vec<Word>,
    language: Option<String>,
) -> Result<i64> {
    change(resources, by, Wish::Bring(words, language)).await
}

/// The changes that people made, the newest first.
pub async fn history(
    resources: &Resources,
    recording: &Allowed<MayChange>,
) -> std::result::Result<Vec<VersionRow>, StoreError> {
    let store = &resources.store;
    store.transcript_versions(recording.id, LISTED).await
}

fn replaced(held: &[Word], wanted: &[Word]) -> Option<(Splice, Vec<Word>)> {
    let splice = Splice::between(held, wanted)?;
    let from = usize::try_from(splice.first).unwrap_or(usize::MAX);
    let gone = held.iter().skip(from);
    let gone = gone.take(usize::try_from(splice.count).unwrap_or(usize::MAX));
    let gone = gone.cloned().collect();
    Some((splice, gone))
}

/// What takes the place of which words.
type Wanted = Option<(VersionKind, Splice, Vec<Word>)>;

/// Does what is wanted of a transcript that nobody writes just now, and tells open pages.
async fn change(resources: &Resources, by: By<'_>, wish: Wish) -> Result<i64> {
    let (id, now) = (by.recording.id, resources.now());
    let version = resources
        .store
        .write(async |tx: &mut Tx| -> Result<i64> {
            gate::held_again(tx, by.recording, now).await?;
            let row = transcripts::row(tx, id).await?;
            let state = row.as_ref().map(|row| row.state);
            if matches!(
                state,
                Some(TranscriptState::Waiting | TranscriptState::Running)
            ) {
                return Err(ChangeError::StillWritten);
            }
            let held = transcript_versions::edited(tx, id).await?.version;
            if by.version.is_some_and(|seen| seen != held) {
                return Err(ChangeError::OtherVersion(held));
            }
            let wanted = match wish {
                Wish::Correct(wanted) => corrected(tx, &by, row, &wanted).await?,
                Wish::Restore(to) => restored(tx, id, held, to).await?,
                Wish::Bring(words, language) => {
                    brought(tx, id, &words, language.as_deref(), now).await?
                }
            };
            match wanted {
                Some((kind, splice, removed)) => {
                    let entropy = &*resources.entropy;
                    let after = match kind {
                        VersionKind::Edit => AFTER_CORRECTION,
                        _ => Duration::ZERO,
                    };
                    look_through(tx, entropy, id, now, after).await?;
                    put(tx, &by, kind, &splice, removed, now).await
                }
                None => Ok(held),
            }
        })
        .await?;
    resources.notify.notify(id);
    Ok(version)
}

async fn corrected(
    tx: &mut Tx,
    by: &By<'_>,
    row: Option<TranscriptRow>,
    wanted: &Correction,
) -> Result<Wanted> {
    let row = row.ok_or(EditError::NoSuchWords)?;
    let words = transcripts::words_from(tx, by.recording.id, wanted.first).await?;
    let count = usize::try_from(wanted.count).unwrap_or(usize::MAX);
    if count == 0 || words.len() < count {
        return Err(EditError::NoSuchWords.into());
    }
    // A take that may go on has words at its end that another pass replaces.
    let open = by.recording.finished_at.is_none();
    if open && wanted.first.saturating_add(wanted.count) > row.progress.settled {
        return Err(ChangeError::StillWritten);
    }
    let (old, rest) = words.split_at(count);
    let end = old.last().map_or(0, |word| word.end_ms);
    let until = rest.first().map_or(end + ROOM_AT_END, |word| word.start_ms);
    let new = align(old, &wanted.text, until)?;
    let found = replaced(&numbered(old, 0), &numbered(&new, 0));
    Ok(found.map(|(splice, removed)| {
        let first = wanted.first + splice.first;
        let splice = Splice {
            first,
            words: numbered(&splice.words, first),
            ..splice
        };
        (VersionKind::Edit, splice, removed)
    }))
}

async fn restored(tx: &mut Tx, id: RecordingId, held: i64, to: i64) -> Result<Wanted> {
    if !(0..=held).contains(&to) {
        return Err(ChangeError::NoSuchVersion);
    }
    let steps = transcript_versions::steps_after(tx, id, to).await?;
    let words = transcripts::words_from(tx, id, 0).await?;
    let wanted = before(words.clone(), &steps);
    let found = replaced(&words, &wanted);
    Ok(found.map(|(splice, removed)| (VersionKind::Restore, splice, removed)))
}

async fn brought(
    tx: &mut Tx,
    id: RecordingId,
    words: &[Word],
    language: Option<&str>,
    now: Timestamp,
) -> Result<Wanted> {
    transcripts::begin(tx, id, now).await?;
    transcripts::set_state(tx, id, TranscriptState::Done, now).await?;
    let held = transcripts::words_from(tx, id, 0).await?;
    transcript_versions::set_imported(tx, id, true, language).await?;
    let found = replaced(&held, words);
    Ok(found.map(|(splice, removed)| (VersionKind::File, splice, removed)))
}

async fn put(
    tx: &mut Tx,
    by: &By<'_>,
    kind: VersionKind,
    splice: &Splice,
    removed: Vec<Word>,
    now: Timestamp,
) -> Result<i64> {
    let (id, user) = (by.recording.id, Some(by.member.user.id));
    transcript_versions::splice(tx, id, splice).await?;
    let step = Step {
        first: splice.first,
        removed,
        added: Some(splice.words.len() as u64),
    };
    let version = transcript_versions::add(tx, id, user, kind, &step, now).await?;
    events::append(tx, id, Change::Transcript, now).await?;
    Ok(version)
}
