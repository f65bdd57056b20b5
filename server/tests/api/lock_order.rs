//! Transactions of one recording take their locks in one order (the recording, its jobs, its events), or PostgreSQL would
//! break one of two that wait for each other.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::id::JobId;
use aside_protocol::recording::TrackName;
use aside_server::domain::account::Role;
use aside_server::domain::event::Change;
use aside_server::domain::job::Job;
use aside_server::domain::transcript::TranscriptState;
use aside_server::service::search::index;
use aside_server::service::transcript::{Retried, retry, take_up};
use aside_server::store::events::append;
use aside_server::store::{Store, StoreError, Tx, jobs, transcripts};
use aside_server::testing::TestApp;
use serde_json::json;
use tokio::sync::oneshot;

use crate::people::delete;
use crate::take::{Take, begin, member, take};

/// Waits until a transaction waits for a row that another one holds.
async fn somebody_waits(app: &TestApp) {
    const WAITING: &str = "SELECT COUNT(*) FROM pg_locks WHERE locktype IN ('transactionid', 'tuple') AND NOT granted";
    let Store::Postgres(pool) = &app.app.store else {
        panic!("a test of PostgreSQL")
    };
    let asked = tokio::time::timeout(Duration::from_secs(60), async {
        while sqlx::query_scalar::<_, i64>(WAITING)
            .fetch_one(pool)
            .await
            .unwrap()
            == 0
        {
            tokio::task::yield_now().await;
        }
    });
    asked.await.expect("nobody waited");
}

/// A transcript in this state, and everything of it done.
async fn in_state(app: &TestApp, take: &Take, state: TranscriptState) {
    let now = app.app.now();
    app.app
        .store
        .write(async |tx: &mut Tx| transcripts::set_state(tx, take.id, state, now).await)
        .await
        .unwrap();
}

/// Holds the recording as whoever stores its parts does, until `meanwhile` waits for it; then writes a job and an event.
async fn while_a_part_is_stored<F>(app: &Arc<TestApp>, take: &Take, meanwhile: F) -> F::Output
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let (holds, held) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel();
    let (store, now, id) = (app.app.store.clone(), app.app.now(), take.id);
    let job_id = JobId::new(now, app.app.id_entropy());
    let part = tokio::spawn(async move {
        let written = store.write(async |tx: &mut Tx| -> Result<(), StoreError> {
            tx.lock_recording(id).await?;
            holds.send(()).unwrap();
            may_go_on.await.unwrap();
            let job = Job::TranscribeSpeech { recording: id };
            jobs::enqueue(tx, &job, now, now, job_id).await?;
            append(tx, id, Change::Recording, now).await?;
            Ok(())
        });
        written.await
    });
    held.await.unwrap();
    let meanwhile = tokio::spawn(meanwhile);
    somebody_waits(app).await;
    go_on.send(()).unwrap();
    part.await.unwrap().expect("the part is stored");
    meanwhile.await.unwrap()
}

#[tokio::test]
async fn a_transcript_that_is_taken_up_while_a_part_is_stored_waits_and_breaks_nothing() {
    let Some(app) = TestApp::postgres().await else {
        return;
    };
    let take = take(&app).await;
    take.record(2).await;
    let app = Arc::new(app);

    in_state(&app, &take, TranscriptState::NoModel).await;
    let (this, id) = (Arc::clone(&app), take.id);
    let taken_up = while_a_part_is_stored(&app, &take, async move { take_up(&this.app, id).await });
    assert!(taken_up.await.unwrap());

    in_state(&app, &take, TranscriptState::Failed).await;
    let (this, id) = (Arc::clone(&app), take.id);
    let retried = while_a_part_is_stored(
        &app,
        &take,
        async move { retry(&this.app, id, false).await },
    );
    assert_eq!(retried.await.unwrap(), Retried::Begun);
}

#[tokio::test]
async fn what_can_be_searched_for_is_not_made_while_a_part_is_stored() {
    let Some(app) = TestApp::postgres().await else {
        return;
    };
    let take = take(&app).await;
    take.record(2).await;
    let app = Arc::new(app);

    let this = Arc::clone(&app);
    let made = while_a_part_is_stored(&app, &take, async move { index::step(&this.app).await });
    assert!(made.await.expect("it is made"));
}

/// Somebody who wrote notes for themselves on recordings of which rows are made just now is deleted: both come to their end.
#[tokio::test]
async fn a_person_is_deleted_while_what_can_be_searched_for_is_made() {
    const RECORDINGS: usize = 4;
    let Some(app) = TestApp::postgres().await else {
        return;
    };
    let app = Arc::new(app);
    let admin = app.person("olga", Role::Owner).await;
    let sam = member(&app, "Sam").await;
    let mut takes = Vec::new();
    for _ in 0..RECORDINGS {
        takes.push(begin(&app, sam.clone(), &[TrackName::Video]).await);
    }
    for round in 0..12 {
        let name = format!("writer{round}");
        let writer = app.person(&name, Role::Member).await;
        // In an order of their own, one note and one comment each.
        for take in takes.iter().rev() {
            for visibility in ["author", "everyone"] {
                let said = json!({ "at_ms": 0, "body": format!("note {round}"), "visibility": visibility });
                writer.post(&take.api("/comments"), &said).await.expect(201);
            }
        }
        // Half of the rounds remove rows that are there, the others those that are just made.
        if round % 2 == 0 {
            index::catch_up(&app.app).await.unwrap();
            index::rebuild(&app.app).await.unwrap();
        }
        let making: Vec<_> = (0..2)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(
                    async move { while index::step(&app.app).await.expect("it is made") {} },
                )
            })
            .collect();
        let gone = json!({ "recordings_to": null, "with_comments": round % 3 == 0 });
        delete(&admin, &name, &gone).await.expect(204);
        for one in making {
            one.await.unwrap();
        }
        index::catch_up(&app.app).await.unwrap();
    }
}
