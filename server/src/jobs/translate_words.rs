//! Has a language model translate the words of a recording into the languages that were asked for, some sentences at a time.
//!
//! What is translated is written down as it comes, so that whoever asked reads along, and a worker that ends loses nothing.

use std::time::Duration;

use aside_protocol::id::RecordingId;

use super::assisted::{Heard, heard};
use super::{Context, Next, Trouble};
use crate::assistant::Assistant;
use crate::domain::assistant::Room;
use crate::domain::assistant::run::{RunState, fingerprint};
use crate::domain::assistant::translation::{
    Translation, language_name, lines, next, question, take,
};
use crate::domain::event::Change;
use crate::domain::suggest::split;
use crate::store::{Tx, events, translations};

/// Lines are written down this often while they come.
const WRITE_INTERVAL: Duration = Duration::from_secs(2);
/// Lines that a model left out are asked for once more.
const MAX_ASKED: u32 = 2;

pub(super) async fn run(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    let Some(assistant) = cx.tools.assistant() else {
        return Ok(Next::Done);
    };
    loop {
        if cx.leaving.is_cancelled() {
            return Ok(Next::Again {
                after: Duration::ZERO,
            });
        }
        let all = cx.resources.store.translations(id).await?;
        let waits = |it: &Translation| matches!(it.state, RunState::Waiting | RunState::Running);
        let Some(wanted) = all.into_iter().find(waits) else {
            return Ok(Next::Done);
        };
        let language = wanted.language.clone();
        match Box::pin(translate(cx, assistant, wanted)).await {
            Err(Trouble::Assistant(error)) => {
                let passing = error.is_passing();
                let state = if passing {
                    RunState::Waiting
                } else {
                    RunState::Failed
                };
                let why = error.for_people();
                cx.write(async |tx: &mut Tx| {
                    if let Some(mut it) = translations::get(tx, id, &language).await? {
                        (it.state, it.why, it.changed_at) = (state, Some(why), cx.now());
                        translations::set(tx, &it).await?;
                        events::append(tx, id, Change::Transcript, cx.now()).await?;
                    }
                    Ok(())
                })
                .await?;
                if passing {
                    return Err(error.into());
                }
                tracing::warn!(recording = %id, language, %error, "gave up a translation: {error}");
            }
            ended => ended?,
        }
    }
}

async fn translate(
    cx: &Context<'_>,
    assistant: &Assistant,
    mut it: Translation,
) -> Result<(), Trouble> {
    let words = cx.resources.store.words(it.recording).await?;
    let read = move || (fingerprint(&words), split(&words));
    let (fingerprint, spoken) = cx.blocking(read).await?;
    it.lines = lines(&spoken, &it.lines);
    it.fingerprint = fingerprint;
    it.state = RunState::Running;
    it.model = assistant.name().model;
    it.why = None;
    if !write(cx, &it).await? {
        return Ok(());
    }
    let room = Room::to_translate(assistant.context());
    let Some(to) = language_name(&it.language) else {
        it.state = RunState::Failed;
        return write(cx, &it).await.map(drop);
    };
    let mut from = 0;
    let mut refused = None;
    loop {
        let mut places = next(&it.lines, from, room);
        let Some(last) = places.last().copied() else {
            break;
        };
        for _ in 0..MAX_ASKED {
            let asked = question(&it.lines, &places, to, room);
            let mut written_at = cx.resources.clock.monotonic();
            let answered = heard(cx, assistant, &asked, async |said: Heard| {
                let Heard::Objects(objects) = said else {
                    return Ok(0);
                };
                let taken = objects
                    .iter()
                    .filter(|object| take(&mut it.lines, &places, object))
                    .count();
                let now = cx.resources.clock.monotonic();
                if now.saturating_sub(written_at) >= WRITE_INTERVAL {
                    written_at = now;
                    write(cx, &it).await?;
                }
                Ok(taken)
            })
            .await?;
            refused = answered.or(refused);
            if !write(cx, &it).await? {
                return Ok(());
            }
            places.retain(|n| it.lines.get(*n).is_some_and(|line| line.text.is_none()));
            if places.is_empty() {
                break;
            }
        }
        from = last + 1;
        if cx.leaving.is_cancelled() {
            // The row says that it runs: the next attempt goes on with what is left.
            return Ok(());
        }
    }
    let missing = it.lines.iter().filter(|it| it.text.is_none()).count();
    if missing * 2 > it.lines.len() {
        it.state = RunState::Failed;
        it.why = refused.map(|error| error.for_people());
    } else {
        it.state = RunState::Done;
        it.why = (missing > 0).then(|| format!("{missing} sentences could not be translated."));
    }
    write(cx, &it).await.map(drop)
}

/// Writes down how far it is; whether it is still wanted.
async fn write(cx: &Context<'_>, it: &Translation) -> Result<bool, Trouble> {
    let mut it = it.clone();
    it.changed_at = cx.now();
    cx.write(async |tx: &mut Tx| {
        let Some(held) = translations::get(tx, it.recording, &it.language).await? else {
            return Ok(false);
        };
        it.asked_by = held.asked_by;
        translations::set(tx, &it).await?;
        events::append(tx, it.recording, Change::Transcript, cx.now()).await?;
        Ok(true)
    })
    .await
}
