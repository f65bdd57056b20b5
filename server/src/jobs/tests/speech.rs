//! What is spoken is transcribed, word by word.

mod failures;
mod takes;
mod workers;

use aside_protocol::recording::TrackName;

use super::material::{Encoded, model, sound, wav};
use super::take::Take;
use crate::domain::transcript::{TranscriptState, Word};
use crate::jobs::worker::Worker;
use crate::jobs::{ModelState, Tools};
use crate::testing::TestApp;
use crate::transcribe::whisper::Whisper;

fn whisper() -> Whisper {
    Whisper::new(&model(), 1).unwrap()
}

pub(super) fn worker(app: &TestApp) -> Worker {
    Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(whisper())),
    )
}

/// As the recorder sends it: parts of just under a second.
pub(super) fn recorded(name: &str) -> Vec<(TrackName, Encoded)> {
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
pub(super) fn assert_spoken(name: &str, words: &[Word], offset_ms: u64) {
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
async fn silence_has_no_words_and_is_done() {
    let app = TestApp::sqlite().await;
    let take = Take::whole(&app.app, recorded("silence.wav")).await;
    worker(&app).run_until_idle().await.unwrap();
    assert_eq!(
        (take.text().await, take.state().await),
        (String::new(), TranscriptState::Done)
    );
}
