//! Publishes the words of a recording's sound while it lands, and its last words when it has ended.
//!
//! It takes what is there, publishes, and ends; the next part that lands asks for it again. Its state is kept in memory
//! for that, and what is needed to go on elsewhere is written down with every window.
//!
//! A window is transcribed once it is complete, from the same samples whoever does it (decision 0014). When all sound
//! that is here was taken, the open window is shown as a preview; a worker that is behind makes none.

mod session;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::{FIRST_INIT, RecordingState, TrackName};

pub(super) use session::Session;
use session::Update;

use super::{Context, ModelState, Next, Trouble, set_transcript_state};
use crate::domain::event::Change;
use crate::domain::recording::{Recording, Track, run_length};
use crate::domain::team_words::TeamWords;
use crate::domain::transcript::{Stretch, TranscriptState};
use crate::media::MediaError;
use crate::objects::{ObjectError, ObjectKey};
use crate::service::notices::{Cause, Told, tell};
use crate::service::suggestions::look_through;
use crate::service::team_words;
use crate::store::{Tx, events, transcript_versions, transcripts};
use crate::transcribe::complete::{Transcribed, transcribe_all};
use crate::transcribe::window::Window;
use crate::transcribe::words::correct;
use crate::transcribe::{TranscribeError, Transcriber};

/// Rows read at once.
const BATCH: u32 = 32;
/// After so many windows other recordings have their turn.
const TURN: u32 = 4;
/// Looks after a running take at least this often.
const LOOK_AFTER: Duration = Duration::from_secs(5);
/// A worker that is further behind says so in its log.
const FAR_BEHIND_MS: u64 = 60_000;

type Model = Arc<Mutex<dyn Transcriber>>;

/// The model, and the terms of the team.
struct Speech {
    model: Model,
    terms: Arc<TeamWords>,
}

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
    let Some(recording) = cx.resources.store.recording(id).await? else {
        return Ok(Next::Done);
    };
    let Some(track) = cx.resources.store.track(id, TrackName::Audio).await? else {
        return Ok(Next::Done);
    };
    let model = match cx.tools.model() {
        ModelState::Ready(model) => model,
        ModelState::Downloading => {
            return Ok(Next::Again {
                after: Duration::from_secs(1),
            });
        }
        ModelState::Missing => return without_model(cx, id).await,
    };
    match transcribe(cx, &recording, &track, &model).await {
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
            cx.tools.set_model(ModelState::Missing);
            without_model(cx, id).await
        }
        Err(Stop::Trouble(trouble)) => Err(trouble),
    }
}

async fn without_model(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    cx.write(async |tx: &mut Tx| {
        // Words of a file need none.
        let state = if transcript_versions::edited(tx, id).await?.imported {
            TranscriptState::Done
        } else {
            TranscriptState::NoModel
        };
        Ok(set_transcript_state(tx, id, state, cx.now()).await?)
    })
    .await?;
    Ok(Next::Done)
}

async fn transcribe(
    cx: &Context<'_>,
    recording: &Recording,
    track: &Track,
    model: &Model,
) -> Result<Next, Stop> {
    let id = recording.id;
    let finished = recording.finished_at.is_some();
    let terms = team_words::read(cx.resources).await?;
    let model = &Speech {
        model: Arc::clone(model),
        terms: Arc::new(terms),
    };
    let mut session = match cx.tools.recall(&cx.claim) {
        Some(session) => session,
        None => match open(cx, id, track).await? {
            Some(session) => session,
            None => return Ok(Next::Done),
        },
    };
    let mut windows = 0;
    loop {
        let batch = match fetch_next(cx, id, session.next_part()).await? {
            Fetched::Parts(parts) => parts,
            Fetched::End => break,
            // A recorder that still has the part sends it again before the recording is finished.
            Fetched::Lost { .. } if !finished => break,
            Fetched::Lost { number } => {
                let Some(missing) = place_of(cx, id, track, number).await? else {
                    break;
                };
                tracing::error!(
                    recording = %id, part = number,
                    "the object of a stored audio part is missing; {} to {} ms have no transcript",
                    missing.start_ms, missing.end_ms,
                );
                session.skip(missing);
                continue;
            }
        };
        for part in batch {
            if part.init != session.init() {
                session = change_init(cx, id, session, part.init).await?;
            }
            session = feed(cx, session, part.bytes).await?;
            windows += settle_ready(cx, id, &mut session, model).await?;
            if windows >= TURN || cx.leaving.is_cancelled() {
                cx.tools.remember(&cx.claim, session);
                warn_if_far_behind(cx, id).await?;
                return Ok(Next::Again {
                    after: Duration::ZERO,
                });
            }
        }
    }
    if finished {
        session.finish().map_err(Stop::Media)?;
        settle_ready(cx, id, &mut session, model).await?;
        let end = session.end(true);
        complete(cx, id, &end, true).await?;
        return Ok(Next::Done);
    }
    let now = cx.now();
    let state = recording.state(now);
    if !state.is_live() {
        // It may go on: what is said in the open window is shown, and settled when it is complete.
        preview(cx, id, &mut session, model).await?;
        let end = session.end(false);
        complete(cx, id, &end, false).await?;
        return Ok(Next::Done);
    }
    // While a take is paused no sound comes that would make a pause.
    if session.wants_preview(state == RecordingState::Paused) {
        preview(cx, id, &mut session, model).await?;
    }
    if let Some(update) = session.checkpoint() {
        write(cx, id, &update).await?;
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
            let Some(row) = transcripts::row(tx, id).await? else {
                return Ok(None);
            };
            // Somebody brought words of their own.
            if transcript_versions::edited(tx, id).await?.imported {
                set_transcript_state(tx, id, TranscriptState::Done, cx.now()).await?;
                return Ok(None);
            }
            let shown = transcripts::words_from(tx, id, Session::open_words_from(&row)).await?;
            set_transcript_state(tx, id, TranscriptState::Running, cx.now()).await?;
            Ok(Some((row, shown)))
        })
        .await?;
    let Some((row, shown)) = row else {
        return Ok(None);
    };
    // That of the part it begins with may be another one: then that is changed to before it.
    let (version, init) = (FIRST_INIT, track.init.clone());
    cx.blocking(move || Session::open((version, &init), &row, shown))
        .await?
        .map(Some)
        .map_err(Stop::Media)
}

