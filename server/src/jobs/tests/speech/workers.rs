//! Workers that are killed, told to leave, behind, or several at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use aside_protocol::recording::TrackName;
use aside_test_macros::both;
use tokio_util::sync::CancellationToken;

use super::super::material::{sound, wav};
use super::super::take::Take;
use super::{assert_spoken, recorded, spoken, whisper, worker};
use crate::domain::transcript::TranscriptState;
use crate::jobs::worker::Worker;
use crate::jobs::{LEASE, ModelState, Tools};
use crate::testing::TestApp;
use crate::transcribe::whisper::Whisper;
use crate::transcribe::words::SpokenWord;
use crate::transcribe::{Recognition, TranscribeError, Transcriber};

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
