//! Transcripts in the hands of people: corrected in place, taken back, brought as files, handed out as files.

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::domain::transcript::{Correction, Stretch, TranscriptState, Word};
use aside_server::store::transcripts::{self, Progress};
use aside_server::store::{StoreError, Tx};
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::take::{Take, member, take};

/// A finished take with these words, a second each; all of them settled.
pub(crate) async fn spoken(app: &TestApp, text: &str) -> Take {
    let take = take(app).await;
    take.record(2).await;
    take.finish(4, 4).await;
    transcribed(app, &take, text, TranscriptState::Done).await;
    take
}

async fn transcribed(app: &TestApp, take: &Take, text: &str, state: TranscriptState) {
    let words = text.split(' ').zip(0..).map(|(text, n)| Word {
        n,
        start_ms: n * 1000,
        end_ms: n * 1000 + 800,
        text: text.to_owned(),
        gap: n == 0,
        joined: false,
    });
    let all = Correction {
        from: 0,
        words: words.collect(),
    };
    let progress = Progress {
        next_part: 4,
        done_ms: 2000,
        settled: all.words.len() as u64,
        language: Some("en".to_owned()),
        missing: vec![Stretch {
            start_ms: 100,
            end_ms: 200,
        }],
        cursor: Value::Null,
    };
    let now = app.app.now();
    let write = async |tx: &mut Tx| -> Result<(), StoreError> {
        transcripts::begin(tx, take.id, now).await?;
        transcripts::set_state(tx, take.id, state, now).await?;
        transcripts::write(tx, take.id, 0, Some(&all), &progress, now).await
    };
    app.app.store.write(write).await.unwrap();
}

/// So many of the words are settled, as a worker writes it down.
async fn settle(app: &TestApp, take: &Take, settled: u64) {
    let now = app.app.now();
    let write = async |tx: &mut Tx| -> Result<(), StoreError> {
        let row = transcripts::row(tx, take.id).await?.unwrap();
        let progress = Progress {
            settled,
            ..row.progress
        };
        transcripts::write(tx, take.id, row.words, None, &progress, now).await
    };
    app.app.store.write(write).await.unwrap();
}

async fn set_state(app: &TestApp, take: &Take, state: TranscriptState) {
    let now = app.app.now();
    let write = async |tx: &mut Tx| transcripts::set_state(tx, take.id, state, now).await;
    app.app.store.write(write).await.unwrap();
}

async fn restore(take: &Take, to: i64) -> Answer {
    take.owner
        .post(&url(take, "/restore"), &json!({ "to": to }))
        .await
}

async fn transcript(take: &Take, who: &Client) -> Value {
    who.get(&take.api("/transcript")).await.expect(200).json()
}

/// The words as one line, and the version.
async fn text(take: &Take) -> (String, Value) {
    let all = transcript(take, &take.owner).await;
    let words: Vec<&str> = all["words"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word["text"].as_str().unwrap())
        .collect();
    (words.join(" "), all["version"].clone())
}

fn url(take: &Take, rest: &str) -> String {
    format!("/api/recordings/{}/transcript{rest}", take.id)
}

async fn correct(take: &Take, who: &Client, first: u64, count: u64, text: &str) -> Answer {
    let body = json!({ "first": first, "count": count, "text": text });
    who.patch(&url(take, ""), &body).await
}

async fn bring(take: &Take, rest: &str, bytes: &[u8]) -> Answer {
    let request = Request::put(url(take, &format!("/file{rest}")))
        .header("host", "aside.test")
        .header("content-length", bytes.len())
        .body(Body::from(bytes.to_vec()));
    take.owner.request(request.unwrap()).await
}

