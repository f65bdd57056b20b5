//! A transcript in the hands of people: corrected in place, brought as a file, taken back to an earlier version. Rights, version
//! and change are one transaction.

use std::time::Duration;

use aside_protocol::id::{JobId, RecordingId};
use aside_protocol::time::Timestamp;

use super::actor::Member;
use super::gate::{self, GateError};
use super::suggestions::{AFTER_CORRECTION, look_through};
use crate::domain::access::{Allowed, Change as MayChange};
use crate::domain::event::Change;
use crate::domain::job::Job;
use crate::domain::transcript::{TranscriptState, Word};
use crate::domain::transcript_edit::{
    EditError, Splice, Standing, Step, VersionKind, align, numbered, undo,
};
use crate::resources::Resources;
use crate::store::transcript_versions::{self, Held, VersionRow};
use crate::store::transcripts::{self, TranscriptRow};
use crate::store::{StoreError, Tx, events, jobs};

/// Versions that are listed: more than are ever kept.
const LISTED: u32 = 200;
/// Changes that are kept, but for the oldest, which leads back to what was transcribed. Each may hold all the words of a transcript.
pub const KEPT_CHANGES: u64 = 100;
/// So many more come before the oldest ones become one.
pub const FOLDED_AT_ONCE: u64 = 20;
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

/// What is to become of a transcript.
struct Wanted {
    kind: VersionKind,
    splice: Splice,
    /// How that is taken back.
    step: Step,
    /// How it stands now, if more than words changes.
    was: Option<Standing>,
    then: Option<Then>,
}

impl Wanted {
    fn of_words(kind: VersionKind, splice: Splice, removed: Vec<Word>) -> Self {
        let step = Step {
            first: splice.first,
            removed,
            added: Some(splice.words.len() as u64),
        };
        Self {
            kind,
            splice,
            step,
            was: None,
            then: None,
        }
    }
}

/// How a transcript stands when an earlier version is back.
struct Then {
    standing: Standing,
    /// A worker came further since, or began anew: where it was then is not known any more.
    moved: bool,
}

/// Does what is wanted of a transcript that nobody writes just now, and tells open pages.
async fn change(resources: &Resources, by: By<'_>, wish: Wish) -> Result<i64> {
    let (id, now) = (by.recording.id, resources.now());
    let version = resources
        .store
        .write(async |tx: &mut Tx| -> Result<i64> {
            let recording = gate::held_again(tx, by.recording, now).await?;
            let row = transcripts::row(tx, id).await?;
            let edited = transcript_versions::edited(tx, id).await?;
            let stands = standing(row, edited.imported, recording.finished_at.is_some());
            if matches!(
                stands.state,
                TranscriptState::Waiting | TranscriptState::Running
            ) {
                return Err(ChangeError::StillWritten);
            }
            let held = edited.version;
            if by.version.is_some_and(|seen| seen != held) {
                return Err(ChangeError::OtherVersion(held));
            }
            let wanted = match wish {
                Wish::Correct(wanted) => corrected(tx, id, &stands, &wanted).await?,
                Wish::Restore(to) => restored(tx, id, stands, held, to).await?,
                Wish::Bring(words, language) => {
                    brought(tx, id, stands, &words, language.as_deref(), now).await?
                }
            };
            match wanted {
                Some(wanted) => {
                    let entropy = &*resources.entropy;
                    let after = match wanted.kind {
                        VersionKind::Edit => AFTER_CORRECTION,
                        _ => Duration::ZERO,
                    };
                    look_through(tx, entropy, id, now, after).await?;
                    put(tx, resources, &by, &wanted, now).await
                }
                None => Ok(held),
            }
        })
        .await?;
    resources.notify.notify(id);
    Ok(version)
}

fn standing(row: Option<TranscriptRow>, imported: bool, finished: bool) -> Standing {
    let (state, progress) = row.map_or_else(
        || (TranscriptState::None, transcripts::Progress::default()),
        |row| (row.state, row.progress),
    );
    Standing {
        state,
        imported,
        settled: progress.settled,
        language: progress.language,
        missing: progress.missing,
        finished,
    }
}

async fn corrected(
    tx: &mut Tx,
    id: RecordingId,
    stands: &Standing,
    wanted: &Correction,
) -> Result<Option<Wanted>> {
    let words = transcripts::words_from(tx, id, wanted.first).await?;
    let count = usize::try_from(wanted.count).unwrap_or(usize::MAX);
    if count == 0 || words.len() < count {
        return Err(EditError::NoSuchWords.into());
    }
    // Of a take that went on or may go on, the words at the end are replaced by another pass.
    if !stands.is_settled(wanted.first.saturating_add(wanted.count)) {
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
        Wanted::of_words(VersionKind::Edit, splice, removed)
    }))
}

