//! One take from its link to its receipt.

use aside_protocol::recording::TrackName;
use rustix::process::Signal;

use crate::aside::{RecorderHome, names, one};
use crate::server::{Fault, Server};

fn fine(_: &str, _: &str) -> Fault {
    Fault::None
}

#[test]
fn a_take_is_on_the_server_when_the_recorder_ends() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let (code, events) = home
        .record(&["--duration", "2", "--title", "A title"])
        .end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(
        names(&events),
        ["link", "started", "stopping", "stopped", "uploaded"]
    );

    let state = server.state();
    let (id, recording) = state.only();
    let link = one(&events, "link");
    assert_eq!(link["id"], id);
    assert_eq!(
        link["url"],
        format!("{}/w/{}", server.url, link["slug"].as_str().unwrap())
    );
    assert_eq!(recording.create.as_ref().unwrap().title, "A title");
    assert!(recording.finished);

    let uploaded = one(&events, "uploaded");
    assert_eq!(
        (&uploaded["missing"], &uploaded["url"]),
        (&0.into(), &link["url"])
    );
    assert_eq!(uploaded["parts"], recording.parts.len());
    assert_eq!(
        home.takes(),
        [] as [&str; 0],
        "what the server has proved to hold is not kept"
    );

    // Every part is sealed once, received once, sent once; and the finish comes last.
    let parts = |state: &str| {
        events
            .iter()
            .filter(|e| e["event"] == "part" && e["state"] == state)
            .count()
    };
    assert_eq!(
        (parts("sealed"), parts("received")),
        (recording.parts.len(), recording.parts.len())
    );
    drop(state);
    assert!(
        server.sent().values().all(|times| *times == 1),
        "{:?}",
        server.sent()
    );
    assert!(
        server
            .state()
            .seen
            .last()
            .unwrap()
            .path
            .ends_with("/finish")
    );
}

#[test]
fn the_link_is_out_before_the_first_frame_and_works_while_recording() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.record(&[]);
    let slug = take.wait_for("link")["slug"].clone();
    server.wait_until("the creation", |s| {
        s.recordings.values().any(|r| r.create.is_some())
    });
    take.wait_for("started");
    // A part is on the server while the recorder still runs, without anybody having asked to stop.
    take.wait_until("the first received part", |e| e["state"] == "received");
    assert_eq!(
        server
            .state()
            .only()
            .1
            .create
            .as_ref()
            .unwrap()
            .slug
            .as_str(),
        slug
    );
    assert!(!server.state().only().1.finished);
    take.signal(Signal::INT);
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "stopping")["why"], "asked");
    assert!(server.state().only().1.finished);
}

#[test]
fn a_pause_is_cut_out() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.record(&["--duration", "2"]);
    take.wait_until("a part", |e| e["event"] == "part");
    take.signal(Signal::USR1);
    take.wait_for("paused");
    // A whole look at the paused take: its length does not grow.
    let before = take.wait_until("a look", |e| e["event"] == "health" && e["paused"] == true);
    let after = take.wait_until("another look", |e| e["event"] == "health");
    assert_eq!(before["media_ms"], after["media_ms"]);
    take.signal(Signal::USR1);
    take.wait_for("resumed");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    // Two looks at a paused take are a second apart: so much is missing from the media.
    let at = |name: &str| one(&events, name)["at_ms"].as_i64().unwrap();
    let length = one(&events, "stopped")["duration_ms"].as_i64().unwrap();
    assert!(
        at("stopping") - at("started") - length > 900,
        "{length} ms of media: {events:#?}"
    );
}

#[test]
fn the_server_is_told_of_a_pause_and_of_its_end() {
    use aside_protocol::upload::RecorderState::{Paused, Recording};

    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.record(&[]);
    take.wait_until("a received part", |e| e["state"] == "received");
    take.signal(Signal::USR1);
    server.wait_until("the pause", |s| s.only().1.beats.last() == Some(&Paused));
    take.signal(Signal::USR1);
    server.wait_until("the end of the pause", |s| {
        s.only().1.beats.last() == Some(&Recording)
    });
    take.signal(Signal::USR1);
    server.wait_until("another pause", |s| {
        s.only().1.beats.last() == Some(&Paused)
    });
    take.signal(Signal::INT);
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert!(server.state().only().1.finished);
}