#[both]
async fn a_correction_keeps_the_times_and_is_in_captions_and_files_at_once(app: TestApp) {
    let take = spoken(&app, "we use cooper nets here now").await;
    let changed = correct(&take, &take.owner, 2, 2, "Kubernetes <3").await;
    assert_eq!(changed.expect(200).json::<Value>(), json!({ "version": 1 }));
    let fewer = correct(&take, &take.owner, 0, 2, "We").await;
    fewer.expect(200);
    let all = transcript(&take, &app.anonymous()).await;
    let words: Vec<_> = all["words"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| (w["n"].clone(), w["text"].clone(), w["start_ms"].clone()))
        .collect();
    let expected = [
        (0, "We", 0),
        (1, "Kubernetes", 2000),
        (2, "<3", 3000),
        (3, "here", 4000),
        (4, "now", 5000),
    ];
    assert_eq!(
        words,
        expected.map(|(n, text, at)| (json!(n), json!(text), json!(at)))
    );
    assert_eq!((&all["version"], &all["settled"]), (&json!(2), &json!(5)));

    let vtt = app
        .anonymous()
        .get(&take.api("/captions.vtt"))
        .await
        .expect(200)
        .text();
    assert!(vtt.contains("Kubernetes &lt;3"), "{vtt}");
    for (format, kind, wanted) in [
        (
            "txt",
            "text/plain; charset=utf-8",
            "We Kubernetes <3 here now\n",
        ),
        (
            "srt",
            "application/x-subrip; charset=utf-8",
            "00:00:00,000 --> ",
        ),
        ("vtt", "text/vtt; charset=utf-8", "Kubernetes &lt;3"),
        (
            "md",
            "text/markdown; charset=utf-8",
            "**0:00** We Kubernetes \\<3",
        ),
        ("json", "application/json", "\"text\": \"Kubernetes\""),
    ] {
        let file = app
            .anonymous()
            .get(&take.api(&format!("/transcript/{format}")))
            .await
            .expect(200);
        assert_eq!(file.header("content-type"), kind);
        assert!(
            file.header("content-disposition")
                .contains(&format!(".{format}\""))
        );
        assert!(file.text().contains(wanted), "{format}: {}", file.text());
    }
    app.anonymous()
        .get(&take.api("/transcript/exe"))
        .await
        .expect(404);
    let nothing = correct(&take, &take.owner, 0, 1, "We").await;
    assert_eq!(
        nothing.expect(200).json::<Value>()["version"],
        2,
        "nothing changed"
    );
}

