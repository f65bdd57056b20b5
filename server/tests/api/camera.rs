//! The track `camera`: stored and served as the picture is, beside the master playlist and never in it.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_protocol::upload::FinishReceipt;
use aside_server::testing::{Answer, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::{Take, begin, init, member, parts};

const TRACKS: [TrackName; 3] = [TrackName::Video, TrackName::Audio, TrackName::Camera];

async fn with_camera(app: &TestApp) -> Take {
    begin(app, member(app, "Sam").await, &TRACKS).await
}

async fn finish(take: &Take, video: u32, audio: u32, camera: u32) -> Answer {
    let made = [
        (TrackName::Video, video),
        (TrackName::Audio, audio),
        (TrackName::Camera, camera),
    ];
    take.try_finish_tracks(&made).await
}

#[both]
async fn a_camera_is_served_beside_the_master_playlist_and_never_in_it(app: TestApp) {
    let take = with_camera(&app).await;
    take.record(3).await;
    take.send(TrackName::Camera, 0..5).await;
    let anyone = app.anonymous();
    let watch = take.watch(&anyone).await;
    assert_eq!(
        watch["tracks"][2],
        json!({ "name": "camera", "codec": "avc1.64001f", "width": 1280, "height": 720 })
    );
    let media = take.media(&anyone).await;
    let master = anyone
        .get(&format!("{media}/master.m3u8"))
        .await
        .expect(200)
        .text();
    assert!(!master.contains("camera"), "{master}");
    assert_eq!(master.matches("#EXT-X-STREAM-INF").count(), 1, "{master}");

    let list = format!("{media}/camera.m3u8");
    let live = anyone.get(&list).await.expect(200).text();
    assert!(
        live.contains("#EXT-X-PLAYLIST-TYPE:EVENT")
            && live.contains("CAN-BLOCK-RELOAD=YES")
            && live.contains("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"camera/5-5.m4s\""),
        "{live}"
    );

    take.send(TrackName::Camera, 5..6).await;
    finish(&take, 6, 6, 6).await.expect(200);
    let ended = anyone.get(&list).await.expect(200).text();
    assert!(
        ended.contains("#EXT-X-PLAYLIST-TYPE:VOD") && ended.ends_with("#EXT-X-ENDLIST\n"),
        "{ended}"
    );
    let mut bytes = Vec::new();
    for uri in ended.lines().filter(|line| !line.starts_with('#')) {
        let segment = anyone.get(&format!("{media}/{uri}")).await.expect(200);
        assert_eq!(segment.header("content-type"), "video/mp4");
        bytes.extend_from_slice(&segment.body);
    }
    assert_eq!(bytes, parts(TrackName::Camera, 0..=5));
    let start = anyone.get(&format!("{media}/camera/init.mp4")).await;
    assert_eq!(start.expect(200).body, init(TrackName::Camera));
}

#[both]
async fn a_reload_of_the_camera_waits_for_the_part_it_asks_for(app: TestApp) {
    let take = with_camera(&app).await;
    take.record(1).await;
    take.send(TrackName::Camera, 0..1).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    let next = format!("{media}/camera.m3u8?_HLS_msn=1&_HLS_part=1");
    let (answer, ()) = tokio::join!(anyone.get(&next), take.send(TrackName::Camera, 1..2));
    let text = answer.expect(200).text();
    assert!(text.contains("URI=\"camera/1-1.m4s\""), "{text}");
}

#[both]
async fn a_camera_that_has_not_begun_delays_nothing(app: TestApp) {
    let take = with_camera(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    assert_ne!(take.watch(&anyone).await["playback"], Value::Null);
    let media = take.media(&anyone).await;
    anyone
        .get(&format!("{media}/master.m3u8"))
        .await
        .expect(200);
    finish(&take, 2, 2, 0).await.expect(200);
    anyone
        .get(&format!("/w/{}/master.m3u8", take.slug))
        .await
        .expect(302);
    anyone
        .get(&format!("{media}/camera.m3u8"))
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn a_camera_that_is_longer_or_stops_early_changes_neither_length_nor_state(app: TestApp) {
    for camera in [9, 1] {
        let name = format!("Sam {camera}");
        let take = begin(&app, member(&app, &name.replace(' ', "")).await, &TRACKS).await;
        take.record(2).await;
        take.send(TrackName::Camera, 0..camera).await;
        let watch = take.watch(&app.anonymous()).await;
        assert_eq!(watch["duration_ms"], 2000, "camera: {camera}");
        assert_eq!(watch["state"], "recording");
        let receipt: FinishReceipt = finish(&take, 4, 4, camera).await.expect(200).json();
        assert_eq!(receipt.duration_ms, 2000, "camera: {camera}");
        assert!(
            receipt
                .tracks
                .iter()
                .any(|t| t.name == TrackName::Camera && t.parts.len() == camera as usize)
        );
        let watch = take.watch(&app.anonymous()).await;
        assert_eq!(watch["duration_ms"], 2000, "camera: {camera}");
        assert_eq!(watch["state"], "finished");
    }
}

#[both]
async fn a_finish_asks_for_the_parts_of_the_camera_that_are_missing(app: TestApp) {
    let take = with_camera(&app).await;
    take.record(1).await;
    take.send(TrackName::Camera, [0, 2]).await;
    let refused = finish(&take, 2, 2, 3).await;
    let missing = refused.expect_problem(ProblemCode::PartsMissing).missing;
    assert_eq!(
        serde_json::to_value(missing).unwrap(),
        json!([{ "name": "camera", "ranges": [{ "first": 1, "last": 1 }] }])
    );
    take.send(TrackName::Camera, [1]).await;
    finish(&take, 2, 2, 3).await.expect(200);
}

#[both]
async fn no_poster_is_looked_for_in_a_camera(app: TestApp) {
    let take = with_camera(&app).await;
    take.send(TrackName::Camera, 0..2).await;
    let posters = async || {
        let jobs = app.app.store.jobs().await.unwrap();
        let posters = jobs
            .iter()
            .filter(|j| j.job.kind().as_str() == "make_poster");
        posters.count()
    };
    assert_eq!(posters().await, 0);
    take.send(TrackName::Video, 0..1).await;
    assert_eq!(posters().await, 1);
}

#[both]
async fn a_pause_while_somebody_watches_leaves_every_list_open(app: TestApp) {
    let take = with_camera(&app).await;
    take.record(1).await;
    take.send(TrackName::Camera, 0..2).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    // Two minutes, with a heartbeat now and then.
    for _ in 0..12 {
        let paused = json!({ "state": "paused" });
        let path = format!("/api/recordings/{}/heartbeat", take.id);
        take.owner.post(&path, &paused).await.expect(200);
        app.clock.advance(Duration::from_secs(10));
        // What was read a second ago is read again; that second does not pass here.
        app.app.notify.notify(take.id);
        assert_eq!(take.watch(&anyone).await["state"], "paused");
        for track in TRACKS {
            let list = anyone.get(&format!("{media}/{track}.m3u8")).await;
            let text = list.expect(200).text();
            assert!(!text.contains("#EXT-X-ENDLIST"), "{track}: {text}");
        }
    }
    take.send(TrackName::Camera, 2..3).await;
    let list = anyone.get(&format!("{media}/camera.m3u8")).await;
    assert!(list.expect(200).text().contains("camera/2-2.m4s"));
}
