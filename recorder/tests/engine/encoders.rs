//! Encoders whose drivers break down or hang when they are tested: the recorder outlives them and remembers that.

use std::path::Path;

use aside_protocol::recording::TrackName;
use aside_recorder::encoders::machine;

use crate::aside::{RecorderHome, one};
use crate::server::{Fault, Server};

fn fine(_: &str, _: &str) -> Fault {
    Fault::None
}

const SOURCES: [&str; 4] = ["--screen", "synthetic", "--mic", "synthetic"];

/// Tries to record with it; gives exit code and message.
fn record(home: &RecorderHome, encoder: &str) -> (Option<i32>, String) {
    let args = [&["record", "--encoder", encoder][..], &SOURCES].concat();
    let done = home.run(&args);
    (done.code, done.err)
}

fn remembered(home: &RecorderHome) -> String {
    std::fs::read_to_string(home.path().join("data/encoders.json")).unwrap()
}

#[test]
fn a_driver_that_breaks_down_in_its_test_is_out_and_the_recorder_lives() {
    let home = RecorderHome::new();
    let (code, err) = record(&home, "synthetic-crashes");
    assert_eq!(code, Some(3), "{err}");
    let why = "cannot be used here (its driver broke down in the test (signal 6))";
    assert!(err.contains(why), "{err}");
    assert!(remembered(&home).contains("broke down"));
    // Without it, it records.
    let args = [&["record", "--duration", "1", "--offline"][..], &SOURCES].concat();
    assert_eq!(home.run(&args).code, Some(0));
}

#[test]
fn a_driver_that_hangs_in_its_test_is_ended_and_out() {
    let home = RecorderHome::new();
    let (code, err) = record(&home, "synthetic-hangs");
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("its test did not end within 5 s"), "{err}");
    assert!(remembered(&home).contains("\"slow\": true"));
}

/// A take whose driver fails at its 41st picture: libx264 goes on with that very picture, `why` is told and remembered.
fn harmless(encoder: &str, why: &str) -> RecorderHome {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    // Its test was passed, which a busy machine may take too long for.
    let passed = serde_json::json!({
        "machine": machine(Path::new("/")),
        "results": [{ "encoder": encoder, "passed_ms": 5 }],
    });
    std::fs::create_dir_all(home.path().join("data")).unwrap();
    let file = home.path().join("data/encoders.json");
    std::fs::write(file, passed.to_string()).unwrap();
    let (code, events) = home.record(&["--encoder", encoder]).until_replaced();
    assert_eq!(code, Some(0), "{events:#?}");
    let alarm = events.iter().find(|e| e["code"] == "encoder_replaced");
    let message = alarm.unwrap()["message"].as_str().unwrap();
    assert!(message.contains(why), "{message}");
    assert_eq!(one(&events, "uploaded")["missing"], 0);
    let state = server.state();
    let (_, recording) = state.only();
    assert!(recording.finished);
    let inits: Vec<_> = recording.inits.keys().collect();
    assert_eq!(inits, [&(TrackName::Video, 2)]);
    drop(state);

    assert!(remembered(&home).contains("in a take"));
    home
}

#[test]
fn a_driver_that_breaks_down_in_the_middle_costs_no_picture_and_is_out() {
    let encoder = "synthetic-breaks";
    let home = harmless(encoder, "its driver broke down (signal 11)");
    let (code, err) = record(&home, encoder);
    assert_eq!(code, Some(3), "{err}");
    let why = "cannot be used here (its driver broke down in a take (signal 11))";
    assert!(err.contains(why), "{err}");
}

#[test]
fn a_driver_that_stands_still_in_the_middle_costs_no_picture_and_is_out() {
    let _home = harmless("synthetic-stalls", "gives nothing back any more");
}

#[test]
fn the_test_answers_with_one_line_and_knows_no_other_encoders() {
    let home = RecorderHome::new();
    let absent = home.run(&["test-encoder", "h264_videotoolbox"]);
    let line: serde_json::Value = serde_json::from_str(absent.out.trim()).unwrap();
    assert_eq!(line["encoder"], "h264_videotoolbox");
    assert!(line["failed"].is_string(), "{line}");
    assert_eq!(home.run(&["test-encoder", "libx265"]).code, Some(2));
    assert!(!home.run(&["--help"]).out.contains("test-encoder"));
}
