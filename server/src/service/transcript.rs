//! What a part or a finish means for a transcript, its state, and taking up one that waits or was given up.

use aside_protocol::id::{JobId, RecordingId, Slug};
use aside_protocol::time::Timestamp;

use super::actor::Presented;
use super::gate::{self, AskError, Knocked};
use super::views;
use crate::domain::access::{Allowed, Watch};
use crate::domain::capability::Pass;
use crate::domain::event::Change;
use crate::domain::job::Job;
use crate::domain::speech_model::ModelStatus;
use crate::domain::transcript::{TranscriptState, Word, can_retry};
use crate::domain::transcript_edit::{Step, VersionKind};
use crate::domain::turns::Turn;
use crate::entropy::Entropy;
use crate::limits::Limits;
use crate::resources::Resources;
use crate::store::transcript_read::TranscriptStatus;
use crate::store::transcripts::TranscriptRow;
use crate::store::watch_text::Written;
use crate::store::{Result, Tx, events, jobs, transcript_versions, transcripts};
use crate::track_cache::TrackCache;

/// Call in the transaction that stores a part of the track `audio`: makes sure that a worker transcribes it.
pub async fn on_audio_part(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> Result<()> {
    transcripts::begin(tx, recording, now).await?;
    on_finish(tx, entropy, recording, now).await
}

/// Call in the transaction that finishes a recording: its last words are wanted at once, and what was shown of an
/// interrupted take is settled.
pub async fn on_finish(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
) -> Result<()> {
    match transcripts::state(tx, recording).await? {
        TranscriptState::Waiting | TranscriptState::Running | TranscriptState::Done => {
            let job = Job::TranscribeSpeech { recording };
            jobs::enqueue(tx, &job, now, now, JobId::new(now, entropy.array())).await
        }
        // A model that comes later, or nothing at all, brings these back.
        TranscriptState::NoModel | TranscriptState::Failed | TranscriptState::None => Ok(()),
    }
}

/// Changes the state and tells the open pages, if it was another. Call it last: it holds a lock until the commit.
pub async fn set_state(
    tx: &mut Tx,
    recording: RecordingId,
    state: TranscriptState,
    now: Timestamp,
) -> Result<()> {
    if transcripts::set_state(tx, recording, state, now).await? {
        events::append(tx, recording, Change::Transcript, now).await?;
    }
    Ok(())
}

/// Takes a transcript up if it waits for a speech model; says whether it did.
pub async fn take_up(resources: &Resources, recording: RecordingId) -> Result<bool> {
    let now = resources.now();
    let begun = resources
        .store
        .write(async |tx: &mut Tx| -> Result<bool> {
            tx.lock_recording(recording).await?;
            let row = transcripts::row(tx, recording).await?;
            if !row.is_some_and(|row| row.state == TranscriptState::NoModel) {
                return Ok(false);
            }
            begin(tx, resources, recording, now).await?;
            Ok(true)
        })
        .await?;
    resources.notify.notify(recording);
    Ok(begun)
}

/// What became of the wish to transcribe anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    Begun,
    /// There is nothing to begin anew.
    Nothing,
    /// People corrected it: that is not given up without their word.
    Corrected,
}

/// Begins a transcript anew that was given up, or that is done and lacks some of the sound. The words stay until others take
/// their place. One that people corrected is left alone unless `drop_corrections`; what they wrote then stays in the history.
pub async fn retry(
    resources: &Resources,
    recording: RecordingId,
    drop_corrections: bool,
) -> Result<Retried> {
    let now = resources.now();
    // Under one lock: a correction that comes meanwhile is seen, or is refused because the transcript waits.
    let retried = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Retried> {
            tx.lock_recording(recording).await?;
            let row = transcripts::row(tx, recording).await?;
            let lacks = |row: &TranscriptRow| can_retry(row.state, &row.progress.missing);
            if !row.as_ref().is_some_and(lacks) {
                return Ok(Retried::Nothing);
            }
            if transcript_versions::is_corrected(tx, recording).await? {
                if !drop_corrections {
                    return Ok(Retried::Corrected);
                }
                let step = Step {
                    first: 0,
                    removed: transcripts::words_from(tx, recording, 0).await?,
                    added: None,
                };
                let kind = VersionKind::Redo;
                transcript_versions::add(tx, recording, None, kind, &step, None, now).await?;
                transcript_versions::set_imported(tx, recording, false, None).await?;
            }
            transcripts::reset(tx, recording, now).await?;
            begin(tx, resources, recording, now).await?;
            Ok(Retried::Begun)
        })
        .await?;
    resources.notify.notify(recording);
    Ok(retried)
}

