//! The words of a take are those of its whole sound, however its parts arrive and whoever transcribes them.
//!
//! `ASIDE_SPEECH_TAKES=50` makes the measure of fifty takes; `ASIDE_SPEECH_MODEL` and `ASIDE_SPEECH_WAVS` (paths,
//! separated by `:`; 16 bit, mono, 16 kHz) make it with another model and other speech.

use std::path::{Path, PathBuf};

use aside_protocol::cmaf::read_init;
use aside_protocol::recording::TrackName;

use super::material::{Encoded, model, read_wav, sound, wav};
use super::take::Take;
use crate::domain::transcript::{TranscriptState, Word};
use crate::jobs::worker::Worker;
use crate::jobs::{LEASE, ModelState, Tools};
use crate::media::SpeechDecoder;
use crate::testing::TestApp;
use crate::transcribe::Transcriber as _;
use crate::transcribe::whisper::Whisper;

fn worker(app: &TestApp, model: &Path) -> Worker {
    let whisper = Whisper::new(model, 1).unwrap();
    Worker::new(
        app.app.resources.clone(),
        Tools::with(ModelState::ready(whisper)),
    )
}

/// How parts arrive, and what happens to the workers.
#[derive(Debug, Clone, Copy)]
enum Arrival {
    /// All is there before a worker looks.
    AtOnce,
    /// The worker looks after every so many parts.
    Every(usize),
    /// Another worker after every so many parts: each goes on from what the one before wrote down.
    Successors(usize),
    /// The recorder is silent for so long after every so many parts that the take counts as interrupted.
    Interrupted(usize),
}

async fn words(app: &TestApp, track: &Encoded, arrival: Arrival, model: &Path) -> Vec<Word> {
    let mut take = Take::new(&app.app, vec![(TrackName::Audio, track.clone())]).await;
    let mut at_work = worker(app, model);
    let every = match arrival {
        Arrival::AtOnce => usize::MAX,
        Arrival::Every(n) | Arrival::Successors(n) | Arrival::Interrupted(n) => n,
    };
    let mut landed = 0_usize;
    while take.land().await {
        landed += 1;
        if !landed.is_multiple_of(every) {
            continue;
        }
        at_work.run_until_idle().await.unwrap();
        match arrival {
            Arrival::Successors(_) => {
                at_work = worker(app, model);
                app.clock.advance(LEASE);
            }
            Arrival::Interrupted(_) => {
                app.clock.advance(std::time::Duration::from_secs(61));
                at_work.run_until_idle().await.unwrap();
                assert_eq!(take.state().await, TranscriptState::Done);
            }
            Arrival::AtOnce | Arrival::Every(_) => {}
        }
    }
    take.finish().await;
    at_work.run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::Done);
    let words = take.words().await;
    assert_eq!(
        take.told_words().await,
        words,
        "{arrival:?}: open pages show something else"
    );
    let settled = take.row().await.unwrap().progress.settled;
    assert_eq!(settled, words.len() as u64, "{arrival:?}");
    words
}

/// The whole sound of a take, transcribed in one go by whisper.cpp's `full()`.
fn in_one_go(track: &Encoded, model: &Path) -> Vec<String> {
    let mut decoder = SpeechDecoder::new(&read_init(&track.init).unwrap()).unwrap();
    let mut blocks: Vec<_> = track
        .parts
        .iter()
        .flat_map(|part| decoder.decode(part).unwrap().1)
        .collect();
    blocks.extend(decoder.finish().unwrap());
    let sound: Vec<f32> = blocks.into_iter().flat_map(|b| b.samples).collect();
    let recognition = Whisper::new(model, 1).unwrap().transcribe(&sound, None);
    recognition
        .unwrap()
        .words
        .into_iter()
        .map(|w| w.text)
        .collect()
}

fn texts(words: &[Word]) -> Vec<String> {
    words.iter().map(|w| w.text.clone()).collect()
}

