//! A whole server in one file, and back: every hash right, damage is found, nothing is left half.

use std::io::Write as _;

use aside_protocol::recording::Sha256 as Digest;
use aside_test_macros::both;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::objects::one_of_each_kind;
use crate::resources::Resources;
use crate::service::key_of;
use crate::testing::{Take, TestApp};

/// A database and a folder of objects that were never used.
struct Fresh {
    store: Store,
    objects: Objects,
    _folder: TempDir,
}

impl Fresh {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("aside.sqlite"))
            .await
            .unwrap();
        Self {
            store,
            objects: Objects::folder(&folder.path().join("objects")).unwrap(),
            _folder: folder,
        }
    }

    async fn restore(&self, file: &File) -> Result<FileDone> {
        let file = file.try_clone().unwrap();
        restore_file(file, &self.store, &self.objects, |_| {}).await
    }
}

async fn backed_up(app: &TestApp) -> (File, FileDone) {
    let Resources { store, objects, .. } = &app.app.resources;
    let file = tempfile::tempfile().unwrap();
    let done = backup_file(store, objects, file.try_clone().unwrap(), |_| {}).await;
    (file, done.unwrap())
}

#[both]
async fn a_file_brings_rows_and_every_part_back_with_its_hash(app: TestApp) {
    app.app.objects.create_store_id("one").await.unwrap();
    let sam = app.sam().await;
    let takes = [Take::new(1, 3), Take::new(2, 3)];
    for take in &takes {
        sam.upload(take).await;
        sam.finish(take).await.expect(200);
    }
    let words = json!({ "at_ms": 0, "body": "words", "guest_name": "Ana" });
    sam.post(&format!("/api/watch/{}/comments", takes[0].slug), &words)
        .await
        .expect(201);
    let (file, done) = backed_up(&app).await;
    assert_eq!((done.copied.objects, done.lacking), (12, 0));
    assert!(is_whole(&file).unwrap());

    let fresh = Fresh::new().await;
    let done = fresh.restore(&file).await.unwrap();
    let rows = (done.rows.of("recordings"), done.rows.of("comments"));
    assert_eq!((rows, done.copied.objects), ((2, 1), 12));
    for take in &takes {
        let stored = fresh.store.stored_objects(take.id).await.unwrap();
        assert_eq!(stored.len(), 6);
        for stored in stored {
            let bytes = fresh.objects.get(&key_of(&stored.part)).await.unwrap();
            assert_eq!(Digest::of(&bytes), stored.part.sha256);
        }
    }
    let id = fresh.objects.store_id().await.unwrap();
    assert_eq!(id.as_deref(), Some("one"));
    let again = fresh.restore(&file).await;
    assert!(matches!(again, Err(FileError::Load(LoadError::NotEmpty))));
    let other = Fresh::new().await;
    other.objects.create_store_id("two").await.unwrap();
    let taken = other.restore(&file).await;
    assert!(matches!(
        taken,
        Err(FileError::Copy(CopyError::TakenTarget(_)))
    ));
}

#[both]
async fn a_file_of_a_comment_is_in_it_and_comes_back(app: TestApp) {
    app.app.objects.create_store_id("one").await.unwrap();
    let sam = app.sam().await;
    let take = Take::new(1, 3);
    sam.upload(&take).await;
    sam.finish(&take).await.expect(200);
    let api = format!("/api/watch/{}", take.slug);
    let request = Request::post(format!("{api}/attachments?name=plan.txt"))
        .header("host", "aside.test")
        .header("content-length", 4)
        .body(Body::from("plan"));
    let sent: Value = sam.request(request.unwrap()).await.expect(201).json();
    let words = json!({ "at_ms": 0, "body": "words", "attachments": [sent["id"]] });
    sam.post(&format!("{api}/comments"), &words)
        .await
        .expect(201);
    let (file, done) = backed_up(&app).await;
    assert_eq!((done.copied.objects, done.lacking), (7, 0));

    let fresh = Fresh::new().await;
    let done = fresh.restore(&file).await.unwrap();
    assert_eq!((done.copied.objects, done.lacking), (7, 0));
    let entries = tar::entries(&file).unwrap().unwrap();
    let key = entries.iter().find_map(|it| {
        let key = key_of_archived(&it.path)?;
        matches!(key, ObjectKey::Attachment { .. }).then_some(key)
    });
    let bytes = fresh.objects.get(&key.unwrap()).await.unwrap();
    assert_eq!(&bytes[..], b"plan");
}

#[test]
fn every_object_has_a_name_that_fits_and_by_which_it_is_found() {
    for key in one_of_each_kind() {
        let path = archived(key);
        assert!(header(&path, 1).is_some(), "{path}");
        assert_eq!(key_of_archived(&path), Some(key), "{path}");
    }
}

#[both]
async fn of_a_damaged_or_cut_file_no_row_is_restored_and_of_a_whole_one_a_second_run_goes_on(
    app: TestApp,
) {
    app.app.objects.create_store_id("one").await.unwrap();
    let sam = app.sam().await;
    let take = Take::new(1, 3);
    sam.upload(&take).await;
    sam.finish(&take).await.expect(200);
    let (file, _) = backed_up(&app).await;
    let entries = tar::entries(&file).unwrap().unwrap();
    let last = entries.iter().rfind(|it| it.path.starts_with(OBJECTS));
    let last = last.unwrap();
    let mut right = [0; 1];
    file.read_exact_at(&mut right, last.at).unwrap();
    file.write_all_at(&[!right[0]], last.at).unwrap();
    let fresh = Fresh::new().await;
    let damaged = fresh.restore(&file).await;
    assert!(
        matches!(&damaged, Err(FileError::Damaged(what)) if what.contains(&last.path)),
        "{damaged:?}"
    );
    fresh.store.check_unused().await.unwrap();
    assert_eq!(fresh.objects.store_id().await.unwrap(), None);

    file.write_all_at(&right, last.at).unwrap();
    let done = fresh.restore(&file).await.unwrap();
    assert!(done.copied.objects > 0, "{done:?}");
    // Another database beside the objects that are there now, as a run that was killed before its rows were written leaves them.
    let beside = Fresh {
        objects: fresh.objects,
        ..Fresh::new().await
    };
    let again = beside.restore(&file).await.unwrap();
    assert_eq!(
        (again.copied.objects, again.copied.present),
        (0, done.copied.objects + done.copied.present)
    );

    let length = file.metadata().unwrap().len();
    file.set_len(length - 1024).unwrap();
    let cut = Fresh::new().await.restore(&file).await;
    assert!(matches!(cut, Err(FileError::Damaged(_))), "{cut:?}");
    let mut rows_alone = tempfile::tempfile().unwrap();
    rows_alone.write_all(b"\x1f\x8bxx").unwrap();
    assert!(!is_whole(&rows_alone).unwrap());
}
