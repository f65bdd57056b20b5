//! Models, sound and objects that fail.

use aside_protocol::recording::TrackName;

use super::super::material::{garbage, model, sound, wav};
use super::super::take::Take;
use super::{assert_spoken, recorded, whisper, worker};
use crate::domain::transcript::{Stretch, TranscriptState};
use crate::jobs::worker::Worker;
use crate::jobs::{LEASE, ModelState, Tools};
use crate::service::transcript::{Retried, retry};
use crate::testing::TestApp;
use crate::transcribe::whisper::Whisper;
use crate::transcribe::{Recognition, TranscribeError, Transcriber};

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
    let retry = || retry(&app.app, take.id, false);
    assert_eq!(retry().await.unwrap(), Retried::Begun);
    assert_eq!(take.state().await, TranscriptState::Waiting);
    assert_eq!(retry().await.unwrap(), Retried::Nothing, "it waits already");
    worker(&app).run_until_idle().await.unwrap();
    assert_spoken("hello.wav", &take.words().await, 0);
    assert_eq!(take.state().await, TranscriptState::Done);
    assert_eq!(retry().await.unwrap(), Retried::Nothing, "it is done");
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
