//! The track of events, from the commands to the server.

use aside_protocol::recording::TrackName;
use aside_protocol::timed_event::TimedEvent;
use serde_json::json;

use crate::aside::{RecorderHome, Take, one};
use crate::server::{Fault, Server};

fn fine(_: &str, _: &str) -> Fault {
    Fault::None
}

fn marks(events: &[TimedEvent]) -> Vec<(u64, &str)> {
    let marks = events.iter().filter_map(|event| match event {
        TimedEvent::Mark { at_ms, title } => Some((*at_ms, title.as_str())),
        _ => None,
    });
    marks.collect()
}

/// Sets a mark and says where it is; it is told before its command is answered.
fn marked(take: &mut Take, title: &str) -> u64 {
    let answer = take.ask(&json!({ "command": "mark", "title": title }));
    assert_eq!(answer["event"], "accepted", "{answer}");
    let told = take.events.iter().rev().find(|e| e["event"] == "marked");
    told.unwrap()["media_ms"].as_u64().unwrap()
}

#[test]
fn marks_arrive_while_the_take_runs_at_their_place_without_the_pauses() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&[]);
    take.wait_until("a part", |e| e["event"] == "part");
    let first = marked(&mut take, "One");
    server.wait_until("the first mark, while it is recorded", |s| {
        marks(&s.only().1.events()) == [(first, "One")]
    });
    assert!(!server.state().only().1.finished);

    take.obeys("pause");
    let paused = marked(&mut take, "In the pause");
    // Two looks are a second apart.
    take.wait_for("health");
    take.wait_for("health");
    take.obeys("resume");
    let after = marked(&mut take, "");
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    let length = one(&events, "stopped")["duration_ms"].as_u64().unwrap();
    assert!(first <= paused && paused <= after && after <= length);
    assert!(
        after - paused < 1_000,
        "the pause is cut out: {paused} {after}"
    );
    let state = server.state();
    assert_eq!(
        marks(&state.only().1.events()),
        [(first, "One"), (paused, "In the pause"), (after, "")]
    );
    assert_eq!(one(&events, "uploaded")["missing"], 0);
}

#[test]
fn a_mark_survives_a_kill_and_comes_with_the_resumed_upload() {
    let server = Server::with_faults(|_, path| match path.contains("/tracks/events/") {
        true => Fault::LoseAnswer,
        false => Fault::None,
    });
    let home = RecorderHome::new();
    let mut take = home.steer(&[]);
    take.wait_until("a part", |e| e["event"] == "part");
    take.ask(&json!({ "command": "mark", "title": "Kept" }));
    take.wait_until("its part", |e| {
        e["event"] == "part" && e["track"] == "events" && e["state"] == "sealed"
    });
    take.kill();
    drop(server);

    let server = Server::with_faults(fine);
    let home = home.moved_to(&server.url);
    let resumed = home.run(&["takes", "resume", "--json"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    let state = server.state();
    let recording = state.only().1;
    assert!(recording.finished);
    assert_eq!(marks(&recording.events())[0].1, "Kept");
    assert_eq!(home.takes(), [] as [&str; 0]);
}

#[test]
fn a_take_that_is_uploaded_later_has_its_report_in_the_receipt_as_well() {
    let home = RecorderHome::new();
    let args = ["--offline", "--duration", "1", "--camera", "synthetic"];
    let (_, events) = home.record(&args).end();
    let report = one(&events, "stopped")["report"].clone();
    assert_eq!(report["camera"]["lost_ms"], 0, "{report}");
    assert!(report["camera"]["captured"].as_u64() > Some(0), "{report}");

    let server = Server::with_faults(fine);
    let home = home.moved_to(&server.url);
    let resumed = home.run(&["takes", "resume", "--json"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    let receipt = one(&resumed.events(), "uploaded")["report"].clone();
    for field in ["duration_ms", "frames_encoded", "camera", "sound_holes"] {
        assert_eq!(receipt[field], report[field], "{field}: {receipt}");
    }
}

#[test]
fn an_older_server_gets_the_take_without_its_events_and_the_person_is_told() {
    let server = Server::with_faults(fine);
    server.state().older = true;
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&[]);
    let alarm = take.wait_for("alarm");
    assert_eq!(alarm["code"], "events_refused");
    take.wait_until("a received part", |e| e["state"] == "received");
    let answer = take.ask(&json!({ "command": "mark", "title": "Lost?" }));
    assert_eq!(answer["reason"], "no_events");
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "uploaded")["missing"], 0);
    let state = server.state();
    let recording = state.only().1;
    assert!(recording.finished && recording.events().is_empty());
    let tracks = &recording.create.as_ref().unwrap().tracks;
    assert!(tracks.iter().all(|t| t.name != TrackName::Events));
    assert_eq!(home.takes(), [] as [&str; 0]);
}

#[test]
fn every_take_ends_with_a_report() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let (code, events) = home.record(&["--duration", "1"]).end();
    assert_eq!(code, Some(0), "{events:#?}");
    let state = server.state();
    let recorded = state.only().1.events();
    let Some(TimedEvent::Report { report, .. }) = recorded.last() else {
        panic!("{recorded:#?}")
    };
    assert_eq!(one(&events, "stopped")["report"], *report);
    assert_eq!(one(&events, "uploaded")["report"], *report);
    assert_eq!(
        report["frames_encoded"],
        one(&events, "stopped")["frames_encoded"]
    );
    assert_eq!(
        (&report["sound_lost_ms"], &report["sound_holes"]),
        (&json!(0), &json!(0))
    );
    assert!(report["camera"].is_null() && report["system_correction_ppm"].is_number());
    // Picture and sound end together, and the sound stands where its device says that it was captured.
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let ends = number(&report["picture_end_ms"]) - number(&report["sound_end_ms"]);
    assert!(ends.abs() <= 1.0, "{report}");
    let timing = &report["mic_timing"];
    assert!(number(&timing["most_offset_ms"]) >= number(&timing["offset_ms"]).abs());
    assert!(number(&timing["most_offset_ms"]) < 20.0, "{report}");
    assert!(report["system_timing"].is_null());
    let first = number(&report["first_picture_at_ms"]);
    let asked = number(&one(&events, "stopped")["requested_at_ms"]);
    assert!(first > 0.0 && first < asked, "{first} of {asked}");
}
