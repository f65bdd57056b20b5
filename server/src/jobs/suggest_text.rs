//! Looks through a transcript for subjects, key sentences and tasks, without any model.
//!
//! What a person accepted, edited or removed stays as it is; what nobody decided about gives way to what is found now.

use aside_protocol::id::RecordingId;
use uuid::Uuid;

use super::{Context, Next, Trouble};
use crate::domain::event::Change;
use crate::domain::suggest::row::{Suggestion, SuggestionState, undecided};
use crate::domain::suggest::suggest;
use crate::store::{Tx, events, marks, suggestions};

pub(super) async fn run(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    let store = &cx.resources.store;
    let Some(status) = store.transcript_status(id).await? else {
        return Ok(Next::Done);
    };
    let words = store.words(id).await?;
    let language = status.language;
    let found = cx
        .blocking(move || suggest(&words, language.as_deref()))
        .await?;
    cx.write(async |tx: &mut Tx| {
        if tx.recording(id).await?.is_none() {
            return Ok(());
        }
        let held = suggestions::all(tx, id).await?;
        let (decided, open): (Vec<_>, Vec<_>) = held.into_iter().partition(Suggestion::is_decided);
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
        if wanted.is_empty() && gone.is_empty() {
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
            };
            suggestions::insert(tx, &suggestion).await?;
        }
        events::append(tx, id, Change::Transcript, cx.now()).await?;
        Ok(())
    })
    .await?;
    Ok(Next::Done)
}
