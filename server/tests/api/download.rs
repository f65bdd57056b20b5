//! `/media/{cap}/recording.mp4` and asking for it. How the file is made is a matter of workers: `jobs/tests/download.rs`.

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::Sha256;
use aside_server::domain::download::{Download, DownloadState, File};
use aside_server::domain::media_delivery::MediaDelivery;
use aside_server::objects::ObjectKey;
use aside_server::store::{StoreError, Tx, downloads};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::event_page::Page;
use crate::take::{Take, take};

const FILE: &[u8] = b"0123456789";

async fn finished(app: &TestApp) -> Take {
    let take = take(app).await;
    take.record(1).await;
    take.finish(2, 2).await;
    take
}

/// As if a worker had made the file.
async fn make(app: &TestApp, take: &Take) -> ObjectKey {
    let key = ObjectKey::Download {
        recording: take.id,
        sha256: Sha256::of(FILE),
    };
    app.app
        .objects
        .put(&key, Bytes::from_static(FILE))
        .await
        .unwrap();
    let ready = Download {
        percent: 100,
        file: Some(File {
            key: key.to_string(),
            size: FILE.len() as u64,
        }),
        ..Download::without_file(DownloadState::Ready)
    };
    let write = async |tx: &mut Tx| -> Result<(), StoreError> {
        downloads::asked(tx, take.id, app.app.now()).await?;
        downloads::set(tx, take.id, &ready).await
    };
    app.app.store.write(write).await.unwrap();
    key
}

async fn address(take: &Take, who: &Client) -> String {
    let watch = take.watch(who).await;
    watch["download"]["url"]
        .as_str()
        .expect("an address")
        .to_owned()
}

#[both]
async fn anybody_who_may_watch_asks_for_the_file_once_the_recording_is_finished(app: TestApp) {
    let running = take(&app).await;
    running.record(1).await;
    let anyone = app.anonymous();
    let none = json!({ "state": "none", "percent": 0, "url": null });
    assert_eq!(running.watch(&anyone).await["download"], none);
    anyone
        .post(&running.api("/download"), &json!({}))
        .await
        .expect_problem(ProblemCode::NotFinished);
    running.finish(2, 2).await;

    let mut page = Page::of(&app, &running).await;
    let waiting = json!({ "state": "waiting", "percent": 0, "url": null });
    for _ in 0..2 {
        let answer: Value = anyone
            .post(&running.api("/download"), &json!({}))
            .await
            .expect(200)
            .json();
        assert_eq!(answer, waiting);
    }
    assert_eq!(
        page.next_of("download").await.data,
        json!({ "state": "waiting", "percent": 0 })
    );
    assert_eq!(running.watch(&anyone).await["download"], waiting);
    let jobs = app.app.store.jobs().await.unwrap();
    let jobs = jobs
        .iter()
        .filter(|j| j.job.kind().as_str() == "compose_download");
    assert_eq!(jobs.count(), 1);
}

#[both]
async fn the_file_is_sent_whole_and_in_parts_under_the_name_of_the_recording(app: TestApp) {
    let take = finished(&app).await;
    make(&app, &take).await;
    let anyone = app.anonymous();
    let url = address(&take, &anyone).await;
    let whole = anyone.get(&url).await.expect(200);
    assert_eq!(whole.body, FILE);
    for (name, value) in [
        ("content-type", "video/mp4"),
        ("content-length", "10"),
        ("accept-ranges", "bytes"),
        ("cache-control", "private, no-cache"),
        ("access-control-allow-origin", "*"),
        (
            "content-disposition",
            "attachment; filename=\"Bug in login.mp4\"; filename*=UTF-8''Bug%20in%20login.mp4",
        ),
    ] {
        assert_eq!(whole.header(name), value, "{name}");
    }
    let part = anyone
        .clone()
        .with("range", "bytes=2-4")
        .get(&url)
        .await
        .expect(206);
    assert_eq!(
        (&part.body[..], part.header("content-range")),
        (&b"234"[..], "bytes 2-4/10")
    );
    let etag = whole.header("etag").to_owned();
    let same = anyone
        .clone()
        .with("range", "bytes=2-4")
        .with("if-range", &etag);
    same.get(&url).await.expect(206);
    let other = anyone
        .clone()
        .with("range", "bytes=2-4")
        .with("if-range", "\"x\"");
    assert_eq!(other.get(&url).await.expect(200).body, FILE);
    anyone
        .clone()
        .with("if-none-match", &etag)
        .get(&url)
        .await
        .expect(304);
    let outside = anyone.clone().with("range", "bytes=10-").get(&url).await;
    outside.expect_problem(ProblemCode::RangeNotSatisfiable);
}

#[both]
async fn a_file_that_is_not_made_or_was_lost_is_not_found(app: TestApp) {
    let take = finished(&app).await;
    let anyone = app.anonymous();
    let url = format!("{}/recording.mp4", take.media(&anyone).await);
    anyone.get(&url).await.expect_problem(ProblemCode::NotFound);
    let key = make(&app, &take).await;
    anyone.get(&url).await.expect(200);
    app.app.objects.delete(&key).await.unwrap();
    anyone.get(&url).await.expect_problem(ProblemCode::NotFound);
}

#[both]
async fn a_file_is_closed_with_its_recording(app: TestApp) {
    let take = finished(&app).await;
    make(&app, &take).await;
    let anyone = app.anonymous();
    let url = address(&take, &anyone).await;
    take.for_members_only().await;
    anyone
        .get(&url)
        .await
        .expect_problem(ProblemCode::LinkExpired);
    let url = address(&take, &take.owner).await;
    anyone.get(&url).await.expect(200);
    take.trash().await;
    anyone.get(&url).await.expect_problem(ProblemCode::Gone);
}

#[both]
async fn nginx_sends_the_file_under_the_name_of_the_recording(app: TestApp) {
    let app = app
        .configured(|config| config.media = MediaDelivery::AccelRedirect("/objects/".to_owned()));
    let take = finished(&app).await;
    let key = make(&app, &take).await;
    let anyone = app.anonymous();
    let answer = anyone.get(&address(&take, &anyone).await).await.expect(200);
    assert_eq!(
        answer.header("x-accel-redirect"),
        format!("/objects/{}", key.path())
    );
    assert!(
        answer
            .header("content-disposition")
            .contains("Bug%20in%20login.mp4")
    );
    assert!(answer.body.is_empty());
}
