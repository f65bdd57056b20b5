//! Objects that were lost below the server: finish proves objects and not rows, the recorder is asked for what is
//! missing, and nobody is sent a body that breaks off.

use aside_protocol::problem::{Problem, ProblemCode};
use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::upload::{
    FinishRecording, FinishTrack, PartRange, UploadStatus, content_digest,
};
use aside_server::objects::ObjectKey;
use aside_server::service::store_identity::settle;
use aside_server::testing::{Answer, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;

use crate::take::{Take, part, parts, take};

use TrackName::{Audio, Video};

fn file(app: &TestApp, take: &Take, track: TrackName, number: u32) -> std::path::PathBuf {
    let key = ObjectKey::Part {
        recording: take.id,
        track,
        number,
        sha256: Sha256::of(&part(track, number)),
    };
    app.folder().join("objects").join(key.path().as_ref())
}

async fn finish(take: &Take, video: u32, audio: u32) -> Answer {
    let made = |name, count| FinishTrack {
        name,
        parts: (0..count).map(|n| Sha256::of(&part(name, n))).collect(),
        inits: Vec::new(),
    };
    let body = FinishRecording {
        tracks: vec![made(Video, video), made(Audio, audio)],
    };
    let path = format!("/api/recordings/{}/finish", take.id);
    take.owner
        .post(&path, &serde_json::to_value(body).unwrap())
        .await
}

async fn put(take: &Take, track: TrackName, number: u32, body: Bytes) -> Answer {
    let path = format!("/api/recordings/{}/tracks/{track}/parts/{number}", take.id);
    let request = Request::put(path)
        .header("host", "aside.test")
        .header("content-length", body.len())
        .header("content-digest", content_digest(&Sha256::of(&body)))
        .body(Body::from(body));
    take.owner.request(request.unwrap()).await
}

/// The ranges of a track in what is missing or received.
fn of(track: TrackName, all: &[aside_protocol::upload::TrackRanges]) -> Vec<(u32, u32)> {
    all.iter()
        .filter(|t| t.name == track)
        .flat_map(|t| &t.ranges)
        .map(|PartRange { first, last }| (*first, *last))
        .collect()
}

async fn status(take: &Take) -> UploadStatus {
    take.owner
        .get(&format!("/api/recordings/{}/upload", take.id))
        .await
        .expect(200)
        .json()
}

#[both]
async fn a_finish_asks_for_objects_that_were_lost_and_ends_when_they_are_back(app: TestApp) {
    let take = take(&app).await;
    take.record(3).await;
    std::fs::remove_file(file(&app, &take, Video, 0)).unwrap();
    std::fs::remove_file(file(&app, &take, Video, 1)).unwrap();
    std::fs::write(file(&app, &take, Audio, 4), "cut off").unwrap();
    assert_eq!(
        of(Video, &status(&take).await.received),
        [(0, 5)],
        "nobody looked yet"
    );

    let problem: Problem = finish(&take, 6, 6)
        .await
        .expect_problem(ProblemCode::PartsMissing);
    assert_eq!(
        (of(Video, &problem.missing), of(Audio, &problem.missing)),
        (vec![(0, 1)], vec![(4, 4)])
    );
    let received = status(&take).await.received;
    assert_eq!(
        (of(Video, &received), of(Audio, &received)),
        (vec![(2, 5)], vec![(0, 3), (5, 5)])
    );
    finish(&take, 6, 6)
        .await
        .expect_problem(ProblemCode::PartsMissing);

    for (track, number) in [(Video, 0), (Video, 1), (Audio, 4)] {
        put(&take, track, number, part(track, number))
            .await
            .expect(201);
        put(&take, track, number, part(track, number))
            .await
            .expect(200);
    }
    assert_eq!(of(Video, &status(&take).await.received), [(0, 5)]);
    finish(&take, 6, 6).await.expect(200);
    let media = take.media(&app.anonymous()).await;
    let sound = app
        .anonymous()
        .get(&format!("{media}/audio/0-5.m4s"))
        .await
        .expect(200);
    assert_eq!(sound.body, parts(Audio, 0..=5));
}

#[both]
async fn what_is_lost_after_the_finish_is_taken_again_with_the_same_bytes_only(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    let receipt = finish(&take, 4, 4).await.expect(200).text();
    std::fs::remove_file(file(&app, &take, Video, 2)).unwrap();
    let problem: Problem = finish(&take, 4, 4)
        .await
        .expect_problem(ProblemCode::PartsMissing);
    assert_eq!(of(Video, &problem.missing), [(2, 2)]);
    put(&take, Video, 2, part(Video, 3)).await.expect(422);
    put(&take, Video, 4, part(Video, 4))
        .await
        .expect_problem(ProblemCode::AlreadyFinished);
    put(&take, Video, 2, part(Video, 2)).await.expect(201);
    assert_eq!(finish(&take, 4, 4).await.expect(200).text(), receipt);
}

#[both]
async fn an_object_that_comes_back_by_itself_counts_again(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let (here, away) = (file(&app, &take, Video, 1), app.folder().join("away"));
    std::fs::rename(&here, &away).unwrap();
    finish(&take, 2, 2)
        .await
        .expect_problem(ProblemCode::PartsMissing);
    std::fs::rename(&away, &here).unwrap();
    finish(&take, 2, 2).await.expect(200);
    assert_eq!(of(Video, &status(&take).await.received), [(0, 1)]);
}

#[both]
async fn a_lost_part_is_an_answer_and_not_a_body_that_breaks_off(app: TestApp) {
    let take = take(&app).await;
    take.record(3).await;
    take.finish(6, 6).await;
    let media = take.media(&app.anonymous()).await;
    std::fs::remove_file(file(&app, &take, Video, 5)).unwrap();
    std::fs::write(file(&app, &take, Audio, 1), "cut off").unwrap();
    for path in [
        "video/4-5.m4s",
        "video/5-5.m4s",
        "audio/0-5.m4s",
        "audio/1-1.m4s",
    ] {
        app.anonymous()
            .get(&format!("{media}/{path}"))
            .await
            .expect_problem(ProblemCode::PartLost);
    }
    let whole = app
        .anonymous()
        .get(&format!("{media}/video/0-3.m4s"))
        .await
        .expect(200);
    assert_eq!(whole.body, parts(Video, 0..=3));
    let range = app
        .anonymous()
        .with("range", "bytes=0-9")
        .get(&format!("{media}/video/4-5.m4s"))
        .await
        .expect(206);
    assert_eq!(range.body, part(Video, 4)[..10]);
}

#[both]
async fn playlists_list_a_lost_part_as_a_gap_until_it_is_there_again(app: TestApp) {
    let take = take(&app).await;
    take.record(4).await;
    take.finish(8, 8).await;
    let viewer = app.anonymous();
    let media = take.media(&viewer).await;
    let (video, sound) = (file(&app, &take, Video, 5), file(&app, &take, Audio, 2));
    let list = async |track: TrackName| {
        viewer
            .get(&format!("{media}/{track}.m3u8"))
            .await
            .expect(200)
            .text()
    };
    let (whole_video, whole_sound) = (list(Video).await, list(Audio).await);
    assert!(!whole_video.contains("GAP"), "{whole_video}");
    std::fs::rename(&video, app.folder().join("away")).unwrap();
    std::fs::remove_file(&sound).unwrap();

    // Seen by whoever asks for it; then all know.
    viewer
        .get(&format!("{media}/video/4-7.m4s"))
        .await
        .expect_problem(ProblemCode::PartLost);
    until(|| async { list(Video).await != whole_video }).await;
    let video_lines = list(Video).await;
    assert!(
        video_lines.contains(
            "#EXTINF:0.500000,\nvideo/4-4.m4s\n#EXT-X-GAP\n#EXTINF:1.500000,\nvideo/5-7.m4s\n"
        ),
        "{video_lines}"
    );
    let sound_lines = list(Audio).await;
    assert!(
        sound_lines.contains("\naudio/0-1.m4s\n#EXT-X-GAP\n")
            && sound_lines.contains("\naudio/3-7.m4s\n"),
        "{sound_lines}"
    );
    let follower = viewer
        .get(&format!("{media}/video.m3u8?_HLS_msn=1"))
        .await
        .expect(200)
        .text();
    assert!(
        follower.contains("URI=\"video/5-5.m4s\",GAP=YES\n")
            && follower.contains("#EXT-X-GAP\n#EXTINF:2.000000,\nvideo/4-7.m4s\n"),
        "{follower}"
    );

    // Sent again.
    put(&take, Audio, 2, part(Audio, 2)).await.expect(201);
    assert_eq!(list(Audio).await, whole_sound);
    // There again by itself: seen by the next who asks, a while later.
    std::fs::rename(app.folder().join("away"), &video).unwrap();
    app.clock.advance(std::time::Duration::from_secs(60));
    until(|| async { list(Video).await == whole_video }).await;
}

#[both]
async fn nothing_is_noted_as_lost_while_the_whole_store_is_away(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    settle(&app.app.store, &app.app.objects, &*app.app.entropy)
        .await
        .unwrap();
    take.finish(4, 4).await;
    let viewer = app.anonymous();
    let media = take.media(&viewer).await;
    let mounted = app.folder().join("objects");
    std::fs::rename(&mounted, app.folder().join("away")).unwrap();
    std::fs::create_dir(&mounted).unwrap();
    viewer
        .get(&format!("{media}/video/0-3.m4s"))
        .await
        .expect_problem(ProblemCode::PartLost);
    app.app.losses.compare_now(take.id).await;
    assert!(
        !viewer
            .get(&format!("{media}/video.m3u8"))
            .await
            .expect(200)
            .text()
            .contains("GAP")
    );
    std::fs::remove_dir(&mounted).unwrap();
    std::fs::rename(app.folder().join("away"), &mounted).unwrap();
    viewer
        .get(&format!("{media}/video/0-3.m4s"))
        .await
        .expect(200);
}

/// Asks until it is so; what works in the background tells nobody when it is done.
async fn until<F: Future<Output = bool>>(mut so: impl FnMut() -> F) {
    let asked = tokio::time::timeout(std::time::Duration::from_secs(60), async {
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
        while !so().await {
            ticks.tick().await;
        }
    });
    asked.await.expect("it never became so");
}
