//! Publishes the words of a recording's sound while it lands, and its last words when it has ended.
//!
//! It takes what is there, publishes what is stable, and ends; the next part that lands asks for it again. What it
//! had in mind is kept for that, and written down with every word, so that any other worker can go on.

mod session;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;

pub(super) use session::Session;

use super::{Context, Ears, Next, Trouble, set_transcript_state};
use crate::domain::event::Change;
use crate::domain::recording::{Recording, Track};
use crate::domain::transcript::{TranscriptState, Word};
use crate::media::MediaError;
use crate::objects::ObjectKey;
use crate::store::transcripts::Listened;
use crate::store::{Tx, events, transcripts};
use crate::transcribe::listen::Utterance;
use crate::transcribe::{TranscribeError, Transcriber};

/// Rows read at once.
const BATCH: u32 = 32;
/// After so many windows somebody else's words have their turn.
const TURN: u32 = 4;
/// Looks after a running take at least this often, should nobody ask.
const LOOK_AFTER: Duration = Duration::from_secs(5);

type Model = Arc<Mutex<dyn Transcriber>>;

/// Why a transcript stops for good or for now.
enum Stop {
    Trouble(Trouble),
    Media(MediaError),
}

impl<T: Into<Trouble>> From<T> for Stop {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

pub(super) async fn run(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    // The recording first and its parts second: a take that ended in between is asked for once more.
    let Some(recording) = cx.app.store.recording(id).await? else {
        return Ok(Next::Done);
    };
    let Some(track) = cx.app.store.track(id, TrackName::Audio).await? else {
        return Ok(Next::Done);
    };
    let model = match cx.tools.ears() {
        Ears::Ready(model) => model,
        Ears::Coming => {
            return Ok(Next::Again {
                after: Duration::from_secs(1),
            });
        }
        Ears::None => return without_model(cx, id).await,
    };
    match listen(cx, &recording, &track, &model).await {
        Ok(next) => Ok(next),
        Err(Stop::Media(error)) => Ok(Next::GiveUp {
            why: error.to_string(),
        }),
        Err(Stop::Trouble(Trouble::Transcribe(TranscribeError::Model(path, why)))) => {
            tracing::error!(
                path,
                why,
                "{path} cannot be used as a speech model: {why}. Name another with --whisper-model, e.g. base.en"
            );
            cx.tools.set_ears(Ears::None);
            without_model(cx, id).await
        }
        Err(Stop::Trouble(trouble)) => Err(trouble),
    }
}

async fn without_model(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    cx.write(async |tx: &mut Tx| {
        Ok(set_transcript_state(tx, id, TranscriptState::NoModel, cx.now()).await?)
    })
    .await?;
    Ok(Next::Done)
}

async fn listen(
    cx: &Context<'_>,
    recording: &Recording,
    track: &Track,
    model: &Model,
) -> Result<Next, Stop> {
    let id = recording.id;
    let mut session = match cx.tools.recall(&cx.claim) {
        Some(session) => session,
        None => match open(cx, id, track).await? {
            Some(session) => session,
            None => return Ok(Next::Done),
        },
    };
    let mut windows = 0;
    loop {
        let Some(batch) = fetch_next(cx, id, session.next_part()).await? else {
            break;
        };
        for part in batch {
            session = feed(cx, session, part).await?;
            while let Some(utterance) = session.take() {
                hear(cx, id, &mut session, utterance, model).await?;
                windows += 1;
            }
            if windows >= TURN || cx.leaving.is_cancelled() {
                cx.tools.remember(&cx.claim, session);
                return Ok(Next::Again {
                    after: Duration::ZERO,
                });
            }
        }
    }
    let now = cx.now();
    if !recording.state(now).is_live() {
        session.finish().map_err(Stop::Media)?;
        while let Some(utterance) = session.take() {
            hear(cx, id, &mut session, utterance, model).await?;
        }
        complete(cx, id, &mut session).await?;
        return Ok(Next::Done);
    }
    if let Some((words, listened)) = session.checkpoint(false) {
        write(cx, id, words, &[], &listened).await?;
    }
    cx.tools.remember(&cx.claim, session);
    let silent_at = recording.silent_at();
    let until_then =
        Duration::from_micros(u64::try_from(silent_at.micros() - now.micros()).unwrap_or(0));
    Ok(Next::Again {
        after: until_then.min(LOOK_AFTER),
    })
}

async fn open(cx: &Context<'_>, id: RecordingId, track: &Track) -> Result<Option<Session>, Stop> {
    let row = cx
        .write(async |tx: &mut Tx| {
            let row = transcripts::row(tx, id).await?;
            set_transcript_state(tx, id, TranscriptState::Running, cx.now()).await?;
            Ok(row)
        })
        .await?;
    let Some(row) = row else { return Ok(None) };
    let init = track.init.clone();
    cx.blocking(move || Session::open(&init, &row))
        .await?
        .map(Some)
        .map_err(Stop::Media)
}

/// The parts that follow without a hole, as many as one batch; none when there is no next one.
async fn fetch_next(
    cx: &Context<'_>,
    recording: RecordingId,
    first: u32,
) -> Result<Option<Vec<bytes::Bytes>>, Trouble> {
    let track = TrackName::Audio;
    let rows = cx
        .app
        .store
        .stored_parts(recording, track, first, first.saturating_add(BATCH - 1))
        .await?;
    let mut parts = Vec::with_capacity(rows.len());
    for (row, number) in rows.into_iter().zip(first..) {
        if row.number != number {
            break;
        }
        let key = ObjectKey::Part {
            recording,
            track,
            number,
            sha256: row.sha256,
        };
        parts.push(cx.app.objects.get(&key).await?);
    }
    Ok((!parts.is_empty()).then_some(parts))
}

async fn feed(cx: &Context<'_>, mut session: Session, part: bytes::Bytes) -> Result<Session, Stop> {
    let (session, heard) = cx
        .blocking(move || {
            let heard = session.feed(&part);
            (session, heard)
        })
        .await?;
    heard.map_err(Stop::Media)?;
    Ok(session)
}

/// Recognises an utterance and publishes its words.
async fn hear(
    cx: &Context<'_>,
    id: RecordingId,
    session: &mut Session,
    utterance: Utterance,
    model: &Model,
) -> Result<(), Trouble> {
    let (model, language) = (Arc::clone(model), session.language().map(str::to_owned));
    let (utterance, hearing) = cx
        .blocking(move || {
            let mut model = model.lock().unwrap_or_else(PoisonError::into_inner);
            let hearing = model.transcribe(&utterance.sound, language.as_deref());
            (utterance, hearing)
        })
        .await?;
    let (published, words, listened) = session.publish(utterance, hearing?);
    write(cx, id, published, &words, &listened).await
}

async fn write(
    cx: &Context<'_>,
    id: RecordingId,
    published: u64,
    words: &[Word],
    listened: &Listened,
) -> Result<(), Trouble> {
    cx.write(async |tx: &mut Tx| {
        let now = cx.now();
        transcripts::append(tx, id, published, words, listened, now).await?;
        if !words.is_empty() {
            let change = Change::Words {
                first: published,
                count: words.len() as u64,
            };
            events::append(tx, id, change, now).await?;
        }
        Ok(())
    })
    .await
}

async fn complete(cx: &Context<'_>, id: RecordingId, session: &mut Session) -> Result<(), Trouble> {
    cx.write(async |tx: &mut Tx| {
        let now = cx.now();
        if let Some((words, listened)) = session.checkpoint(true) {
            transcripts::append(tx, id, words, &[], &listened, now).await?;
        }
        set_transcript_state(tx, id, TranscriptState::Done, now).await?;
        Ok(())
    })
    .await
}
