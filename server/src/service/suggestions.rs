//! What is found in a transcript: when it is looked through, who sees it, what its owner makes of it.

use std::time::Duration;

use aside_protocol::id::{JobId, MarkId, RecordingId};
use aside_protocol::text::{TitleTooLong, clean_title};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::gate::{self, GateError};
use super::publish::recording_changed;
use crate::domain::access::{Action, Allowed, Change as MayChange, Watch};
use crate::domain::event::Change;
use crate::domain::job::Job;
use crate::domain::mark::{MAX_MARKS, Mark, MarkError};
use crate::domain::suggest::SuggestionKind;
use crate::domain::suggest::row::{Suggestion, SuggestionState, TextLength, checked};
use crate::entropy::Entropy;
use crate::resources::Resources;
use crate::store::{Result as StoreResult, StoreError, Tx, events, jobs, marks, suggestions};

/// Who corrects one line corrects the next.
pub const AFTER_CORRECTION: Duration = Duration::from_secs(30);

/// Why a suggestion was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no such suggestion")]
    NotFound,
    #[error("it is at version {0} now")]
    OtherVersion(i64),
    #[error(transparent)]
    Text(#[from] TextLength),
    #[error(transparent)]
    Title(#[from] TitleTooLong),
    #[error(transparent)]
    Mark(#[from] MarkError),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Call in the transaction that completes or changes a transcript: it is looked through `after` so long.
pub async fn look_through(
    tx: &mut Tx,
    entropy: &(dyn Entropy + 'static),
    recording: RecordingId,
    now: Timestamp,
    after: Duration,
) -> StoreResult<()> {
    let job = Job::SuggestText { recording };
    let id = JobId::new(now, entropy.array());
    jobs::enqueue(tx, &job, now.plus(after), now, id).await
}

/// What the viewer reads: all that is not removed for the owner, what was accepted for everybody else.
pub async fn shown(
    resources: &Resources,
    recording: &Allowed<Watch>,
) -> StoreResult<Vec<Suggestion>> {
    let all = resources.store.suggestions(recording.id).await?;
    let owns = recording.may(Action::Change);
    let reads = |it: &Suggestion| match it.state {
        SuggestionState::Open => owns,
        // It is a chapter now, which may have become another one; or it was the title once.
        SuggestionState::Accepted => {
            !matches!(it.kind, SuggestionKind::Chapter | SuggestionKind::Title)
        }
        SuggestionState::Removed | SuggestionState::Given => false,
    };
    Ok(all.into_iter().filter(reads).collect())
}

/// What its owner wants of a suggestion; none: it stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    pub text: Option<String>,
    pub state: Option<SuggestionState>,
}

/// Accepts, edits, removes or reopens a suggestion. A chapter that is accepted is set: then its mark comes with it. A title that is accepted
/// is the recording's.
pub async fn change(
    resources: &Resources,
    recording: &Allowed<MayChange>,
    id: Uuid,
    version: Option<i64>,
    wanted: &Wanted,
) -> Result<(Suggestion, Option<Mark>), ChangeError> {
    let now = resources.now();
    let text = wanted.text.as_deref().map(checked).transpose()?;
    let mark_id = MarkId::new(now, resources.id_entropy());
    let changed = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, ChangeError> {
            gate::held_again(tx, recording, now).await?;
            let before = suggestions::get(tx, recording.id, id).await?;
            let before = before.ok_or(ChangeError::NotFound)?;
            if version.is_some_and(|version| version != before.version) {
                return Err(ChangeError::OtherVersion(before.version));
            }
            let mut after = before.clone();
            after.text = text.unwrap_or(after.text);
            after.state = wanted.state.unwrap_or(after.state);
            if after == before {
                return Ok((after, None));
            }
            after.version += 1;
            suggestions::update(tx, &after).await?;
            let accepted = after.state == SuggestionState::Accepted
                && before.state != SuggestionState::Accepted;
            let mark = match after.kind {
                SuggestionKind::Chapter if accepted => {
                    Some(set_mark(tx, recording.id, mark_id, &after, now).await?)
                }
                SuggestionKind::Title if accepted => {
                    let title = as_title(&after.text)?;
                    tx.rename_recording(recording.id, &title).await?;
                    recording_changed(tx, recording.id, now).await?;
                    None
                }
                _ => None,
            };
            events::append(tx, recording.id, Change::Transcript, now).await?;
            Ok((after, mark))
        })
        .await?;
    resources.notify.notify(recording.id);
    Ok(changed)
}

/// A text as a title, which has fewer letters than other suggestions may have.
fn as_title(text: &str) -> Result<String, ChangeError> {
    let title = clean_title(text)?;
    if title.is_empty() {
        return Err(TextLength.into());
    }
    Ok(title)
}

async fn set_mark(
    tx: &mut Tx,
    recording: RecordingId,
    id: MarkId,
    chapter: &Suggestion,
    now: Timestamp,
) -> Result<Mark, ChangeError> {
    if marks::count(tx, recording).await? >= MAX_MARKS {
        return Err(MarkError::TooMany.into());
    }
    let mark = Mark {
        id,
        recording,
        at_ms: chapter.at_ms,
        title: as_title(&chapter.text)?,
        created_at: now,
        deleted_at: None,
        version: 1,
    };
    marks::insert(tx, &mark).await?;
    events::append(tx, recording, Change::Mark(mark.id), now).await?;
    Ok(mark)
}
