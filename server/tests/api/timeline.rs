//! What stands on the timeline beside comments: the layout of the face, chapters, and the events track that brings both.

use aside_protocol::layout::{Corner, Face, FaceSize, LayoutMoment};
use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::timed_event::{Button, TimedEvent};
use aside_protocol::upload::{FinishRecording, FinishTrack, UploadStatus};
use aside_server::service::object_census;
use aside_server::service::removal::{KEPT_FOR, remove};
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use bytes::Bytes;
use serde_json::{Value, json};
use std::time::Duration;

use crate::event_page::Page;
use crate::take::{Take, age_objects, begin, events, member, part};

use TrackName::{Audio, Events, Video};

async fn with_events(app: &TestApp) -> Take {
    begin(app, member(app, "Sam").await, &[Video, Audio, Events]).await
}

fn mark(at_ms: u64, title: &str) -> TimedEvent {
    TimedEvent::Mark {
        at_ms,
        title: title.to_owned(),
    }
}

fn face(at_ms: u64, face: Face) -> TimedEvent {
    TimedEvent::layout(LayoutMoment {
        at_ms,
        face,
        ..LayoutMoment::default()
    })
}

fn click(at_ms: u64) -> TimedEvent {
    TimedEvent::Click {
        at_ms,
        x: 0.5,
        y: 0.25,
        button: Button::Left,
    }
}

/// Finishes a take of two parts of picture and sound and these parts of events.
async fn finish(take: &Take, parts: &[Bytes]) -> Answer {
    let made = |name, parts: Vec<Bytes>| FinishTrack {
        name,
        parts: parts.iter().map(|p| Sha256::of(p)).collect(),
        inits: Vec::new(),
    };
    let media = |name| made(name, (0..2).map(|n| part(name, n)).collect());
    let body = FinishRecording {
        tracks: vec![media(Video), media(Audio), made(Events, parts.to_vec())],
    };
    take.owner
        .post(
            &format!("/api/recordings/{}/finish", take.id),
            &serde_json::to_value(body).unwrap(),
        )
        .await
}

fn layout_path(take: &Take) -> String {
    format!("/api/recordings/{}/layout", take.id)
}

fn events_path(take: &Take) -> String {
    format!("/api/recordings/{}/recorded-events", take.id)
}

fn titles(watch: &Value) -> Vec<String> {
    let marks = watch["marks"].as_array().unwrap().iter();
    marks
        .map(|m| m["title"].as_str().unwrap().to_owned())
        .collect()
}

#[both]
async fn chapters_and_layout_come_with_the_events_track_once_and_live(app: TestApp) {
    let take = with_events(&app).await;
    take.record(1).await;
    let watch = take.watch(&app.anonymous()).await;
    assert_eq!(watch["layout"], json!({ "version": 0, "moments": [] }));
    let mut page = Page::of(&app, &take).await;

    let first = events(
        0,
        &[mark(200, "How it works"), click(300), face(500, Face::Full)],
    );
    take.put(Events, 0, first.clone()).await.expect(201);
    let news = page.next_of("mark").await.data;
    assert_eq!(
        (&news["title"], &news["at_ms"]),
        (&json!("How it works"), &json!(200))
    );
    let moment = json!({ "at_ms": 500, "face": "full", "corner": "bottom_left", "size": "medium" });
    let layout = json!({ "version": 1, "moments": [moment] });
    assert_eq!(page.next_of("layout").await.data, layout);

    take.put(Events, 0, first).await.expect(200);
    let watch = take.watch(&app.anonymous()).await;
    assert_eq!(watch["layout"], layout);
    assert_eq!(
        watch["marks"],
        json!([news]),
        "a repeated part brings nothing twice"
    );
    assert_eq!(
        watch["tracks"].as_array().unwrap().len(),
        2,
        "events are not played: {watch}"
    );
}

