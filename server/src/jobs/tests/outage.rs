use std::time::Duration;

use aside_protocol::recording::TrackName;

use super::material::{Encoded, model, sound, wav};
use super::take::Take;
use crate::domain::transcript::TranscriptState;
use crate::jobs::worker::Worker;
use crate::jobs::{ModelState, Tools};
use crate::service::transcript::{Retried, retry};
use crate::testing::TestApp;
use crate::transcribe::whisper::Whisper;

const HOUR: Duration = Duration::from_secs(3600);

fn worker(app: &TestApp) -> Worker {
    let whisper = Whisper::new(&model(), 1).unwrap();
    Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(whisper)),
    )
}

fn heard(name: &str) -> Vec<(TrackName, Encoded)> {
    vec![(TrackName::Audio, sound(&wav(name), 46))]
}

/// Takes the disk with the objects away, or brings it back.
fn mount(app: &TestApp, there: bool) {
    let (here, away) = (app.folder().join("objects"), app.folder().join("away"));
    let (from, to) = if there { (away, here) } else { (here, away) };
    std::fs::rename(from, to).unwrap();
}

#[tokio::test]
async fn a_job_waits_two_days_for_the_object_store_and_goes_on_when_it_is_back() {
    let app = TestApp::sqlite().await;
    let take = Take::whole(&app.app, heard("hello.wav")).await;
    mount(&app, false);
    let worker = worker(&app);
    for _ in 0..48 {
        worker.run_until_idle().await.unwrap();
        app.clock.advance(HOUR);
    }
    let job = &take.jobs().await[0];
    assert_eq!((job.state, job.failures), ("waiting", 0), "{job:?}");
    assert!(job.attempt > 40, "it was tried all the time: {job:?}");
    assert!(job.last_error.is_some());
    assert_ne!(take.state().await, TranscriptState::Failed);

    mount(&app, true);
    app.clock.advance(HOUR);
    worker.run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::Done);
    assert_eq!(take.jobs().await[0].last_error, None);
    assert!(!take.text().await.is_empty());
}

#[tokio::test]
async fn a_transcript_that_was_given_up_is_tried_again_when_somebody_asks() {
    let app = TestApp::sqlite().await;
    let take = Take::whole(&app.app, heard("hello.wav")).await;
    mount(&app, false);
    let worker = worker(&app);
    for _ in 0..2 {
        worker.run_until_idle().await.unwrap();
        app.clock.advance(HOUR * 24 * 8);
    }
    worker.run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::Failed);
    assert_eq!(take.jobs().await[0].state, "failed");

    mount(&app, true);
    let again = async || retry(&app.app, take.id, false).await.unwrap();
    assert_eq!(again().await, Retried::Begun);
    assert_eq!(again().await, Retried::Nothing, "it waits already");
    worker.run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::Done);
    assert!(!take.text().await.is_empty());
}
