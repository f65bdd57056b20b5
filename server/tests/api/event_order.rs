//! Numbers of events: in order for each recording, and writers of different recordings do not wait for each other.

use std::sync::Arc;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;
use aside_server::domain::event::Change;
use aside_server::store::events::append;
use aside_server::store::{Store, StoreError, Tx};
use aside_server::testing::TestApp;
use aside_test_macros::both;
use sqlx::PgPool;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use crate::event_page::{Page, from_elsewhere, next_number};
use crate::take::{Take, begin, member, take};

/// Number of the newest event of a recording.
async fn newest(app: &TestApp, take: &Take) -> i64 {
    let asked = app
        .app
        .store
        .asked(&take.slug, &[[0; 32]; 2], app.app.now())
        .await;
    asked.unwrap().unwrap().newest_event
}

#[both]
async fn no_number_becomes_visible_after_a_larger_one(app: TestApp) {
    let take = take(&app).await;
    let start = newest(&app, &take).await;
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
        for event in app
            .app
            .store
            .recording_events_after(take.id, last, 500)
            .await
            .unwrap()
        {
            assert!(event.seq > last);
            last = event.seq;
            heard += 1;
        }
        if writing.is_empty() {
            assert_eq!(newest(&app, &take).await, last);
            assert_eq!(heard, writers * each, "none was skipped");
        }
        while let Some(done) = writing.try_join_next() {
            done.unwrap();
        }
        tokio::task::yield_now().await;
    }
    writing.join_all().await;
}

/// A transaction that has drawn the number of an event and is not committed until it is told to.
struct Slow {
    commit: oneshot::Sender<()>,
    done: JoinHandle<i64>,
}

impl Slow {
    async fn begin(app: &TestApp, recording: RecordingId) -> Self {
        let (store, now) = (app.app.store.clone(), app.app.now());
        let (drawn, is_drawn) = oneshot::channel();
        let (commit, may_commit) = oneshot::channel();
        let done = tokio::spawn(async move {
            let written = store.write(async |tx: &mut Tx| -> Result<i64, StoreError> {
                let seq = append(tx, recording, Change::Recording, now).await?;
                drawn.send(()).unwrap();
                may_commit.await.unwrap();
                Ok(seq)
            });
            written.await.unwrap()
        });
        is_drawn.await.unwrap();
        Self { commit, done }
    }

    async fn commit(self) -> i64 {
        self.commit.send(()).unwrap();
        self.done.await.unwrap()
    }
}

fn pool(app: &TestApp) -> PgPool {
    match &app.app.store {
        Store::Postgres(pool) => pool.clone(),
        Store::Sqlite { .. } => panic!("a test of PostgreSQL"),
    }
}

/// Waits until a transaction of this test's schema waits for an advisory lock.
async fn somebody_waits(app: &TestApp) {
    // The tests of other schemas write other recordings; a lock that is waited for has the key of this one's.
    const WAITING: &str =
        "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    let pool = pool(app);
    let asked = tokio::time::timeout(std::time::Duration::from_secs(60), async {
        while sqlx::query_scalar::<_, i64>(WAITING)
            .fetch_one(&pool)
            .await
            .unwrap()
            == 0
        {
            tokio::task::yield_now().await;
        }
    });
    asked.await.expect("nobody waited");
}

#[tokio::test]
async fn writers_of_different_recordings_do_not_wait_for_each_other() {
    let Some(app) = TestApp::postgres().await else {
        return;
    };
    let one = take(&app).await;
    let other = begin(&app, member(&app, "Ana").await, &[TrackName::Video]).await;
    let slow = Slow::begin(&app, one.id).await;
    let quick = from_elsewhere(&app, &other, 1);
    let quick = tokio::time::timeout(std::time::Duration::from_secs(60), quick).await;
    let quick = quick.expect("another recording's writer was waited for");

    // Of the same recording, the second waits for the first.
    let app = Arc::new(app);
    let second = {
        let (app, one) = (Arc::clone(&app), one.clone());
        tokio::spawn(async move { from_elsewhere(&app, &one, 2).await })
    };
    somebody_waits(&app).await;
    let first = slow.commit().await;
    let second = second.await.unwrap();
    assert!(first < quick && quick < second, "{first} {quick} {second}");
}

#[tokio::test]
async fn an_event_is_told_although_one_of_another_recording_with_a_larger_number_was_seen_before() {
    let Some(app) = TestApp::postgres().await else {
        return;
    };
    let one = take(&app).await;
    let other = begin(&app, member(&app, "Ana").await, &[TrackName::Video]).await;
    let (mut page, mut others) = (Page::of(&app, &one).await, Page::of(&app, &other).await);
    // Both listen, and the poller has made its first round.
    page.next_of("recording").await;
    others.next_of("recording").await;
    let slow = Slow::begin(&app, one.id).await;
    from_elsewhere(&app, &other, 7).await;
    assert_eq!(next_number(&mut others).await, 7);
    let seq = slow.commit().await;
    while page.next().await.expect("the stream goes on").id != Some(seq) {}
}
