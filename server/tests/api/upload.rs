//! Upload: what arrives is kept, what is repeated is known, what is finished is proven.

use aside_test_macros::both;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{RecordingState, Sha256, TrackName};
use aside_protocol::upload::{
    FinishReceipt, PartRange, PartReceipt, RecordingCreated, UploadStatus,
};
use aside_server::objects::ObjectKey;
use aside_server::testing::{Take, TestApp};
use serde_json::json;

#[both]
async fn a_take_goes_through_from_create_to_receipt(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 3));
    let created: RecordingCreated = sam.create(&take).await.expect(201).json();
    assert_eq!(created.url, format!("http://aside.test/w/{}", take.slug));
    assert_eq!(created.state, RecordingState::Recording);
    for track in [TrackName::Video, TrackName::Audio] {
        for n in 0..3 {
            let receipt: PartReceipt = sam.put_part(&take, track, n).await.expect(201).json();
            assert_eq!(receipt.sha256, Sha256::of(&take.parts(track)[n]));
            assert_eq!(receipt.independent, track == TrackName::Audio || n == 0);
        }
    }
    let receipt: FinishReceipt = sam.finish(&take).await.expect(200).json();
    assert_eq!(receipt.duration_ms, 3000);
    assert_eq!(
        receipt
            .tracks
            .iter()
            .map(|t| t.parts.len())
            .collect::<Vec<_>>(),
        [3, 3]
    );
    let status: UploadStatus = sam
        .get(&format!("{}/upload", take.path()))
        .await
        .expect(200)
        .json();
    assert_eq!(status.state, RecordingState::Finished);
}

#[both]
async fn every_request_may_be_repeated(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 2));
    sam.upload(&take).await;
    sam.create(&take).await.expect(200);
    let first: PartReceipt = sam
        .put_part(&take, TrackName::Video, 1)
        .await
        .expect(200)
        .json();
    let again: PartReceipt = sam
        .put_part(&take, TrackName::Video, 1)
        .await
        .expect(200)
        .json();
    assert_eq!(first, again);
    let receipt: FinishReceipt = sam.finish(&take).await.expect(200).json();
    app.clock.advance(Duration::from_secs(100));
    assert_eq!(
        sam.finish(&take).await.expect(200).json::<FinishReceipt>(),
        receipt
    );
    sam.put_part(&take, TrackName::Video, 1).await.expect(200);
}

#[both]
async fn parts_may_arrive_in_any_order_and_the_server_says_what_it_holds(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 6));
    sam.create(&take).await.expect(201);
    for n in [5, 0, 1, 3] {
        sam.put_part(&take, TrackName::Video, n).await.expect(201);
    }
    let status: UploadStatus = sam
        .get(&format!("{}/upload", take.path()))
        .await
        .expect(200)
        .json();
    let held: Vec<_> = status
        .received
        .iter()
        .map(|t| (t.name, t.ranges.clone()))
        .collect();
    let range = |first, last| PartRange { first, last };
    assert_eq!(
        held,
        [
            (
                TrackName::Video,
                vec![range(0, 1), range(3, 3), range(5, 5)]
            ),
            (TrackName::Audio, vec![])
        ]
    );
}

#[both]
async fn a_finish_with_a_missing_part_says_which_and_succeeds_once_it_came(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 4));
    sam.create(&take).await.expect(201);
    for n in [0, 3] {
        sam.put_part(&take, TrackName::Video, n).await.expect(201);
    }
    for n in 0..4 {
        sam.put_part(&take, TrackName::Audio, n).await.expect(201);
    }
    let problem = sam
        .finish(&take)
        .await
        .expect_problem(ProblemCode::PartsMissing);
    assert_eq!(problem.missing.len(), 1);
    assert_eq!(
        (problem.missing[0].name, &problem.missing[0].ranges[..]),
        (TrackName::Video, &[PartRange { first: 1, last: 2 }][..])
    );
    for n in [1, 2] {
        sam.put_part(&take, TrackName::Video, n).await.expect(201);
    }
    sam.finish(&take).await.expect(200);
}