#[test]
fn a_pause_asked_for_in_the_countdown_is_how_the_take_begins() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.record(&["--countdown", "3", "--duration", "1"]);
    take.wait_for("countdown");
    take.signal(Signal::USR1);
    take.wait_for("started");
    take.wait_for("paused");
    let look = take.wait_until("a look", |e| e["event"] == "health" && e["paused"] == true);
    assert_eq!(look["media_ms"], 0, "nothing is recorded yet");
    take.signal(Signal::USR1);
    take.wait_for("resumed");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert!(one(&events, "stopped")["duration_ms"].as_i64().unwrap() > 800);
    assert_eq!(one(&events, "uploaded")["missing"], 0);
}

/// The devices are closed by a thread that is there before the take begins: a machine that has no thread left must not learn that
/// when the take is to be stopped.
#[cfg(target_os = "linux")]
#[test]
fn the_thread_that_stops_the_take_runs_before_the_link_is_out() {
    let home = RecorderHome::new();
    let mut take = home.record(&["--countdown", "30"]);
    take.wait_for("countdown");
    let tasks = std::fs::read_dir(format!("/proc/{}/task", take.id())).unwrap();
    let names: Vec<String> = tasks
        .map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).unwrap())
        .collect();
    assert!(names.iter().any(|name| name.trim() == "stop"), "{names:?}");
    take.signal(Signal::INT);
    assert_eq!(take.end().0, Some(0));
}

#[test]
fn a_take_stopped_in_its_countdown_leaves_nothing_anywhere() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.record(&["--countdown", "30"]);
    assert_eq!(take.wait_for("countdown")["seconds_left"], 30);
    server.wait_until("the creation", |s| !s.recordings.is_empty());
    take.signal(Signal::TERM);
    let (code, events) = take.end();
    assert_eq!(code, Some(0));
    assert_eq!(
        names(&events),
        ["link", "countdown", "stopping", "stopped", "nothing"]
    );
    assert!(server.state().recordings.is_empty());
    assert_eq!(home.takes(), [] as [&str; 0]);
}

#[test]
fn without_a_server_there_is_no_link_and_the_take_can_be_saved_as_a_file() {
    let home = RecorderHome::new();
    let (code, events) = home.record(&["--duration", "2"]).end();
    assert_eq!(code, Some(0));
    assert_eq!(
        names(&events),
        ["local", "started", "stopping", "stopped", "kept"]
    );
    assert_eq!(one(&events, "kept")["why"], "no_server");
    let made = one(&events, "stopped")["duration_ms"].as_i64().unwrap();

    let id = one(&events, "kept")["id"].as_str().unwrap();
    let file = home.path().join("take.mp4");
    let saved = home.run(&["takes", "export", id, file.to_str().unwrap()]);
    assert_eq!(saved.code, Some(0), "{saved:?}");
    let input = ffmpeg_next::format::input(&file).unwrap();
    let mut kinds: Vec<String> = input
        .streams()
        .map(|s| format!("{:?}", s.parameters().id()))
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["AAC", "H264"]);
    assert!(
        (input.duration() / 1000 - made).abs() < 100,
        "{} µs for {made} ms",
        input.duration()
    );
    let bytes = std::fs::read(&file).unwrap();
    let at = |name: &[u8]| bytes.windows(4).position(|w| w == name).unwrap();
    assert!(at(b"moov") < at(b"mdat"), "the index stands in front");

    let played = home.run(&["takes", "play", id, "--json"]);
    assert_eq!(played.code, Some(0), "{played:?}");
    let lines = played.out.lines().map(|l| serde_json::from_str(l).unwrap());
    let lines: Vec<serde_json::Value> = lines.collect();
    let (first, last) = (lines.first().unwrap(), lines.last().unwrap());
    assert_eq!(
        (&first["event"], &last["event"]),
        (&"playing".into(), &"played".into())
    );
    let shown = &lines[1..lines.len() - 1];
    let places: Vec<_> = shown
        .iter()
        .map(|l| l["media_ms"].as_i64().unwrap())
        .collect();
    assert!(places.len() > 10 && places.is_sorted(), "{places:?}");
    assert!(
        shown
            .iter()
            .all(|l| l["source"] == "take" && l["width"] == 720)
    );
    let file_shown = std::path::Path::new(shown[0]["file"].as_str().unwrap());
    let left: Vec<_> = std::fs::read_dir(file_shown.parent().unwrap())
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let again = home.run(&["takes", "export", id, file.to_str().unwrap()]);
    assert_eq!(again.code, Some(1));
    assert!(
        again.err.contains("nothing was overwritten"),
        "{}",
        again.err
    );
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

