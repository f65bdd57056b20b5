use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use aside_protocol::recording::TrackName;
use tokio_util::sync::CancellationToken;

use super::material::{Encoded, garbage, model, sound, wav};
use super::take::Take;
use crate::domain::event::Change;
use crate::domain::transcript::{Stretch, TranscriptState, Word};
use crate::jobs::worker::Worker;
use crate::jobs::{LEASE, ModelState, Tools};
use crate::service::transcript::take_up;
use crate::testing::TestApp;
use crate::transcribe::whisper::Whisper;
use crate::transcribe::words::SpokenWord;
use crate::transcribe::{Recognition, TranscribeError, Transcriber};
use aside_test_macros::both;

fn whisper() -> Whisper {
    Whisper::new(&model(), 1).unwrap()
}

fn worker(app: &TestApp) -> Worker {
    Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(whisper())),
    )
}

/// As the recorder sends it: parts of just under a second.
fn recorded(name: &str) -> Vec<(TrackName, Encoded)> {
    vec![(TrackName::Audio, sound(&wav(name), 46))]
}

/// The words of a wav and where they begin, in milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times within a few seconds"
)]
fn spoken(name: &str) -> Vec<(String, u64)> {
    let text = std::fs::read_to_string(model().with_file_name("expected.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let segments = all[name]["segments"].as_array().unwrap();
    let words = segments.iter().flat_map(|s| s["words"].as_array().unwrap());
    words
        .map(|w| {
            (
                w["word"].as_str().unwrap().to_owned(),
                (w["start"].as_f64().unwrap() * 1000.0) as u64,
            )
        })
        .collect()
}

#[track_caller]
fn assert_spoken(name: &str, words: &[Word], offset_ms: u64) {
    let spoken = spoken(name);
    let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
    assert_eq!(
        texts,
        spoken.iter().map(|(t, _)| t.as_str()).collect::<Vec<_>>(),
        "{name}"
    );
    for (word, (_, begins)) in words.iter().zip(&spoken) {
        let off = word.start_ms.abs_diff(begins + offset_ms);
        assert!(
            off <= 250,
            "{name}: {} is {off} ms off: {words:?}",
            word.text
        );
    }
    for pair in words.windows(2) {
        assert!(
            pair[1].n == pair[0].n + 1 && pair[1].start_ms >= pair[0].end_ms,
            "{pair:?}"
        );
    }
}

#[both]
async fn a_killed_worker_goes_on_where_it_was(app: TestApp) {
    let expected = {
        let take = Take::whole(&app.app, recorded("pause.wav")).await;
        worker(&app).run_until_idle().await.unwrap();
        take.words().await
    };
    let take = Take::whole(&app.app, recorded("pause.wav")).await;
    let (dying, dies, _alive) = Dying::at(2);
    let first = Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(dying)),
    );
    tokio::select! {
        _ = first.run_until_idle() => panic!("it was to die at its second window"),
        () = dies => {}
    }
    drop(first);
    let before = take.words().await;
    assert!(!before.is_empty() && before.len() < expected.len());
    let second = worker(&app);
    second.run_until_idle().await.unwrap();
    assert_eq!(take.words().await, before, "the lease still runs");
    app.clock.advance(LEASE);
    second.run_until_idle().await.unwrap();
    assert_eq!(take.words().await, expected);
    assert_eq!(take.state().await, TranscriptState::Done);
}

#[tokio::test]
async fn words_appear_while_the_take_runs_and_change_by_told_corrections_only() {
    let app = TestApp::sqlite().await;
    let worker = worker(&app);
    let mut take = Take::new(&app.app, recorded("review.wav")).await;
    let mut settled: Vec<Word> = Vec::new();
    let mut early = 0;
    while take.land().await {
        worker.run_until_idle().await.unwrap();
        let now = take.words().await;
        assert_eq!(now[..settled.len()], settled, "a settled word changed");
        let count = take.row().await.unwrap().progress.settled;
        settled = now[..usize::try_from(count).unwrap()].to_vec();
        assert_eq!(
            take.told_words().await,
            now,
            "open pages show something else"
        );
        early += usize::from(!now.is_empty());
    }
    assert!(early > 3, "words only came at the end");
    assert_eq!(take.state().await, TranscriptState::Running);
    take.finish().await;
    worker.run_until_idle().await.unwrap();
    let words = take.words().await;
    assert_eq!(words[..settled.len()], settled);
    assert_spoken("review.wav", &words, 0);
    let row = take.row().await.unwrap();
    assert_eq!(
        (row.state, row.progress.settled),
        (TranscriptState::Done, words.len() as u64)
    );
    assert_eq!(row.progress.language.as_deref(), Some("en"));
    assert_eq!(take.told_words().await, words);
    let events = take.events().await;
    let states = events.iter().filter(|c| **c == Change::Transcript).count();
    assert_eq!(states, 2, "running, done");
}

