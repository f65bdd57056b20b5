//! Asks a language model for title, summary, chapters and tasks of a talk, part by part, and writes down what it says while it says it.
//!
//! All of it is suggested, as what is found without a model is: only the owner sees it, and it counts when they accept it. What a person
//! accepted, edited or removed stays; what nobody decided about gives way once the model has said all.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use aside_protocol::id::RecordingId;
use uuid::Uuid;

use super::assisted::{Heard, heard};
use super::{Context, Next, Trouble};
use crate::assistant::{Assistant, AssistantError};
use crate::domain::assistant::answer::{Asked, Reader, Written};
use crate::domain::assistant::due::day_of;
use crate::domain::assistant::prompt::{Talk, of_part, of_whole};
use crate::domain::assistant::run::{Run, RunState, fingerprint};
use crate::domain::assistant::{Question, Room, tokens, windows};
use crate::domain::event::Change;
use crate::domain::suggest::row::{Suggestion, SuggestionState, is_undecided};
use crate::domain::suggest::{Sentence, SuggestionKind, split};
use crate::domain::transcript::TranscriptState;
use crate::service::assistant::trashed;
use crate::store::{Tx, assistant_runs, events, marks, suggestions};

/// A worker is at one talk for so long; what is left then is left out, and the page says so.
const MAX_TIME: Duration = Duration::from_secs(3 * 3600);
/// Open pages are told this often while the model writes.
const TELL_INTERVAL: Duration = Duration::from_secs(2);

pub(super) async fn run(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    let Some(assistant) = cx.tools.assistant() else {
        return Ok(Next::Done);
    };
    match Box::pin(ask(cx, assistant, id)).await {
        Err(Trouble::Assistant(error)) => {
            let passing = error.is_passing();
            let state = if passing {
                RunState::Waiting
            } else {
                RunState::Failed
            };
            let why = error.for_people();
            cx.write(async |tx: &mut Tx| {
                if let Some(mut run) = assistant_runs::get(tx, id).await? {
                    (run.state, run.why, run.changed_at) = (state, Some(why), cx.now());
                    assistant_runs::set(tx, &run).await?;
                    events::append(tx, id, Change::Transcript, cx.now()).await?;
                }
                Ok(())
            })
            .await?;
            if passing {
                Err(error.into())
            } else {
                let why = error.to_string();
                Ok(Next::GiveUp { why })
            }
        }
        // The next attempt goes on with the same question.
        Err(Trouble::Leaving) => Ok(Next::Again {
            after: Duration::ZERO,
        }),
        ended => ended,
    }
}

async fn ask(cx: &Context<'_>, assistant: &Assistant, id: RecordingId) -> Result<Next, Trouble> {
    let store = &cx.resources.store;
    let (recording, status) = (
        store.recording(id).await?,
        store.transcript_status(id).await?,
    );
    let (Some(recording), Some(status)) = (recording, status) else {
        return Ok(Next::Done);
    };
    if recording.deleted_at.is_some() {
        return stop(cx, id).await;
    }
    // When it is done, this is asked for again.
    if status.state != TranscriptState::Done {
        return Ok(Next::Done);
    }
    let words = store.words(id).await?;
    let zone = store.profile(recording.owner).await?.time_zone;
    let read = move || (fingerprint(&words), split(&words));
    let (fingerprint, spoken) = cx.blocking(read).await?;
    let room = Room::to_sum_up(assistant.context());
    let parts = windows(&spoken, room.lines);
    let mut page = Page {
        cx,
        id,
        spoken: &spoken,
        talk: Talk {
            language: status.language.as_deref(),
            day: day_of(recording.started_at, zone.as_deref()),
        },
        run: Run {
            recording: id,
            state: RunState::Running,
            model: assistant.name().model,
            why: None,
            fingerprint,
            asked: 0,
            parts: parts.len() as u64,
            changed_at: cx.now(),
        },
        kept: HashSet::new(),
        now: Vec::new(),
        told_at: None,
    };
    page.resume(&parts).await?;
    if !page.stands().await? {
        return stop(cx, id).await;
    }
    let began = cx.resources.clock.monotonic();
    let mut lost = None;
    let mut unread = 0;
    let done = usize::try_from(page.run.asked).unwrap_or(usize::MAX);
    for (n, window) in parts.iter().enumerate().skip(done) {
        if cx.leaving.is_cancelled() {
            return Ok(Next::Again {
                after: Duration::ZERO,
            });
        }
        if cx.resources.clock.monotonic().saturating_sub(began) > MAX_TIME {
            unread += parts.len() - n;
            break;
        }
        let part = (n + 1, parts.len());
        let question = of_part(page.talk, &spoken, part, window.clone(), room);
        let error = page.hear(assistant, &question, window).await?;
        if error.is_some() {
            unread += 1;
            lost = error;
        }
        page.run.asked += 1;
        if !page.stands().await? {
            return stop(cx, id).await;
        }
    }
    let all_lost = unread == parts.len() && unread > 0;
    if parts.len() > 1 && !all_lost {
        let sentences = page.sentences(room).await?;
        let question = of_whole(page.talk, &sentences, room);
        let whole = 0..spoken.len();
        // Without it the summaries of the parts stay.
        if page.hear(assistant, &question, &whole).await?.is_none() {
            page.keep_only_last_sentences().await?;
        }
    }
    if all_lost {
        page.run.state = RunState::Failed;
        page.run.why = lost.map(|it| it.for_people());
    } else {
        page.run.state = RunState::Done;
        page.run.why = (unread > 0).then(|| {
            format!("{unread} of {} parts of the talk are not in it: the language model did not answer in time, or not what was asked.", parts.len())
        });
    }
    page.finish().await?;
    Ok(Next::Done)
}