#[both]
async fn a_finish_with_another_hash_is_a_conflict(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.upload(&take).await;
    let wrong = json!({ "tracks": [{ "name": "video", "parts": [Sha256::of(b"other")] }] });
    sam.post(&format!("{}/finish", take.path()), &wrong)
        .await
        .expect_problem(ProblemCode::PartConflict);
    let unknown = json!({ "tracks": [{ "name": "camera", "parts": [] }] });
    sam.post(&format!("{}/finish", take.path()), &unknown)
        .await
        .expect_problem(ProblemCode::Invalid);
}

#[both]
async fn a_finished_take_takes_no_new_parts(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 3));
    sam.upload(&take).await;
    sam.finish(&take).await.expect(200);
    let longer = Take::new(1, 4);
    sam.put_part(&longer, TrackName::Video, 3)
        .await
        .expect_problem(ProblemCode::AlreadyFinished);
}

#[both]
async fn a_take_without_parts_for_a_minute_is_interrupted_and_goes_on_with_the_next(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 2));
    sam.create(&take).await.expect(201);
    sam.put_part(&take, TrackName::Video, 0).await.expect(201);
    app.clock.advance(Duration::from_secs(61));
    let state = async || {
        sam.get(&format!("{}/upload", take.path()))
            .await
            .json::<UploadStatus>()
            .state
    };
    assert_eq!(state().await, RecordingState::Interrupted);
    sam.put_part(&take, TrackName::Video, 1).await.expect(201);
    assert_eq!(state().await, RecordingState::Recording);
    let id = aside_protocol::id::RecordingId(take.id.0);
    let news = app
        .app
        .store
        .recording_events_after(id, 0, 10)
        .await
        .unwrap();
    assert_eq!(news.len(), 1, "open pages hear that it goes on");
    assert_eq!(
        news[0].change,
        Some(aside_server::domain::event::Change::Recording)
    );
}

#[both]
async fn what_was_acknowledged_is_in_the_store_and_in_the_object(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let receipt: PartReceipt = sam
        .put_part(&take, TrackName::Video, 0)
        .await
        .expect(201)
        .json();
    let key = ObjectKey::Part {
        recording: take.id,
        track: TrackName::Video,
        number: 0,
        sha256: receipt.sha256,
    };
    assert_eq!(app.app.objects.get(&key).await.unwrap(), take.video[0]);
    let rows = app
        .app
        .store
        .parts(take.id, TrackName::Video)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].start, rows[0].duration, rows[0].size),
        (receipt.start, receipt.duration, receipt.size)
    );
}

#[both]
async fn fifty_takes_at_once_all_arrive(app: TestApp) {
    let sam = app.sam().await;
    let takes: Vec<Take> = (0..50).map(|n| Take::new(n, 4)).collect();
    futures_util::future::join_all(takes.iter().map(|take| sam.upload(take))).await;
    for take in &takes {
        sam.finish(take).await.expect(200);
    }
}

#[both]
async fn the_same_part_sent_by_two_connections_at_once_is_stored_once(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let sent =
        futures_util::future::join_all((0..8).map(|_| sam.put_part(&take, TrackName::Video, 0)))
            .await;
    let created = sent.iter().filter(|a| a.status == 201).count();
    assert_eq!(
        (created, sent.iter().filter(|a| a.status == 200).count()),
        (1, 7)
    );
}

#[both]
async fn a_part_wakes_whoever_waits_for_it(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let mut waiter = app.app.notify.subscribe(take.id);
    sam.put_part(&take, TrackName::Video, 0).await.expect(201);
    waiter.changed().await;
}

#[both]
async fn sound_and_pictures_ask_for_words_and_their_pictures_once(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 3));
    sam.upload(&take).await;
    sam.finish(&take).await.expect(200);
    let mut jobs: Vec<String> = app
        .app
        .store
        .jobs()
        .await
        .unwrap()
        .iter()
        .map(|j| j.job.kind().as_str().to_owned())
        .collect();
    jobs.sort();
    assert_eq!(
        jobs,
        [
            "make_poster",
            "make_preview",
            "make_sprite",
            "transcribe_speech"
        ]
    );
}
