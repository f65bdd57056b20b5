//! Encoders whose drivers break down or hang when they are tested: the recorder outlives them and remembers that.

use crate::aside::RecorderHome;

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
