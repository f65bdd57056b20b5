//! Words and captions.

use aside_protocol::time::Timestamp;
use aside_server::domain::job::Job;
use aside_server::domain::speech_model::{ModelStatus, Phase};
use aside_server::domain::transcript::{Correction, Stretch, TranscriptState, Word};
use aside_server::store::transcripts::{self, Progress};
use aside_server::store::{StoreError, Tx, speech_model};
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::{Take, take};

/// Publishes words as the worker does.
pub(crate) async fn publish(app: &TestApp, take: &Take, words: &[(u64, &str)]) {
    let words: Vec<Word> = words
        .iter()
        .zip(0..)
        .map(|((start_ms, text), n)| Word {
            n,
            start_ms: *start_ms,
            end_ms: start_ms + 200,
            text: (*text).to_owned(),
            gap: n == 0,
            joined: n == 2,
        })
        .collect();
    let now: Timestamp = app.app.now();
    app.app
        .store
        .write(async |tx: &mut Tx| -> Result<(), StoreError> {
            transcripts::begin(tx, take.id, now).await?;
            transcripts::set_state(tx, take.id, TranscriptState::Running, now).await?;
            let progress = Progress {
                next_part: 1,
                done_ms: 500,
                settled: 1,
                language: Some("ja".to_owned()),
                missing: vec![Stretch {
                    start_ms: 100,
                    end_ms: 200,
                }],
                cursor: Value::Null,
            };
            let all = Correction { from: 0, words };
            transcripts::write(tx, take.id, 0, Some(&all), &progress, now).await
        })
        .await
        .unwrap();
}

