//! A take that is followed by a program that did not start it, and one whose program is gone.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::aside::{RecorderHome, Take, one};
use crate::server::{Fault, Server};

fn fine(_: &str, _: &str) -> Fault {
    Fault::None
}

/// A connection that stays.
struct Follower {
    put: UnixStream,
    lines: BufReader<UnixStream>,
}

impl Follower {
    fn of(home: &RecorderHome) -> Self {
        let status = home.run(&["status", "--json"]);
        let rows: Value = serde_json::from_str(status.out.trim()).unwrap();
        let mut put = UnixStream::connect(rows[0]["socket"].as_str().unwrap()).unwrap();
        put.write_all(b"{\"command\":\"follow\"}\n").unwrap();
        let lines = BufReader::new(put.try_clone().unwrap());
        Self { put, lines }
    }

    fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap())
    }

    #[track_caller]
    fn wait_for(&mut self, event: &str) -> Value {
        std::iter::from_fn(|| self.next())
            .find(|e| e["event"] == event)
            .unwrap_or_else(|| panic!("the connection ended before {event}"))
    }

    /// Its answer; what is told before it is passed over.
    fn ask(&mut self, command: &str) -> Value {
        let line = json!({ "command": command, "request": command });
        self.put.write_all(format!("{line}\n").as_bytes()).unwrap();
        loop {
            let answer = self.next().unwrap();
            if answer["request"] == command {
                return answer;
            }
        }
    }
}

#[test]
fn who_follows_later_is_told_what_was_told_before_and_steers_to_the_end() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.record(&["--title", "Demo"]);
    take.wait_until("a part", |e| e["event"] == "part");
    assert_eq!(home.verb(&["pause"]).0, Some(0));
    let told = take.wait_for("paused");
    let link = take.events.iter().find(|e| e["event"] == "link").unwrap();

    let mut follower = Follower::of(&home);
    assert_eq!(follower.next().unwrap()["event"], "hello");
    let first = follower.wait_for("link");
    assert_eq!(
        (&first["url"], &first["at_ms"]),
        (&link["url"], &link["at_ms"])
    );
    assert_eq!(follower.wait_for("paused")["at_ms"], told["at_ms"]);
    assert_eq!(follower.wait_for("health")["state"], "paused");
    assert_eq!(follower.ask("pause")["reason"], "already_paused");
    // What it does may be told before it is answered.
    assert_eq!(follower.ask("resume")["event"], "accepted");
    take.wait_for("resumed");
    assert_eq!(follower.ask("stop")["event"], "accepted");
    follower.wait_for("uploaded");
    while follower.next().is_some() {}
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(home.sockets(), 0);
}

#[test]
fn a_take_in_a_terminal_is_followed_as_well_and_a_follower_that_leaves_changes_nothing() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut command = home.command(&["record", "--screen", "synthetic", "--mic", "synthetic"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    while home.sockets() == 0 {
        std::thread::yield_now();
    }
    let mut gone = Follower::of(&home);
    gone.wait_for("started");
    drop(gone);
    let mut stays = Follower::of(&home);
    stays.wait_for("health");
    assert_eq!(stays.ask("stop")["event"], "accepted");
    stays.wait_for("uploaded");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A take that is to outlive its pipe, and the file that is there once the app was started.
fn kept(home: &RecorderHome, more: &[&str]) -> (Take, std::path::PathBuf) {
    let (app, mark) = (home.path().join("app"), home.path().join("opened"));
    std::fs::write(&app, format!("#!/bin/sh\n: >'{}'\n", mark.display())).unwrap();
    std::fs::set_permissions(&app, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = home.command(&["record", "--screen", "synthetic", "--mic", "synthetic"]);
    command
        .args(["--control", "stdio", "--keep-recording"])
        .args(more)
        .env("ASIDE_APP", app)
        .stdin(Stdio::piped());
    let mut take = Take::start(command);
    take.wait_for("hello");
    (take, mark)
}

#[test]
fn a_take_that_is_to_be_kept_outlives_the_window_and_the_app_is_opened_again() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let (mut take, opened) = kept(&home, &[]);
    take.wait_until("a part", |e| e["event"] == "part");
    take.close_pipe();
    while !opened.exists() {
        std::thread::yield_now();
    }
    let so_far = take.events.len();
    take.wait_until("another part", |e| e["event"] == "part");
    assert!(take.events.len() > so_far);
    let mut follower = Follower::of(&home);
    assert_eq!(follower.ask("stop")["event"], "accepted");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "stopping")["why"], "asked");
    assert_eq!(one(&events, "uploaded")["missing"], 0);
}

#[test]
fn before_the_start_a_closed_pipe_ends_the_recorder_also_where_takes_are_kept() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let (mut take, opened) = kept(&home, &["--wait"]);
    take.wait_for("ready");
    take.close_pipe();
    let (code, events) = take.end();
    assert_eq!(code, Some(1), "{events:#?}");
    assert!(!opened.exists());
    assert_eq!(home.takes(), [] as [&str; 0]);
}

#[test]
fn without_an_account_that_is_said_to_people_and_to_programs() {
    let home = RecorderHome::new();
    let said = home.run(&["account", "--json"]);
    let said: Value = serde_json::from_str(said.out.trim()).unwrap();
    assert_eq!(said, json!({ "server": null, "signed_in": false }));
    assert!(home.run(&["account"]).out.contains("aside login"));
    let home = RecorderHome::at("http://127.0.0.1:9");
    let said: Value = serde_json::from_str(home.run(&["account", "--json"]).out.trim()).unwrap();
    assert_eq!(
        said,
        json!({ "server": "http://127.0.0.1:9", "signed_in": true })
    );
}

#[test]
fn aside_alone_opens_the_app_or_says_how_to_get_it() {
    let home = RecorderHome::new();
    let without = home.run(&[]);
    assert_eq!(without.code, Some(0));
    assert!(
        without.out.contains("no desktop") && without.out.contains("Usage"),
        "{}",
        without.out
    );
    let missing = home
        .command(&[])
        .env("DISPLAY", ":9")
        .env("ASIDE_APP", "/nonexistent/app")
        .output();
    let missing = String::from_utf8(missing.unwrap().stdout).unwrap();
    assert!(missing.contains("not installed"), "{missing}");
    let opened = home
        .command(&[])
        .env("DISPLAY", ":9")
        .env("ASIDE_APP", "/bin/echo")
        .output();
    assert_eq!(opened.unwrap().stdout, b"\n");
}