/// Ends it where the recording is not there.
async fn stop(cx: &Context<'_>, id: RecordingId) -> Result<Next, Trouble> {
    cx.write(async |tx: &mut Tx| {
        let Some(recording) = tx.recording(id).await? else {
            return Ok(Next::Done);
        };
        // It was restored meanwhile.
        if recording.deleted_at.is_none() {
            return Ok(Next::Again {
                after: Duration::ZERO,
            });
        }
        trashed(tx, id, cx.now()).await?;
        Ok(Next::Done)
    })
    .await
}

/// What the model wrote about one recording, as it stands in the rows.
struct Page<'p> {
    cx: &'p Context<'p>,
    id: RecordingId,
    spoken: &'p [Sentence],
    talk: Talk<'p>,
    run: Run,
    /// Rows that belong to what the model says now.
    kept: HashSet<Uuid>,
    /// Those of the question that is being answered, and whether they were made for it.
    now: Vec<(Uuid, bool)>,
    /// When open pages were told last.
    told_at: Option<Duration>,
}

impl Page<'_> {
    /// Goes on where an earlier attempt was, if it asked the same model about the same words.
    async fn resume(&mut self, parts: &[Range<usize>]) -> Result<(), Trouble> {
        let store = &self.cx.resources.store;
        let before = store.assistant_run(self.id).await?.filter(|it| {
            it.fingerprint == self.run.fingerprint
                && it.model == self.run.model
                && it.parts == self.run.parts
                && it.asked <= it.parts
        });
        let Some(before) = before.filter(|it| it.state != RunState::Done) else {
            return Ok(());
        };
        self.run.asked = before.asked;
        let next = usize::try_from(before.asked).unwrap_or(usize::MAX);
        let from = parts.get(next).and_then(|it| self.spoken.get(it.start));
        let from_ms = from.map_or(u64::MAX, |it| it.start_ms);
        let of_before = |it: &Suggestion| {
            it.model.as_ref() == Some(&self.run.model) && it.at_ms < from_ms && before.asked > 0
        };
        let held = store.suggestions(self.id).await?;
        self.kept = held.into_iter().filter(of_before).map(|it| it.id).collect();
        Ok(())
    }

    /// Writes down how far it is; whether the recording is still there. Of one in the trash nothing more is sent.
    async fn stands(&mut self) -> Result<bool, Trouble> {
        let begins = self.told_at.is_none();
        let tells = self.may_tell();
        if begins {
            // The first line is told at once: a slow model may not write another one for long.
            self.told_at = None;
        }
        let (cx, id) = (self.cx, self.id);
        self.run.changed_at = cx.now();
        let run = &self.run;
        cx.write(async |tx: &mut Tx| {
            let recording = tx.recording(id).await?;
            if recording.is_none_or(|it| it.deleted_at.is_some()) {
                return Ok(false);
            }
            assistant_runs::set(tx, run).await?;
            if tells {
                events::append(tx, id, Change::Transcript, cx.now()).await?;
            }
            Ok(true)
        })
        .await
    }

    /// Whether it is time to tell open pages; then they are.
    fn may_tell(&mut self) -> bool {
        let now = self.cx.resources.clock.monotonic();
        let due = self
            .told_at
            .is_none_or(|at| now.saturating_sub(at) >= TELL_INTERVAL);
        if due {
            self.told_at = Some(now);
        }
        due
    }

    /// Asks, and writes down what is answered as it comes.
    async fn hear(
        &mut self,
        assistant: &Assistant,
        question: &Question,
        window: &Range<usize>,
    ) -> Result<Option<AssistantError>, Trouble> {
        self.now.clear();
        let cx = self.cx;
        let mut reader = Reader::default();
        let day = self.talk.day;
        let heard = heard(cx, assistant, question, async |said: Heard| match said {
            Heard::Begun => {
                reader = Reader::default();
                self.take_back().await.map(|()| 0)
            }
            Heard::Objects(objects) => {
                let asked = Asked {
                    spoken: self.spoken,
                    window,
                    day,
                };
                let objects = objects.iter();
                let written: Vec<Written> =
                    objects.filter_map(|it| reader.read(it, asked)).collect();
                let count = written.len();
                if count > 0 {
                    self.add(written).await?;
                }
                Ok(count)
            }
        })
        .await;
        // What it said before is void.
        let is_void = matches!(
            heard,
            Ok(Some(_)) | Err(Trouble::Assistant(_) | Trouble::Leaving)
        );
        if is_void {
            self.take_back().await?;
        }
        heard
    }

    /// What a try made that did not come to an end.
    async fn take_back(&mut self) -> Result<(), Trouble> {
        let made: Vec<Uuid> = self
            .now
            .drain(..)
            .filter(|it| it.1)
            .map(|it| it.0)
            .collect();
        if made.is_empty() {
            return Ok(());
        }
        for id in &made {
            self.kept.remove(id);
        }
        let id = self.id;
        self.cx
            .write(async |tx: &mut Tx| {
                let held = suggestions::all(tx, id).await?;
                for it in held {
                    if made.contains(&it.id) && !it.is_decided() {
                        suggestions::remove(tx, it.id).await?;
                    }
                }
                Ok(())
            })
            .await
    }

    async fn add(&mut self, written: Vec<Written>) -> Result<(), Trouble> {
        let tells = self.may_tell();
        let (cx, id, model) = (self.cx, self.id, &self.run.model);
        let rows = cx
            .write(async |tx: &mut Tx| {
                let mut rows = Vec::new();
                if tx.recording(id).await?.is_none() {
                    return Ok(rows);
                }
                let held = suggestions::all(tx, id).await?;
                let (decided, open): (Vec<_>, Vec<_>) =
                    held.into_iter().partition(Suggestion::is_decided);
                let has_marks = marks::count(tx, id).await? > 0;
                for it in written {
                    if !is_undecided(&it.found, &decided, has_marks) {
                        continue;
                    }
                    let again = open
                        .iter()
                        .find(|old| old.model.as_ref() == Some(model) && old.is_open_as(&it.found));
                    if let Some(old) = again {
                        rows.push((old.id, false));
                        continue;
                    }
                    let suggestion = Suggestion {
                        id: Uuid::from_bytes(cx.resources.entropy.array()),
                        recording: id,
                        kind: it.found.kind,
                        at_ms: it.found.at_ms,
                        end_ms: it.found.end_ms,
                        found: it.found.text.clone(),
                        text: it.found.text,
                        state: SuggestionState::Open,
                        version: 1,
                        model: Some(model.clone()),
                        who: it.who,
                        until: it.until,
                    };
                    suggestions::insert(tx, &suggestion).await?;
                    rows.push((suggestion.id, true));
                }
                if tells && !rows.is_empty() {
                    events::append(tx, id, Change::Transcript, cx.now()).await?;
                }
                Ok(rows)
            })
            .await?;
        self.kept.extend(rows.iter().map(|it| it.0));
        self.now.extend(rows);
        Ok(())
    }

    /// What sums up the parts: second and sentence, as many as one question holds.
    async fn sentences(&self, room: Room) -> Result<Vec<(u64, String)>, Trouble> {
        let held = self.cx.resources.store.suggestions(self.id).await?;
        let mut all: Vec<(u64, String)> = held
            .into_iter()
            .filter(|it| it.kind == SuggestionKind::Sentence && self.kept.contains(&it.id))
            .map(|it| (it.at_ms / 1000, it.found))
            .collect();
        let size =
            |all: &[(u64, String)]| -> usize { all.iter().map(|(_, text)| tokens(text) + 4).sum() };
        while all.len() > 1 && size(&all) > room.lines {
            // Every other one, over the whole length.
            let thinned = all.into_iter().step_by(2);
            all = thinned.collect();
        }
        Ok(all)
    }

    /// The summary of the whole takes the place of those of the parts.
    async fn keep_only_last_sentences(&mut self) -> Result<(), Trouble> {
        let held = self.cx.resources.store.suggestions(self.id).await?;
        for it in held {
            let of_now = self.now.iter().any(|(id, _)| *id == it.id);
            if it.kind == SuggestionKind::Sentence && !of_now {
                self.kept.remove(&it.id);
            }
        }
        Ok(())
    }

    /// What nobody decided about and what is not said any more goes; so does what was found without a model, where the model said
    /// something.
    async fn finish(&mut self) -> Result<(), Trouble> {
        let (cx, id) = (self.cx, self.id);
        self.run.changed_at = cx.now();
        let (run, kept) = (&self.run, &self.kept);
        cx.write(async |tx: &mut Tx| {
            if tx.recording(id).await?.is_none() {
                return Ok(());
            }
            if run.state == RunState::Done {
                let held = suggestions::all(tx, id).await?;
                let gone = held.iter().filter(|it| {
                    let superseded = it.model.is_some() || !kept.is_empty();
                    !it.is_decided() && !kept.contains(&it.id) && superseded
                });
                for it in gone {
                    suggestions::remove(tx, it.id).await?;
                }
            }
            assistant_runs::set(tx, run).await?;
            events::append(tx, id, Change::Transcript, cx.now()).await?;
            Ok(())
        })
        .await
    }
}
