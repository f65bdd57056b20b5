//! `--for`: the link is posted on an issue when the take is on the server, and nothing of the take hangs on it.

use rustix::process::Signal;
use serde_json::json;

use crate::aside::{RecorderHome, one};
use crate::server::{Fault, Server};

#[test]
fn the_server_is_asked_to_link_the_take_once_it_is_there_and_the_recorder_says_where() {
    let server = Server::with_faults(|_, _| Fault::None);
    let home = RecorderHome::at(&server.url);
    let (code, events) = home
        .record(&["--duration", "1", "--for", "github:acme/shop#12"])
        .end();
    assert_eq!(code, Some(0), "{events:#?}");
    let linked = one(&events, "linked");
    assert_eq!(
        (&linked["issue"], &linked["url"]),
        (
            &json!("github:acme/shop#12"),
            &json!("https://tracker.example/12")
        )
    );
    let place = |event: &str| events.iter().position(|e| e["event"] == event);
    assert!(place("uploaded") < place("linked"));
    let asked = server.state().asked_to_link.clone();
    assert_eq!(asked.len(), 2, "it is asked until it is there");
    assert_eq!(
        asked[0],
        json!({ "kind": "github", "project": "acme/shop", "issue": "12" })
    );
}

#[test]
fn a_take_whose_link_cannot_be_posted_is_as_safe_as_any_other() {
    let server = Server::with_faults(|_, _| Fault::None);
    let home = RecorderHome::at(&server.url);
    let (code, events) = home
        .record(&["--duration", "1", "--for", "github:acme/shop#404"])
        .end();
    assert_eq!(code, Some(0), "{events:#?}");
    one(&events, "uploaded");
    let not = one(&events, "not_linked");
    let message = not["message"].as_str().unwrap();
    assert!(
        message.contains("knows no issue 404") && message.contains("/w/"),
        "{message}"
    );
    // Nor where the server is older than this.
    let server =
        Server::with_faults(
            |method, path| match (method, path.ends_with("/issue-link")) {
                ("POST", true) => Fault::Proxy(404, "text/html", "nothing"),
                _ => Fault::None,
            },
        );
    let home = RecorderHome::at(&server.url);
    let (code, events) = home
        .record(&["--duration", "1", "--for", "jira:ABC-1"])
        .end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "not_linked")["later"], false);
}

#[test]
fn what_the_server_has_taken_is_not_said_to_be_ones_own_to_post() {
    let mut asked = 0;
    let server = Server::with_faults(move |_, path| {
        if path.ends_with("/issue-link") {
            asked += 1;
        }
        match asked > 1 {
            true => Fault::Proxy(502, "text/html", "nothing"),
            false => Fault::None,
        }
    });
    let home = RecorderHome::at(&server.url);
    let (code, events) = home
        .record(&["--duration", "1", "--for", "github:acme/shop#12"])
        .end();
    assert_eq!(code, Some(0), "{events:#?}");
    let not = one(&events, "not_linked");
    assert_eq!(not["later"], true, "{not}");
    let message = not["message"].as_str().unwrap();
    assert!(!message.contains("yourself"), "{message}");
}

#[test]
fn whoever_does_not_wait_for_a_link_is_told_to_look_there_first() {
    let server = Server::with_faults(|_, path| match path.ends_with("/issue-link") {
        true => Fault::Hang,
        false => Fault::None,
    });
    let home = RecorderHome::at(&server.url);
    let take = home.record(&["--duration", "1", "--for", "github:acme/shop#12"]);
    server.wait_until("the question", |state| {
        let mut seen = state.seen.iter();
        seen.any(|it| it.path.ends_with("/issue-link"))
    });
    take.signal(Signal::INT);
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    let not = one(&events, "not_linked");
    assert_eq!(not["later"], false, "{not}");
    let message = not["message"].as_str().unwrap();
    assert!(message.contains("look there first"), "{message}");
}
