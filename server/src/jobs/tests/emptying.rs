//! The end of the trash, by the worker: rows, then objects.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aside_protocol::id::JobId;
use aside_test_macros::both;

use crate::domain::library::TRASH_KEPT_FOR;
use crate::jobs::worker::Worker;
use crate::jobs::{Job, ModelState, Tools};
use crate::store::{Tx, jobs};
use crate::testing::{Take, TestApp};

const HOUR: Duration = Duration::from_secs(3600);

/// Every file of the object store whose path names the recording.
fn objects_of(app: &TestApp, take: &Take) -> Vec<PathBuf> {
    let mut folders = vec![app.folder().join("objects")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().contains(&take.id.to_string()) {
                files.push(path);
            }
        }
    }
    files
}

async fn work(app: &TestApp) {
    let now = app.app.now();
    for job in [Job::EmptyTrash, Job::RemoveObjects] {
        let id = JobId::new(now, app.app.id_entropy());
        app.app
            .store
            .write(async |tx: &mut Tx| jobs::enqueue(tx, &job, now, now, id).await)
            .await
            .unwrap();
    }
    Worker::new(app.app.resources.clone(), Tools::with(ModelState::Missing))
        .run_until_idle()
        .await
        .unwrap();
}

#[both]
async fn thirty_days_after_its_deletion_a_recording_goes_and_a_day_later_its_files(app: TestApp) {
    let sam = app.sam().await;
    let (gone, kept) = (Take::new(1, 3), Take::new(2, 2));
    for take in [&gone, &kept] {
        sam.upload(take).await;
        sam.delete(&take.path()).await.expect(204);
    }
    // Written when the clock of the test says.
    let begun = Duration::from_micros(u64::try_from(app.app.now().micros()).unwrap());
    for file in [&gone, &kept].map(|take| objects_of(&app, take)).concat() {
        let file = File::options().write(true).open(file).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + begun).unwrap();
    }
    sam.post(&format!("{}/restore", kept.path()), &serde_json::json!({}))
        .await
        .expect(204);
    work(&app).await;
    assert_eq!(objects_of(&app, &gone).len(), 6, "restorable until then");

    app.clock.advance(TRASH_KEPT_FOR + HOUR);
    work(&app).await;
    assert!(app.app.store.recording(gone.id).await.unwrap().is_none());
    assert_eq!(
        objects_of(&app, &gone).len(),
        6,
        "a day for what is under way"
    );

    app.clock.advance(HOUR * 48);
    work(&app).await;
    assert_eq!(objects_of(&app, &gone), Vec::<PathBuf>::new());
    assert_eq!(objects_of(&app, &kept).len(), 4);
    assert!(app.app.store.recording(kept.id).await.unwrap().is_some());
}
