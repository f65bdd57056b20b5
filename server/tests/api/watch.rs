//! `GET /api/watch/{slug}`, and that nothing of a recording is shown to who may not see it.

use aside_test_macros::both;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{Sha256, TrackName};
use aside_server::objects::ObjectKey;
use aside_server::store::{StoreError, Tx};
use aside_server::testing::{Client, TestApp};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::take::{Take, begin, member, take};

/// Everything that is derived from a recording.
const DERIVATIVES: [&str; 6] = [
    "",
    "/transcript",
    "/captions.vtt",
    "/poster",
    "/comments",
    "/events",
];

async fn expect_everywhere(take: &Take, who: &Client, code: ProblemCode) {
    who.get(&take.api("/poster")).await.expect_problem(code);
    expect_but_for_the_poster(take, who, code).await;
}

async fn expect_but_for_the_poster(take: &Take, who: &Client, code: ProblemCode) {
    for rest in DERIVATIVES.into_iter().filter(|rest| *rest != "/poster") {
        who.get(&take.api(rest)).await.expect_problem(code);
    }
    who.post(
        &take.api("/comments"),
        &json!({ "at_ms": 0, "body": "words", "guest_name": "Ana" }),
    )
    .await
    .expect_problem(code);
    who.get(&format!("/w/{}/master.m3u8", take.slug))
        .await
        .expect_problem(code);
}

pub(crate) async fn give_poster(app: &TestApp, take: &Take, bytes: &'static [u8]) {
    let key = ObjectKey::Poster {
        recording: take.id,
        sha256: Sha256::of(bytes),
    };
    app.app
        .objects
        .put(&key, Bytes::from_static(bytes))
        .await
        .unwrap();
    let path = key.to_string();
    let id = take.id.0;
    app.app
        .store
        .write(async |tx: &mut Tx| -> Result<(), StoreError> {
            const SQL: &str = "UPDATE recordings SET poster_key = $1 WHERE id = $2";
            aside_server::in_tx!(tx, |db| sqlx::query(SQL)
                .bind(path)
                .bind(id)
                .execute(db)
                .await
                .map(|_| ()))?;
            Ok(())
        })
        .await
        .unwrap();
}

#[both]
async fn a_take_is_watchable_while_it_runs(app: TestApp) {
    let take = take(&app).await;
    let anyone = app.anonymous();
    let empty = take.watch(&anyone).await;
    assert_eq!(
        (
            empty["live"].clone(),
            empty["playback"].clone(),
            empty["duration_ms"].clone()
        ),
        (json!(true), Value::Null, json!(0))
    );

    take.record(2).await;
    let watch = take.watch(&anyone).await;
    assert_eq!(watch["id"], json!(take.id));
    assert_eq!(watch["url"], format!("http://aside.test/w/{}", take.slug));
    assert_eq!(watch["title"], "Bug in <login>");
    assert_eq!(
        (watch["state"].clone(), watch["live"].clone()),
        (json!("recording"), json!(true))
    );
    assert_eq!(watch["duration_ms"], json!(2000), "the longest track");
    assert_eq!(watch["owner"]["name"], "Sam");
    assert_eq!(
        (watch["mine"].clone(), watch["may_comment"].clone()),
        (json!(false), json!(true))
    );
    assert_eq!(
        watch["tracks"][0],
        json!({ "name": "video", "codec": "avc1.64001f", "width": 1280, "height": 720 })
    );
    assert_eq!(
        watch["tracks"][1],
        json!({ "name": "audio", "codec": "mp4a.40.2" })
    );
    assert_eq!(watch["poster_url"], Value::Null);
    assert!(watch["playback"]["expires_at"].as_i64().unwrap() > app.app.now().micros());
    assert_eq!(take.watch(&take.owner).await["mine"], json!(true));

    take.finish(4, 4).await;
    let watch = take.watch(&anyone).await;
    assert_eq!(
        (watch["state"].clone(), watch["live"].clone()),
        (json!("finished"), json!(false))
    );
}

