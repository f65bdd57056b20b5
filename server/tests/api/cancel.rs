//! A take that was cancelled leaves nothing: no page, no rows, no objects.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::domain::event::Change;
use aside_server::service::object_census;
use aside_server::service::removal::{KEPT_FOR, remove};
use aside_server::store::{Store, StoreError, Tx, events};
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::event_page::{Page, say};
use crate::take::{Take, age_objects, member, take};

fn path(take: &Take) -> String {
    format!("/api/recordings/{}/cancel", take.id)
}

async fn rows(store: &Store, table: &'static str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM {table} WHERE recording_id IS NOT NULL"
    ));
    match store {
        Store::Sqlite { read, .. } => sqlx::query_scalar(sql).fetch_one(read).await.unwrap(),
        Store::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
    }
}

#[both]
async fn a_cancelled_take_leaves_neither_page_nor_row_nor_object(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    say(&take.owner, &take, "hello").await;
    let store = &app.app.store;
    let append = async |tx: &mut Tx| -> Result<(), StoreError> {
        events::append(tx, take.id, Change::Poster, app.app.now()).await?;
        Ok(())
    };
    store.write(append).await.unwrap();
    let mut page = Page::of(&app, &take).await;

    take.owner.post(&path(&take), &json!({})).await.expect(204);
    while page.next().await.is_some() {}
    for gone in [
        take.api(""),
        take.api("/comments"),
        format!("/w/{}/master.m3u8", take.slug),
    ] {
        app.anonymous()
            .get(&gone)
            .await
            .expect_problem(ProblemCode::NotFound);
    }
    let list: Value = take.owner.get("/api/recordings").await.expect(200).json();
    assert_eq!(list["items"], json!([]));
    let trash: Value = take.owner.get("/api/trash").await.expect(200).json();
    assert_eq!(trash["items"], json!([]));
    for table in ["parts", "tracks", "comments", "events", "transcripts"] {
        assert_eq!(rows(store, table).await, 0, "{table}");
    }
    let census = object_census::take(store, &app.app.objects).await.unwrap();
    assert_eq!((census.known, census.deleted, census.unknown), (0, 8, 0));

    age_objects(&app);
    app.clock.advance(KEPT_FOR + Duration::from_secs(1));
    let all = store.tombstones(app.app.now(), "", 100).await.unwrap();
    for tombstone in &all {
        assert!(remove(store, &app.app.objects, tombstone).await.unwrap());
    }
    let census = object_census::take(store, &app.app.objects).await.unwrap();
    assert_eq!((census.known, census.deleted, census.unknown), (0, 0, 0));
}

#[both]
async fn a_cancel_may_be_repeated_and_may_come_before_the_recording_did(app: TestApp) {
    let take = take(&app).await;
    for _ in 0..2 {
        take.owner.post(&path(&take), &json!({})).await.expect(204);
    }
    take.owner
        .get(&format!("/api/recordings/{}/upload", take.id))
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn only_its_owner_cancels_a_take_and_nobody_a_finished_one(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    member(&app, "Mo")
        .await
        .post(&path(&take), &json!({}))
        .await
        .expect_problem(ProblemCode::Forbidden);
    app.anonymous()
        .post(&path(&take), &json!({}))
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    take.finish(2, 2).await;
    take.owner
        .post(&path(&take), &json!({}))
        .await
        .expect_problem(ProblemCode::AlreadyFinished);
    assert_eq!(take.watch(&app.anonymous()).await["state"], "finished");
}

#[both]
async fn a_take_that_was_moved_to_the_trash_while_it_ran_is_cancelled_for_good(app: TestApp) {
    let take = take(&app).await;
    take.send(TrackName::Video, 0..2).await;
    take.trash().await;
    take.owner.post(&path(&take), &json!({})).await.expect(204);
    let trash: Value = take.owner.get("/api/trash").await.expect(200).json();
    assert_eq!(trash["items"], json!([]));
}
