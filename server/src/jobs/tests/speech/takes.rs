//! Takes that run, pause, break off, have holes or no sound.

use aside_protocol::recording::TrackName;

use super::super::material::{sound, wav};
use super::super::take::Take;
use super::{assert_spoken, recorded, worker};
use crate::domain::event::Change;
use crate::domain::transcript::{TranscriptState, Word};
use crate::testing::TestApp;

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
    let told = (2..=3).contains(&states);
    assert!(told, "running, done, and what was found: {states}");
}

#[tokio::test]
async fn a_take_without_sound_has_no_transcript() {
    let app = TestApp::sqlite().await;
    let take = Take::whole(&app.app, vec![]).await;
    worker(&app).run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::None);
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