#[tokio::test]
async fn a_take_that_another_worker_takes_over_part_by_part_has_the_same_words() {
    let app = TestApp::sqlite().await;
    let mut take = Take::new(&app.app, recorded("numbers.wav")).await;
    while take.land().await {
        worker(&app).run_until_idle().await.unwrap();
    }
    take.finish().await;
    worker(&app).run_until_idle().await.unwrap();
    assert_spoken("numbers.wav", &take.words().await, 0);
}

/// Finds one word in every window.
struct OneWord;

impl Transcriber for OneWord {
    fn transcribe(&mut self, _: &[f32], _: Option<&str>) -> Result<Recognition, TranscribeError> {
        let word = SpokenWord {
            text: "hm".to_owned(),
            start_ms: 0,
            // To the end of the longest window: nothing is left to transcribe behind it.
            end_ms: 28_000,
            opens: true,
            joined: false,
        };
        Ok(Recognition {
            words: vec![word],
            language: None,
        })
    }
}

#[both]
async fn uploads_and_words_never_wait_for_each_other_in_a_circle(app: TestApp) {
    // Thirty bursts of a third of a second, each followed by a pause.
    let bursts: Vec<f32> = (0_u16..30 * 20)
        .flat_map(|ms| {
            (0_u16..1000).map(move |i| {
                if ms % 20 < 5 {
                    f32::from(i % 50) / 50.0 - 0.5
                } else {
                    0.0
                }
            })
        })
        .collect();
    let track = sound(&bursts, 5);
    let mut takes = Vec::new();
    for _ in 0..4 {
        takes.push(Take::new(&app.app, vec![(TrackName::Audio, track.clone())]).await);
    }
    let worker = Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(OneWord)),
    );
    let landed = std::sync::atomic::AtomicBool::new(false);
    let uploads = async {
        futures_util::future::join_all(takes.iter_mut().map(async |take| {
            take.land_all().await;
            take.finish().await;
        }))
        .await;
        landed.store(true, std::sync::atomic::Ordering::SeqCst);
    };
    let words = async {
        while !landed.load(std::sync::atomic::Ordering::SeqCst) {
            worker.run_until_idle().await.unwrap();
            tokio::task::yield_now().await;
        }
        worker.run_until_idle().await.unwrap();
    };
    tokio::join!(uploads, words);
    for take in &takes {
        assert_eq!(take.words().await.len(), 2, "one a window");
        let jobs = take.jobs().await;
        assert!(
            jobs.iter().all(|j| j.failures == 0 && j.state == "done"),
            "{jobs:?}"
        );
    }
}

/// A transcriber that hangs for ever at its `n`-th window, as a killed one would seem to.
struct Dying {
    inner: Whisper,
    left: usize,
    dies: Option<tokio::sync::oneshot::Sender<()>>,
    forever: mpsc::Receiver<()>,
}

impl Dying {
    fn at(n: usize) -> (Self, impl Future<Output = ()>, mpsc::SyncSender<()>) {
        let (dies, died) = tokio::sync::oneshot::channel();
        let (alive, forever) = mpsc::sync_channel(1);
        (
            Self {
                inner: whisper(),
                left: n,
                dies: Some(dies),
                forever,
            },
            async move { died.await.unwrap() },
            alive,
        )
    }
}

impl Transcriber for Dying {
    fn transcribe(
        &mut self,
        sound: &[f32],
        language: Option<&str>,
    ) -> Result<Recognition, TranscribeError> {
        self.left -= 1;
        if self.left == 0 {
            self.dies.take().unwrap().send(()).unwrap();
            // Until the test lets go of the other end; it does, unless it fails.
            let _ = self
                .forever
                .recv_timeout(std::time::Duration::from_secs(20));
        }
        self.inner.transcribe(sound, language)
    }
}

#[tokio::test]
async fn a_worker_that_is_told_to_leave_in_the_middle_ends_and_another_goes_on_at_once() {
    let app = TestApp::sqlite().await;
    let take = Take::whole(&app.app, recorded("pause.wav")).await;
    let (slow, reached, alive) = Dying::at(2);
    let first = Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(slow)),
    );
    let leaving = CancellationToken::new();
    tokio::join!(first.work(&leaving), async {
        reached.await;
        leaving.cancel();
        drop(alive);
    });
    let before = take.text().await;
    assert!(!before.is_empty());
    worker(&app).run_until_idle().await.unwrap();
    assert_spoken("pause.wav", &take.words().await, 0);
    assert!(
        take.jobs().await.iter().all(|j| j.failures == 0),
        "leaving is no failure"
    );
}

