//! A take that is steered: through a pipe, and by verbs.

use rustix::process::Signal;
use serde_json::json;

use crate::aside::{RecorderHome, names, one};
use crate::server::{Fault, Server};

fn fine(_: &str, _: &str) -> Fault {
    Fault::None
}

#[test]
fn a_program_prepares_a_take_sees_its_levels_and_steers_it_to_its_end() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&["--wait"]);
    assert_eq!(take.events[0]["version"], 1);
    let ready = take.wait_for("ready");
    assert_eq!(ready["tracks"], json!(["video", "audio"]));
    let look = take.wait_until("a level", |e| {
        e["event"] == "health" && e["mic_level_db"].is_number()
    });
    assert_eq!(
        (&look["state"], &look["media_ms"]),
        (&json!("ready"), &json!(0))
    );
    assert_eq!(home.takes(), [] as [&str; 0], "there is no take yet");

    let begun = take.ask(&json!({ "command": "start", "request": 7 }));
    assert_eq!(
        (&begun["event"], &begun["request"], &begun["state"]),
        (&json!("accepted"), &json!(7), &json!("countdown"))
    );
    take.wait_for("started");
    take.wait_until("a part", |e| e["event"] == "part");
    assert_eq!(take.obeys("pause")["state"], "paused");
    assert_eq!(take.obeys("resume")["state"], "recording");
    assert_eq!(take.obeys("mute")["muted"], true);
    assert_eq!(take.obeys("unmute")["muted"], false);
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "uploaded")["missing"], 0);
    assert_eq!(one(&events, "stopping")["why"], "asked");
}

#[test]
fn garbage_and_commands_in_a_wrong_state_are_refused_and_the_take_goes_on() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&[]);
    take.wait_until("a part", |e| e["event"] == "part");
    for (line, reason) in [
        (&b"no json\n"[..], "not_json"),
        (b"\xff\xfe\x00\n", "not_json"),
        (b"\n", "not_json"),
        (b"{\"command\":\"explode\"}\n", "unknown_command"),
        (b"{\"command\":\"resume\"}\n", "not_paused"),
        (b"{\"command\":\"start\"}\n", "already_started"),
        (b"{\"command\":\"face\",\"face\":\"full\"}\n", "no_camera"),
    ] {
        take.write(line);
        let answer = take.wait_for("refused");
        assert_eq!(answer["reason"], reason, "{answer}");
        assert!(!answer["message"].as_str().unwrap().is_empty());
    }
    take.obeys("stop");
    take.write(b"{\"command\":\"pause\"}\n");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "uploaded")["missing"], 0);
}

#[test]
fn a_pipe_that_is_closed_in_the_middle_stops_the_take_and_keeps_it() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&[]);
    take.wait_until("a part", |e| e["event"] == "part");
    // In the middle of a command, as a program that is killed leaves it.
    take.write(b"{\"command\":\"can");
    take.close_pipe();
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "stopping")["why"], "control_closed");
    assert!(server.state().only().1.finished);
    assert_eq!(home.sockets(), 0);
}

#[test]
fn a_program_that_leaves_after_stop_does_not_cut_the_upload_short() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&[]);
    take.wait_until("a part", |e| e["event"] == "part");
    take.write(b"{\"command\":\"stop\"}\n");
    take.close_pipe();
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "uploaded")["missing"], 0);
}

#[test]
fn a_program_that_leaves_before_the_start_leaves_no_take() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&["--wait"]);
    take.wait_for("ready");
    take.close_pipe();
    let (code, events) = take.end();
    assert_eq!(code, Some(1), "{events:#?}");
    assert!(
        one(&events, "error")["message"]
            .as_str()
            .unwrap()
            .contains("nothing was recorded")
    );
    assert!(server.state().seen.is_empty());
    assert_eq!(home.takes(), [] as [&str; 0]);
}

#[test]
fn fifty_pauses_leave_no_hole() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&[]);
    take.wait_until("a part", |e| e["event"] == "part");
    for _ in 0..50 {
        take.obeys("pause");
        take.obeys("resume");
    }
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    for track in ["video", "audio"] {
        let mut reached = 0;
        for part in events
            .iter()
            .filter(|e| e["event"] == "part" && e["state"] == "sealed" && e["track"] == track)
        {
            let start = part["start_ms"].as_i64().unwrap();
            assert!(
                (start - reached).abs() <= 1,
                "{track}: {start} after {reached}"
            );
            reached = start + part["duration_ms"].as_i64().unwrap();
        }
    }
    assert_eq!(one(&events, "uploaded")["missing"], 0);
}

