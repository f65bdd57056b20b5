//! Who may watch: said before the link is copied, asked of the server, kept with a take that goes there later.

use aside_protocol::recording::Audience;
use serde_json::{Value, json};

use crate::aside::{RecorderHome, Take, names, one};
use crate::server::{Fault, Server};
use crate::xvfb::Xvfb;

fn fine(_: &str, _: &str) -> Fault {
    Fault::None
}

/// What was told of it, in order.
fn told(events: &[Value]) -> Vec<(&str, bool)> {
    let told = events.iter().filter(|e| e["event"] == "audience");
    told.map(|e| {
        (
            e["audience"].as_str().unwrap(),
            e["confirmed"].as_bool().unwrap(),
        )
    })
    .collect()
}

/// Asks for something and waits until it has happened, which may be told before the answer.
fn ask_until(take: &mut Take, line: &Value, event: &str) {
    let count = |take: &Take| take.events.iter().filter(|e| e["event"] == event).count();
    let before = count(take);
    assert_eq!(take.ask(line)["event"], "accepted", "{line}");
    if count(take) == before {
        take.wait_for(event);
    }
}

fn asked_for(server: &Server) -> Option<Audience> {
    let state = server.state();
    let (_, recording) = state.only();
    recording.create.as_ref().unwrap().audience
}

#[test]
fn the_server_is_asked_for_what_the_person_said_and_its_answer_is_shown() {
    for (word, audience) in [("me", Audience::Owner), ("members", Audience::Members)] {
        let server = Server::with_faults(fine);
        let home = RecorderHome::at(&server.url);
        let (code, events) = home.record(&["--duration", "1", "--share", word]).end();
        assert_eq!(code, Some(0), "{events:#?}");
        assert_eq!(asked_for(&server), Some(audience));
        let name = audience.as_str();
        assert_eq!(told(&events), [(name, false), (name, true)]);
        let place = |event: &str| events.iter().position(|e| e["event"] == event);
        assert!(place("audience") < place("link"));
    }
}

#[test]
fn without_a_word_the_server_decides_and_says_so_before_the_link_is_copied() {
    let (desktop, server) = (Xvfb::start("320x240x24", &[]), Server::with_faults(fine));
    let home = RecorderHome::at(&server.url);
    let mut command = home.command(&["record", "--screen", "x11", "--mic", "none", "--json"]);
    command.env("DISPLAY", &desktop.display);
    let mut take = Take::start(command);
    take.wait_for("copied");
    take.wait_until("a part", |e| e["event"] == "part");
    take.signal(rustix::process::Signal::INT);
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(asked_for(&server), None);
    assert_eq!(told(&events), [("link", true)]);
    let place = |event: &str| events.iter().position(|e| e["event"] == event);
    assert!(place("link") < place("audience") && place("audience") < place("copied"));
}

#[test]
fn a_server_that_does_not_answer_keeps_the_link_from_nobody() {
    let desktop = Xvfb::start("320x240x24", &[]);
    let server = Server::with_faults(|_, _| Fault::Proxy(502, "text/html", "away"));
    let home = RecorderHome::at(&server.url);
    let mut command = home.command(&["record", "--screen", "x11", "--mic", "none", "--json"]);
    command
        .args(["--patience", "1"])
        .env("DISPLAY", &desktop.display);
    let mut take = Take::start(command);
    take.wait_for("trouble");
    take.wait_for("copied");
    take.wait_until("a part", |e| e["event"] == "part");
    take.signal(rustix::process::Signal::INT);
    let (code, events) = take.end();
    assert_eq!(code, Some(5), "{events:#?}");
    assert_eq!(told(&events), []);
}

#[test]
fn a_take_that_was_recorded_offline_goes_to_the_server_for_whom_it_was_recorded() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let (code, events) = home
        .record(&["--duration", "1", "--offline", "--share", "me"])
        .end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(told(&events), [("owner", false)]);
    let done = home.run(&["takes", "resume"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(asked_for(&server), Some(Audience::Owner));
}

#[test]
fn a_program_says_who_may_watch_before_the_start_and_may_leave_it_to_the_server_again() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&["--wait", "--share", "members"]);
    take.wait_for("ready");
    let share = |word: &str| json!({ "command": "choose", "share": word });
    assert_eq!(take.ask(&share("everybody"))["reason"], "bad_argument");
    for word in ["default", "me"] {
        ask_until(&mut take, &share(word), "ready");
    }
    take.obeys("start");
    take.wait_until("a part", |e| e["event"] == "part");
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(asked_for(&server), Some(Audience::Owner));
    assert_eq!(told(&events), [("owner", false), ("owner", true)]);
}

#[test]
fn a_device_that_cannot_be_opened_at_first_may_be_replaced_by_another_one() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut command = home.command(&["record", "--screen", "synthetic", "--wait"]);
    command
        .args(["--mic", "file:/nowhere.wav", "--control", "stdio"])
        .stdin(std::process::Stdio::piped());
    let mut take = Take::start(command);
    let failed = take.wait_for("choice_failed");
    assert_eq!(failed["track"], "audio");
    assert!(
        failed["message"].as_str().unwrap().contains("nowhere"),
        "{failed}"
    );
    // Asked to begin, it tries the same once more, and does not begin without it.
    ask_until(&mut take, &json!({ "command": "start" }), "choice_failed");
    assert_eq!(take.obeys("status")["state"], "opening");
    let other = json!({ "command": "choose", "mic": "synthetic" });
    ask_until(&mut take, &other, "ready");
    take.obeys("start");
    take.wait_until("a part", |e| e["event"] == "part");
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "uploaded")["missing"], 0);
    assert!(names(&events).contains(&"started"));

    // A person at a terminal is told and asked for nothing.
    let args = [
        "record",
        "--screen",
        "synthetic",
        "--wait",
        "--mic",
        "file:/nowhere.wav",
    ];
    assert_eq!(home.run(&args).code, Some(3));
}
