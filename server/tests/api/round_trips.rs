//! How often a request on the watch path asks the database: counted by the statements that the driver reports while a request
//! is answered.

use std::sync::atomic::{AtomicUsize, Ordering};

use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::json;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::take::{Take, member, take};

static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

/// Counts statements within requests.
struct Counter;

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Counter {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut spans = context.event_scope(event).into_iter().flatten();
        if event.metadata().target() == "sqlx::query" && spans.any(|s| s.name() == "request") {
            STATEMENTS.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn count_statements() {
    let counting = tracing_subscriber::registry().with(Counter);
    tracing::subscriber::set_global_default(counting).unwrap();
}

/// Statements for one request that succeeds. It was made before: what a process keeps in memory is there.
async fn statements(who: &Client, path: &str) -> usize {
    who.get(path).await.expect(200);
    let before = STATEMENTS.load(Ordering::SeqCst);
    who.get(path).await.expect(200);
    STATEMENTS.load(Ordering::SeqCst) - before
}

/// A guest with a comment, by their cookie.
async fn guest(app: &TestApp, take: &Take) -> Client {
    let comment = json!({ "at_ms": 0, "body": "words", "guest_name": "Ana" });
    let answer = app
        .anonymous()
        .post(&take.api("/comments"), &comment)
        .await
        .expect(201);
    app.anonymous().keep_cookies(&answer)
}

#[both]
async fn a_request_on_the_watch_path_asks_the_database_once(app: TestApp) {
    count_statements();
    let take = take(&app).await;
    take.record(2).await;
    let mark = json!({ "at_ms": 0, "title": "a chapter" });
    take.owner
        .post(&take.api("/marks"), &mark)
        .await
        .expect(201);
    take.finish(4, 4).await;
    let viewers = [
        app.anonymous(),
        guest(&app, &take).await,
        member(&app, "Mo").await,
        take.owner.clone(),
    ];
    for who in &viewers {
        for path in ["", "/comments", "/transcript", "/captions.vtt"] {
            assert_eq!(statements(who, &take.api(path)).await, 1, "{path}");
        }
    }
    let page = format!("/w/{}", take.slug);
    assert_eq!(statements(&app.anonymous(), &page).await, 1);
    let watch: serde_json::Value = app.anonymous().get(&take.api("")).await.json();
    let playlist = watch["playback"]["url"].as_str().unwrap();
    // The recording is as the process read it less than a second ago.
    assert_eq!(statements(&app.anonymous(), playlist).await, 0);
}
