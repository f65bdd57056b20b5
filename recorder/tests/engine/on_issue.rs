//! `--for`: the link is posted on an issue when the take is on the server, and nothing of the take hangs on it.

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
