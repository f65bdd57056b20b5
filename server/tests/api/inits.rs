//! Later inits of a track: sent before the parts that they decode, listed where they begin.

use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::upload::{FinishReceipt, InitReceipt, PartReceipt, PutInit, content_digest};
use aside_server::testing::{Answer, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use serde_json::json;

use crate::take::{Take, init, member, part, parts, take};
use TrackName::{Audio, Video};

/// Another init of the same track: the description of another encoder.
fn other(track: TrackName) -> Vec<u8> {
    let mut bytes = init(track);
    // In the name of the handler, which decoders do not look at: what a picture needs of another encoder is tested with real ones.
    let name = bytes.windows(5).position(|w| w == b"Aside").unwrap();
    bytes[name] = b'O';
    bytes
}

async fn put_init(take: &Take, track: TrackName, version: u32, bytes: Vec<u8>) -> Answer {
    let path = format!("/api/recordings/{}/tracks/{track}/inits/{version}", take.id);
    let body = serde_json::to_value(PutInit { init: bytes }).unwrap();
    take.owner.put(&path, &body).await
}

async fn put(take: &Take, track: TrackName, number: u32, version: &str) -> Answer {
    let body: Bytes = part(track, number);
    let path = format!("/api/recordings/{}/tracks/{track}/parts/{number}", take.id);
    let request = Request::put(path)
        .header("host", "aside.test")
        .header("content-length", body.len())
        .header("content-digest", content_digest(&Sha256::of(&body)))
        .header("aside-init-version", version)
        .body(Body::from(body));
    take.owner.request(request.unwrap()).await
}

#[both]
async fn a_part_of_a_version_that_has_not_arrived_is_refused_and_welcome_afterwards(app: TestApp) {
    let take = take(&app).await;
    take.send(Video, 0..4).await;
    let refused = put(&take, Video, 4, "2").await.expect(409);
    assert_eq!(refused.json::<serde_json::Value>()["code"], "init_unknown");
    put(&take, Video, 4, "two").await.expect(422);
    let receipt: InitReceipt = put_init(&take, Video, 2, other(Video))
        .await
        .expect(201)
        .json();
    assert_eq!(receipt.sha256, Sha256::of(&other(Video)));
    put_init(&take, Video, 2, other(Video)).await.expect(200);
    let receipt: PartReceipt = put(&take, Video, 4, "2").await.expect(201).json();
    assert_eq!((receipt.number, receipt.init), (4, 2));
}

#[both]
async fn the_same_version_with_other_bytes_is_a_conflict_and_no_track_gets_an_init_of_another(
    app: TestApp,
) {
    let take = take(&app).await;
    put_init(&take, Video, 1, init(Video)).await.expect(200);
    put_init(&take, Video, 2, other(Video)).await.expect(201);
    for (version, bytes) in [(1, other(Video)), (2, init(Video))] {
        let refused = put_init(&take, Video, version, bytes).await.expect(409);
        assert_eq!(refused.json::<serde_json::Value>()["code"], "init_conflict");
    }
    for (track, version, bytes) in [
        (Video, 3, init(Audio)),
        (Video, 0, other(Video)),
        (Video, 101, other(Video)),
        (Audio, 2, b"nothing".to_vec()),
    ] {
        let refused = put_init(&take, track, version, bytes).await.expect(422);
        assert_eq!(refused.json::<serde_json::Value>()["field"], "init");
    }
    put_init(&take, TrackName::Camera, 2, other(Video))
        .await
        .expect(404);
    let stranger = member(&app, "Kim").await;
    let theirs = Take {
        owner: stranger,
        ..take
    };
    put_init(&theirs, Video, 3, other(Video)).await.expect(403);
}

#[both]
async fn versions_never_go_back_and_begin_with_a_picture_that_stands_alone(app: TestApp) {
    let take = take(&app).await;
    put_init(&take, Video, 2, other(Video)).await.expect(201);
    take.send(Video, 0..4).await;
    put(&take, Video, 4, "2").await.expect(201);
    // Every fourth part begins with an IDR.
    let refused = put(&take, Video, 5, "1").await.expect(422);
    assert!(
        refused.text().contains("never go back"),
        "{}",
        refused.text()
    );
    put(&take, Video, 5, "2").await.expect(201);
    put_init(&take, Video, 3, other(Video)).await.expect(201);
    let refused = put(&take, Video, 6, "3").await.expect(422);
    assert!(
        refused.text().contains("stands alone"),
        "{}",
        refused.text()
    );
}

#[both]
async fn the_list_names_each_init_where_it_begins_while_recording_and_after(app: TestApp) {
    let take = take(&app).await;
    take.send(Video, 0..4).await;
    take.send(Audio, 0..8).await;
    put_init(&take, Video, 2, other(Video)).await.expect(201);
    for number in 4..6 {
        put(&take, Video, number, "2").await.expect(201);
    }
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    let list = async || {
        anyone
            .get(&format!("{media}/video.m3u8"))
            .await
            .expect(200)
            .text()
    };
    let (first, second) = (
        "#EXT-X-MAP:URI=\"video/init.mp4\"",
        "#EXT-X-MAP:URI=\"video/init-2.mp4\"",
    );
    let live = list().await;
    let at = |text: &str, what: &str| {
        text.find(what)
            .unwrap_or_else(|| panic!("{what} in {text}"))
    };
    assert!(at(&live, first) < at(&live, "video/0-0.m4s"), "{live}");
    assert!(at(&live, "video/0-3.m4s") < at(&live, second), "{live}");
    assert!(at(&live, second) < at(&live, "video/4-4.m4s"), "{live}");
    assert!(!live.contains("DISCONTINUITY"), "the timeline goes on");
    for (file, bytes) in [("init.mp4", init(Video)), ("init-2.mp4", other(Video))] {
        let answer = anyone
            .get(&format!("{media}/video/{file}"))
            .await
            .expect(200);
        assert_eq!(answer.body, bytes, "{file}");
    }
    anyone
        .get(&format!("{media}/video/init-3.mp4"))
        .await
        .expect(404);
    anyone
        .get(&format!("{media}/audio/init-2.mp4"))
        .await
        .expect(404);

    let made = |track: TrackName, count: u32, inits: &[Vec<u8>]| {
        let hash = |bytes: &[u8]| Sha256::of(bytes).to_string();
        json!({
            "name": track,
            "parts": (0..count).map(|n| hash(&part(track, n))).collect::<Vec<_>>(),
            "inits": inits.iter().map(|init| hash(init)).collect::<Vec<_>>(),
        })
    };
    let finish = async |inits: &[Vec<u8>]| {
        let path = format!("/api/recordings/{}/finish", take.id);
        let tracks = json!({ "tracks": [made(Video, 6, inits), made(Audio, 8, &[])] });
        take.owner.post(&path, &tracks).await
    };
    let refused = finish(&[init(Video)]).await.expect(409);
    assert_eq!(refused.json::<serde_json::Value>()["code"], "init_conflict");
    let refused = finish(&[other(Video), other(Video)]).await.expect(409);
    assert_eq!(refused.json::<serde_json::Value>()["code"], "init_unknown");
    let receipt: FinishReceipt = finish(&[other(Video)]).await.expect(200).json();
    assert_eq!(receipt.tracks[0].inits, [Sha256::of(&other(Video))]);
    assert!(receipt.tracks[1].inits.is_empty());
    let ended = list().await;
    assert!(at(&ended, "video/0-3.m4s") < at(&ended, second), "{ended}");
    assert!(at(&ended, second) < at(&ended, "video/4-5.m4s"), "{ended}");
    let body = anyone
        .get(&format!("{media}/video/0-5.m4s"))
        .await
        .expect(200)
        .body;
    assert_eq!(body, parts(Video, 0..=5));
    let refused = put_init(&take, Video, 3, other(Video)).await.expect(409);
    assert_eq!(
        refused.json::<serde_json::Value>()["code"],
        "already_finished"
    );
}

#[both]
async fn a_backup_holds_every_init_and_a_recording_that_is_removed_leaves_none(app: TestApp) {
    let take = take(&app).await;
    put_init(&take, Video, 2, other(Video)).await.expect(201);
    put_init(&take, Audio, 2, other(Audio)).await.expect(201);
    let mut backup = Vec::new();
    let counts = app.app.store.dump(&mut backup).await.unwrap();
    assert_eq!(counts.of("inits"), 2);
    let path = format!("/api/recordings/{}/cancel", take.id);
    take.owner.post(&path, &json!({})).await.expect(204);
    assert_eq!(app.app.store.later_inits(take.id).await.unwrap(), []);
}
