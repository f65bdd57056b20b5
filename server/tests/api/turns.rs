//! Who is heard when: told on the events track by the recorder, which mixes microphone and system sound, and said wherever words are handed out.

use aside_protocol::recording::TrackName;
use aside_protocol::timed_event::{Head, SoundSource, TimedEvent, write_events};
use aside_server::domain::transcript::{Correction, TranscriptState, Word};
use aside_server::store::transcripts::{self, Progress};
use aside_server::store::{StoreError, Tx};
use aside_server::testing::TestApp;
use aside_test_macros::both;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::event_page::Page;
use crate::take::{Take, begin, member};

async fn spoken(app: &TestApp, take: &Take, text: &str) {
    let words = text.split(' ').zip(0..).map(|(text, n)| Word {
        n,
        start_ms: n * 1000,
        end_ms: n * 1000 + 600,
        text: text.to_owned(),
        gap: false,
        joined: false,
    });
    let all = Correction {
        from: 0,
        words: words.collect(),
    };
    let now = app.app.now();
    let write = async |tx: &mut Tx| -> Result<(), StoreError> {
        transcripts::begin(tx, take.id, now).await?;
        transcripts::set_state(tx, take.id, TranscriptState::Done, now).await?;
        transcripts::write(tx, take.id, 0, Some(&all), &Progress::default(), now).await
    };
    app.app.store.write(write).await.unwrap();
}

async fn file(take: &Take, app: &TestApp, path: &str) -> String {
    let path = format!("/api/watch/{}/transcript/{path}", take.slug);
    app.anonymous().get(&path).await.expect(200).text()
}

#[both]
async fn words_are_told_apart_by_who_is_heard(app: TestApp) {
    let tracks = [TrackName::Video, TrackName::Audio, TrackName::Events];
    let take = begin(&app, member(&app, "Sam").await, &tracks).await;
    take.record(1).await;
    spoken(&app, &take, "hello all nice to be here").await;
    assert!(!file(&take, &app, "md").await.contains("Microphone"));
    assert!(!file(&take, &app, "json").await.contains("turns"));
    let read = async || {
        let read = app.anonymous().get(&take.api("/transcript")).await;
        read.expect(200).json::<Value>()
    };
    assert_eq!(read().await.get("turns"), None);
    let mut open = Page::of(&app, &take).await;

    let heard = |at_ms, source| TimedEvent::Heard { at_ms, source };
    let told = [
        heard(0, SoundSource::Microphone),
        heard(1_900, SoundSource::System),
        heard(4_900, SoundSource::Microphone),
    ];
    let head = Head {
        start_ms: 0,
        end_ms: 6_000,
    };
    let part = Bytes::from(write_events(head, &told).unwrap());
    take.put(TrackName::Events, 0, part.clone())
        .await
        .expect(201);
    take.put(TrackName::Events, 0, part).await.expect(200);
    let turns = json!([
        { "at_ms": 0, "source": "microphone" },
        { "at_ms": 1900, "source": "system" },
        { "at_ms": 4900, "source": "microphone" },
    ]);
    let news = open.next_of("turns").await.data;
    assert_eq!(news, json!({ "from_ms": 0, "turns": turns }));
    assert_eq!(read().await["turns"], turns);

    let markdown = file(&take, &app, "md").await;
    for line in [
        "**0:00** *Microphone:* hello all",
        "**0:02** *System sound:* nice to be",
        "**0:05** *Microphone:* here",
    ] {
        assert!(markdown.contains(line), "{line}: {markdown}");
    }
    let vtt = file(&take, &app, "vtt").await;
    for cue in [
        "<v Microphone>hello all",
        "<v System sound>nice to be",
        "<v Microphone>here",
    ] {
        assert!(vtt.contains(cue), "{cue}: {vtt}");
    }
    let text = file(&take, &app, "txt").await;
    assert!(text.starts_with("Microphone: hello all\n"), "{text}");
    let whole: Value = serde_json::from_str(&file(&take, &app, "json").await).unwrap();
    assert_eq!(
        whole["turns"][1],
        json!({ "at_ms": 1900, "source": "system" })
    );
    assert_eq!(whole["words"].as_array().unwrap().len(), 6);
    let page = format!("/w/{}.md", take.slug);
    let page = app.anonymous().get(&page).await.expect(200).text();
    assert!(page.contains("*System sound:* nice to be"), "{page}");
}

#[both]
async fn an_open_page_hears_of_turns_as_they_come_and_of_those_that_come_late(app: TestApp) {
    let tracks = [TrackName::Video, TrackName::Audio, TrackName::Events];
    let take = begin(&app, member(&app, "Sam").await, &tracks).await;
    let part = |from: u64, source| {
        let head = Head {
            start_ms: from,
            end_ms: from + 1_000,
        };
        let at_ms = from + 100;
        let told = [TimedEvent::Heard { at_ms, source }];
        Bytes::from(write_events(head, &told).unwrap())
    };
    let mut open = Page::of(&app, &take).await;
    let (late, early) = (
        json!({ "at_ms": 3100, "source": "both" }),
        json!({ "at_ms": 1100, "source": "system" }),
    );
    for (number, from, source, expected) in [
        (3, 3_000, SoundSource::Both, json!([late])),
        (1, 1_000, SoundSource::System, json!([early, late])),
    ] {
        let part = part(from, source);
        take.put(TrackName::Events, number, part).await.expect(201);
        let news = open.next_of("turns").await.data;
        assert_eq!(news, json!({ "from_ms": from + 100, "turns": expected }));
    }
    // A part that says nothing of it tells nobody.
    let head = Head {
        start_ms: 4_000,
        end_ms: 5_000,
    };
    let mark = TimedEvent::Mark {
        at_ms: 4_500,
        title: "A mark".to_owned(),
    };
    let part = Bytes::from(write_events(head, &[mark]).unwrap());
    take.put(TrackName::Events, 4, part).await.expect(201);
    loop {
        let heard = open.next().await.expect("the stream goes on");
        assert_ne!(heard.kind, "turns");
        if heard.kind == "mark" {
            break;
        }
    }
}
