//! Signing in, and what happens without.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::aside::{RecorderHome, one};
use crate::server::{Fault, Server};

fn fine(_: &str, _: &str) -> Fault {
    Fault::None
}

#[test]
fn a_computer_is_signed_in_by_a_code_and_then_records_to_its_server() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::new();
    let login = home.run(&["login", &server.url]);
    assert_eq!(login.code, Some(0), "{login:?}");
    assert!(
        login.out.contains("BCDF-GHJK") && login.out.contains(&format!("{}/device", server.url)),
        "{login:?}"
    );
    assert!(login.out.contains("Ada <ada@example.org>"), "{login:?}");
    assert!(
        !login.out.contains("goodtoken") && !login.err.contains("goodtoken"),
        "a token is never shown"
    );
    let (code, events) = home.record(&["--duration", "1"]).end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert!(server.state().only().1.finished);
}

#[test]
fn a_script_signs_in_with_a_token_and_a_wrong_one_is_not_kept() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::new();
    let wrong = home.run_with_input(&["login", &server.url, "--token-stdin"], "badtoken\n");
    assert_eq!(wrong.code, Some(4), "{wrong:?}");
    assert!(!home.path().join("config/config.toml").exists());
    assert_eq!(
        home.run_with_input(&["login", &server.url, "--token-stdin"], "\n")
            .code,
        Some(2)
    );
    let right = home.run_with_input(&["login", &server.url, "--token-stdin"], "goodtoken\n");
    assert_eq!(right.code, Some(0), "{right:?}");
    let doctor = home.run(&["doctor"]);
    assert!(doctor.out.contains("signed in as Ada"), "{doctor:?}");
}

/// A hotkey finds every process of this name (`pkill -USR1 aside`), also those that do not record or do not record yet.
#[test]
fn the_signal_to_pause_ends_no_process_that_does_not_record() {
    let home = RecorderHome::new();
    let mut command = home.command(&["login", "http://aside.example", "--token-stdin"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains("without encryption"), "{line}");
    kill_process(Pid::from_child(&child), Signal::USR1).unwrap();
    // There was no token: it ends by itself, with its own code.
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn a_take_of_somebody_who_was_signed_out_is_kept_until_they_sign_in_again() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url).with_token("oldtoken");
    let (code, events) = home.record(&["--duration", "1"]).end();
    assert_eq!(code, Some(4), "{events:#?}");
    let closed = one(&events, "upload_closed");
    assert_eq!(closed["code"], "sign_in");
    assert!(
        closed["message"].as_str().unwrap().contains("aside login"),
        "{closed}"
    );
    assert_eq!(one(&events, "kept")["why"], "signed_out");
    assert_eq!(home.takes().len(), 1);

    let home = home.with_token("goodtoken");
    let resumed = home.run(&["takes", "resume"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert!(resumed.out.contains("0 parts missing"), "{resumed:?}");
    assert!(server.state().only().1.finished);
}
