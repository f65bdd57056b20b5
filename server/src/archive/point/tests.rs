//! Points in a real bucket (an S3 server in this process, over HTTP): whole or not there, and what they bring back.

use std::collections::HashSet;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::{Sha256, TrackName};
use aside_test_macros::both;
use futures_util::future::join_all;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::objects::contract::s3;
use crate::resources::Resources;
use crate::testing::{Client, Take, TestApp};

/// A bucket for points, and the folder behind it.
async fn bucket() -> (Objects, TempDir) {
    let root = tempfile::tempdir().unwrap();
    let address = s3(root.path())
        .await
        .replace("s3://takes?", "s3://takes/points/of/aside?");
    (Objects::bucket(&address, []).unwrap(), root)
}

/// A database and a folder of objects that were never used.
struct Fresh {
    store: Store,
    objects: Objects,
    folder: TempDir,
}

impl Fresh {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("aside.sqlite"))
            .await
            .unwrap();
        let objects = Objects::folder(&folder.path().join("objects")).unwrap();
        Self {
            store,
            objects,
            folder,
        }
    }

    async fn restore(&self, from: &Objects, point: Option<&str>) -> Result<Done> {
        let work = (point, self.folder.path());
        restore(from, &self.store, &self.objects, work, |_| {}).await
    }

    /// Compares every part that the rows name with its hash; says how many there are.
    async fn parts_are_right(&self) -> usize {
        let mut seen = 0;
        for id in all(&self.store).await {
            for stored in self.store.stored_objects(id).await.unwrap() {
                let bytes = self.objects.get(&key_of(&stored.part)).await.unwrap();
                assert_eq!(Sha256::of(&bytes), stored.part.sha256, "{:?}", stored.part);
                seen += 1;
            }
        }
        seen
    }
}

/// Every recording of a database.
async fn all(store: &Store) -> Vec<RecordingId> {
    let ids: Vec<uuid::Uuid> =
        crate::on_db!(store, |db| sqlx::query_scalar("SELECT id FROM recordings")
            .fetch_all(db)
            .await)
        .unwrap();
    ids.into_iter().map(RecordingId).collect()
}

async fn point(app: &TestApp, to: &Objects, name: &str) -> Done {
    let Resources { store, objects, .. } = &app.app.resources;
    let done = backup(store, objects, to, (name, app.folder()), |_| {}).await;
    done.unwrap()
}

async fn finished(sam: &Client, seed: u8) -> Take {
    let take = Take::new(seed, 3);
    sam.upload(&take).await;
    sam.finish(&take).await.expect(200);
    take
}

#[both]
async fn each_point_brings_back_what_was_there_when_it_was_made(app: TestApp) {
    app.app.objects.create_store_id("one").await.unwrap();
    let (to, _root) = bucket().await;
    let sam = app.sam().await;
    let first = finished(&sam, 1).await;
    let words = json!({ "at_ms": 0, "body": "words", "guest_name": "Ana" });
    sam.post(&format!("/api/watch/{}/comments", first.slug), &words)
        .await
        .expect(201);
    assert_eq!(point(&app, &to, "1").await.copied.objects, 6);
    let second = finished(&sam, 2).await;
    let done = point(&app, &to, "2").await;
    assert_eq!(
        (done.copied.objects, done.copied.present, done.lacking),
        (6, 6, 0)
    );

    let then = Fresh::new().await;
    let done = then.restore(&to, Some("1")).await.unwrap();
    assert_eq!(
        (
            done.rows.of("recordings"),
            done.rows.of("comments"),
            done.lacking
        ),
        (1, 1, 0)
    );
    assert_eq!(then.parts_are_right().await, 6);
    assert!(then.store.recording(second.id).await.unwrap().is_none());
    let others: Vec<_> = then
        .objects
        .of_recording(second.id)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(others, [], "nothing that its rows do not name");
    assert_eq!(
        then.objects.store_id().await.unwrap().as_deref(),
        Some("one")
    );

    let now = Fresh::new().await;
    assert_eq!(now.restore(&to, None).await.unwrap().point, "2");
    assert_eq!(now.parts_are_right().await, 12);
    let again = now.restore(&to, None).await;
    assert!(
        matches!(again, Err(PointError::Load(LoadError::NotEmpty))),
        "{again:?}"
    );
    let unknown = Fresh::new().await.restore(&to, Some("3")).await;
    assert!(matches!(unknown, Err(PointError::NoSuchPoint(name)) if name == "3"));
}

