//! A bad line and a bad server: whatever happens to a request, nothing is lost and nothing is
//! sent for nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use aside_protocol::problem::ProblemCode;
use rustix::process::Signal;

use crate::aside::{RecorderHome, Take, names, one};
use crate::server::{Fault, Server};

/// The take went well in the end, and the server has every part of it.
fn uploaded_whole(server: &Server, home: &RecorderHome, take: Take) -> Vec<serde_json::Value> {
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    let state = server.state();
    let (_, recording) = state.only();
    assert!(recording.finished);
    assert_eq!(one(&events, "uploaded")["parts"], recording.parts.len());
    assert_eq!(home.takes(), [] as [&str; 0]);
    events
}

#[test]
fn a_server_that_fails_for_a_while_gets_every_part_in_the_end() {
    let requests = AtomicUsize::new(0);
    let server = Server::with_faults(move |_, _| match requests.fetch_add(1, Ordering::SeqCst) {
        2..8 => Fault::Problem(ProblemCode::Internal),
        _ => Fault::None,
    });
    let home = RecorderHome::at(&server.url);
    let events = uploaded_whole(&server, &home, home.record(&["--duration", "3"]));
    let names = names(&events);
    assert!(
        names.contains(&"trouble") && names.contains(&"line_back"),
        "{names:?}"
    );
}

/// What a proxy may say for a while: status, media type, body.
const FOREIGN: [(u16, &str, &str); 9] = [
    (404, "text/plain", "404 page not found"),
    (403, "text/html", "<h1>Forbidden</h1>"),
    (401, "text/html", "<h1>Authorization Required</h1>"),
    (405, "text/html", "<h1>Not Allowed</h1>"),
    (400, "text/html", "<h1>Bad Request</h1>"),
    (410, "text/html", "<h1>Gone</h1>"),
    (413, "text/html", "<h1>Request Entity Too Large</h1>"),
    (200, "text/html", "<h1>Sign in to the hotel</h1>"),
    // JSON, and still no problem of ours.
    (
        404,
        "application/json",
        "{\"message\": \"no Route matched\"}",
    ),
];

#[test]
fn what_a_proxy_answers_for_a_while_ends_no_upload() {
    std::thread::scope(|threads| {
        for (status, kind, body) in FOREIGN {
            threads.spawn(move || {
                let requests = AtomicUsize::new(0);
                let server = Server::with_faults(move |_, path| {
                    // A finish takes its turn as well.
                    let turn = requests.fetch_add(1, Ordering::SeqCst);
                    if (4..9).contains(&turn) || path.ends_with("/finish") && turn < 16 {
                        Fault::Proxy(status, kind, body)
                    } else {
                        Fault::None
                    }
                });
                let home = RecorderHome::at(&server.url);
                let events = uploaded_whole(&server, &home, home.record(&["--duration", "2"]));
                let names = names(&events);
                assert!(names.contains(&"line_back"), "{status}: {names:?}");
                assert!(!names.contains(&"upload_closed"), "{status}: {names:?}");
                let trouble = events.iter().find(|e| e["event"] == "trouble").unwrap();
                let message = trouble["message"].as_str().unwrap();
                assert!(message.contains(&status.to_string()), "{status}: {message}");
            });
        }
    });
}

#[test]
fn a_proxy_that_takes_no_large_request_is_named_with_the_size_and_the_limit() {
    let server = Server::with_faults(|method, path| match (method, path.contains("/parts/")) {
        ("PUT", true) => Fault::Proxy(413, "text/html", "<h1>Request Entity Too Large</h1>"),
        _ => Fault::None,
    });
    let home = RecorderHome::at(&server.url);
    let (code, events) = home.record(&["--duration", "1", "--patience", "1"]).end();
    assert_eq!(code, Some(5), "{events:#?}");
    let trouble = events.iter().find(|e| e["event"] == "trouble").unwrap();
    let message = trouble["message"].as_str().unwrap();
    let size = events.iter().find(|e| e["event"] == "part").unwrap()["size"].to_string();
    assert!(
        message.contains(&format!("{size} bytes")) && message.contains("client_max_body_size 16m"),
        "{message}"
    );
    assert_eq!(one(&events, "kept")["why"], "no_answer");
    assert_eq!(home.takes().len(), 1, "the next start tries again");
}

#[test]
fn an_answer_that_was_lost_costs_no_part_a_second_journey() {
    let requests = AtomicUsize::new(0);
    let server = Server::with_faults(move |method, path| {
        let part = method == "PUT" && path.contains("/parts/");
        let unlucky = part && requests.fetch_add(1, Ordering::SeqCst).is_multiple_of(3);
        if unlucky {
            Fault::LoseAnswer
        } else {
            Fault::None
        }
    });
    let home = RecorderHome::at(&server.url);
    uploaded_whole(&server, &home, home.record(&["--duration", "3"]));
    let sent = server.sent();
    assert!(sent.values().all(|times| *times == 1), "{sent:?}");
}

