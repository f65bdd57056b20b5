//! A database and an object store that do not belong together are not used, and no object is lost by trying.

use aside_protocol::recording::{Sha256, TrackName};
use aside_server::domain::store_identity::Stranger;
use aside_server::entropy::SeededEntropy;
use aside_server::objects::{ObjectKey, Objects};
use aside_server::service::object_census::{self, Census};
use aside_server::service::store_identity::{IdentityError, Settled, pair, settle, still_together};
use aside_server::store::Store;
use aside_server::testing::TestApp;
use aside_test_macros::both;

use crate::take::{begin, member, part, take};

/// A database in which nothing happened yet.
async fn fresh(folder: &tempfile::TempDir) -> Store {
    let store = Store::open_sqlite(&folder.path().join("fresh.sqlite"))
        .await
        .unwrap();
    store.migrate().await.unwrap();
    store
}

async fn settled(app: &TestApp) -> Result<Settled, IdentityError> {
    settle(&app.app.store, &app.app.objects, &*app.app.entropy).await
}

fn stranger<T: std::fmt::Debug>(answer: Result<T, IdentityError>) -> Stranger {
    match answer {
        Err(IdentityError::Stranger(stranger)) => stranger,
        other => panic!("not refused: {other:?}"),
    }
}

fn id_file(app: &TestApp) -> std::path::PathBuf {
    app.folder().join("objects/aside-store-id")
}

#[both]
async fn a_fresh_database_is_refused_on_objects_of_another_one(app: TestApp) {
    let take = take(&app).await;
    settled(&app).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let other = fresh(&folder).await;
    let entropy = SeededEntropy::new(2);
    assert!(matches!(
        stranger(settle(&other, &app.app.objects, &entropy).await),
        Stranger::TakenObjects(_)
    ));
    take.record(1).await;
    assert_eq!(
        stranger(settle(&other, &app.app.objects, &entropy).await),
        Stranger::EmptyDatabase
    );
    std::fs::remove_file(id_file(&app)).unwrap();
    assert_eq!(
        stranger(settle(&other, &app.app.objects, &entropy).await),
        Stranger::EmptyDatabase
    );
    assert!(other.setting("store_id").await.unwrap().is_none());
    assert!(!id_file(&app).exists());

    let begun = Objects::folder(&folder.path().join("objects")).unwrap();
    settle(&other, &begun, &entropy).await.unwrap();
    settled(&app).await.unwrap();
    assert!(matches!(
        stranger(settle(&other, &app.app.objects, &entropy).await),
        Stranger::OtherStore { .. }
    ));
}

#[both]
async fn a_pair_from_before_store_ids_is_taken_when_its_objects_are_there_and_not_when_they_are_not(
    app: TestApp,
) {
    let take = take(&app).await;
    take.record(1).await;
    assert!(matches!(
        settled(&app).await.unwrap(),
        Settled::Completed(_)
    ));
    assert!(matches!(settled(&app).await.unwrap(), Settled::Known(_)));
    assert!(
        still_together(&app.app.store, &app.app.objects)
            .await
            .unwrap()
    );
    app.anonymous().get("/healthz").await.expect(200);

    // Its disk is not mounted.
    let mounted = app.folder().join("objects");
    std::fs::rename(&mounted, app.folder().join("away")).unwrap();
    std::fs::create_dir(&mounted).unwrap();
    assert!(matches!(
        stranger(settled(&app).await),
        Stranger::ObjectsMissing(2)
    ));
    assert!(
        !still_together(&app.app.store, &app.app.objects)
            .await
            .unwrap()
    );
    app.clock.advance(std::time::Duration::from_secs(10));
    app.anonymous().get("/healthz").await.expect(503);
    // Lost for good: an operator says so.
    pair(&app.app.store, &app.app.objects, &*app.app.entropy)
        .await
        .unwrap();
    assert!(matches!(settled(&app).await.unwrap(), Settled::Known(_)));
}

#[both]
async fn of_two_new_databases_only_one_gets_the_objects(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let other = fresh(&folder).await;
    let entropy = SeededEntropy::new(2);
    let (a, b) = tokio::join!(settled(&app), settle(&other, &app.app.objects, &entropy));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    let (again, b) = tokio::join!(settled(&app), settle(&other, &app.app.objects, &entropy));
    assert!(again.is_ok() == a.is_ok() && again.is_ok() != b.is_ok());
}

#[both]
async fn a_census_tells_what_belongs_to_rows_and_what_to_nothing(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    let objects = &app.app.objects;
    let key = |number: u32, bytes: &[u8]| ObjectKey::Part {
        recording: take.id,
        track: TrackName::Video,
        number,
        sha256: Sha256::of(bytes),
    };
    objects
        .put(&key(9, b"unknown"), bytes::Bytes::from_static(b"unknown"))
        .await
        .unwrap();
    objects
        .delete(&key(0, &part(TrackName::Video, 0)))
        .await
        .unwrap();
    assert_eq!(
        object_census::take(&app.app.store, objects).await.unwrap(),
        Census {
            known: 7,
            deleted: 0,
            unknown: 1,
            unknown_bytes: 7,
            missing: 1
        }
    );
}

#[both]
async fn a_running_server_is_healthy_again_when_its_objects_are_back(app: TestApp) {
    let healthy = async |expected: u16| {
        app.clock.advance(std::time::Duration::from_secs(10));
        app.anonymous().get("/healthz").await.expect(expected);
    };
    let take = take(&app).await;
    settled(&app).await.unwrap();
    take.record(2).await;
    healthy(200).await;
    // Emptied in the middle of a take.
    std::fs::remove_dir_all(app.folder().join("objects")).unwrap();
    healthy(503).await;
    take.send(TrackName::Video, 4..5).await;
    healthy(503).await;
    // The finish asks for what was lost, and the recorder sends it again: one part after the other.
    take.try_finish(5, 4)
        .await
        .expect_problem(aside_protocol::problem::ProblemCode::PartsMissing);
    healthy(503).await;
    take.send(TrackName::Video, 0..4).await;
    healthy(200).await;
    assert!(id_file(&app).exists());
    take.send(TrackName::Audio, 0..4).await;
    take.finish(5, 4).await;
    // Restored from a backup without its id.
    std::fs::remove_file(id_file(&app)).unwrap();
    healthy(200).await;
    assert!(
        still_together(&app.app.store, &app.app.objects)
            .await
            .unwrap()
    );
}

#[both]
async fn a_running_server_does_not_take_an_empty_mount_point_for_its_objects(app: TestApp) {
    let (before, during) = (
        take(&app).await,
        begin(&app, member(&app, "Ana").await, &[TrackName::Video]).await,
    );
    settled(&app).await.unwrap();
    before.record(2).await;
    let mounted = app.folder().join("objects");
    std::fs::rename(&mounted, app.folder().join("away")).unwrap();
    during.send(TrackName::Video, 0..4).await;
    app.clock.advance(std::time::Duration::from_secs(10));
    app.anonymous().get("/healthz").await.expect(503);
    assert!(!id_file(&app).exists());
    std::fs::remove_dir_all(&mounted).unwrap();
    std::fs::rename(app.folder().join("away"), &mounted).unwrap();
    app.clock.advance(std::time::Duration::from_secs(10));
    app.anonymous().get("/healthz").await.expect(200);
}
