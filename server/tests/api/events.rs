//! Server-sent events: everything, once, in order, and nothing to who may not hear it.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::http::router;
use aside_server::store::events::append;
use aside_server::store::{StoreError, Tx};
use aside_server::testing::{Client, TestApp};
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::schema::check_event;
use crate::take::{Take, authorization, begin, take};

/// An open page. Reads as a browser does (WHATWG HTML §9.2.6).
struct Page {
    body: BodyDataStream,
    text: String,
    last_id: String,
}

#[derive(Debug, Clone, PartialEq)]
struct Heard {
    kind: String,
    data: Value,
    /// Number of the event; none when it has none of its own.
    id: Option<i64>,
}

impl Page {
    /// Opens the stream; `last` goes along as `Last-Event-ID`.
    async fn open(app: &TestApp, path: &str, token: Option<&str>, last: Option<&str>) -> Self {
        let mut request = Request::get(path).header("host", "aside.test");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = router::service(app.app.clone())
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut page = Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
            last_id: String::new(),
        };
        let hello = page.block().await.expect("a first block");
        assert!(hello.contains(": hello"), "{hello}");
        page
    }

    async fn of(app: &TestApp, take: &Take) -> Self {
        Self::open(app, &take.api("/events"), None, None).await
    }

    /// The next lines up to an empty one; `None` at the end of the stream.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                for line in block.lines() {
                    if let Some(id) = line.strip_prefix("id: ") {
                        id.clone_into(&mut self.last_id);
                    }
                }
                return Some(block);
            }
            let bytes = self.body.next().await?.ok()?;
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    async fn next(&mut self) -> Option<Heard> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|l| l.strip_prefix(name))
                    .map(str::to_owned)
            };
            if let Some(data) = field("data: ") {
                let id = field("id: ").map(|id| id.parse().unwrap());
                let kind = field("event: ").unwrap();
                let data = serde_json::from_str(&data).unwrap();
                check_event(&kind, &data);
                return Some(Heard { kind, data, id });
            }
        }
    }

    /// The next event of this kind.
    async fn next_of(&mut self, kind: &str) -> Heard {
        loop {
            let heard = self.next().await.expect("the stream goes on");
            if heard.kind == kind {
                return heard;
            }
        }
    }

    /// What is told of the recording once it is in this state; it may be told twice.
    async fn next_state(&mut self, state: &str) -> Value {
        loop {
            let heard = self.next_of("recording").await;
            if heard.data["state"] == state {
                return heard.data;
            }
        }
    }

    /// What comes until the stream ends.
    async fn rest(mut self) -> Vec<Heard> {
        let mut all = Vec::new();
        while let Some(heard) = self.next().await {
            all.push(heard);
        }
        all
    }
}

async fn say(who: &Client, take: &Take, body: &str) -> Value {
    who.post(&take.api("/comments"), &json!({ "at_ms": 1, "body": body }))
        .await
        .expect(201)
        .json()
}

/// Writes an event as another process would: nobody here is woken.
async fn from_elsewhere(app: &TestApp, take: &Take, n: u64) -> i64 {
    use aside_server::domain::event::EventKind;
    let now = app.app.now();
    app.app
        .store
        .write(async |tx: &mut Tx| -> Result<i64, StoreError> {
            append(
                tx,
                take.id,
                EventKind::Words,
                &json!({ "words": [], "done_ms": n }),
                now,
            )
            .await
        })
        .await
        .unwrap()
}

