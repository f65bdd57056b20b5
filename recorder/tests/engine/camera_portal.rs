//! A camera that the desktop hands out: a portal of the test's on a real bus, and a real PipeWire behind it.

use rustix::process::Signal;
use serde_json::Value;

use crate::aside::{RecorderHome, Take};
use crate::desktop::{Bus, CameraPortal};
use crate::pipewire::{Daemon, Plugged, TALL, WIDE};

/// Waits until so many more frames of the camera have come.
#[track_caller]
fn frames_come(take: &mut Take, more: u64) {
    let captured = |e: &Value| {
        e["camera"]["captured"]
            .as_u64()
            .filter(|_| e["event"] == "health")
    };
    let first = take.wait_until("its health", |e| captured(e).is_some());
    let enough = captured(&first).unwrap() + more;
    take.wait_until("frames of the camera", |e| {
        captured(e).is_some_and(|n| n >= enough)
    });
}

#[test]
fn a_camera_behind_the_portal_is_recorded_through_a_change_of_its_size_and_a_pulled_plug() {
    let (home, bus, daemon) = (RecorderHome::new(), Bus::start(), Daemon::start());
    let _portal = CameraPortal::on(&bus, daemon.socket());
    let plugged = Plugged::into(daemon.socket(), WIDE);

    let mut command = home.command(&["record", "--screen", "synthetic", "--mic", "none"]);
    command
        .args(["--camera", "pipewire", "--offline", "--json"])
        .env("DBUS_SESSION_BUS_ADDRESS", bus.address());
    let mut take = Take::start(command);
    take.wait_for("started");
    frames_come(&mut take, 10);
    plugged.gives(TALL);
    frames_come(&mut take, 30);

    drop(plugged);
    take.wait_until("the loss of the camera", |e| e["code"] == "camera_lost");
    let _plugged = Plugged::into(daemon.socket(), WIDE);
    take.wait_until("its return", |e| e["code"] == "camera_back");
    frames_come(&mut take, 10);
    take.signal(Signal::INT);
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    let parts = events
        .iter()
        .filter(|e| e["event"] == "part" && e["track"] == "camera" && e["state"] == "sealed");
    assert!(parts.count() > 4, "{events:#?}");
}