/// Lets a worker take up a transcript. Locks are taken in the order of an upload: the recording, its job, the events.
async fn begin(
    tx: &mut Tx,
    resources: &Resources,
    recording: RecordingId,
    now: Timestamp,
) -> Result<()> {
    let job = Job::TranscribeSpeech { recording };
    let id = JobId::new(now, resources.id_entropy());
    jobs::enqueue(tx, &job, now, now, id).await?;
    set_state(tx, recording, TranscriptState::Waiting, now).await
}

/// How far a transcript is, and how far behind the sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptProgress {
    pub status: TranscriptStatus,
    /// So much sound has landed and waits to be transcribed; 0 once the transcript has ended.
    pub behind_ms: u64,
}

/// How far a transcript is whose recording is `length_ms` long.
pub fn progress_of(status: Option<TranscriptStatus>, length_ms: u64) -> TranscriptProgress {
    let status = status.unwrap_or_else(TranscriptStatus::none);
    let behind_ms = match status.state {
        TranscriptState::Waiting | TranscriptState::Running => {
            length_ms.saturating_sub(u64::try_from(status.done_ms).unwrap_or(0))
        }
        _ => 0,
    };
    TranscriptProgress { status, behind_ms }
}

/// How far the transcript of the recording behind a link is, every published word, and who is heard when, for whoever shows these
/// tokens and this pass. All of it is asked of the database in one go.
pub async fn read(
    resources: &Resources,
    (tracks, limits): (&TrackCache, &Limits),
    presented: &Presented,
    pass: Option<Pass>,
    slug: &Slug,
) -> std::result::Result<(TranscriptProgress, Vec<Word>, Vec<Turn>), AskError> {
    let (knocked, written) = written(resources, limits, presented, pass, slug).await?;
    let recording = knocked.recording;
    let view = tracks.view_of(&recording).await?;
    let length_ms = view.map_or(0, |view| view.length_ms());
    let progress = progress_of(written.status, length_ms);
    Ok((progress, written.words, written.turns))
}

/// Every published word, for whoever shows these tokens and this pass.
pub async fn words(
    resources: &Resources,
    limits: &Limits,
    presented: &Presented,
    pass: Option<Pass>,
    slug: &Slug,
) -> std::result::Result<Vec<Word>, AskError> {
    let (_, written) = written(resources, limits, presented, pass, slug).await?;
    Ok(written.words)
}

/// Language and words of a recording that its viewer may watch, and who is heard when.
pub async fn written_of(
    resources: &Resources,
    recording: &Allowed<Watch>,
) -> Result<(Option<String>, Vec<Word>, Vec<Turn>)> {
    let store = &resources.store;
    let status = store.transcript_status(recording.id).await?;
    let words = store.words(recording.id).await?;
    let turns = store.turns(recording.id).await?;
    Ok((status.and_then(|status| status.language), words, turns))
}

async fn written(
    resources: &Resources,
    limits: &Limits,
    presented: &Presented,
    pass: Option<Pass>,
    slug: &Slug,
) -> std::result::Result<(Knocked<Watch>, Written), AskError> {
    let found = resources
        .store
        .asked_with_words(slug, &presented.hashes(), resources.now())
        .await?;
    let (knocked, written) =
        gate::knock_with::<Watch, _>(resources, presented, pass, found).await?;
    views::note_agent(resources, limits, &knocked.actor, &knocked.recording).await;
    Ok((knocked, written))
}

/// What the worker says of the speech model.
pub async fn speech_model(resources: &Resources) -> Result<Option<ModelStatus>> {
    resources.store.speech_model().await
}