#[both]
async fn who_corrects_an_old_version_is_told_and_overwrites_nothing(app: TestApp) {
    let take = spoken(&app, "a b c").await;
    let stale = take.owner.clone().with("if-match", "\"0\"");
    correct(&take, &stale, 0, 1, "x").await.expect(200);
    correct(&take, &stale, 0, 1, "y")
        .await
        .expect_problem(ProblemCode::VersionConflict);
    assert_eq!(text(&take).await, ("x b c".to_owned(), json!(1)));
    for (first, count) in [(0, 4), (3, 1), (0, 0), (9, 9)] {
        correct(&take, &take.owner, first, count, "z")
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    let long = "x".repeat(6000);
    correct(&take, &take.owner, 0, 1, &long)
        .await
        .expect_problem(ProblemCode::Invalid);
    let other = member(&app, "Olga").await;
    correct(&take, &other, 0, 1, "z")
        .await
        .expect_problem(ProblemCode::Forbidden);
    other.get(&url(&take, "/versions")).await.expect(403);
    assert_eq!(text(&take).await.0, "x b c");
}

#[both]
async fn the_history_says_who_and_when_and_leads_back(app: TestApp) {
    let take = spoken(&app, "a b c d").await;
    correct(&take, &take.owner, 1, 2, "x").await.expect(200);
    correct(&take, &take.owner, 0, 1, "one two")
        .await
        .expect(200);
    assert_eq!(text(&take).await.0, "one two x d");
    restore(&take, 0).await.expect(200);
    assert_eq!(text(&take).await, ("a b c d".to_owned(), json!(3)));
    restore(&take, 2).await.expect(200);
    assert_eq!(text(&take).await.0, "one two x d");
    restore(&take, 1).await.expect(200);
    assert_eq!(text(&take).await.0, "a x d");
    restore(&take, 9).await.expect_problem(ProblemCode::Invalid);
    let versions: Value = take
        .owner
        .get(&url(&take, "/versions"))
        .await
        .expect(200)
        .json();
    let kinds: Vec<_> = versions["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| (v["version"].clone(), v["kind"].clone(), v["author"].clone()))
        .collect();
    let expected = [
        (5, "restore"),
        (4, "restore"),
        (3, "restore"),
        (2, "edit"),
        (1, "edit"),
    ];
    assert_eq!(
        kinds,
        expected.map(|(n, kind)| (json!(n), json!(kind), json!("Sam")))
    );
    let times: Value = transcript(&take, &take.owner).await["words"][2]["start_ms"].clone();
    assert_eq!(times, json!(3000), "times came back as well");
}

#[both]
async fn transcribing_anew_overwrites_no_correction_unless_that_is_said(app: TestApp) {
    let take = spoken(&app, "a b c").await;
    correct(&take, &take.owner, 0, 1, "x").await.expect(200);
    let none = json!({});
    take.owner
        .post(&url(&take, "/retry"), &none)
        .await
        .expect_problem(ProblemCode::Invalid);
    assert_eq!(transcript(&take, &take.owner).await["state"], "done");
    take.owner
        .post(&url(&take, "/retry?drop_corrections=true"), &none)
        .await
        .expect(204);
    assert_eq!(transcript(&take, &take.owner).await["state"], "waiting");
    correct(&take, &take.owner, 0, 1, "y")
        .await
        .expect_problem(ProblemCode::NotFinished);

    // As the worker does: other words take their place.
    let now = app.app.now();
    let words = vec![Word {
        n: 0,
        start_ms: 0,
        end_ms: 1,
        text: "anew".to_owned(),
        gap: true,
        joined: false,
    }];
    let write = async |tx: &mut Tx| -> Result<(), StoreError> {
        let row = transcripts::row(tx, take.id).await?.unwrap();
        let anew = Correction { from: 0, words };
        let progress = Progress {
            settled: 1,
            ..row.progress
        };
        transcripts::write(tx, take.id, row.words, Some(&anew), &progress, now).await?;
        transcripts::set_state(tx, take.id, TranscriptState::Done, now)
            .await
            .map(|_| ())
    };
    app.app.store.write(write).await.unwrap();
    assert_eq!(text(&take).await.0, "anew");
    restore(&take, 1).await.expect(200);
    assert_eq!(text(&take).await.0, "x b c");
}

#[both]
async fn captions_of_ones_own_are_the_transcript_of_a_recording_that_had_none(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    take.finish(2, 2).await;
    set_state(&app, &take, TranscriptState::NoModel).await;
    let srt = "1\r\n00:00:00,500 --> 00:00:01,500\r\n<i>Hallo</i> <script>alert(1)</script>\r\n";
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(srt.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    bring(&take, "?language=de", &wide).await.expect(200);
    let all = transcript(&take, &app.anonymous()).await;
    assert_eq!(
        (&all["state"], &all["language"]),
        (&json!("done"), &json!("de"))
    );
    assert_eq!(text(&take).await, ("Hallo alert(1)".to_owned(), json!(1)));

    for (bytes, code) in [
        (&b"\xff\xd8\xff\xe0 a picture"[..], ProblemCode::Invalid),
        (b"no captions at all", ProblemCode::Invalid),
        (b"", ProblemCode::Invalid),
    ] {
        bring(&take, "", bytes).await.expect_problem(code);
    }
    bring(&take, "?language=klingon", srt.as_bytes())
        .await
        .expect_problem(ProblemCode::Invalid);
    // A gigabyte is refused before it is read.
    let request = Request::put(url(&take, "/file"))
        .header("host", "aside.test")
        .header("content-length", 1 << 30);
    let huge = take
        .owner
        .request(request.body(Body::empty()).unwrap())
        .await;
    huge.expect_problem(ProblemCode::TooLarge);
    assert_eq!(
        text(&take).await.0,
        "Hallo alert(1)",
        "what was there stays"
    );
    restore(&take, 0).await.expect(200);
    assert_eq!(text(&take).await.0, "");
    let all = transcript(&take, &take.owner).await;
    assert_eq!(all["state"], "waiting", "a worker makes what it had not");
    assert_eq!(all["language"], Value::Null);

    // As a worker does it; then the file is wanted after all.
    restore(&take, 1)
        .await
        .expect_problem(ProblemCode::NotFinished);
    transcribed(&app, &take, "quite others", TranscriptState::Done).await;
    restore(&take, 1).await.expect(200);
    let all = transcript(&take, &take.owner).await;
    assert_eq!(text(&take).await, ("Hallo alert(1)".to_owned(), json!(3)));
    assert_eq!(
        (&all["state"], &all["language"]),
        (&json!("done"), &json!("de"))
    );
    correct(&take, &take.owner, 0, 2, "Hallo").await.expect(200);
    restore(&take, 2).await.expect(200);
    assert_eq!(text(&take).await.0, "quite others");
}

#[both]
async fn a_file_that_is_taken_back_leaves_the_transcript_as_it_stood(app: TestApp) {
    let take = spoken(&app, "a b c").await;
    let vtt = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHallo Welt\n";
    bring(&take, "?language=de", vtt).await.expect(200);
    assert_eq!(transcript(&take, &take.owner).await["missing"], json!([]));
    restore(&take, 0).await.expect(200);
    let all = transcript(&take, &take.owner).await;
    assert_eq!(text(&take).await, ("a b c".to_owned(), json!(2)));
    assert_eq!(
        (&all["state"], &all["language"], &all["settled"]),
        (&json!("done"), &json!("en"), &json!(3))
    );
    assert_eq!(
        all["missing"],
        json!([{ "start_ms": 100, "end_ms": 200 }]),
        "it can be transcribed anew"
    );
    // The same words as a file are a change as well.
    bring(&take, "", vtt).await.expect(200);
    let same = bring(&take, "", vtt).await.expect(200).json::<Value>();
    assert_eq!(same, json!({ "version": 3 }));
}

#[both]
async fn a_take_that_may_go_on_is_corrected_where_its_words_are_settled(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    transcribed(&app, &take, "a b c", TranscriptState::Running).await;
    correct(&take, &take.owner, 0, 1, "x")
        .await
        .expect_problem(ProblemCode::NotFinished);
    assert_eq!(text(&take).await.0, "a b c");
}

#[both]
async fn words_that_another_pass_replaces_are_not_changed(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    transcribed(&app, &take, "a b c", TranscriptState::Done).await;
    settle(&app, &take, 2).await;
    correct(&take, &take.owner, 0, 1, "x y").await.expect(200);
    let refused = async || {
        for (first, count) in [(3, 1), (2, 2)] {
            correct(&take, &take.owner, first, count, "z")
                .await
                .expect_problem(ProblemCode::NotFinished);
        }
    };
    refused().await;
    // It has ended, and its last words are not transcribed yet.
    take.finish(2, 2).await;
    refused().await;
    assert_eq!(text(&take).await.0, "x y b c");
    settle(&app, &take, 1).await;
    restore(&take, 0)
        .await
        .expect_problem(ProblemCode::NotFinished);
    settle(&app, &take, 4).await;
    correct(&take, &take.owner, 2, 2, "z").await.expect(200);
    restore(&take, 0).await.expect(200);
    assert_eq!(text(&take).await.0, "a b c");
}

#[both]
async fn team_words_are_said_by_admins_and_read_by_members(app: TestApp) {
    let admin = app.person("admin", Role::Admin).await;
    let sam = app.sam().await;
    let path = "/api/server/team-words";
    let list = json!({ "words": "Kubernetes: cooper nets\n\nAside " });
    sam.put(path, &list)
        .await
        .expect_problem(ProblemCode::Forbidden);
    admin.put(path, &list).await.expect(200);
    let read: Value = sam.get(path).await.expect(200).json();
    assert_eq!(read, json!({ "words": "Kubernetes: cooper nets\nAside" }));
    let long = json!({ "words": "x".repeat(100) });
    admin
        .put(path, &long)
        .await
        .expect_problem(ProblemCode::Invalid);
    app.anonymous().get(path).await.expect(401);
}