#[test]
fn verbs_steer_the_take_that_is_running() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let (code, message) = home.verb(&["pause"]);
    assert_eq!(code, Some(7));
    assert!(message.contains("Nothing is being recorded"), "{message}");

    let mut take = home.record(&["--title", "Demo"]);
    take.wait_until("a part", |e| e["event"] == "part");
    let id = take.events.iter().find(|e| e["event"] == "link").unwrap()["id"].clone();
    let status = home.run(&["status", "--json"]);
    let rows: serde_json::Value = serde_json::from_str(status.out.trim()).unwrap();
    assert_eq!(
        (&rows[0]["id"], &rows[0]["state"], &rows[0]["title"]),
        (&id, &json!("recording"), &json!("Demo"))
    );
    assert_eq!(home.verb(&["pause"]).0, Some(0));
    take.wait_for("paused");
    let (code, message) = home.verb(&["pause"]);
    assert_eq!(code, Some(7));
    assert!(message.contains("already paused"), "{message}");
    assert_eq!(home.verb(&["resume"]).0, Some(0));
    take.wait_for("resumed");
    assert_eq!(home.verb(&["mark", "A", "chapter"]).0, Some(0));
    assert_eq!(take.wait_for("marked")["title"], "A chapter");
    assert_eq!(home.verb(&["stop", "--take", "elsewhere"]).0, Some(7));
    assert_eq!(home.verb(&["stop"]).0, Some(0));
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(home.sockets(), 0, "the socket goes with its take");
}

#[test]
fn where_two_takes_run_the_verb_says_which_there_are() {
    let home = RecorderHome::new();
    let mut takes = [home.record(&[]), home.record(&[])];
    let ids = takes.each_mut().map(|take| {
        take.wait_for("started");
        let local = take.events.iter().find(|e| e["event"] == "local");
        local.unwrap()["id"].as_str().unwrap().to_owned()
    });
    let (code, message) = home.verb(&["pause"]);
    assert_eq!(code, Some(7));
    assert!(ids.iter().all(|id| message.contains(id)), "{message}");
    assert_eq!(home.verb(&["pause", "--take", &ids[1]]).0, Some(0));
    let [first, mut second] = takes;
    second.wait_for("paused");
    for take in [first, second] {
        take.signal(Signal::INT);
        assert_eq!(take.end().0, Some(0));
    }
}

#[test]
fn the_socket_of_a_killed_recorder_is_cleared_away_and_none_is_open_to_others() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = RecorderHome::new();
    let mut take = home.record(&[]);
    take.wait_for("started");
    let run = home.path().join("data/run");
    let socket = run.join(format!("{}.sock", take.id()));
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&run), mode(&socket)), (0o700, 0o600));
    take.kill();
    assert_eq!(home.sockets(), 1);
    let (code, message) = home.verb(&["stop"]);
    assert_eq!(code, Some(7), "{message}");
    assert_eq!(home.sockets(), 0);
}

/// However early: whether the signal finds the program loading, opening its devices or recording, nothing half remains.
#[test]
fn a_signal_during_start_up_ends_the_program_and_leaves_nothing_behind() {
    let home = RecorderHome::new();
    let threads = |id: u32| -> Vec<String> {
        let tasks = std::fs::read_dir(format!("/proc/{id}/task"));
        let names = tasks
            .into_iter()
            .flatten()
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        names.map(|name| name.trim().to_owned()).collect()
    };
    for until in ["", "aside", "network", "open", "verbs"] {
        let take = home.record(&["--countdown", "30"]);
        while !until.is_empty() && !threads(take.id()).iter().any(|name| name == until) {
            std::thread::yield_now();
        }
        take.signal(Signal::INT);
        let (code, events) = take.end();
        let told = names(&events);
        assert!(
            code.is_none() || told.last() == Some(&"error") || told.last() == Some(&"nothing"),
            "{until}: {code:?} {events:#?}"
        );
        assert_eq!(home.takes(), [] as [&str; 0], "{until}");
    }
}