/// Sound from the next part on belongs to another version of the init.
async fn change_init(
    cx: &Context<'_>,
    id: RecordingId,
    mut session: Session,
    version: u32,
) -> Result<Session, Stop> {
    let track = cx.resources.store.track(id, TrackName::Audio).await;
    let init = track
        .map_err(Trouble::from)?
        .and_then(|track| track.init(version).cloned())
        .ok_or(Stop::Media(MediaError::Unexpected(
            "a part whose init is not held",
        )))?;
    session.decode_with(version, &init).map_err(Stop::Media)?;
    Ok(session)
}

/// A part that is to be decoded.
struct Fetch {
    /// Version of its init.
    init: u32,
    bytes: bytes::Bytes,
}

/// What follows in the store.
enum Fetched {
    /// Without a hole, as many as one batch, at least one.
    Parts(Vec<Fetch>),
    /// No further part has landed.
    End,
    /// The part has landed and its object is gone.
    Lost { number: u32 },
}

async fn fetch_next(
    cx: &Context<'_>,
    recording: RecordingId,
    first: u32,
) -> Result<Fetched, Trouble> {
    let track = TrackName::Audio;
    let rows = cx
        .resources
        .store
        .stored_parts(recording, track, first, first.saturating_add(BATCH - 1))
        .await?;
    let run = run_length(first, rows.iter().map(|row| row.number));
    let mut parts = Vec::with_capacity(run);
    for row in &rows[..run] {
        let number = row.number;
        let key = ObjectKey::Part {
            recording,
            track,
            number,
            sha256: row.sha256,
        };
        match cx.resources.objects.get(&key).await {
            Ok(bytes) => parts.push(Fetch {
                init: row.init,
                bytes,
            }),
            Err(ObjectError::NotFound(path)) if parts.is_empty() => {
                // A disk that is not mounted has no object at all: that is a failure to wait out, not a lost part.
                if holds_others(cx, recording, number).await? {
                    return Ok(Fetched::Lost { number });
                }
                return Err(ObjectError::NotFound(path).into());
            }
            Err(ObjectError::NotFound(_)) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(if parts.is_empty() {
        Fetched::End
    } else {
        Fetched::Parts(parts)
    })
}

/// Parts that are looked for on either side to tell a lost object from a store that is away.
const NEIGHBOURS: u32 = 8;

/// Whether the object store is there: it carries its id, or other parts of the recording.
async fn holds_others(
    cx: &Context<'_>,
    recording: RecordingId,
    number: u32,
) -> Result<bool, Trouble> {
    let (store, objects, track) = (&cx.resources.store, &cx.resources.objects, TrackName::Audio);
    if objects.store_id().await?.is_some() {
        return Ok(true);
    }
    let first = number.saturating_sub(NEIGHBOURS);
    let rows = store
        .stored_parts(recording, track, first, number.saturating_add(NEIGHBOURS))
        .await?;
    for row in rows.into_iter().filter(|row| row.number != number) {
        let key = ObjectKey::Part {
            recording,
            track,
            number: row.number,
            sha256: row.sha256,
        };
        if objects.find_size(key).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where a part lies in the recording.
async fn place_of(
    cx: &Context<'_>,
    id: RecordingId,
    track: &Track,
    number: u32,
) -> Result<Option<Stretch>, Trouble> {
    let place = cx
        .resources
        .store
        .part_place(id, TrackName::Audio, number)
        .await?;
    let ms = |ticks: u64| ticks.saturating_mul(1000) / u64::from(track.timescale.max(1));
    Ok(place.map(|(start, duration)| Stretch {
        start_ms: ms(start),
        end_ms: ms(start + duration),
    }))
}

async fn feed(cx: &Context<'_>, mut session: Session, part: bytes::Bytes) -> Result<Session, Stop> {
    let (session, fed) = cx
        .blocking(move || {
            let fed = session.feed(&part);
            (session, fed)
        })
        .await?;
    fed.map_err(Stop::Media)?;
    Ok(session)
}

/// Transcribes the windows that are complete; answers how many.
async fn settle_ready(
    cx: &Context<'_>,
    id: RecordingId,
    session: &mut Session,
    model: &Speech,
) -> Result<u32, Trouble> {
    let mut windows = 0;
    while let Some(mut utterance) = session.take() {
        let sound = std::mem::take(&mut utterance.sound);
        let (window, full) = (utterance.closed.window.clone(), utterance.closed.full);
        let (found, sound) = recognise(cx, session, window, sound, full, model).await?;
        utterance.sound = sound;
        if let Some(rest) = found.rest {
            session.give_back(&mut utterance, rest);
        }
        let update = session.settle(&utterance, found.recognition);
        write(cx, id, &update).await?;
        windows += 1;
    }
    Ok(windows)
}

/// Shows what is said in the open window.
async fn preview(
    cx: &Context<'_>,
    id: RecordingId,
    session: &mut Session,
    model: &Speech,
) -> Result<(), Trouble> {
    let Some((window, sound)) = session.preview() else {
        return Ok(());
    };
    let (found, _) = recognise(cx, session, window.clone(), sound, false, model).await?;
    let update = session.show(&window, found.recognition);
    write(cx, id, &update).await
}

/// The words of a window, and its sound back.
async fn recognise(
    cx: &Context<'_>,
    session: &Session,
    window: Window,
    sound: Vec<f32>,
    full: bool,
    speech: &Speech,
) -> Result<(Transcribed, Vec<f32>), Trouble> {
    let (model, terms) = (Arc::clone(&speech.model), Arc::clone(&speech.terms));
    let language = session.language().map(str::to_owned);
    let found = cx
        .blocking(move || {
            let mut model = model.lock().unwrap_or_else(PoisonError::into_inner);
            model.expect(terms.prompt());
            let found = transcribe_all(&mut *model, &window, &sound, language.as_deref(), full);
            found.map(|mut found| {
                correct(&mut found.recognition.words, &terms);
                (found, sound)
            })
        })
        .await?;
    Ok(found?)
}

async fn write(cx: &Context<'_>, id: RecordingId, update: &Update) -> Result<(), Trouble> {
    cx.write(async |tx: &mut Tx| put(tx, cx, id, update).await)
        .await
}

async fn put(
    tx: &mut Tx,
    cx: &Context<'_>,
    id: RecordingId,
    update: &Update,
) -> Result<(), Trouble> {
    let (now, correction) = (cx.now(), update.correction.as_ref());
    transcripts::write(tx, id, update.published, correction, &update.progress, now).await?;
    if let Some(correction) = correction {
        let change = Change::Words {
            first: correction.from,
            count: correction.words.len() as u64,
        };
        events::append(tx, id, change, now).await?;
    }
    Ok(())
}

async fn complete(
    cx: &Context<'_>,
    id: RecordingId,
    end: &Update,
    finished: bool,
) -> Result<(), Trouble> {
    let told = cx
        .write(async |tx: &mut Tx| {
            if finished {
                let entropy = &*cx.resources.entropy;
                look_through(tx, entropy, id, cx.now(), Duration::ZERO).await?;
            }
            // Before the events, as everywhere.
            let told = match transcripts::state(tx, id).await? {
                TranscriptState::Done => Told::default(),
                _ => tell(tx, cx.resources, None, Cause::Transcribed { recording: id }).await?,
            };
            put(tx, cx, id, end).await?;
            set_transcript_state(tx, id, TranscriptState::Done, cx.now()).await?;
            Ok(told)
        })
        .await?;
    told.wake(cx.resources);
    Ok(())
}

async fn warn_if_far_behind(cx: &Context<'_>, id: RecordingId) -> Result<(), Trouble> {
    let Some(status) = cx.resources.store.transcript_status(id).await? else {
        return Ok(());
    };
    let Some(recording) = cx.resources.store.recording(id).await? else {
        return Ok(());
    };
    let duration_ms = cx.resources.store.duration_ms(&recording).await?;
    let behind_ms = duration_ms.saturating_sub(u64::try_from(status.done_ms).unwrap_or(0));
    if behind_ms > FAR_BEHIND_MS {
        tracing::warn!(
            recording = %id, behind_ms,
            "the transcript is {} s behind the recording; this machine may be too slow for the speech model, or too busy",
            behind_ms / 1000,
        );
    }
    Ok(())
}