#[test]
fn people_read_the_link_and_the_end_and_programs_in_between_nothing() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let done = home.run(&[
        "record",
        "--screen",
        "synthetic",
        "--mic",
        "none",
        "--duration",
        "1",
    ]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let lines: Vec<&str> = done.out.lines().collect();
    let url = lines[0].strip_prefix("Watch link: ").unwrap();
    assert_eq!(
        lines[1..],
        [format!("Watchable at {url}: 0:01, 0 parts missing.")]
    );
    assert_eq!(
        done.err, "Who can watch: anyone with the link.\n",
        "no progress where there is no terminal"
    );
}

#[test]
fn what_cannot_be_recorded_is_told_with_its_exit_code() {
    let home = RecorderHome::new();
    let no_desktop = home.run(&["record", "--screen", "x11", "--mic", "none", "--json"]);
    assert_eq!(no_desktop.code, Some(3), "{no_desktop:?}");
    assert_eq!(one(&no_desktop.events(), "error")["exit"], 3);
    assert!(
        no_desktop.err.contains("Nothing was recorded"),
        "{}",
        no_desktop.err
    );
    let no_sound = home.run(&[
        "record",
        "--screen",
        "synthetic",
        "--mic",
        "file:/nowhere.wav",
    ]);
    assert_eq!(no_sound.code, Some(3), "{no_sound:?}");
    assert_eq!(home.run(&["record", "--duration", "-3"]).code, Some(2));
    assert_eq!(home.run(&["record", "--fps", "0"]).code, Some(2));
    assert_eq!(home.takes(), [] as [&str; 0]);
}

#[test]
fn an_encoder_that_fails_costs_no_part_and_its_init_goes_before_the_parts_it_decodes() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let (code, events) = home.record(&["--encoder", "synthetic"]).until_replaced();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "uploaded")["missing"], 0);
    let state = server.state();
    let (_, recording) = state.only();
    assert!(recording.finished);
    let inits: Vec<_> = recording.inits.keys().collect();
    assert_eq!(inits, [&(TrackName::Video, 2)]);
    let sent = |what: &str| state.seen.iter().position(|seen| seen.path.contains(what));
    let init = sent("/tracks/video/inits/2").unwrap();
    let first = recording
        .first_of_init
        .get(&(TrackName::Video, 2))
        .copied()
        .unwrap();
    assert!(init < sent(&format!("/tracks/video/parts/{first}")).unwrap());
    assert!(first > 0);
}

#[cfg(not(target_os = "macos"))]
#[test]
fn an_encoder_that_was_named_and_is_not_here_ends_the_start_with_its_reason() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let synthetic = ["--screen", "synthetic", "--mic", "synthetic"];
    let args = [&["record", "--encoder", "videotoolbox"][..], &synthetic].concat();
    let refused = home.run(&args);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    let why = "videotoolbox cannot be used here";
    assert!(refused.err.contains(why), "{refused:?}");
    assert!(server.state().recordings.is_empty());
    let unknown = home.run(&["record", "--encoder", "best"]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    let doctor = home.run(&["doctor"]);
    assert!(doctor.out.contains("libx264"), "{doctor:?}");
}