#[both]
async fn a_take_that_fell_silent_is_watchable_to_its_last_part_and_may_go_on(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    app.clock.advance(Duration::from_secs(61));
    let anyone = app.anonymous();
    assert_eq!(take.watch(&anyone).await["state"], "interrupted");
    let media = take.media(&anyone).await;
    assert!(
        anyone
            .get(&format!("{media}/video.m3u8"))
            .await
            .expect(200)
            .text()
            .ends_with("video/0-1.m4s\n#EXT-X-ENDLIST\n")
    );

    take.send(TrackName::Video, [2]).await;
    assert_eq!(take.watch(&anyone).await["state"], "recording");
    let text = anyone
        .get(&format!("{media}/video.m3u8"))
        .await
        .expect(200)
        .text();
    assert!(
        !text.contains("ENDLIST") && text.contains("video/2-2.m4s"),
        "{text}"
    );
}

#[both]
async fn announced_sound_is_waited_for_before_anything_plays(app: TestApp) {
    let take = take(&app).await;
    take.send(TrackName::Video, 0..2).await;
    assert_eq!(take.watch(&app.anonymous()).await["playback"], Value::Null);
    take.send(TrackName::Audio, [0]).await;
    assert_ne!(take.watch(&app.anonymous()).await["playback"], Value::Null);
}

#[both]
async fn a_poster_is_shown_once_there_is_one(app: TestApp) {
    let take = take(&app).await;
    let anyone = app.anonymous();
    anyone
        .get(&take.api("/poster"))
        .await
        .expect_problem(ProblemCode::NotFound);
    give_poster(&app, &take, b"jpeg").await;
    assert_eq!(take.watch(&anyone).await["poster_url"], take.api("/poster"));
    let poster = anyone.get(&take.api("/poster")).await.expect(200);
    assert_eq!(
        (poster.header("content-type"), poster.text().as_str()),
        ("image/jpeg", "jpeg")
    );
}

#[both]
async fn in_the_trash_the_poster_is_shown_to_its_owner_alone(app: TestApp) {
    let take = take(&app).await;
    give_poster(&app, &take, b"jpeg").await;
    take.trash().await;
    take.owner.get(&take.api("/poster")).await.expect(200);
    for client in [app.anonymous(), member(&app, "ana").await] {
        client
            .get(&take.api("/poster"))
            .await
            .expect_problem(ProblemCode::Gone);
    }
}

#[both]
async fn a_link_nobody_made_leads_nowhere(app: TestApp) {
    let anyone = app.anonymous();
    for slug in [
        "0000000000000000000000",
        "short",
        "..%2F..%2Fetc%2Fpasswd",
        "00000000000000000000000000000000000000000000",
    ] {
        for rest in DERIVATIVES {
            anyone
                .get(&format!("/api/watch/{slug}{rest}"))
                .await
                .expect_problem(ProblemCode::NotFound);
        }
    }
}

#[both]
async fn nothing_of_a_members_only_recording_is_shown_to_others(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    give_poster(&app, &take, b"jpeg").await;
    take.for_members_only().await;
    expect_everywhere(&take, &app.anonymous(), ProblemCode::NotFound).await;
    let mara = member(&app, "Mara").await;
    for rest in ["", "/transcript", "/captions.vtt", "/poster", "/comments"] {
        mara.get(&take.api(rest)).await.expect(200);
    }
}

#[both]
async fn nothing_of_a_trashed_recording_is_shown_to_anybody(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    give_poster(&app, &take, b"jpeg").await;
    let poster = app.anonymous().get(&take.api("/poster")).await.expect(200);
    assert_eq!(poster.header("cache-control"), "private, no-cache");
    let known = app.anonymous().with("if-none-match", poster.header("etag"));
    assert!(
        known
            .get(&take.api("/poster"))
            .await
            .expect(304)
            .body
            .is_empty()
    );
    take.trash().await;
    known
        .get(&take.api("/poster"))
        .await
        .expect_problem(ProblemCode::Gone);
    expect_everywhere(&take, &app.anonymous(), ProblemCode::Gone).await;
    expect_but_for_the_poster(&take, &take.owner, ProblemCode::Gone).await;
}

#[both]
async fn who_may_not_see_a_recording_is_not_told_that_it_was_deleted(app: TestApp) {
    let take = begin(&app, member(&app, "Sam").await, &[TrackName::Video]).await;
    take.for_members_only().await;
    take.trash().await;
    expect_everywhere(&take, &app.anonymous(), ProblemCode::NotFound).await;
}