#[both]
async fn a_recording_without_words_has_an_empty_transcript(app: TestApp) {
    let take = take(&app).await;
    let transcript: Value = app
        .anonymous()
        .get(&take.api("/transcript"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        transcript,
        json!({ "state": "none", "done_ms": 0, "behind_ms": 0, "settled": 0, "missing": [], "version": 0, "words": [] })
    );
    assert_eq!(
        app.anonymous()
            .get(&take.api("/captions.vtt"))
            .await
            .expect(200)
            .text(),
        "WEBVTT\n"
    );
}

#[both]
async fn words_are_shown_with_their_times_as_they_are_published(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    publish(&app, &take, &[(0, "Hello"), (300, "<world>")]).await;
    let transcript: Value = app
        .anonymous()
        .get(&take.api("/transcript"))
        .await
        .expect(200)
        .json();
    assert_eq!(transcript["state"], "running");
    assert_eq!(
        transcript["words"][1],
        json!({ "n": 1, "start_ms": 300, "end_ms": 500, "text": "<world>", "gap": false, "joined": false })
    );
    let progress = json!({ "state": "running", "done_ms": 500, "behind_ms": length(&app, &take).await - 500, "settled": 1,
        "language": "ja", "missing": [{ "start_ms": 100, "end_ms": 200 }], "version": 0 });
    assert_eq!(
        take.watch(&app.anonymous()).await["transcript"],
        progress,
        "it says how far behind it is"
    );
    for (key, value) in progress.as_object().unwrap() {
        assert_eq!(&transcript[key], value);
    }

    let captions = app
        .anonymous()
        .get(&take.api("/captions.vtt"))
        .await
        .expect(200);
    assert_eq!(captions.header("content-type"), "text/vtt; charset=utf-8");
    assert_eq!(
        captions.text(),
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.800\nHello &lt;world&gt;\n"
    );
}

#[both]
async fn the_owner_retries_a_transcript_that_failed(app: TestApp) {
    let take = take(&app).await;
    let url = format!("/api/recordings/{}/transcript/retry", take.id);
    publish(&app, &take, &[(0, "Hello")]).await;
    let set = async |state| {
        let now = app.app.now();
        let write = async |tx: &mut Tx| transcripts::set_state(tx, take.id, state, now).await;
        app.app.store.write(write).await.unwrap();
    };
    take.owner.post(&url, &json!({})).await.expect(204);
    let untouched = take.watch(&app.anonymous()).await["transcript"].clone();
    assert_eq!(
        (&untouched["state"], &untouched["done_ms"]),
        (&json!("running"), &json!(500))
    );

    set(TranscriptState::Failed).await;
    app.anonymous().post(&url, &json!({})).await.expect(401);
    take.owner.post(&url, &json!({})).await.expect(204);
    let retried = take.watch(&app.anonymous()).await["transcript"].clone();
    assert_eq!(
        (&retried["state"], &retried["done_ms"], &retried["settled"]),
        (&json!("waiting"), &json!(0), &json!(0))
    );
    let transcript: Value = app
        .anonymous()
        .get(&take.api("/transcript"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        transcript["words"][0]["text"], "Hello",
        "its words stay until others take their place"
    );
    let jobs = app.app.store.jobs().await.unwrap();
    take.owner.post(&url, &json!({})).await.expect(204);
    assert_eq!(
        take.watch(&app.anonymous()).await["transcript"],
        retried,
        "asking twice is asking once"
    );
    assert!(
        jobs.iter()
            .any(|j| j.job == Job::TranscribeSpeech { recording: take.id } && j.state == "waiting"),
        "{jobs:?}"
    );
}

#[both]
async fn the_server_says_how_its_speech_model_stands(app: TestApp) {
    let server = async || {
        let me: Value = app.anonymous().get("/api/me").await.expect(200).json();
        let mut server = me["server"].clone();
        let about = server.as_object_mut().unwrap();
        about.retain(|what, _| what.starts_with("transcription"));
        server
    };
    assert_eq!(server().await, json!({ "transcription": "no_model" }));
    for (phase, percent, said) in [
        (
            Phase::Downloading,
            Some(40),
            json!({ "transcription": "downloading", "transcription_percent": 40 }),
        ),
        (Phase::Ready, None, json!({ "transcription": "ready" })),
        (Phase::Missing, None, json!({ "transcription": "no_model" })),
    ] {
        let (status, now) = (
            ModelStatus {
                phase,
                name: "base.en".to_owned(),
                percent,
            },
            app.app.now(),
        );
        app.app
            .store
            .write(async |tx: &mut Tx| speech_model::set(tx, &status, now).await)
            .await
            .unwrap();
        assert_eq!(server().await, said);
    }
}

/// Milliseconds of the longest track.
async fn length(app: &TestApp, take: &Take) -> u64 {
    let recording = app.app.store.recording(take.id).await.unwrap().unwrap();
    app.app.store.duration_ms(&recording).await.unwrap()
}

#[both]
async fn the_owner_retries_a_transcript_that_lacks_some_of_the_sound_and_no_other(app: TestApp) {
    let take = take(&app).await;
    let url = format!("/api/recordings/{}/transcript/retry", take.id);
    publish(&app, &take, &[(0, "Hello")]).await;
    let done = async |missing: Vec<Stretch>| {
        let now = app.app.now();
        let progress = Progress {
            next_part: 1,
            done_ms: 500,
            settled: 1,
            language: None,
            missing,
            cursor: Value::Null,
        };
        let write = async |tx: &mut Tx| -> Result<(), StoreError> {
            transcripts::set_state(tx, take.id, TranscriptState::Done, now).await?;
            transcripts::write(tx, take.id, 1, None, &progress, now).await
        };
        app.app.store.write(write).await.unwrap();
    };
    let state = async || take.watch(&app.anonymous()).await["transcript"]["state"].clone();
    done(Vec::new()).await;
    take.owner.post(&url, &json!({})).await.expect(204);
    assert_eq!(state().await, "done");
    done(vec![Stretch {
        start_ms: 100,
        end_ms: 200,
    }])
    .await;
    take.owner.post(&url, &json!({})).await.expect(204);
    assert_eq!(state().await, "waiting");
    assert_eq!(
        take.watch(&app.anonymous()).await["transcript"]["missing"],
        json!([])
    );
}