/// Fails for a while, as a machine without memory might.
struct Failing {
    inner: Whisper,
    left: usize,
}

impl Transcriber for Failing {
    fn transcribe(
        &mut self,
        sound: &[f32],
        language: Option<&str>,
    ) -> Result<Recognition, TranscribeError> {
        if self.left > 0 {
            self.left -= 1;
            return Err(TranscribeError::Failed("out of memory".to_owned()));
        }
        self.inner.transcribe(sound, language)
    }
}

#[tokio::test]
async fn every_word_is_found_where_it_was_spoken() {
    let app = TestApp::sqlite().await;
    let worker = worker(&app);
    for name in ["screen.wav", "bug.wav", "noisy.wav"] {
        let take = Take::whole(&app.app, recorded(name)).await;
        worker.run_until_idle().await.unwrap();
        let words = take.words().await;
        assert_spoken(name, &words, 0);
        let row = take.row().await.unwrap();
        let length_ms = (wav(name).len() / 16) as u64;
        assert_eq!(
            (row.state, row.words),
            (TranscriptState::Done, words.len() as u64)
        );
        assert!(
            words.last().unwrap().end_ms <= length_ms && row.progress.done_ms <= length_ms + 64
        );
        assert_eq!(
            take.jobs()
                .await
                .iter()
                .map(|j| j.state)
                .collect::<Vec<_>>(),
            ["done"]
        );
    }
}

#[tokio::test]
async fn a_failing_model_is_tried_again_and_no_word_is_lost() {
    let app = TestApp::sqlite().await;
    let take = Take::whole(&app.app, recorded("hello.wav")).await;
    let worker = Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(Failing {
            inner: whisper(),
            left: 2,
        })),
    );
    worker.run_until_idle().await.unwrap();
    assert_eq!(
        take.jobs().await[0].last_error.as_deref(),
        Some("the speech model failed: out of memory")
    );
    for _ in 0..2 {
        app.clock.advance(LEASE);
        worker.run_until_idle().await.unwrap();
    }
    assert_spoken("hello.wav", &take.words().await, 0);
}

#[tokio::test]
async fn silence_has_no_words_and_is_done() {
    let app = TestApp::sqlite().await;
    let take = Take::whole(&app.app, recorded("silence.wav")).await;
    worker(&app).run_until_idle().await.unwrap();
    assert_eq!(
        (take.text().await, take.state().await),
        (String::new(), TranscriptState::Done)
    );
}

#[tokio::test]
async fn without_a_model_the_page_can_say_so_and_with_one_the_words_come() {
    let app = TestApp::sqlite().await;
    let mut take = Take::new(&app.app, recorded("hello.wav")).await;
    take.land().await;
    let without = Worker::new(app.app.resources.clone(), Tools::with(ModelState::Missing));
    without.run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::NoModel);
    take.land_all().await;
    take.finish().await;
    without.run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::NoModel);
    assert!(take.jobs().await.iter().all(|j| j.state == "done"));

    let with = worker(&app);
    with.revive().await.unwrap();
    with.run_until_idle().await.unwrap();
    assert_spoken("hello.wav", &take.words().await, 0);
}

#[tokio::test]
async fn a_model_that_cannot_be_read_is_no_model() {
    let app = TestApp::sqlite().await;
    let path = app.folder().join("ggml-broken.bin");
    let mut bytes = std::fs::read(model()).unwrap();
    bytes.truncate(5_000_000);
    std::fs::write(&path, &bytes).unwrap();
    let broken = Whisper::new(&path, 1).unwrap();
    for (damage, at) in [(b"ggml", 0), (b"\xff\xff\xff\x7f", 4), (b"\0\0\0\0", 40)] {
        let mut bytes = bytes.clone();
        bytes[at..at + 4].copy_from_slice(damage);
        let path = app.folder().join("other.bin");
        std::fs::write(&path, bytes).unwrap();
        assert!(
            matches!(Whisper::new(&path, 1), Err(TranscribeError::Model(..))),
            "{damage:?}"
        );
    }
    assert!(matches!(
        Whisper::new(&app.folder().join("nowhere.bin"), 1),
        Err(TranscribeError::Model(..))
    ));
    let take = Take::whole(&app.app, recorded("hello.wav")).await;
    Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(broken)),
    )
    .run_until_idle()
    .await
    .unwrap();
    assert_eq!(take.state().await, TranscriptState::NoModel);
}