/// Runs it until the first object was copied, and drops it there.
async fn killed(run: impl AsyncFnOnce(&dyn Fn(Copied)) -> Result<Done>) {
    let dead = CancellationToken::new();
    let progress = |_: Copied| dead.cancel();
    tokio::select! {
        biased;
        () = dead.cancelled() => {}
        done = run(&progress) => panic!("it ended before it was killed: {done:?}"),
    }
}

#[both]
async fn killed_in_the_middle_neither_backup_nor_restore_leaves_anything_half(app: TestApp) {
    app.app.objects.create_store_id("one").await.unwrap();
    let (to, _root) = bucket().await;
    let sam = app.sam().await;
    for seed in 1..=4 {
        finished(&sam, seed).await;
    }
    let Resources { store, objects, .. } = &app.app.resources;
    killed(async |progress| backup(store, objects, &to, ("1", app.folder()), progress).await).await;
    assert_eq!(to.points().await.unwrap(), [], "what was begun is no point");
    let fresh = Fresh::new().await;
    assert!(matches!(
        fresh.restore(&to, None).await,
        Err(PointError::NoPoint)
    ));
    let done = point(&app, &to, "1").await;
    assert!(done.copied.present > 0 && done.lacking == 0, "{done:?}");

    let Fresh {
        store,
        objects,
        folder,
    } = &fresh;
    killed(async |progress| restore(&to, store, objects, (None, folder.path()), progress).await)
        .await;
    store.check_unused().await.unwrap();
    assert_eq!(
        objects.store_id().await.unwrap(),
        None,
        "no server takes it for its own"
    );
    let done = fresh.restore(&to, None).await.unwrap();
    assert!(done.copied.present > 0, "{done:?}");
    assert_eq!(fresh.parts_are_right().await, 24);
    for left in [app.folder(), folder.path()] {
        let names = std::fs::read_dir(left)
            .unwrap()
            .map(|it| it.unwrap().file_name());
        let partial = names.filter(|name| name.to_string_lossy().contains("partial"));
        assert_eq!(partial.count(), 0, "{}", left.display());
    }
}

#[both]
async fn a_backup_while_twenty_takes_upload_restores_every_part_with_its_hash(app: TestApp) {
    app.app.objects.create_store_id("one").await.unwrap();
    let (to, _root) = bucket().await;
    let sam = app.sam().await;
    let takes: Vec<Take> = (1..=20).map(|seed| Take::new(seed, 4)).collect();
    let made = CancellationToken::new();
    // Each begins before the point is made, goes on meanwhile, and ends after it.
    let uploads = join_all(takes.iter().map(async |take| {
        sam.create(take).await.expect(201);
        for track in [TrackName::Video, TrackName::Audio] {
            for number in 0..4 {
                if (track, number) == (TrackName::Audio, 3) {
                    made.cancelled().await;
                }
                sam.put_part(take, track, number).await.expect(201);
            }
        }
        sam.finish(take).await.expect(200);
    }));
    let backup = async {
        let done = point(&app, &to, "1").await;
        made.cancel();
        done
    };
    let (_, done) = tokio::join!(uploads, backup);
    assert_eq!(done.lacking, 0);
    let fresh = Fresh::new().await;
    let done = fresh.restore(&to, None).await.unwrap();
    assert_eq!(done.lacking, 0);
    let parts = fresh.parts_are_right().await;
    assert_eq!(parts as u64, done.rows.of("parts"));
    assert!(parts < 160, "the last of each came later");
    // Once all have ended.
    point(&app, &to, "2").await;
    let after = Fresh::new().await;
    after.restore(&to, None).await.unwrap();
    assert_eq!(after.parts_are_right().await, 160);
    let ids: HashSet<_> = all(&after.store).await.into_iter().collect();
    assert_eq!(ids, takes.iter().map(|take| take.id).collect());
}