#[test]
fn a_body_that_was_cut_is_sent_again() {
    let requests = AtomicUsize::new(0);
    let server = Server::with_faults(move |method, path| {
        let part = method == "PUT" && path.contains("/parts/");
        let unlucky = part && requests.fetch_add(1, Ordering::SeqCst).is_multiple_of(4);
        if unlucky { Fault::CutBody } else { Fault::None }
    });
    let home = RecorderHome::at(&server.url);
    uploaded_whole(&server, &home, home.record(&["--duration", "3"]));
    assert!(
        server
            .state()
            .seen
            .iter()
            .any(|s| s.fault == Fault::CutBody)
    );
}

#[test]
fn a_lost_finish_is_asked_for_again() {
    let finishes = AtomicUsize::new(0);
    let server = Server::with_faults(move |_, path| match path.ends_with("/finish") {
        true if finishes.fetch_add(1, Ordering::SeqCst) == 0 => Fault::LoseAnswer,
        _ => Fault::None,
    });
    let home = RecorderHome::at(&server.url);
    uploaded_whole(&server, &home, home.record(&["--duration", "1"]));
    assert!(server.sent().values().all(|times| *times == 1));
}

#[test]
fn a_receipt_that_does_not_cover_everything_deletes_nothing() {
    let server = Server::with_faults(|_, path| match path.ends_with("/finish") {
        true => Fault::ShortReceipt,
        false => Fault::None,
    });
    let home = RecorderHome::at(&server.url);
    let (code, events) = home.record(&["--duration", "1"]).end();
    assert_eq!(code, Some(5), "{events:#?}");
    assert_eq!(one(&events, "upload_closed")["code"], "receipt_incomplete");
    assert_eq!(home.takes().len(), 1);
}

#[test]
fn a_refusal_is_told_once_and_the_take_goes_on() {
    let server = Server::with_faults(|method, path| match (method, path.contains("/parts/")) {
        ("PUT", true) => Fault::Problem(ProblemCode::PartConflict),
        _ => Fault::None,
    });
    let home = RecorderHome::at(&server.url);
    let (code, events) = home.record(&["--duration", "2"]).end();
    assert_eq!(code, Some(5), "{events:#?}");
    let closed = one(&events, "upload_closed");
    assert_eq!(closed["code"], "part_conflict");
    assert!(
        closed["message"]
            .as_str()
            .unwrap()
            .contains("safe on this computer"),
        "{closed}"
    );
    // It went on recording to the end all the same.
    assert!(one(&events, "stopped")["duration_ms"].as_i64().unwrap() > 1800);
    assert_eq!(one(&events, "kept")["why"], "refused");
    assert!(
        server.sent().values().all(|times| *times == 1),
        "a refusal is not repeated"
    );
    assert_eq!(home.takes().len(), 1);
}

#[test]
fn two_recorders_with_the_same_id_do_not_mix_their_takes() {
    let server = Server::with_faults(|method, path| match (method, path.matches('/').count()) {
        ("PUT", 3) => Fault::Problem(ProblemCode::RecordingConflict),
        _ => Fault::None,
    });
    let home = RecorderHome::at(&server.url);
    let (code, events) = home.record(&["--duration", "1"]).end();
    assert_eq!(code, Some(5), "{events:#?}");
    assert_eq!(one(&events, "upload_closed")["code"], "recording_conflict");
    assert!(server.sent().is_empty());
    assert_eq!(home.takes().len(), 1);
}

#[test]
fn without_a_network_the_take_is_kept_and_says_how_it_gets_to_its_server() {
    // A port on which nobody listens any more.
    let url = Server::with_faults(|_, _| Fault::None).url.clone();
    let home = RecorderHome::at(&url);
    let (code, events) = home.record(&["--duration", "1", "--patience", "1"]).end();
    assert_eq!(code, Some(5), "{events:#?}");
    let kept = one(&events, "kept");
    assert_eq!(kept["why"], "no_answer");
    assert!(
        kept["message"]
            .as_str()
            .unwrap()
            .contains("aside takes resume"),
        "{kept}"
    );
    assert_eq!(home.takes().len(), 1);
}

#[test]
fn a_second_interrupt_leaves_the_rest_to_the_next_start_and_says_so() {
    let server = Server::with_faults(|_, path| match path.contains("/parts/") {
        true => Fault::Hang,
        false => Fault::None,
    });
    let home = RecorderHome::at(&server.url);
    let mut take = home.record(&[]);
    take.wait_until("a part", |e| e["event"] == "part");
    take.signal(Signal::INT);
    take.wait_for("stopped");
    take.signal(Signal::INT);
    let (code, events) = take.end();
    assert_eq!(code, Some(5), "{events:#?}");
    let kept = one(&events, "kept");
    assert_eq!(kept["why"], "left");
    assert!(
        kept["message"].as_str().unwrap().contains("next start"),
        "{kept}"
    );
    assert_eq!(home.takes().len(), 1);
}
