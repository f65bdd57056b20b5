use std::time::{Duration, SystemTime};

use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::time::Timestamp;
use bytes::Bytes;

use super::material::{Encoded, sound_init, sound_parts};
use super::take::Take;
use crate::jobs::worker::Worker;
use crate::jobs::{Job, ModelState, Tools};
use crate::objects::ObjectKey;
use crate::service::removal::remove;
use crate::service::write_object::write_object;
use crate::store::tombstones::Tombstone;
use crate::store::{StoreError, Tx, jobs, tombstones};
use crate::testing::TestApp;
use aside_test_macros::both;

const HOUR: Duration = Duration::from_secs(3600);

fn path(app: &TestApp, key: &ObjectKey) -> std::path::PathBuf {
    app.folder().join("objects").join(key.path().as_ref())
}

/// Makes the file seem to have been written at `at`.
fn age(path: &std::path::Path, at: Timestamp) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    let since = Duration::from_micros(u64::try_from(at.micros()).unwrap());
    file.set_modified(SystemTime::UNIX_EPOCH + since).unwrap();
}

async fn sweep(app: &TestApp) {
    let (now, id) = (
        app.app.now(),
        aside_protocol::id::JobId::new(app.app.now(), app.app.id_entropy()),
    );
    app.app
        .store
        .write(async |tx: &mut Tx| jobs::enqueue(tx, &Job::RemoveObjects, now, now, id).await)
        .await
        .unwrap();
    Worker::new(app.app.resources.clone(), Tools::with(ModelState::Missing))
        .run_until_idle()
        .await
        .unwrap();
    app.app
        .store
        .write(async |tx: &mut Tx| -> Result<(), StoreError> {
            // Asked for again in a day; a test that asks at once begins anew.
            let (now, kind) = (
                app.app.now().plus(HOUR * 48),
                crate::jobs::Kind::RemoveObjects,
            );
            if let Some(claim) = jobs::claim(tx, kind, "test", now, HOUR).await? {
                jobs::done(tx, &claim, now).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
}

async fn bury(app: &TestApp, key: &ObjectKey) {
    let now = app.app.now();
    app.app
        .store
        .write(async |tx: &mut Tx| tombstones::add(tx, key.path().as_ref(), now).await)
        .await
        .unwrap();
}

#[both]
async fn only_what_is_remembered_as_deleted_is_removed_and_not_before_a_day(app: TestApp) {
    let frames = vec![Bytes::from_static(b"\x01\x02\x03"); 4];
    let track = Encoded {
        init: sound_init(),
        parts: sound_parts(&frames, 2, 0),
    };
    let mut take = Take::new(&app.app, vec![(TrackName::Audio, track.clone())]).await;
    take.land().await;
    let begun = app.app.now();
    let key = |number: u32, bytes: &Bytes| ObjectKey::Part {
        recording: take.id,
        track: TrackName::Audio,
        number,
        sha256: Sha256::of(bytes),
    };
    let held = key(0, &track.parts[0]);
    let unknown = key(1, &track.parts[1]);
    let deleted = key(2, &track.parts[1]);
    let rewritten = key(3, &track.parts[1]);
    let wanted_again = key(4, &track.parts[1]);
    for k in [&unknown, &deleted, &rewritten, &wanted_again] {
        app.app
            .objects
            .put(k, track.parts[1].clone())
            .await
            .unwrap();
    }
    let is_there = async |k: &ObjectKey| app.app.objects.size(k).await.is_ok();
    for k in [&held, &unknown, &deleted, &wanted_again] {
        age(&path(&app, k), begun.minus(HOUR * 24 * 30));
    }
    // A row names the first of them: a tombstone does not outweigh it.
    for k in [&held, &deleted, &rewritten, &wanted_again] {
        bury(&app, k).await;
    }
    sweep(&app).await;
    for k in [&held, &unknown, &deleted, &rewritten, &wanted_again] {
        assert!(
            is_there(k).await,
            "{k} is younger than a day as deleted objects go"
        );
    }

    app.clock.advance(HOUR * 25);
    age(&path(&app, &rewritten), begun.plus(HOUR));
    write_object(
        &app.app.store,
        &app.app.objects,
        &wanted_again,
        track.parts[1].clone(),
    )
    .await
    .unwrap();
    sweep(&app).await;
    assert!(!is_there(&deleted).await);
    assert!(is_there(&held).await, "a row names it");
    assert!(is_there(&unknown).await, "nothing says that it was deleted");
    assert!(
        is_there(&rewritten).await,
        "somebody wrote it after it was deleted"
    );
    assert!(
        is_there(&wanted_again).await,
        "an upload took the deletion back"
    );
    assert!(
        app.app
            .store
            .tombstones(Timestamp::from_micros(i64::MAX), "", 10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[both]
async fn an_upload_that_meets_the_removal_of_the_same_object_ends_with_row_and_object(
    app: TestApp,
) {
    let frames = vec![Bytes::from_static(b"\x01\x02\x03"); 40];
    let track = Encoded {
        init: sound_init(),
        parts: sound_parts(&frames, 2, 0),
    };
    let take = Take::new(&app.app, vec![(TrackName::Audio, track.clone())]).await;
    let (store, objects) = (&app.app.store, &app.app.objects);
    for (number, bytes) in (0..).zip(&track.parts) {
        let key = ObjectKey::Part {
            recording: take.id,
            track: TrackName::Audio,
            number,
            sha256: Sha256::of(bytes),
        };
        objects.put(&key, bytes.clone()).await.unwrap();
        age(&path(&app, &key), app.app.now());
        bury(&app, &key).await;
        let tombstone = Tombstone {
            key: key.path().to_string(),
            deleted_at: app.app.now(),
        };
        let (removed, ()) = tokio::join!(
            remove(store, objects, &tombstone),
            take.put(TrackName::Audio, number, bytes.clone())
        );
        removed.unwrap();
        assert_eq!(
            objects.get(&key).await.unwrap(),
            *bytes,
            "{number}: the row has its object"
        );
        assert!(!store.has_tombstone(key.path().as_ref()).await.unwrap());
    }
}

#[both]
async fn files_of_unfinished_uploads_are_removed_and_nothing_that_looks_like_them(app: TestApp) {
    let take = Take::new(&app.app, vec![]).await;
    let object = path(
        &app,
        &ObjectKey::Part {
            recording: take.id,
            track: TrackName::Audio,
            number: 0,
            sha256: Sha256::of(b"x"),
        },
    );
    std::fs::create_dir_all(object.parent().unwrap()).unwrap();
    let named = |suffix: &str| std::path::PathBuf::from(format!("{}{suffix}", object.display()));
    let (unfinished, young, object_itself, other) = (
        named("#1"),
        named("#2"),
        named(""),
        object.with_file_name("notes#1"),
    );
    for file in [&unfinished, &young, &object_itself, &other] {
        std::fs::write(file, "half").unwrap();
        age(file, app.app.now().minus(HOUR * 25));
    }
    age(&young, app.app.now().minus(HOUR * 23));
    sweep(&app).await;
    assert!(!unfinished.exists());
    assert!(young.exists() && object_itself.exists() && other.exists());
}
