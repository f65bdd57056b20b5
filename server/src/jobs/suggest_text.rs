//! Looks through a transcript for subjects, key sentences and tasks, without any model.
//!
//! What a person accepted, edited or removed stays as it is; what nobody decided about gives way to what is found now. Where a language model
//! is named it is asked about each new transcript, once: corrections of people do not ask it again, because that may cost money. What
//! it wrote stays in the place of what is found here.

use aside_protocol::id::RecordingId;
use uuid::Uuid;

use super::{Context, Next, Trouble};
use crate::domain::assistant::run::{RunState, fingerprint};
use crate::domain::event::Change;
use crate::domain::suggest::row::{Suggestion, SuggestionState, undecided};
use crate::domain::suggest::suggest;
use crate::domain::transcript::TranscriptState;
use crate::service::assistant;
use crate::store::{Tx, events, marks, suggestions};

/// Of a talk about which a model is asked by itself: a greeting has no summary.
const MIN_WORDS: usize = 20;

pub(super) async fn run(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    let store = &cx.resources.store;
    let Some(status) = store.transcript_status(id).await? else {
        return Ok(Next::Done);
    };
    let words = store.words(id).await?;
    let language = status.language;
    let run = store.assistant_run(id).await?;
    let written = run.as_ref().is_some_and(|run| run.state == RunState::Done);
    let enough = words.len() >= MIN_WORDS;
    let read = move || {
        let print = fingerprint(&words);
        if written {
            return (print, Vec::new());
        }
        (print, suggest(&words, language.as_deref()))
    };
    let (print, found) = cx.blocking(read).await?;
    let model = cx.tools.assistant().map(|it| it.name().model);
    let model = model.filter(|_| {
        let is_new = run.as_ref().is_none_or(|run| run.fingerprint != print);
        let settled = status.state == TranscriptState::Done;
        enough && is_new && settled && (run.is_none() || status.version == 0)
    });
    cx.write(async |tx: &mut Tx| {
        if tx.recording(id).await?.is_none() {
            return Ok(());
        }
        let held = suggestions::all(tx, id).await?;
        let (decided, open): (Vec<_>, Vec<_>) = held.into_iter().partition(Suggestion::is_decided);
        let (open, _): (Vec<_>, Vec<_>) = open.into_iter().partition(|it| it.model.is_none());
        let has_marks = marks::count(tx, id).await? > 0;
        let mut wanted = undecided(found, &decided, has_marks);
        // What is found again keeps its row: somebody may be about to decide about it.
        let mut gone = open;
        gone.retain(|old| {
            let again = wanted.iter().position(|it| {
                old.kind == it.kind && old.at_ms == it.at_ms && old.found == it.text
            });
            again.map(|n| wanted.swap_remove(n)).is_none()
        });
        if let Some(model) = model {
            assistant::wants(tx, cx.resources, id, model, cx.now()).await?;
        } else if wanted.is_empty() && gone.is_empty() {
            return Ok(());
        }
        for old in &gone {
            suggestions::remove(tx, old.id).await?;
        }
        for it in wanted {
            let suggestion = Suggestion {
                id: Uuid::from_bytes(cx.resources.entropy.array()),
                recording: id,
                kind: it.kind,
                at_ms: it.at_ms,
                end_ms: it.end_ms,
                found: it.text.clone(),
                text: it.text,
                state: SuggestionState::Open,
                version: 1,
                model: None,
                who: None,
                until: None,
            };
            suggestions::insert(tx, &suggestion).await?;
        }
        events::append(tx, id, Change::Transcript, cx.now()).await?;
        Ok(())
    })
    .await?;
    Ok(Next::Done)
}
