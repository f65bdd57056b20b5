//! A recorder that is alive says so: a paused take stays open, one whose recorder is gone does not.

use aside_test_macros::both;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::testing::{Answer, TestApp};
use serde_json::{Value, json};

use crate::take::{Take, member, take};

async fn beat(take: &Take, state: &str) -> Answer {
    take.owner
        .post(
            &format!("/api/recordings/{}/heartbeat", take.id),
            &json!({ "state": state }),
        )
        .await
}

async fn watch(app: &TestApp, take: &Take) -> Value {
    app.anonymous()
        .get(&format!("/api/watch/{}", take.slug))
        .await
        .expect(200)
        .json()
}

async fn playlist(app: &TestApp, take: &Take) -> String {
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    anyone
        .get(&format!("{media}/video.m3u8"))
        .await
        .expect(200)
        .text()
}

#[both]
async fn a_paused_take_stays_open_for_as_long_as_its_recorder_is_heard(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    let answer: Value = beat(&take, "paused").await.expect(200).json();
    assert_eq!(answer["state"], "paused");
    for _ in 0..240 {
        app.clock.advance(Duration::from_secs(15));
        beat(&take, "paused").await.expect(200);
    }
    let seen = watch(&app, &take).await;
    assert_eq!(
        (&seen["state"], &seen["live"]),
        (&json!("paused"), &json!(true))
    );
    assert!(
        !playlist(&app, &take).await.contains("ENDLIST"),
        "an hour of pause closed the list"
    );

    let answer: Value = beat(&take, "recording").await.expect(200).json();
    assert_eq!(answer["state"], "recording");
    take.send(TrackName::Video, [4]).await;
    assert_eq!(watch(&app, &take).await["state"], "recording");
}

#[both]
async fn a_recorder_that_goes_away_while_paused_interrupts_its_take(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    beat(&take, "paused").await.expect(200);
    app.clock.advance(Duration::from_secs(59));
    assert_eq!(watch(&app, &take).await["state"], "paused");
    app.clock.advance(Duration::from_secs(1));
    let seen = watch(&app, &take).await;
    assert_eq!(
        (&seen["state"], &seen["live"]),
        (&json!("interrupted"), &json!(false))
    );
    assert!(playlist(&app, &take).await.contains("ENDLIST"));

    // Another process brings the rest: the take runs again, and is not shown as paused.
    take.send(TrackName::Video, [4]).await;
    assert_eq!(watch(&app, &take).await["state"], "recording");
}

#[both]
async fn a_heartbeat_keeps_a_take_on_a_slow_line_from_being_interrupted(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    for _ in 0..8 {
        app.clock.advance(Duration::from_secs(15));
        beat(&take, "recording").await.expect(200);
    }
    assert_eq!(watch(&app, &take).await["state"], "recording");
}

#[both]
async fn a_part_that_was_under_way_does_not_end_the_pause(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    beat(&take, "paused").await.expect(200);
    take.send(TrackName::Video, [4]).await;
    assert_eq!(watch(&app, &take).await["state"], "paused");
}

#[both]
async fn open_pages_are_told_of_a_pause_and_of_its_end_once(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    for state in ["paused", "paused", "recording", "recording"] {
        beat(&take, state).await.expect(200);
    }
    let rows = app
        .app
        .store
        .recording_events_after(take.id, 0, 100)
        .await
        .unwrap();
    let kinds = rows
        .iter()
        .filter(|r| r.change == Some(aside_server::domain::event::Change::Recording))
        .count();
    assert_eq!(kinds, 2, "{rows:?}");
}

#[both]
async fn a_heartbeat_changes_nothing_of_a_take_that_is_over_or_of_somebody_else(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    let stranger = member(&app, "Eve").await;
    let path = format!("/api/recordings/{}/heartbeat", take.id);
    stranger
        .post(&path, &json!({ "state": "paused" }))
        .await
        .expect_problem(ProblemCode::Forbidden);
    app.anonymous()
        .post(&path, &json!({ "state": "paused" }))
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    take.finish(4, 4).await;
    let answer: Value = beat(&take, "paused").await.expect(200).json();
    assert_eq!(answer["state"], "finished");
    assert_eq!(watch(&app, &take).await["state"], "finished");
    take.owner
        .delete(&format!("/api/recordings/{}", take.id))
        .await
        .expect(204);
    beat(&take, "paused")
        .await
        .expect_problem(ProblemCode::Gone);
}
