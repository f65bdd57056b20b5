//! What a durable comment costs beside a bare loop of the same inserts. A bench, run by hand on an idle machine:
//! `cargo nextest run --release --test api --run-ignored only -E 'test(notice_bench)' --no-capture`.

use std::time::{Duration, Instant};

use aside_protocol::id::CommentId;
use aside_server::store::{Store, StoreError, Tx};
use aside_server::testing::TestApp;
use aside_server::testing::smtp::SmtpServer;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::event_page::Page;
use crate::people::recorded;
use crate::take::member;

const COMMENTS: u32 = 500;

#[tokio::test]
#[ignore = "a bench"]
#[expect(clippy::disallowed_methods, reason = "it measures real time")]
async fn a_durable_comment_beside_a_bare_loop_of_its_inserts() {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(TestApp::sqlite().await);
    let take = recorded(&app, app.sam().await, "link").await;
    let path = take.api("/comments");
    let thread: Value = take
        .owner
        .post(&path, &json!({ "at_ms": 0, "body": "hello" }))
        .await
        .expect(201)
        .json();
    let thread = thread["id"].clone();
    let (mo, ana) = (member(&app, "Mo").await, member(&app, "Ana").await);
    let body = json!({ "parent_id": thread, "body": "words" });
    mo.post(&path, &body).await.expect(201);
    // Each tells two people, with a mail each.
    let begin = Instant::now();
    for _ in 0..COMMENTS {
        ana.post(&path, &body).await.expect(201);
    }
    let whole = begin.elapsed();
    let Store::Sqlite { read, .. } = &app.app.store else {
        panic!("SQLite")
    };
    let counts: (i64, i64) =
        sqlx::query_as("SELECT (SELECT COUNT(*) FROM notices), (SELECT COUNT(*) FROM outbox)")
            .fetch_one(read)
            .await
            .unwrap();
    assert!(
        counts.0 >= i64::from(2 * COMMENTS) && counts.0 == counts.1,
        "{counts:?}"
    );
    let users: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM users LIMIT 2")
        .fetch_all(read)
        .await
        .unwrap();
    let begin = Instant::now();
    for n in 0..COMMENTS {
        app.app
            .store
            .write(async |tx: &mut Tx| bare(tx, &app, &take.id.0, &users, n).await)
            .await
            .unwrap();
    }
    let bare = begin.elapsed();
    eprintln!(
        "a comment {:.3} ms, its inserts alone {:.3} ms: {:.2} of the bare loop's rate (wanted: at least 0.5)",
        whole.as_secs_f64() * 1000.0 / f64::from(COMMENTS),
        bare.as_secs_f64() * 1000.0 / f64::from(COMMENTS),
        bare.as_secs_f64() / whole.as_secs_f64(),
    );
}