async fn restored(
    tx: &mut Tx,
    id: RecordingId,
    stands: Standing,
    held: i64,
    to: i64,
) -> Result<Option<Wanted>> {
    // Of the oldest changes only how it was before all of them is known.
    let is_there = to == 0 || to == held || transcript_versions::is_kept(tx, id, to).await?;
    if !(0..=held).contains(&to) || !is_there {
        return Err(ChangeError::NoSuchVersion);
    }
    let words = transcripts::words_from(tx, id, 0).await?;
    let mut wanted = words.clone();
    let (mut until, mut stood, mut moved) = (held, None, false);
    while let Some(change) = transcript_versions::newest(tx, id, to, until).await? {
        until = change.version - 1;
        moved |= begins_anew(&change);
        stood = change.was.or(stood);
        undo(&mut wanted, change.step);
    }
    let found = replaced(&words, &numbered(&wanted, 0));
    let Some(standing) = stood else {
        let Some((splice, removed)) = found else {
            return Ok(None);
        };
        if !stands.is_settled(splice.first.saturating_add(splice.count)) {
            return Err(ChangeError::StillWritten);
        }
        return Ok(Some(Wanted::of_words(
            VersionKind::Restore,
            splice,
            removed,
        )));
    };
    let (splice, _) = found.unwrap_or_else(nothing);
    Ok(Some(Wanted {
        kind: VersionKind::Restore,
        splice,
        // A worker may write from here on: all that it wrote gives way when this is taken back.
        step: Step {
            first: 0,
            removed: words,
            added: None,
        },
        was: Some(stands),
        then: Some(Then { standing, moved }),
    }))
}

/// Whether a worker began anew with it, or may have.
const fn begins_anew(change: &Held) -> bool {
    change.moved
        || match change.kind {
            VersionKind::Redo => true,
            VersionKind::Restore => change.was.is_some(),
            VersionKind::Edit | VersionKind::File => false,
        }
}

/// Keeps the newest changes, and how it was before all of them.
async fn forget_old(tx: &mut Tx, id: RecordingId) -> Result<()> {
    if transcript_versions::count(tx, id).await? <= KEPT_CHANGES + FOLDED_AT_ONCE {
        return Ok(());
    }
    let mut words = transcripts::words_from(tx, id, 0).await?;
    let (mut until, mut kept) = (i64::MAX, 0);
    let mut oldest: Option<Held> = None;
    while let Some(change) = transcript_versions::newest(tx, id, 0, until).await? {
        until = change.version - 1;
        kept += 1;
        let moved = begins_anew(&change);
        undo(&mut words, change.step.clone());
        match &mut oldest {
            Some(oldest) => {
                oldest.was = change.was.or_else(|| oldest.was.take());
                oldest.moved |= moved;
            }
            None if kept == KEPT_CHANGES => oldest = Some(Held { moved, ..change }),
            None => {}
        }
    }
    let Some(mut oldest) = oldest else {
        return Ok(());
    };
    oldest.step = Step {
        first: 0,
        removed: numbered(&words, 0),
        added: None,
    };
    Ok(transcript_versions::fold(tx, id, &oldest).await?)
}

const fn nothing() -> (Splice, Vec<Word>) {
    let splice = Splice {
        first: 0,
        count: 0,
        words: Vec::new(),
    };
    (splice, Vec::new())
}

async fn brought(
    tx: &mut Tx,
    id: RecordingId,
    stands: Standing,
    words: &[Word],
    language: Option<&str>,
    now: Timestamp,
) -> Result<Option<Wanted>> {
    transcripts::begin(tx, id, now).await?;
    transcripts::set_state(tx, id, TranscriptState::Done, now).await?;
    let held = transcripts::words_from(tx, id, 0).await?;
    transcript_versions::set_imported(tx, id, true, language).await?;
    let found = replaced(&held, words);
    if found.is_none() && stands.imported {
        return Ok(None);
    }
    let (splice, removed) = found.unwrap_or_else(nothing);
    let wanted = Wanted::of_words(VersionKind::File, splice, removed);
    Ok(Some(Wanted {
        was: Some(stands),
        ..wanted
    }))
}

async fn put(
    tx: &mut Tx,
    resources: &Resources,
    by: &By<'_>,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<i64> {
    let (id, user) = (by.recording.id, Some(by.member.user.id));
    let (kind, was) = (wanted.kind, wanted.was.as_ref());
    transcript_versions::splice(tx, id, &wanted.splice).await?;
    let version = transcript_versions::add(tx, id, user, kind, &wanted.step, was, now).await?;
    forget_old(tx, id).await?;
    if let Some(then) = &wanted.then {
        stand(tx, resources, id, then, now).await?;
    }
    events::append(tx, id, Change::Transcript, now).await?;
    Ok(version)
}

/// Makes a transcript stand as it did, and lets a worker go on with it if it was not complete.
async fn stand(
    tx: &mut Tx,
    resources: &Resources,
    id: RecordingId,
    then: &Then,
    now: Timestamp,
) -> Result<()> {
    let Then { standing, moved } = then;
    let words = transcripts::row(tx, id).await?.map_or(0, |row| row.words);
    let complete = standing.is_complete(words);
    let state = match standing.state {
        // Sound may have come since; a worker looks.
        TranscriptState::None => TranscriptState::Done,
        TranscriptState::Done if !moved => TranscriptState::Done,
        state if complete => state,
        _ => TranscriptState::Waiting,
    };
    transcript_versions::set_standing(tx, id, state, standing).await?;
    if complete {
        return Ok(());
    }
    if *moved {
        transcripts::reset(tx, id, now).await?;
    }
    let job = Job::TranscribeSpeech { recording: id };
    let job_id = JobId::new(now, resources.id_entropy());
    jobs::enqueue(tx, &job, now, now, job_id).await?;
    Ok(())
}
