//! Words and captions.

use aside_protocol::time::Timestamp;
use aside_server::domain::transcript::{TranscriptState, Word};
use aside_server::store::transcripts::{self, Listened};
use aside_server::store::{StoreError, Tx};
use aside_server::testing::TestApp;
use serde_json::{Value, json};

use crate::take::{Take, take};

/// Publishes words as the worker does.
async fn publish(app: &TestApp, take: &Take, words: &[(u64, &str)]) {
    let words: Vec<Word> = words
        .iter()
        .zip(0..)
        .map(|((start_ms, text), n)| Word {
            n,
            start_ms: *start_ms,
            end_ms: start_ms + 200,
            text: (*text).to_owned(),
            gap: n == 0,
        })
        .collect();
    let now: Timestamp = app.app.now();
    app.app
        .store
        .write(async |tx: &mut Tx| -> Result<(), StoreError> {
            transcripts::begin(tx, take.id, now).await?;
            transcripts::set_state(tx, take.id, TranscriptState::Running, now).await?;
            let listened = Listened {
                next_part: 1,
                done_ms: 1500,
                cursor: Value::Null,
            };
            transcripts::append(tx, take.id, 0, &words, &listened, now).await
        })
        .await
        .unwrap();
}

both! {
    async fn a_recording_without_words_has_an_empty_transcript(app) {
        let take = take(&app).await;
        let transcript: Value = app.anonymous().get(&take.api("/transcript")).await.expect(200).json();
        assert_eq!(transcript, json!({ "state": "none", "done_ms": 0, "words": [] }));
        assert_eq!(app.anonymous().get(&take.api("/captions.vtt")).await.expect(200).text(), "WEBVTT\n");
    }

    async fn words_are_shown_with_their_times_as_they_are_published(app) {
        let take = take(&app).await;
        publish(&app, &take, &[(0, "Hello"), (300, "<world>")]).await;
        let transcript: Value = app.anonymous().get(&take.api("/transcript")).await.expect(200).json();
        assert_eq!(transcript["state"], "running");
        assert_eq!(transcript["done_ms"], 1500);
        assert_eq!(transcript["words"][1], json!({ "n": 1, "start_ms": 300, "end_ms": 500, "text": "<world>", "gap": false }));
        assert_eq!(take.watch(&app.anonymous()).await["transcript"], json!({ "state": "running", "done_ms": 1500 }));

        let captions = app.anonymous().get(&take.api("/captions.vtt")).await.expect(200);
        assert_eq!(captions.header("content-type"), "text/vtt; charset=utf-8");
        assert_eq!(captions.text(), "WEBVTT\n\n00:00:00.000 --> 00:00:00.800\nHello &lt;world&gt;\n");
    }
}