/// The same rows: a comment, two notices, two rows of the outbox, two jobs asked for, an event.
async fn bare(
    tx: &mut Tx,
    app: &TestApp,
    recording: &Uuid,
    users: &[Uuid],
    n: u32,
) -> Result<(), StoreError> {
    let Tx::Sqlite(tx) = tx else { panic!("SQLite") };
    let id = || CommentId::new(app.app.now(), app.app.id_entropy()).0;
    let comment = id();
    sqlx::query("INSERT INTO comments (id, recording_id, author_name, at_ms, body, created_at) VALUES ($1, $2, 'a', 0, 'words', 1)")
        .bind(comment).bind(recording).execute(&mut **tx).await?;
    for user in users {
        let notice = id();
        sqlx::query("INSERT INTO notices (id, user_id, cause, kind, recording_id, comment_id, actor_id, created_at, shown_at) VALUES ($1, $2, $3, 'answer', $4, $5, $2, 1, 1)")
            .bind(notice).bind(user).bind(format!("bare {n}")).bind(recording).bind(comment).execute(&mut **tx).await?;
        sqlx::query("INSERT INTO outbox (notice_id, channel, user_id, due_at, together) VALUES ($1, 'mail', $2, 1, FALSE)")
            .bind(notice).bind(user).execute(&mut **tx).await?;
        sqlx::query("INSERT INTO jobs (id, kind, payload, dedup_key, asked, run_at, attempt, failures, max_failures, created_at) VALUES ($1, 'k', '{}', $2, 1, 1, 0, 0, 1, 1) ON CONFLICT (dedup_key) DO UPDATE SET asked = jobs.asked + 1")
            .bind(id()).bind(format!("bare {user}")).execute(&mut **tx).await?;
    }
    sqlx::query(
        "INSERT INTO events (recording_id, kind, data, created_at) VALUES ($1, 'comment', '{}', 1)",
    )
    .bind(recording)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

const PAGES: usize = 2_000;
const ROUNDS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a bench"]
#[expect(clippy::disallowed_methods, reason = "it measures real time")]
async fn a_comment_reaches_two_thousand_open_pages() {
    let app = TestApp::sqlite().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let mut pages = Vec::new();
    for _ in 0..PAGES {
        let mut page = Page::of(&app, &take).await;
        pages.push(tokio::spawn(async move {
            let mut heard = Vec::new();
            while heard.len() < ROUNDS {
                let block = page.block().await.unwrap();
                if block.contains("event: comment") {
                    heard.push(Instant::now());
                }
            }
            heard
        }));
    }
    let mut written = Vec::new();
    for _ in 0..ROUNDS {
        written.push(Instant::now());
        let words = json!({ "at_ms": 0, "body": "words" });
        let answer = take.owner.post(&take.api("/comments"), &words).await;
        answer.expect(201);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let mut took = Vec::new();
    for page in pages {
        for (heard, written) in page.await.unwrap().iter().zip(&written) {
            took.push(heard.duration_since(*written));
        }
    }
    took.sort();
    eprintln!(
        "a comment to {PAGES} open pages: half within {:?}, 99 of 100 within {:?} (wanted: 150 ms)",
        took[took.len() / 2],
        took[took.len() * 99 / 100],
    );
}

const RECEIVERS: usize = 100;
const MAILS_EACH: usize = 100;
/// A minute.
const RATE: u32 = 6_000;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a bench"]
#[expect(clippy::disallowed_methods, reason = "it measures real time")]
async fn ten_thousand_mails_after_an_outage() {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(TestApp::sqlite().await);
    let take = recorded(&app, app.sam().await, "link").await;
    let path = take.api("/comments");
    let hello = json!({ "at_ms": 0, "body": "hello" });
    let thread: Value = take.owner.post(&path, &hello).await.expect(201).json();
    for n in 0..RECEIVERS {
        let one = member(&app, &format!("P{n}")).await;
        let words = json!({ "parent_id": thread["id"], "body": "me too" });
        one.post(&path, &words).await.expect(201);
    }
    smtp.worker(&app).run_until_idle().await.unwrap();
    let Store::Sqlite { read, .. } = &app.app.store else {
        panic!("SQLite")
    };
    // What was told up to here is settled.
    app.clock.advance(Duration::from_secs(60));
    smtp.worker(&app).run_until_idle().await.unwrap();
    let before = smtp.mails().len();
    for n in 0..MAILS_EACH {
        let words = json!({ "parent_id": thread["id"], "body": format!("number {n}.") });
        take.owner.post(&path, &words).await.expect(201);
        app.clock.advance(Duration::from_millis(10));
    }
    app.clock.advance(Duration::from_secs(60));
    let due: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE ended_at IS NULL")
        .fetch_one(read)
        .await
        .unwrap();
    assert_eq!(due, (RECEIVERS * MAILS_EACH) as i64);
    let worker = || {
        let settings = aside_server::config::mail::MailConfig {
            rate: Some(RATE),
            ..smtp.settings()
        };
        let client = aside_server::mail::SmtpClient::open(&settings).unwrap();
        let tools = aside_server::jobs::Tools::with(aside_server::jobs::ModelState::Missing);
        let tools = tools.sending_by(Some(client));
        aside_server::jobs::worker::Worker::new(app.app.resources.clone(), tools)
    };
    // The clock of the test goes on as the real one does.
    let clock = app.clock.clone();
    let ticking = tokio::spawn(async move {
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let now = Instant::now();
            clock.advance(now - last);
            last = now;
        }
    });
    let begin = Instant::now();
    for until in [3_000, 6_000] {
        let (dies, leaving) = (worker(), CancellationToken::new());
        let sent = async {
            loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                let count: i64 =
                    sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE ended_at IS NULL")
                        .fetch_one(read)
                        .await
                        .unwrap();
                if due - count >= until {
                    return;
                }
            }
        };
        tokio::select! {
            () = dies.work(&leaving) => {}
            () = sent => {}
        }
        app.clock.advance(Duration::from_secs(16));
    }
    worker().run_until_idle().await.unwrap();
    let took = begin.elapsed();
    ticking.abort();
    let mails = smtp.mails().split_off(before);
    let mut seen = std::collections::BTreeSet::new();
    let mut heard: std::collections::BTreeMap<String, Vec<String>> = Default::default();
    for mail in &mails {
        if seen.insert(mail.head("message-id")) {
            let text = mail.text();
            let line = text.lines().nth(1).unwrap_or_default().to_owned();
            heard.entry(mail.to.clone()).or_default().push(line);
        }
    }
    let wanted: Vec<String> = (0..MAILS_EACH).map(|n| format!("> number {n}.")).collect();
    assert!(heard.len() == RECEIVERS && heard.values().all(|lines| *lines == wanted));
    eprintln!(
        "{} mails in {:.1} s ({:.0} a minute; at most {RATE} set for each worker), {} of them twice after two deaths of a worker",
        seen.len(),
        took.as_secs_f64(),
        seen.len() as f64 * 60.0 / took.as_secs_f64(),
        mails.len() - seen.len(),
    );
}