/// Words to insert, remove or replace.
fn distance(a: &[String], b: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

/// Silence before and after, in samples.
fn within(speech: &[f32], before: usize, after: usize) -> Vec<f32> {
    let mut sound = vec![0.0; before];
    sound.extend_from_slice(speech);
    sound.resize(sound.len() + after, 0.0);
    sound
}

/// The take of which words were lost.
async fn has_the_words_of_the_whole(arrival: Arrival) {
    let app = TestApp::sqlite().await;
    let model = model();
    let track = sound(&within(&wav("lost-words.wav"), 3_333, 8_000), 23);
    let expected = in_one_go(&track, &model);
    assert_eq!(
        expected.join(" "),
        "blue it next button is three yes code version six five"
    );
    let first = words(&app, &track, Arrival::AtOnce, &model).await;
    assert_eq!(texts(&first), expected);
    let found = words(&app, &track, arrival, &model).await;
    assert_eq!(found, first, "{arrival:?}");
}

/// In two of these twelve takes the model ends its text after "blue" when it transcribes the whole.
#[tokio::test]
async fn no_word_is_lost_where_the_model_ends_early() {
    let app = TestApp::sqlite().await;
    let model = model();
    let said = "blue it next button is three yes code version six five";
    let said: Vec<String> = said.split(' ').map(str::to_owned).collect();
    for shift in 0..12 {
        let track = sound(&within(&wav("lost-words.wav"), shift * 1_777, 8_000), 23);
        let found = words(&app, &track, Arrival::AtOnce, &model).await;
        let found = texts(&found);
        // Where the rest of a run is transcribed by itself, its first word may be misheard.
        assert!(
            found.len() == said.len() && distance(&found, &said) <= 1,
            "take {shift}: {found:?}"
        );
    }
}

#[tokio::test]
async fn words_of_parts_that_come_one_by_one_are_those_of_the_whole() {
    has_the_words_of_the_whole(Arrival::Every(1)).await;
}

#[tokio::test]
async fn words_of_parts_that_come_in_batches_are_those_of_the_whole() {
    has_the_words_of_the_whole(Arrival::Every(4)).await;
}

#[tokio::test]
async fn words_are_those_of_the_whole_with_a_new_worker_at_every_part() {
    has_the_words_of_the_whole(Arrival::Successors(1)).await;
}

#[tokio::test]
async fn words_of_an_interrupted_take_that_goes_on_are_those_of_the_whole() {
    has_the_words_of_the_whole(Arrival::Interrupted(6)).await;
}

/// Two windows, with pauses to cut in.
#[tokio::test]
async fn a_long_take_has_the_same_words_after_any_number_of_workers() {
    let app = TestApp::sqlite().await;
    let model = model();
    let names = ["screen.wav", "review.wav", "numbers.wav", "bug.wav"];
    let speech: Vec<f32> = names.iter().flat_map(|n| wav(n)).collect();
    let track = sound(&speech, 46);
    let first = words(&app, &track, Arrival::AtOnce, &model).await;
    assert!(first.len() > 60, "{}", first.len());
    let found = words(&app, &track, Arrival::Successors(7), &model).await;
    assert_eq!(found, first);
}

#[tokio::test]
async fn the_words_of_fifty_takes_are_those_of_the_whole_sound() {
    let takes: usize = std::env::var("ASIDE_SPEECH_TAKES").map_or(5, |n| n.parse().unwrap());
    let model = std::env::var("ASIDE_SPEECH_MODEL").map_or_else(|_| model(), PathBuf::from);
    let sentences: Vec<Vec<f32>> = match std::env::var("ASIDE_SPEECH_WAVS") {
        Ok(paths) => paths.split(':').map(|p| read_wav(Path::new(p))).collect(),
        Err(_) => sentences(),
    };
    let app = TestApp::sqlite().await;
    let (mut all, mut wrong, mut more) = (0, 0, 0);
    for n in 0..takes {
        let speech = &sentences[n % sentences.len()];
        // No two takes begin at the same sample or are equally loud.
        let gain = [1.0, 0.5, 0.2, 0.8, 0.1][n / sentences.len() % 5];
        let louder: Vec<f32> = speech.iter().map(|s| s * gain).collect();
        let track = sound(
            &within(
                &louder,
                2_000 + n * 1_237 % 24_000,
                4_000 + n * 777 % 16_000,
            ),
            23,
        );
        let arrival = match n % 5 {
            0 => Arrival::AtOnce,
            1 => Arrival::Every(1),
            2 => Arrival::Successors(3),
            3 => Arrival::Every(4),
            _ => Arrival::Successors(1),
        };
        let expected = in_one_go(&track, &model);
        let found = texts(&words(&app, &track, arrival, &model).await);
        let distance = distance(&found, &expected);
        // The model may end early in one go; what was found behind that is no error.
        let distance = if found.starts_with(&expected) && found.len() > expected.len() {
            more += found.len() - expected.len();
            0
        } else {
            distance
        };
        if distance > 0 {
            println!(
                "take {n}, {arrival:?}:\n  whole: {}\n  found: {}",
                expected.join(" "),
                found.join(" ")
            );
        }
        all += expected.len();
        wrong += distance;
    }
    println!(
        "{takes} takes, {all} words, {wrong} differ from the whole sound transcribed in one go, {more} found behind its end"
    );
    assert!(all > takes && wrong * 100 <= all, "{wrong} of {all}");
}

/// Ten sentences out of the wavs of `tests/media/whisper`.
fn sentences() -> Vec<Vec<f32>> {
    let text = std::fs::read_to_string(model().with_file_name("expected.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut found = vec![wav("lost-words.wav")];
    for name in [
        "screen.wav",
        "review.wav",
        "numbers.wav",
        "bug.wav",
        "pause.wav",
    ] {
        let (sound, segments) = (wav(name), all[name]["segments"].as_array().unwrap().clone());
        for segment in segments.iter().take(2) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "times within a few seconds"
            )]
            let at = |key: &str, room: f64| {
                ((segment[key].as_f64().unwrap() + room).max(0.0) * 16_000.0) as usize
            };
            found.push(sound[at("start", -0.1)..at("end", 0.15).min(sound.len())].to_vec());
        }
    }
    found.truncate(10);
    assert_eq!(found.len(), 10);
    found
}