#[tokio::test]
async fn a_take_without_sound_has_no_transcript() {
    let app = TestApp::sqlite().await;
    let take = Take::whole(&app.app, vec![]).await;
    worker(&app).run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::None);
}

#[tokio::test]
async fn garbage_fails_and_nothing_else_suffers() {
    let app = TestApp::sqlite().await;
    let bad = Take::whole(&app.app, vec![(TrackName::Audio, garbage(3))]).await;
    let good = Take::whole(&app.app, recorded("hello.wav")).await;
    worker(&app).run_until_idle().await.unwrap();
    assert_eq!(
        (bad.state().await, bad.text().await),
        (TranscriptState::Failed, String::new())
    );
    let jobs = bad.jobs().await;
    assert!(jobs.len() == 1 && jobs[0].state == "failed", "{jobs:?}");
    assert_eq!(good.text().await, "hello team welcome");
}

#[tokio::test]
async fn a_transcript_that_was_given_up_is_made_when_it_is_retried() {
    let app = TestApp::sqlite().await;
    let take = Take::whole(&app.app, recorded("hello.wav")).await;
    let broken = Failing {
        inner: whisper(),
        left: usize::MAX,
    };
    let failing = Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(broken)),
    );
    while take.state().await != TranscriptState::Failed {
        failing.run_until_idle().await.unwrap();
        app.clock.advance(std::time::Duration::from_secs(6 * 3600));
    }
    let retry = || take_up(&app.app, take.id, TranscriptState::Failed);
    assert!(retry().await.unwrap());
    assert_eq!(take.state().await, TranscriptState::Waiting);
    assert!(!retry().await.unwrap(), "it waits already");
    worker(&app).run_until_idle().await.unwrap();
    assert_spoken("hello.wav", &take.words().await, 0);
    assert_eq!(take.state().await, TranscriptState::Done);
    assert!(!retry().await.unwrap(), "it is done");
}

#[tokio::test]
async fn one_broken_part_costs_its_own_words_only() {
    let app = TestApp::sqlite().await;
    let mut speech = sound(&wav("pause.wav"), 46);
    // Six seconds of silence lie between the two sentences; the fifth part is in the middle of it.
    let mut damaged = speech.parts[4].to_vec();
    let payload = damaged.windows(4).position(|w| w == b"mdat").unwrap() + 4;
    damaged[payload..].fill(0xff);
    speech.parts[4] = damaged.into();
    let take = Take::whole(&app.app, vec![(TrackName::Audio, speech)]).await;
    worker(&app).run_until_idle().await.unwrap();
    assert_spoken("pause.wav", &take.words().await, 0);
    let missing = take.row().await.unwrap().progress.missing;
    assert_eq!(missing, [fifth_part()], "it is named");
}

/// Where the fifth part of 46 frames lies.
fn fifth_part() -> Stretch {
    let ms = |parts: u64| parts * 46 * 1024 / 48;
    Stretch {
        start_ms: ms(4),
        end_ms: ms(5),
    }
}

#[tokio::test]
async fn a_part_whose_object_is_gone_is_waited_for_and_named_once_the_take_is_finished() {
    let app = TestApp::sqlite().await;
    let speech = sound(&wav("pause.wav"), 46);
    let mut take = Take::new(&app.app, vec![(TrackName::Audio, speech.clone())]).await;
    take.land_all().await;
    take.lose(TrackName::Audio, 4).await;
    let worker = worker(&app);
    worker.run_until_idle().await.unwrap();
    let row = take.row().await.unwrap();
    assert_eq!(
        (row.state, row.progress.missing.len()),
        (TranscriptState::Running, 0)
    );
    take.finish_rows().await;
    worker.run_until_idle().await.unwrap();
    assert_spoken("pause.wav", &take.words().await, 0);
    let row = take.row().await.unwrap();
    assert_eq!(
        (row.state, &row.progress.missing[..]),
        (TranscriptState::Done, &[fifth_part()][..])
    );
    assert!(
        take.jobs()
            .await
            .iter()
            .all(|j| j.failures == 0 && j.state == "done")
    );
}