#[both]
async fn parts_of_events_may_arrive_in_any_order(app: TestApp) {
    let take = with_events(&app).await;
    let parts = [
        events(0, &[face(100, Face::Full), mark(100, "a")]),
        events(1, &[face(1100, Face::Corner), mark(1100, "b")]),
        events(2, &[mark(2100, "c")]),
    ];
    for number in [1, 2, 0] {
        let body = parts[number as usize].clone();
        take.put(Events, number, body).await.expect(201);
    }
    let watch = take.watch(&app.anonymous()).await;
    assert_eq!(titles(&watch), ["a", "b", "c"]);
    let faces: Vec<&Value> = watch["layout"]["moments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["face"])
        .collect();
    assert_eq!(
        faces,
        ["full", "corner"],
        "a moment that changes nothing when it arrives may do so later"
    );
}

#[both]
async fn bytes_that_are_no_part_of_events_are_refused_and_leave_nothing(app: TestApp) {
    let take = with_events(&app).await;
    let head = "{\"start_ms\":0,\"end_ms\":1000}\n";
    for bad in [
        String::new(),
        "nonsense".to_owned(),
        format!("{head}{{\"type\":\"mark\"}}\n"),
        format!("{head}{{\"type\":\"mark\",\"at_ms\":1001,\"title\":\"\"}}\n"),
        format!(
            "{{\"start_ms\":{0},\"end_ms\":{1}}}\n",
            u64::MAX - 1,
            u64::MAX
        ),
    ] {
        take.put(Events, 0, bad.into())
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    take.put(Events, 1, events(1, &[])).await.expect(201);
    let overlapping: Bytes = "{\"start_ms\":500,\"end_ms\":1500}\n".into();
    take.put(Events, 0, overlapping)
        .await
        .expect_problem(ProblemCode::Invalid);
    let watch = take.watch(&app.anonymous()).await;
    assert_eq!(
        (&watch["marks"], &watch["layout"]["version"]),
        (&json!([]), &json!(0))
    );
}

#[both]
async fn the_owner_changes_the_layout_and_nobody_overwrites_what_they_have_not_seen(app: TestApp) {
    let take = with_events(&app).await;
    take.put(Events, 0, events(0, &[face(500, Face::Hidden)]))
        .await
        .expect(201);
    let moment = |at_ms: u64, corner: Corner| LayoutMoment {
        at_ms,
        face: Face::Corner,
        corner,
        size: FaceSize::Large,
    };
    let wanted = json!({ "moments": [moment(900, Corner::TopLeft), moment(0, Corner::TopRight)] });
    let path = layout_path(&take);
    let mut page = Page::of(&app, &take).await;
    let if_version = |version: &str| take.owner.clone().with("if-match", version);
    if_version("\"0\"")
        .put(&path, &wanted)
        .await
        .expect_problem(ProblemCode::VersionConflict);
    let changed: Value = if_version("\"1\"")
        .put(&path, &wanted)
        .await
        .expect(200)
        .json();
    let sorted = json!([moment(0, Corner::TopRight), moment(900, Corner::TopLeft)]);
    assert_eq!(changed, json!({ "version": 2, "moments": sorted }));
    assert_eq!(page.next_of("layout").await.data, changed);
    assert_eq!(take.watch(&app.anonymous()).await["layout"], changed);
    if_version("\"1\"")
        .put(&path, &json!({ "moments": [] }))
        .await
        .expect_problem(ProblemCode::VersionConflict);

    let many: Vec<LayoutMoment> = (0..2001)
        .map(|n| {
            moment(
                n,
                if n % 2 == 0 {
                    Corner::TopLeft
                } else {
                    Corner::TopRight
                },
            )
        })
        .collect();
    let refused = take.owner.put(&path, &json!({ "moments": many })).await;
    let problem = refused.expect_problem(ProblemCode::Invalid);
    assert_eq!(problem.field.as_deref(), Some("moments"));
    member(&app, "Mo")
        .await
        .put(&path, &wanted)
        .await
        .expect_problem(ProblemCode::Forbidden);
}

#[both]
async fn chapters_are_set_renamed_moved_deleted_and_brought_back_live(app: TestApp) {
    let take = with_events(&app).await;
    take.record(1).await;
    let mut page = Page::of(&app, &take).await;
    let new = json!({ "at_ms": 400, "title": " The   plan " });
    let mark: Value = take
        .owner
        .post(&take.api("/marks"), &new)
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&mark["title"], &mark["version"]),
        (&json!("The plan"), &json!(1))
    );
    assert_eq!(page.next_of("mark").await.data, mark);

    let path = format!("/api/marks/{}", mark["id"].as_str().unwrap());
    let wanted = json!({ "title": "Why", "at_ms": 700 });
    let owner = take.owner.clone().with("if-match", "\"1\"");
    let renamed: Value = owner.patch(&path, &wanted).await.expect(200).json();
    assert_eq!(
        (&renamed["title"], &renamed["at_ms"], &renamed["version"]),
        (&json!("Why"), &json!(700), &json!(2))
    );
    assert_eq!(page.next_of("mark").await.data, renamed);
    owner
        .patch(&path, &json!({ "title": "Other" }))
        .await
        .expect_problem(ProblemCode::VersionConflict);

    take.owner.delete(&path).await.expect(204);
    take.owner.delete(&path).await.expect(204);
    assert_eq!(
        page.next_of("mark").await.data,
        json!({ "id": mark["id"], "deleted": true })
    );
    assert_eq!(take.watch(&app.anonymous()).await["marks"], json!([]));
    take.owner
        .patch(&path, &wanted)
        .await
        .expect_problem(ProblemCode::Gone);
    let back: Value = take
        .owner
        .post(&format!("{path}/restore"), &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(page.next_of("mark").await.data, back);
    assert_eq!(take.watch(&app.anonymous()).await["marks"], json!([back]));
}

#[both]
async fn only_the_owner_sets_chapters_and_only_where_there_is_something(app: TestApp) {
    let take = with_events(&app).await;
    take.record(1).await;
    take.put(Events, 0, events(0, &[mark(100, "")]))
        .await
        .expect(201);
    finish(&take, &[events(0, &[mark(100, "")])])
        .await
        .expect(200);
    let watch = take.watch(&app.anonymous()).await;
    let path = format!("/api/marks/{}", watch["marks"][0]["id"].as_str().unwrap());
    let new = json!({ "at_ms": 1, "title": "mine" });
    let refuse = async |who: &Client, code| {
        who.post(&take.api("/marks"), &new)
            .await
            .expect_problem(code);
        who.patch(&path, &json!({ "title": "mine" }))
            .await
            .expect_problem(code);
        who.delete(&path).await.expect_problem(code);
    };
    refuse(&app.anonymous(), ProblemCode::Unauthenticated).await;
    refuse(&member(&app, "Mo").await, ProblemCode::Forbidden).await;
    for (wrong, field) in [
        (json!({ "at_ms": 6_100, "title": "" }), "at_ms"),
        (json!({ "at_ms": 0, "title": "a".repeat(201) }), "title"),
    ] {
        let refused = take.owner.post(&take.api("/marks"), &wrong).await;
        let problem = refused.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some(field));
    }
}

