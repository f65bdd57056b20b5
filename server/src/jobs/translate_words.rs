//! Has a language model translate the words of a recording into the languages that were asked for, some sentences at a time.
//!
//! What is translated is written down as it comes, so that whoever asked reads along, and a worker that ends loses nothing.

use std::time::Duration;

use aside_protocol::id::RecordingId;

use super::assisted::{Heard, heard};
use super::{Context, Next, Trouble};
use crate::assistant::{Assistant, AssistantError};
use crate::domain::assistant::Room;
use crate::domain::assistant::run::{RunState, fingerprint};
use crate::domain::assistant::translation::{
    Translation, language_name, lines, next, question, take,
};
use crate::domain::event::Change;
use crate::domain::suggest::split;
use crate::service::translations::trashed;
use crate::store::{Tx, events, translations};

/// Lines are written down this often while they come, and less often where there are many: all of them are written each time.
const WRITE_INTERVAL: Duration = Duration::from_secs(2);
const WRITE_INTERVAL_OF_LINE: Duration = Duration::from_millis(10);
/// A worker is at one translation for so long; what is left then is left out, and the page says so.
const MAX_TIME: Duration = Duration::from_secs(3 * 3600);
/// So many questions in a row whose answers could not be read: the next would not be answered either.
const MAX_UNREAD: u32 = 2;
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
        let recording = cx.resources.store.recording(id).await?;
        let is_gone = recording.is_none_or(|it| it.deleted_at.is_some());
        if is_gone && stop(cx, id).await? {
            return Ok(Next::Done);
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
                    let held = translations::get(tx, id, &language).await?;
                    if let Some(mut it) = held.filter(|it| it.state == RunState::Running) {
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

/// Ends what waits where the recording is not there; whether it is so, and was not restored meanwhile.
async fn stop(cx: &Context<'_>, id: RecordingId) -> Result<bool, Trouble> {
    cx.write(async |tx: &mut Tx| {
        let Some(recording) = tx.recording(id).await? else {
            return Ok(true);
        };
        if recording.deleted_at.is_none() {
            return Ok(false);
        }
        trashed(tx, id, cx.now()).await?;
        Ok(true)
    })
    .await
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
    if !write(cx, &it, true).await? {
        return Ok(());
    }
    let room = Room::to_translate(assistant.context());
    let Some(to) = language_name(&it.language) else {
        it.state = RunState::Failed;
        it.why = Some("Nothing is translated into this language here.".to_owned());
        return write(cx, &it, false).await.map(drop);
    };
    let lines_there = u32::try_from(it.lines.len()).unwrap_or(u32::MAX);
    let pause = WRITE_INTERVAL.max(WRITE_INTERVAL_OF_LINE.saturating_mul(lines_there));
    let began = cx.resources.clock.monotonic();
    let mut from = 0;
    let mut refused = None;
    let mut unread = 0;
    while unread < MAX_UNREAD {
        if cx.resources.clock.monotonic().saturating_sub(began) > MAX_TIME {
            break;
        }
        let mut places = next(&it.lines, from, room);
        let Some(last) = places.last().copied() else {
            break;
        };
        for tries in 0..MAX_ASKED {
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
                if now.saturating_sub(written_at) >= pause {
                    written_at = now;
                    write(cx, &it, false).await?;
                }
                Ok(taken)
            })
            .await;
            if matches!(answered, Err(Trouble::Leaving)) {
                // As below.
                return write(cx, &it, false).await.map(drop);
            }
            let answered = answered?;
            let is_void = answered.is_some();
            if answered.is_none() {
                unread = 0;
            } else if tries == 0 && answered == Some(AssistantError::Unreadable) {
                unread += 1;
            }
            refused = answered.or(refused);
            if !write(cx, &it, false).await? {
                return Ok(());
            }
            places.retain(|n| it.lines.get(*n).is_some_and(|line| line.text.is_none()));
            // It was asked again already.
            if is_void || places.is_empty() {
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
        let why = refused.map(|error| error.for_people());
        it.why = why.or_else(|| Some("The language model left out most sentences.".to_owned()));
    } else {
        it.state = RunState::Done;
        it.why = (missing > 0).then(|| format!("{missing} sentences could not be translated."));
    }
    write(cx, &it, false).await.map(drop)
}

/// Writes down how far it is; whether it is still wanted. `begins`: for the first time since it was taken up. Of a recording in the trash nothing more is sent.
async fn write(cx: &Context<'_>, it: &Translation, begins: bool) -> Result<bool, Trouble> {
    let mut it = it.clone();
    it.changed_at = cx.now();
    cx.write(async |tx: &mut Tx| {
        let recording = tx.recording(it.recording).await?;
        if recording.is_none_or(|it| it.deleted_at.is_some()) {
            return Ok(false);
        }
        let held = translations::get(tx, it.recording, &it.language).await?;
        // One that waits again was removed and asked for anew: it is another one.
        let held = held.filter(|held| begins || held.state == RunState::Running);
        let Some(held) = held else {
            return Ok(false);
        };
        it.asked_by = held.asked_by;
        translations::set(tx, &it).await?;
        events::append(tx, it.recording, Change::Transcript, cx.now()).await?;
        Ok(true)
    })
    .await
}