both! {
    async fn an_open_page_hears_of_a_comment_as_it_is_written_changed_and_deleted(app) {
        let take = take(&app).await;
        let mut page = Page::of(&app, &take).await;
        let comment = say(&take.owner, &take, "hello").await;
        let path = format!("/api/comments/{}", comment["id"].as_str().unwrap());
        take.owner.patch(&path, &json!({ "body": "*hello*" })).await.expect(200);
        take.owner.delete(&path).await.expect(204);

        let mut expected = comment.clone();
        expected["mine"] = json!(false);
        assert_eq!(page.next_of("comment").await.data, expected, "one event is for everybody");
        assert_eq!(page.next_of("comment").await.data["html"], "<p><em>hello</em></p>\n");
        let deleted = page.next_of("comment").await.data;
        assert_eq!((deleted["deleted"].clone(), deleted["body"].clone(), deleted["id"].clone()), (json!(true), json!(""), comment["id"].clone()));
    }

    async fn events_of_another_process_are_heard_too(app) {
        let take = take(&app).await;
        let mut page = Page::of(&app, &take).await;
        let seq = from_elsewhere(&app, &take, 7).await;
        assert_eq!(page.next_of("words").await, Heard { kind: "words".to_owned(), data: json!({ "words": [], "done_ms": 7 }), id: Some(seq) });
    }

    async fn a_page_that_comes_back_misses_nothing_and_hears_nothing_twice(app) {
        let take = take(&app).await;
        let elsewhere = begin(&app, take.owner.clone(), &[TrackName::Video]).await;
        let mut page = Page::of(&app, &take).await;
        say(&take.owner, &take, "0").await;
        page.next_of("comment").await;
        let last = page.last_id.clone();
        drop(page);

        // More than one page of rows, with those of another recording between.
        for n in 1..=450 {
            from_elsewhere(&app, &take, n).await;
            if n % 50 == 0 {
                from_elsewhere(&app, &elsewhere, n).await;
            }
        }
        let mut page = Page::open(&app, &take.api("/events"), None, Some(&last)).await;
        from_elsewhere(&app, &take, 451).await;
        for n in 1..=451 {
            assert_eq!(page.next_of("words").await.data["done_ms"], n);
        }
    }

    async fn a_page_hears_what_happened_between_its_first_request_and_the_stream(app) {
        let take = take(&app).await;
        say(&take.owner, &take, "before").await;
        let last = take.watch(&app.anonymous()).await["last_event"].as_i64().unwrap();
        say(&take.owner, &take, "between").await;
        let mut page = Page::open(&app, &take.api(&format!("/events?after={last}")), None, None).await;
        assert_eq!(page.next_of("comment").await.data["body"], "between");
    }

    async fn without_a_number_a_page_hears_what_happens_from_now_on(app) {
        let take = take(&app).await;
        say(&take.owner, &take, "before").await;
        for last in [None, Some("nonsense"), Some("-5"), Some("999999999")] {
            let mut page = Page::open(&app, &take.api("/events"), None, last).await;
            say(&take.owner, &take, "now").await;
            assert_eq!(page.next_of("comment").await.data["body"], "now", "{last:?}");
        }
    }

    async fn a_page_that_heard_nothing_yet_still_comes_back_without_a_gap(app) {
        let take = take(&app).await;
        say(&take.owner, &take, "before").await;
        let page = Page::of(&app, &take).await;
        let last = page.last_id.clone();
        drop(page);
        say(&take.owner, &take, "meanwhile").await;
        let mut page = Page::open(&app, &take.api("/events"), None, Some(&last)).await;
        assert_eq!(page.next_of("comment").await.data["body"], "meanwhile");
    }

    async fn the_state_of_the_take_reaches_open_pages(app) {
        let take = take(&app).await;
        take.record(1).await;
        let mut page = Page::of(&app, &take).await;
        let now = page.next_of("recording").await;
        assert_eq!((now.data["state"].clone(), now.data["duration_ms"].clone(), now.data["title"].clone()), (json!("recording"), json!(1002), json!("Bug in <login>")));

        app.clock.advance(Duration::from_secs(60));
        page.next_state("interrupted").await;
        take.send(TrackName::Video, [2]).await;
        page.next_state("recording").await;
        take.finish(3, 2).await;
        assert_eq!(page.next_state("finished").await["duration_ms"], 1500);
    }

    async fn a_reader_that_is_too_slow_is_cut_off_and_catches_up(app) {
        let take = take(&app).await;
        let mut slow = Page::of(&app, &take).await;
        slow.next_of("recording").await;
        let mut quick = Page::of(&app, &take).await;
        for n in 1..=400 {
            from_elsewhere(&app, &take, n).await;
            if n % 100 == 0 {
                app.app.watching.events.wake();
                for m in n - 99..=n {
                    assert_eq!(quick.next_of("words").await.data["done_ms"], m);
                }
            }
        }
        let last = slow.last_id.clone();
        let heard = slow.rest().await;
        let words: Vec<u64> = heard.iter().filter(|h| h.kind == "words").map(|h| h.data["done_ms"].as_u64().unwrap()).collect();
        assert_eq!(words, (1..=words.len() as u64).collect::<Vec<_>>());
        assert!(words.len() < 400, "it was cut off");
        let last = heard.iter().rev().find_map(|h| h.id).map_or(last, |id| id.to_string());
        let mut again = Page::open(&app, &take.api("/events"), None, Some(&last)).await;
        for n in words.len() as u64 + 1..=400 {
            assert_eq!(again.next_of("words").await.data["done_ms"], n);
        }
    }

    async fn who_may_not_watch_any_more_hears_nothing_more(app) {
        let take = take(&app).await;
        let anyone = Page::of(&app, &take).await;
        take.for_members_only().await;
        say(&take.owner, &take, "among us").await;
        let heard = anyone.rest().await;
        assert!(heard.iter().all(|h| h.kind == "recording"), "{heard:?}");
        app.anonymous().get(&take.api("/events")).await.expect_problem(ProblemCode::MembersOnly);

        let mara = authorization(&app, "Mara").await;
        let mut page = Page::open(&app, &take.api("/events"), Some(&mara), None).await;
        say(&take.owner, &take, "welcome").await;
        assert_eq!(page.next_of("comment").await.data["body"], "welcome");
        take.trash().await;
        assert!(page.rest().await.iter().all(|h| h.kind != "comment"));
    }

    async fn no_number_becomes_visible_after_a_larger_one(app) {
        let take = take(&app).await;
        let start = app.app.store.newest_event().await.unwrap();
        let (writers, each) = (8_u64, 25);
        let mut writing = JoinSet::new();
        let app = Arc::new(app);
        for writer in 0..writers {
            let (app, take) = (Arc::clone(&app), take.clone());
            writing.spawn(async move {
                for n in 0..each {
                    from_elsewhere(&app, &take, writer * each + n).await;
                }
            });
        }
        let (mut last, mut heard) = (start, 0);
        while heard < writers * each {
            // A reader asks for what is larger than all it saw: what it skips now it never sees.
            for event in app.app.store.events_after(last, 500).await.unwrap() {
                assert!(event.seq > last);
                last = event.seq;
                heard += 1;
            }
            if writing.is_empty() {
                assert_eq!(app.app.store.newest_event().await.unwrap(), last);
                assert_eq!(heard, writers * each, "none was skipped");
            }
            while let Some(done) = writing.try_join_next() {
                done.unwrap();
            }
            tokio::task::yield_now().await;
        }
        writing.join_all().await;
    }
}
