//! How often a request on the watch path asks the database: counted by the statements that the driver reports while a request
//! is answered.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aside_protocol::id::UserId;
use aside_server::service::notices::next_mail;
use aside_server::testing::smtp::SmtpServer;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};
use tracing::{Event, Instrument as _, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::people::recorded;
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

/// Who measures how long the answer takes learns no more than its words say.
#[both]
async fn a_hidden_recording_costs_the_database_what_a_missing_one_costs(app: TestApp) {
    count_statements();
    let take = recorded(&app, app.sam().await, "owner").await;
    let missing = "0123456789abcdefghijkl";
    for who in [app.anonymous(), member(&app, "Mo").await] {
        for rest in ["", "/comments", "/transcript", "/captions.vtt", "/frames"] {
            let mut seen = Vec::new();
            for slug in [take.slug.to_string(), missing.to_owned()] {
                let path = format!("/api/watch/{slug}{rest}");
                who.get(&path).await;
                let before = STATEMENTS.load(Ordering::SeqCst);
                let answer = who.get(&path).await;
                seen.push((answer.status, STATEMENTS.load(Ordering::SeqCst) - before));
            }
            assert_eq!(seen[0], seen[1], "{rest}");
            assert!(!seen[0].0.is_success(), "{rest}");
        }
    }
}

#[both]
async fn a_mail_asks_the_database_as_often_whatever_it_lists(app: TestApp) {
    count_statements();
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let ana = member(&app, "Ana").await;
    let mut counted = Vec::new();
    for (name, comments) in [("Mo", 2), ("Bo", 12)] {
        let owner = member(&app, name).await;
        let path = "/api/me/notice-settings";
        let found: Value = owner.get(path).await.expect(200).json();
        let mut settings = found["settings"].clone();
        settings["kinds"]["comment"] = json!("daily");
        owner.put(path, &settings).await.expect(204);
        let take = recorded(&app, owner, "members").await;
        for n in 0..comments {
            let words = json!({ "at_ms": 0, "body": format!("number {n}") });
            ana.post(&take.api("/comments"), &words).await.expect(201);
            app.clock.advance(Duration::from_millis(10));
        }
        let me: Value = take.owner.get("/api/me").await.expect(200).json();
        let id: UserId = me["user"]["id"].as_str().unwrap().parse().unwrap();
        app.clock.advance(Duration::from_secs(25 * 3600));
        let (resources, keys) = (&app.app.resources, &app.app.media_keys);
        keys.get(resources).await.unwrap();
        let mailer = app.app.mailer.clone().unwrap();
        let before = STATEMENTS.load(Ordering::SeqCst);
        let mail = next_mail(resources, &mailer, keys, id)
            .instrument(tracing::info_span!("request"))
            .await;
        counted.push(STATEMENTS.load(Ordering::SeqCst) - before);
        let letter = mail.unwrap().unwrap().letter.unwrap();
        assert_eq!(letter.items.len(), comments);
        let words: Vec<&str> = letter.items.iter().map(|it| &*it.words).collect();
        let wanted: Vec<String> = (0..comments).map(|n| format!("number {n}")).collect();
        assert_eq!(words, wanted, "in their order");
    }
    assert!(counted[0] > 0);
    assert_eq!(counted[0], counted[1]);
}
