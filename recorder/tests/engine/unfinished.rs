//! Takes of processes that are no more.

use rustix::process::Signal;
use serde_json::Value;

use crate::aside::{RecorderHome, one};
use crate::server::{Fault, Server};

fn fine(_: &str, _: &str) -> Fault {
    Fault::None
}

/// Kills a recorder after some parts, and tells what had been sealed.
fn killed(home: &RecorderHome) -> Vec<Value> {
    let mut take = home.record(&[]);
    for number in 0..3 {
        take.wait_until("a part", |e| {
            e["event"] == "part" && e["state"] == "sealed" && e["number"] == number
        });
    }
    take.kill()
}

#[test]
fn a_killed_recorder_resumes_with_the_missing_parts_only() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.record(&[]);
    take.wait_until("a received part", |e| {
        e["state"] == "received" && e["number"] == 1
    });
    let events = take.kill();
    let sealed = events.iter().filter(|e| e["state"] == "sealed").count();
    assert_eq!(home.takes().len(), 1);
    let sent_before = server.sent();

    let resumed = home.run(&["takes", "resume", "--json"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    let events = resumed.events();
    let recovered = one(&events, "recovered");
    assert_eq!(
        (&recovered["lost"], &recovered["ended_well"]),
        (&0.into(), &false.into())
    );
    let found = usize::try_from(recovered["parts"].as_u64().unwrap()).unwrap();
    assert!(
        found >= sealed,
        "what was told to be sealed survives: {found} of {sealed}"
    );
    let state = server.state();
    let (_, recording) = state.only();
    assert!(recording.finished);
    assert_eq!(recording.parts.len(), found);
    drop(state);
    for (part, times) in server.sent() {
        // One whose answer had not been read when the power went may be among them: the server is asked first.
        assert_eq!(
            times, 1,
            "{part} was sent again; before the cut: {sent_before:?}"
        );
    }
    assert_eq!(home.takes(), [] as [&str; 0]);
}

#[test]
fn the_next_start_finishes_what_was_left_over_without_being_asked() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    killed(&home);
    assert!(!server.state().only().1.finished);

    let listed = home.run(&["takes"]);
    assert_eq!(listed.code, Some(0));
    assert!(listed.out.contains("interrupted"), "{listed:?}");
    assert!(
        listed
            .err
            .contains("Finishing an earlier take in the background."),
        "{listed:?}"
    );
    server.wait_until("the finish", |s| s.only().1.finished);
}

/// A take in the hands of a process in the background that waits for a server which hangs.
fn stuck_in_the_background(server: &Server, home: &RecorderHome) -> String {
    let (code, events) = home.record(&["--offline", "--duration", "1"]).end();
    assert_eq!(code, Some(0), "{events:#?}");
    home.run(&["takes"]);
    server.wait_until("the first try", |s| {
        s.seen.iter().any(|s| s.fault == Fault::Hang)
    });
    let rows: Value = serde_json::from_str(&home.run(&["takes", "--json"]).out).unwrap();
    assert_eq!(rows[0]["state"], "uploading");
    rows[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_a_person_wants_goes_before_what_is_done_in_the_background() {
    let server = Server::with_faults(|_, _| Fault::Hang);
    let home = RecorderHome::at(&server.url);
    let id = stuck_in_the_background(&server, &home);
    let discarded = home.run(&["takes", "discard", &id, "--yes"]);
    assert_eq!(discarded.code, Some(0), "{discarded:?}");
    assert_eq!(home.takes(), [] as [&str; 0]);
}

#[test]
fn a_take_that_hangs_in_the_background_is_resumed_where_a_person_can_see_it() {
    let mut first = true;
    let server = Server::with_faults(move |_, _| match std::mem::take(&mut first) {
        true => Fault::Hang,
        false => Fault::None,
    });
    let home = RecorderHome::at(&server.url);
    stuck_in_the_background(&server, &home);
    let resumed = home.run(&["takes", "resume"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert!(resumed.out.contains("0 parts missing"), "{resumed:?}");
    assert!(server.state().only().1.finished);
}

#[test]
fn recording_offline_waits_for_the_next_recording() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let (code, events) = home.record(&["--offline", "--duration", "1"]).end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert!(server.state().seen.is_empty(), "offline is offline");
    let link = one(&events, "link").clone();
    assert_eq!(one(&events, "kept")["why"], "offline");

    let (code, events) = home.record(&["--duration", "1"]).end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(
        one(&events, "resuming")["takes"],
        Value::Array(vec![link["id"].clone()])
    );
    server.wait_until("both takes", |s| {
        s.recordings.values().filter(|r| r.finished).count() == 2
    });
    let state = server.state();
    let first = &state.recordings[link["id"].as_str().unwrap()];
    assert_eq!(
        first.create.as_ref().unwrap().slug.as_str(),
        link["slug"],
        "the link that was given out is kept"
    );
}

#[test]
fn a_take_that_is_being_recorded_is_left_alone() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.record(&[]);
    let id = take.wait_for("link")["id"].as_str().unwrap().to_owned();
    take.wait_until("a part", |e| e["event"] == "part");
    let listed = home.run(&["takes", "--json"]);
    let rows: Value = serde_json::from_str(&listed.out).unwrap();
    assert_eq!(
        (&rows[0]["id"], &rows[0]["state"]),
        (&Value::from(id.clone()), &"recording".into())
    );
    for verb in [
        &["takes", "resume", &id][..],
        &["takes", "discard", &id, "--yes"],
    ] {
        let refused = home.run(verb);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.err.contains("right now"), "{refused:?}");
    }
    take.signal(Signal::INT);
    assert_eq!(take.end().0, Some(0));
}

#[test]
fn a_take_is_only_brought_to_the_server_its_link_was_made_for() {
    let (first, second) = (Server::with_faults(fine), Server::with_faults(fine));
    let home = RecorderHome::at(&first.url);
    killed(&home);
    let elsewhere = home
        .command(&["takes", "resume", "--json"])
        .env("ASIDE_SERVER", &second.url)
        .output()
        .unwrap();
    assert_eq!(elsewhere.status.code(), Some(5));
    assert!(
        String::from_utf8(elsewhere.stdout)
            .unwrap()
            .contains("other_server")
    );
    assert!(second.state().seen.is_empty());
    assert_eq!(home.takes().len(), 1);
}

#[test]
fn a_take_is_deleted_only_when_a_person_says_so() {
    let home = RecorderHome::new();
    home.record(&["--duration", "1"]).end();
    let id = home.takes()[0].clone();
    let unasked = home.run(&["takes", "discard", &id]);
    assert_eq!(unasked.code, Some(2), "{unasked:?}");
    assert!(unasked.err.contains("Nothing was deleted"), "{unasked:?}");
    assert_eq!(home.takes().len(), 1);
    let end = &id[id.len() - 8..];
    assert_eq!(home.run(&["takes", "discard", end, "--yes"]).code, Some(0));
    assert_eq!(home.takes(), [] as [&str; 0]);
    assert_eq!(home.run(&["takes", "discard", end, "--yes"]).code, Some(2));
}
