//! The words of a recording in other languages: who reads them, who asks for one, and when.

use aside_protocol::id::{JobId, RecordingId};
use aside_protocol::time::Timestamp;

use super::gate::{self, GateError};
use crate::domain::access::{Allowed, Change as MayChange, Refusal, Watch};
use crate::domain::assistant::run::{RunState, fingerprint};
use crate::domain::assistant::translation::{MAX_LANGUAGES, Translation, language_name, lines};
use crate::domain::assistant::{AssistantName, MAX_TOKENS, tokens};
use crate::domain::event::Change;
use crate::domain::job::Job;
use crate::domain::suggest::split;
use crate::domain::transcript::TranscriptState;
use crate::limits::{Limits, Wait};
use crate::resources::Resources;
use crate::store::{Result as StoreResult, StoreError, Tx, events, jobs, translations};

/// Why nothing is translated.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("This server has no language model.")]
    None,
    #[error("Nothing is translated into this language here.")]
    Language,
    #[error("It is spoken in this language.")]
    Spoken,
    #[error("The transcript is not done yet.")]
    NotDone,
    #[error("This transcript is too long to be translated here.")]
    TooLong,
    #[error("A recording has at most {MAX_LANGUAGES} translations.")]
    TooMany,
    #[error("too many translations in a short time")]
    TooOften(Wait),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a translation was not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Those that there are, by language, and whether each is of the words as they are now.
pub async fn all(
    resources: &Resources,
    recording: &Allowed<Watch>,
) -> StoreResult<Vec<(Translation, bool)>> {
    let all = resources.store.translations(recording.id).await?;
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let print = fingerprint(&resources.store.words(recording.id).await?);
    let fresh = |it: &Translation| it.fingerprint == print || it.state != RunState::Done;
    let all = all.into_iter().map(|it| {
        let fresh = fresh(&it);
        (it, fresh)
    });
    Ok(all.collect())
}

/// One of them, without the sentences that do not read so any more: what was taken out of the words is not read in another language either.
pub async fn one(
    resources: &Resources,
    recording: &Allowed<Watch>,
    language: &str,
) -> StoreResult<Option<Translation>> {
    let store = &resources.store;
    let Some(mut it) = store.translation(recording.id, language).await? else {
        return Ok(None);
    };
    let words = store.words(recording.id).await?;
    // Before it is done, its lines may be of other words than its fingerprint.
    if it.state != RunState::Done || it.fingerprint != fingerprint(&words) {
        it.lines = lines(&split(&words), &it.lines);
    }
    Ok(Some(it))
}

/// Somebody with an account wants to read the words in another language. What is there already costs nothing more.
pub async fn ask(
    resources: &Resources,
    limits: &Limits,
    assistant: Option<&AssistantName>,
    recording: &Allowed<Watch>,
    language: &str,
) -> Result<Translation, AskError> {
    let Some(member) = recording.viewer().member() else {
        return Err(GateError::from(Refusal::SignIn).into());
    };
    let assistant = assistant.ok_or(AskError::None)?;
    language_name(language).ok_or(AskError::Language)?;
    let (store, now) = (&resources.store, resources.now());
    let status = store.transcript_status(recording.id).await?;
    let status = status.filter(|it| it.state == TranscriptState::Done);
    let status = status.ok_or(AskError::NotDone)?;
    if status.language.as_deref() == Some(language) {
        return Err(AskError::Spoken);
    }
    let words = store.words(recording.id).await?;
    if words.is_empty() {
        return Err(AskError::NotDone);
    }
    if words
        .iter()
        .map(|word| tokens(&word.text) + 1)
        .sum::<usize>()
        > MAX_TOKENS
    {
        return Err(AskError::TooLong);
    }
    let print = fingerprint(&words);
    let held = store.translation(recording.id, language).await?;
    if let Some(held) = held.filter(|it| is_there(it, &print)) {
        return Ok(held);
    }
    limits.translation(member).map_err(AskError::TooOften)?;
    let asked = store
        .write(async |tx: &mut Tx| -> Result<Translation, AskError> {
            gate::held_again(tx, recording, now).await?;
            let held = translations::get(tx, recording.id, language).await?;
            if held.is_none() && translations::count(tx, recording.id).await? >= MAX_LANGUAGES {
                return Err(AskError::TooMany);
            }
            if let Some(held) = held.clone().filter(|it| is_there(it, &print)) {
                return Ok(held);
            }
            let asked = Translation {
                recording: recording.id,
                language: language.to_owned(),
                state: RunState::Waiting,
                model: assistant.model.clone(),
                why: None,
                fingerprint: print.clone(),
                asked_by: Some(member),
                changed_at: now,
                lines: held.map(|it| it.lines).unwrap_or_default(),
            };
            translations::set(tx, &asked).await?;
            let job = Job::TranslateWords {
                recording: recording.id,
            };
            let id = JobId::new(now, resources.id_entropy());
            jobs::enqueue(tx, &job, now, now, id).await?;
            events::append(tx, recording.id, Change::Transcript, now).await?;
            Ok(asked)
        })
        .await?;
    resources.notify.notify(recording.id);
    Ok(asked)
}

/// Its owner wants nobody to read the words in this language any more. A worker that is at it ends, and whoever asks begins anew.
pub async fn remove(
    resources: &Resources,
    recording: &Allowed<MayChange>,
    language: &str,
) -> Result<(), RemoveError> {
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), RemoveError> {
            gate::held_again(tx, recording, now).await?;
            if !translations::remove(tx, recording.id, language).await? {
                return Err(GateError::NotFound.into());
            }
            events::append(tx, recording.id, Change::Transcript, now).await?;
            Ok(())
        })
        .await?;
    resources.notify.notify(recording.id);
    Ok(())
}

/// Whether it is made, or being made, of these words.
fn is_there(it: &Translation, print: &str) -> bool {
    match it.state {
        RunState::Waiting | RunState::Running => true,
        RunState::Done => it.fingerprint == print && it.why.is_none(),
        RunState::Failed => false,
    }
}

/// What is written down where a worker gave up.
pub async fn given_up(tx: &mut Tx, recording: RecordingId, now: Timestamp) -> StoreResult<()> {
    failed(tx, recording, "The language model could not be asked.", now).await
}

/// What is written down where the recording is in the trash: nothing of it is sent, and who restores it asks again.
pub async fn trashed(tx: &mut Tx, recording: RecordingId, now: Timestamp) -> StoreResult<()> {
    failed(tx, recording, "The recording was in the trash.", now).await
}

async fn failed(tx: &mut Tx, recording: RecordingId, why: &str, now: Timestamp) -> StoreResult<()> {
    for mut it in translations::all(tx, recording).await? {
        if matches!(it.state, RunState::Waiting | RunState::Running) {
            it.state = RunState::Failed;
            it.why.get_or_insert_with(|| why.to_owned());
            it.changed_at = now;
            translations::set(tx, &it).await?;
        }
    }
    events::append(tx, recording, Change::Transcript, now).await?;
    Ok(())
}