#[both]
async fn the_owner_sees_what_the_events_track_holds_and_empties_it_for_good(app: TestApp) {
    let take = with_events(&app).await;
    take.record(1).await;
    let window = TimedEvent::Window {
        at_ms: 1_200,
        title: "Salaries".to_owned(),
    };
    let parts = [
        events(0, &[click(10), mark(20, "kept"), face(30, Face::Full)]),
        events(1, &[window]),
    ];
    for (number, body) in (0..).zip(&parts) {
        take.put(Events, number, body.clone()).await.expect(201);
    }
    let path = events_path(&take);
    let held: Value = take.owner.get(&path).await.expect(200).json();
    assert_eq!(held["events"].as_array().unwrap().len(), 4);
    assert_eq!(
        held["events"][3],
        json!({ "type": "window", "at_ms": 1200, "title": "Salaries" })
    );
    assert_eq!(held["next"], Value::Null);
    for who in [app.anonymous(), member(&app, "Mo").await] {
        let refused = who.get(&path).await;
        assert!([401, 403].contains(&refused.status.as_u16()));
    }

    take.owner.delete(&path).await.expect(204);
    take.owner.delete(&path).await.expect(204);
    let held: Value = take.owner.get(&path).await.expect(200).json();
    assert_eq!(held["events"], json!([]));
    let watch = take.watch(&app.anonymous()).await;
    assert_eq!(titles(&watch), ["kept"]);
    assert_eq!(watch["layout"]["version"], 1);

    // The recorder goes on as if nothing had happened: what it sends again is known, its finish holds.
    let status: UploadStatus = take
        .owner
        .get(&format!("/api/recordings/{}/upload", take.id))
        .await
        .expect(200)
        .json();
    let held = status.received.iter().find(|t| t.name == Events).unwrap();
    assert_eq!(held.ranges[0].last, 1);
    take.put(Events, 0, parts[0].clone()).await.expect(200);
    let third = events(2, &[click(2_500)]);
    take.put(Events, 2, third.clone()).await.expect(201);
    let [first, second] = parts;
    finish(&take, &[first, second, third]).await.expect(200);

    let (store, objects) = (&app.app.store, &app.app.objects);
    let census = object_census::take(store, objects).await.unwrap();
    assert_eq!((census.deleted, census.unknown, census.missing), (2, 0, 0));
    age_objects(&app);
    app.clock.advance(KEPT_FOR + Duration::from_secs(1));
    for tombstone in store.tombstones(app.app.now(), "", 10).await.unwrap() {
        assert!(remove(store, objects, &tombstone).await.unwrap());
    }
    let census = object_census::take(store, objects).await.unwrap();
    assert_eq!((census.known, census.deleted, census.missing), (5, 0, 0));
    let held: Value = take.owner.get(&path).await.expect(200).json();
    assert_eq!(
        held["events"].as_array().unwrap().len(),
        1,
        "what came later is there"
    );
}

#[both]
async fn how_the_take_went_is_told_to_its_owner_alone(app: TestApp) {
    let take = with_events(&app).await;
    let report = json!({ "dropped": 3, "distance_ms": 4.5 });
    let told = TimedEvent::Report {
        at_ms: 900,
        report: report.clone(),
    };
    take.put(Events, 0, events(0, &[told])).await.expect(201);
    assert_eq!(take.watch(&take.owner).await["report"], report);
    assert!(take.watch(&app.anonymous()).await.get("report").is_none());
    let mo = member(&app, "Mo").await;
    assert!(take.watch(&mo).await.get("report").is_none());
}
