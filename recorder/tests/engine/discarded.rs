//! Takes that a person cancels or begins anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aside_protocol::problem::ProblemCode;
use serde_json::Value;

use crate::aside::{RecorderHome, names, one};
use crate::server::{Fault, Server};

fn fine(_: &str, _: &str) -> Fault {
    Fault::None
}

fn cancelled(server: &Server, home: &RecorderHome) -> Vec<Value> {
    let mut take = home.steer(&[]);
    take.wait_until("a received part", |e| e["state"] == "received");
    assert_eq!(server.state().recordings.len(), 1);
    take.obeys("cancel");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(home.takes(), [] as [&str; 0]);
    events
}

#[test]
fn a_cancelled_take_leaves_nothing_here_and_nothing_on_the_server() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let events = cancelled(&server, &home);
    assert_eq!(one(&events, "cancelled")["server"], "nothing");
    assert_eq!(one(&events, "stopping")["why"], "cancelled");
    assert!(server.state().recordings.is_empty());
    assert_eq!(home.notes(), 0, "the server needs not be told again");
    assert_eq!(names(&events).last(), Some(&"cancelled"));
}

#[test]
fn on_an_older_server_a_cancelled_take_is_deleted() {
    let server = Server::with_faults(fine);
    server.state().older = true;
    let home = RecorderHome::at(&server.url);
    let events = cancelled(&server, &home);
    assert_eq!(one(&events, "cancelled")["server"], "in_trash");
    assert!(server.state().recordings.is_empty());
}

#[test]
fn what_was_cancelled_while_the_server_was_away_is_removed_there_when_it_is_back() {
    let away = Arc::new(AtomicBool::new(false));
    let server = Server::with_faults({
        let away = Arc::clone(&away);
        move |_, _| match away.load(Ordering::SeqCst) {
            true => Fault::Problem(ProblemCode::Unavailable),
            false => Fault::None,
        }
    });
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&[]);
    take.wait_until("a received part", |e| e["state"] == "received");
    away.store(true, Ordering::SeqCst);
    take.obeys("cancel");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "cancelled")["server"], "told_later");
    assert_eq!(home.takes(), [] as [&str; 0]);
    assert_eq!((home.notes(), server.state().recordings.len()), (1, 1));

    away.store(false, Ordering::SeqCst);
    assert_eq!(home.run(&["takes", "resume"]).code, Some(0));
    assert_eq!((home.notes(), server.state().recordings.len()), (0, 0));
}

#[test]
fn the_next_start_tells_the_server_by_itself() {
    let server = Server::with_faults(|_, path| match path.ends_with("/cancel") {
        true => Fault::None,
        false => Fault::Problem(ProblemCode::Unavailable),
    });
    let home = RecorderHome::at(&server.url);
    std::fs::create_dir_all(home.path().join("data/cancelled")).unwrap();
    let id = "0191e0a0-0000-7000-8000-000000000001";
    let note = serde_json::json!({ "id": id, "server": server.url, "leaving": "delete" });
    let file = home.path().join("data/cancelled").join(id);
    std::fs::write(&file, note.to_string()).unwrap();
    assert_eq!(home.run(&["takes"]).code, Some(0));
    server.wait_until("the cancelling", |s| {
        s.seen.iter().any(|seen| seen.path.ends_with("/cancel"))
    });
}

#[test]
fn a_restarted_take_lies_in_the_trash_and_the_next_one_has_a_link_of_its_own() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&[]);
    let first = take.wait_for("link");
    take.wait_until("a received part", |e| e["state"] == "received");
    take.obeys("restart");
    let trashed = take.wait_for("trashed");
    assert_eq!(trashed["id"], first["id"]);
    let second = take.wait_for("link");
    assert_ne!(second["slug"], first["slug"]);
    take.wait_until("a received part", |e| e["state"] == "received");
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "uploaded")["id"], second["id"]);
    server.wait_until("the removal of the first", |s| s.recordings.len() == 1);

    let listed = home.run(&["takes", "--json"]);
    let rows: Value = serde_json::from_str(listed.out.trim()).unwrap();
    assert_eq!(
        (&rows[0]["id"], &rows[0]["state"]),
        (&first["id"], &"trashed".into())
    );
    let id = first["id"].as_str().unwrap();
    let restored = home.run(&["takes", "restore", id]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_eq!(home.takes().len(), 1);
    let resumed = home.run(&["takes", "resume", "--json"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    let uploaded = one(&resumed.events(), "uploaded").clone();
    assert_eq!(uploaded["parts"], trashed["parts"]);
    assert_ne!(
        uploaded["id"], first["id"],
        "the server forgot the old one for good"
    );
    assert_eq!(server.state().recordings.len(), 2);
}

#[test]
fn a_take_in_the_trash_can_be_deleted_and_is_gone_after_its_days() {
    let home = RecorderHome::new();
    let mut take = home.steer(&[]);
    take.wait_until("a part", |e| e["event"] == "part");
    take.obeys("restart");
    let id = take.wait_for("trashed")["id"].as_str().unwrap().to_owned();
    take.wait_for("started");
    take.obeys("cancel");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "cancelled")["server"], "no_server");

    let folder = home.path().join("data/trash").join(&id);
    let kept = std::fs::read(folder.join("trashed")).unwrap();
    // Nearly twenty years ago.
    std::fs::write(folder.join("trashed"), r#"{"at":1200000000000000}"#).unwrap();
    assert_eq!(home.run(&["takes"]).code, Some(0));
    assert!(!folder.exists());

    std::fs::create_dir_all(folder.join("parts")).unwrap();
    std::fs::write(folder.join("trashed"), kept).unwrap();
    assert_eq!(home.run(&["takes", "discard", &id]).code, Some(0));
    assert!(!folder.exists());
}
