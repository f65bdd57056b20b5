//! What is made of a finished recording for those who read it: small pictures, and what is found in its words.

use std::time::Duration;

use aside_protocol::recording::TrackName;
use aside_test_macros::both;

use super::material::{Yuv, pictures, sound, wav};
use super::pictures::{BLACK, LIVELY};
use super::take::Take;
use crate::domain::suggest::SuggestionKind;
use crate::domain::suggest::row::SuggestionState;
use crate::domain::transcript::{Correction, TranscriptState, Word};
use crate::jobs::worker::Worker;
use crate::jobs::{ModelState, Tools};
use crate::objects::ObjectKey;
use crate::service::recordings::empty_trash;
use crate::service::suggestions::look_through;
use crate::store::transcripts::{self, Progress};
use crate::store::{StoreError, Tx, suggestions, transcript_versions};
use crate::testing::TestApp;

fn worker(app: &TestApp) -> Worker {
    Worker::new(app.app.resources.clone(), Tools::with(ModelState::Missing))
}

#[both]
async fn a_finished_recording_gets_small_pictures_that_go_with_it(app: TestApp) {
    let shown = [(20, BLACK), (25, LIVELY)];
    let all: Vec<Yuv> = shown
        .iter()
        .flat_map(|(n, pixel)| {
            (0..*n).map(|_| Yuv {
                width: 640,
                height: 480,
                pixel: *pixel,
            })
        })
        .collect();
    let tracks = vec![(TrackName::Video, pictures(&all, &[]))];
    let take = Take::whole(&app.app, tracks).await;
    app.clock.advance(Duration::from_secs(6));
    worker(&app).run_until_idle().await.unwrap();
    let sprite = app
        .app
        .store
        .sprite(take.id)
        .await
        .unwrap()
        .expect("small pictures");
    assert_eq!((sprite.count, sprite.every_ms), (5, 1000));
    assert_eq!((sprite.tile_width, sprite.tile_height), (160, 120));
    assert_eq!(sprite.changes, [0, 2000], "when something else is shown");
    let key = ObjectKey::from_path(&sprite.key).unwrap();
    let jpeg = app.app.objects.get(&key).await.unwrap();
    let frame = super::pictures::decoded(&jpeg);
    assert_eq!((frame.width(), frame.height()), (800, 120));
    assert!(
        super::pictures::rgb(&frame, 80, 30).iter().all(|c| *c < 16),
        "black"
    );
    let [red, green, blue] = super::pictures::rgb(&frame, 3 * 160 + 25, 30);
    assert!(red > 200 && green < 60 && blue < 60, "{red} {green} {blue}");

    let now = app.app.now();
    let trash = async |tx: &mut Tx| tx.set_trashed(take.id, true, now).await;
    app.app.store.write(trash).await.unwrap();
    app.clock.advance(Duration::from_secs(60 * 24 * 3600));
    empty_trash(&app.app, 10).await.unwrap();
    let tombstone = app.app.store.has_tombstone(&sprite.key).await.unwrap();
    assert!(tombstone, "the image goes with its recording");
}

#[tokio::test]
async fn words_of_a_file_are_done_whoever_looks_at_them() {
    let app = TestApp::sqlite().await;
    let audio = vec![(TrackName::Audio, sound(&wav("hello.wav"), 23))];
    let take = Take::whole(&app.app, audio).await;
    let write = async |tx: &mut Tx| -> Result<(), StoreError> {
        transcript_versions::set_imported(tx, take.id, true, None).await
    };
    app.app.store.write(write).await.unwrap();
    assert_eq!(take.state().await, TranscriptState::Waiting);
    worker(&app).run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::Done);
}

#[tokio::test]
async fn what_a_person_decided_about_stays_when_a_transcript_is_looked_through_again() {
    let app = TestApp::sqlite().await;
    let take = Take::new(&app.app, Vec::new()).await;
    let said = async |text: &str| {
        let now = app.app.now();
        let words = text.split(' ').zip(0..).map(|(text, n)| Word {
            n,
            start_ms: n * 400,
            end_ms: n * 400 + 300,
            text: text.to_owned(),
            gap: n == 0,
            joined: false,
        });
        let all = Correction {
            from: 0,
            words: words.collect(),
        };
        let progress = Progress {
            language: Some("en".to_owned()),
            settled: all.words.len() as u64,
            ..Progress::default()
        };
        let write = async |tx: &mut Tx| -> Result<(), StoreError> {
            transcripts::begin(tx, take.id, now).await?;
            transcripts::set_state(tx, take.id, TranscriptState::Done, now).await?;
            let held = transcripts::row(tx, take.id)
                .await?
                .map_or(0, |row| row.words);
            transcripts::write(tx, take.id, held, Some(&all), &progress, now).await?;
            look_through(tx, &*app.app.entropy, take.id, now, Duration::ZERO).await
        };
        app.app.store.write(write).await.unwrap();
        worker(&app).run_until_idle().await.unwrap();
        app.app.store.suggestions(take.id).await.unwrap()
    };
    let found = said("Please fix the button until Friday. We need to test the export again.").await;
    let texts: Vec<&str> = found.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Please fix the button until Friday.",
            "We need to test the export again."
        ]
    );
    assert!(
        found
            .iter()
            .all(|it| it.kind == SuggestionKind::Action && it.state == SuggestionState::Open)
    );

    let mut taken = found[0].clone();
    taken.text = "Fix the button".to_owned();
    taken.state = SuggestionState::Accepted;
    taken.version += 1;
    let write = async |tx: &mut Tx| suggestions::update(tx, &taken).await;
    app.app.store.write(write).await.unwrap();
    let again =
        said("Please fix the buttons until Friday. Can you send me the numbers today?").await;
    let texts: Vec<&str> = again.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(
        texts,
        ["Fix the button", "Can you send me the numbers today?"]
    );

    let more = said(
        "Please fix the buttons until Friday. Can you send me the numbers today? We need to test the export again.",
    );
    let more = more.await;
    assert_eq!(more.len(), 3);
    assert_eq!(more[1], again[1], "what is found again keeps its row");
}
