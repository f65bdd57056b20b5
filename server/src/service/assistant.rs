//! A language model and the recordings: when it is asked, how far it is, and whom it means.

use aside_protocol::id::{JobId, RecordingId};
use aside_protocol::time::Timestamp;

use super::gate::{self, GateError};
use crate::domain::access::{Allowed, Change as MayChange, Viewer, Watch};
use crate::domain::account::User;
use crate::domain::assistant::run::{Run, RunState};
use crate::domain::assistant::{AssistantName, who};
use crate::domain::event::Change;
use crate::domain::job::Job;
use crate::limits::{Limits, Wait};
use crate::resources::Resources;
use crate::store::{Result as StoreResult, StoreError, Tx, assistant_runs, events, jobs};

/// Why a model is not asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("This server has no language model.")]
    None,
    #[error("There are no words yet.")]
    NoWords,
    #[error("too many questions in a short time")]
    TooOften(Wait),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Call in a transaction: a worker asks the model about all the words.
pub async fn wants(
    tx: &mut Tx,
    resources: &Resources,
    recording: RecordingId,
    model: String,
    now: Timestamp,
) -> StoreResult<()> {
    let run = Run {
        recording,
        state: RunState::Waiting,
        model,
        why: None,
        fingerprint: String::new(),
        asked: 0,
        parts: 0,
        changed_at: now,
    };
    let job = Job::AskAssistant { recording };
    let id = JobId::new(now, resources.id_entropy());
    jobs::enqueue(tx, &job, now, now, id).await?;
    assistant_runs::set(tx, &run).await?;
    Ok(())
}

/// The owner wants it asked, once more or for the first time. What nobody decided about gives way to what it says then.
pub async fn ask(
    resources: &Resources,
    limits: &Limits,
    assistant: Option<&AssistantName>,
    recording: &Allowed<MayChange>,
) -> Result<(), AskError> {
    let model = assistant.ok_or(AskError::None)?.model.clone();
    let now = resources.now();
    let words = resources.store.words_from(recording.id, 0, 1).await?;
    if words.is_empty() {
        return Err(AskError::NoWords);
    }
    if let Some(member) = recording.viewer().member() {
        limits.assistant(member).map_err(AskError::TooOften)?;
    }
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), AskError> {
            gate::held_again(tx, recording, now).await?;
            let run = assistant_runs::get(tx, recording.id).await?;
            if run.is_some_and(|run| run.state == RunState::Running) {
                return Ok(());
            }
            wants(tx, resources, recording.id, model, now).await?;
            events::append(tx, recording.id, Change::Transcript, now).await?;
            Ok(())
        })
        .await?;
    resources.notify.notify(recording.id);
    Ok(())
}

/// How far a model is with a recording.
pub async fn stands(resources: &Resources, recording: &Allowed<Watch>) -> StoreResult<Option<Run>> {
    resources.store.assistant_run(recording.id).await
}

/// What is written down where a worker gave up.
pub async fn given_up(tx: &mut Tx, recording: RecordingId, now: Timestamp) -> StoreResult<()> {
    const WHY: &str = "The language model could not be asked.";
    let Some(mut run) = assistant_runs::get(tx, recording).await? else {
        return Ok(());
    };
    if run.state == RunState::Failed {
        return Ok(());
    }
    run.state = RunState::Failed;
    run.why.get_or_insert_with(|| WHY.to_owned());
    run.changed_at = now;
    assistant_runs::set(tx, &run).await?;
    events::append(tx, recording, Change::Transcript, now).await?;
    Ok(())
}

/// What is written down where the recording is in the trash: nothing of it is sent, and who restores it asks again.
pub async fn trashed(tx: &mut Tx, recording: RecordingId, now: Timestamp) -> StoreResult<()> {
    const WHY: &str = "The recording was in the trash.";
    let run = assistant_runs::get(tx, recording).await?;
    let waits = |run: &Run| matches!(run.state, RunState::Waiting | RunState::Running);
    let Some(mut run) = run.filter(waits) else {
        return Ok(());
    };
    (run.state, run.why, run.changed_at) = (RunState::Failed, Some(WHY.to_owned()), now);
    assistant_runs::set(tx, &run).await?;
    events::append(tx, recording, Change::Transcript, now).await?;
    Ok(())
}

/// Everybody on the server, read once for all the tasks of a recording.
#[derive(Debug)]
pub struct People(Vec<User>);

impl People {
    pub async fn read(resources: &Resources) -> StoreResult<Self> {
        Ok(Self(resources.store.people().await?))
    }

    /// Whom a task means: one person of whom it is sure, and who may see the recording.
    pub async fn meant(
        &self,
        resources: &Resources,
        recording: &Allowed<Watch>,
        said: &str,
    ) -> StoreResult<Option<&User>> {
        if who::is_speaker(said) {
            return Ok(self.0.iter().find(|it| it.id == recording.owner));
        }
        let names: Vec<&str> = self.0.iter().map(|it| it.name.as_str()).collect();
        let mut only = None;
        for user in who::meant(said, &names)
            .into_iter()
            .filter_map(|n| self.0.get(n))
        {
            if !may_see(resources, recording.id, user).await? {
                continue;
            }
            if only.replace(user).is_some() {
                return Ok(None);
            }
        }
        Ok(only)
    }
}

/// Whether somebody may watch a recording now.
pub async fn may_see(
    resources: &Resources,
    recording: RecordingId,
    user: &User,
) -> StoreResult<bool> {
    match gate::by_id::<Watch>(resources, &Viewer::from(user), recording).await {
        Ok(_) => Ok(true),
        Err(GateError::Store(error)) => Err(error),
        Err(_) => Ok(false),
    }
}