#[tokio::test]
async fn quiet_speech_is_transcribed_and_digital_silence_is_not() {
    let app = TestApp::sqlite().await;
    let speech = wav("screen.wav");
    let power = speech.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / speech.len() as f64;
    // RMS at -50 dB under full scale.
    #[expect(clippy::cast_possible_truncation, reason = "a gain below one")]
    let gain = (10_f64.powf(-2.5) / power.sqrt()) as f32;
    let mut quiet: Vec<f32> = speech.iter().map(|s| s * gain).collect();
    quiet.splice(0..0, vec![0.0; 60 * 16_000]);
    quiet.resize(quiet.len() + 60 * 16_000, 0.0);
    let calls = Arc::new(AtomicUsize::new(0));
    let counting = Counting {
        inner: whisper(),
        calls: Arc::clone(&calls),
    };
    let worker = Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(counting)),
    );
    let take = Take::whole(&app.app, vec![(TrackName::Audio, sound(&quiet, 46))]).await;
    worker.run_until_idle().await.unwrap();
    let texts: Vec<String> = spoken("screen.wav").into_iter().map(|(t, _)| t).collect();
    assert_eq!(take.text().await, texts.join(" "));
    assert_eq!(
        calls.load(Ordering::SeqCst),
        1,
        "two minutes of silence cost nothing"
    );
}

/// Counts the windows.
struct Counting {
    inner: Whisper,
    calls: Arc<AtomicUsize>,
}

impl Transcriber for Counting {
    fn transcribe(
        &mut self,
        sound: &[f32],
        language: Option<&str>,
    ) -> Result<Recognition, TranscribeError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.inner.transcribe(sound, language)
    }
}

#[tokio::test]
async fn a_worker_that_is_behind_makes_no_previews() {
    let app = TestApp::sqlite().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let counting = Counting {
        inner: whisper(),
        calls: Arc::clone(&calls),
    };
    let worker = Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(counting)),
    );
    let mut take = Take::new(&app.app, recorded("review.wav")).await;
    take.land_all().await;
    worker.run_until_idle().await.unwrap();
    assert!(calls.load(Ordering::SeqCst) <= 1, "at most the open window");
    take.finish().await;
    worker.run_until_idle().await.unwrap();
    assert!(calls.load(Ordering::SeqCst) <= 2);
    assert_spoken("review.wav", &take.words().await, 0);
}

#[tokio::test]
async fn an_interrupted_take_is_transcribed_as_far_as_it_goes_and_goes_on_when_it_comes_back() {
    let app = TestApp::sqlite().await;
    let worker = worker(&app);
    let mut take = Take::new(&app.app, recorded("pause.wav")).await;
    for _ in 0..4 {
        take.land().await;
    }
    worker.run_until_idle().await.unwrap();
    app.clock.advance(std::time::Duration::from_secs(61));
    worker.run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::Done);
    assert_eq!(take.text().await, "start the recording now");
    take.land_all().await;
    worker.run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::Running);
    take.finish().await;
    worker.run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::Done);
    assert_spoken("pause.wav", &take.words().await, 0);
}

#[tokio::test]
async fn the_transcript_of_a_paused_take_waits_for_more() {
    use crate::service::upload::heartbeat::heartbeat;
    use aside_protocol::upload::RecorderState;

    let app = TestApp::sqlite().await;
    let worker = worker(&app);
    let mut take = Take::new(&app.app, recorded("pause.wav")).await;
    for _ in 0..4 {
        take.land().await;
    }
    worker.run_until_idle().await.unwrap();
    for _ in 0..8 {
        app.clock.advance(std::time::Duration::from_secs(15));
        heartbeat(&app.app, take.id, RecorderState::Paused)
            .await
            .unwrap();
        worker.run_until_idle().await.unwrap();
    }
    assert_eq!(take.state().await, TranscriptState::Running);
    assert_eq!(
        take.text().await,
        "start the recording now",
        "what was said before the pause is shown"
    );
    app.clock.advance(std::time::Duration::from_secs(61));
    worker.run_until_idle().await.unwrap();
    assert_eq!(
        take.state().await,
        TranscriptState::Done,
        "nobody is heard any more"
    );
}

#[tokio::test]
async fn what_lies_behind_a_hole_waits_for_the_hole_to_be_filled() {
    let app = TestApp::sqlite().await;
    let worker = worker(&app);
    let speech = sound(&wav("hello.wav"), 23);
    let take = Take::new(&app.app, vec![(TrackName::Audio, speech.clone())]).await;
    take.put(TrackName::Audio, 0, speech.parts[0].clone()).await;
    for n in (2..speech.parts.len()).rev() {
        take.put(
            TrackName::Audio,
            u32::try_from(n).unwrap(),
            speech.parts[n].clone(),
        )
        .await;
    }
    worker.run_until_idle().await.unwrap();
    assert_eq!(take.row().await.unwrap().progress.next_part, 0);
    take.put(TrackName::Audio, 1, speech.parts[1].clone()).await;
    app.clock.advance(std::time::Duration::from_secs(61));
    worker.run_until_idle().await.unwrap();
    assert_spoken("hello.wav", &take.words().await, 0);
}
