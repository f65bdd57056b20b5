//! A take with a camera, saved as a file without a server: the face lies over the screen as it was laid out.

use std::path::Path;
use std::process::Command;

use aside_protocol::layout::{Corner, Face, FaceSize, LayoutMoment};
use serde_json::{Value, json};

use crate::aside::{RecorderHome, Take, one};

const SCREEN: (u32, u32) = (1280, 720);
/// Looks a second.
const LOOKS: u64 = 10;
/// Far enough from a change, in milliseconds.
const APART: u64 = 300;

/// Whether the face lies there, each tenth of a second: the camera's counter, black and white, crosses its middle, and nothing of
/// the screen is as dark or as light.
fn faces(movie: &Path, corner: Corner, size: FaceSize) -> Vec<bool> {
    let shown = LayoutMoment {
        at_ms: 0,
        face: Face::Corner,
        corner,
        size,
    };
    let mask = shown.mask(SCREEN.0, SCREEN.1).unwrap();
    let (width, x) = (mask.side / 2, mask.x + mask.side / 4);
    let crop = format!("crop={width}:2:{x}:{}", mask.y + mask.side / 2);
    let filter = format!("fps={LOOKS},{crop},format=gray");
    let done = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(movie)
        .args(["-vf", &filter, "-f", "rawvideo", "-"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    let looks = done.stdout.chunks_exact(width as usize * 2);
    looks
        .map(|pixels| pixels.iter().any(|luma| !(35..=200).contains(luma)))
        .collect()
}

/// Lays the face out, and says from when on it lies so.
fn lay_out(take: &mut Take, how: Value) -> u64 {
    let mut command = how;
    command["command"] = json!("face");
    let answer = take.ask(&command);
    assert_eq!(answer["event"], "accepted", "{answer}");
    let told = take.events.iter().rev().find(|e| e["event"] == "face");
    let at = told.unwrap()["media_ms"].as_u64().unwrap();
    // Until it has lain there for a while.
    take.wait_until("more of the take", |e| {
        e["event"] == "health" && e["media_ms"].as_u64() >= Some(at + 4 * APART)
    });
    at
}

#[test]
fn a_take_with_a_camera_is_saved_with_the_face_where_it_lay_at_each_moment() {
    let home = RecorderHome::new();
    let mut take = home.steer(&["--camera", "synthetic", "--offline"]);
    // The camera may come later than the screen.
    let seen = take.wait_until("the camera", |e| {
        e["event"] == "health" && e["camera"]["captured"].as_u64() > Some(0)
    });
    let seen = seen["media_ms"].as_u64().unwrap();
    take.wait_until("some of the take", |e| {
        e["event"] == "health" && e["media_ms"].as_u64() >= Some(seen + 4 * APART)
    });
    let moved = lay_out(&mut take, json!({ "corner": "top_right", "size": "large" }));
    let hidden = lay_out(&mut take, json!({ "face": "hidden" }));
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    let id = one(&events, "kept")["id"].as_str().unwrap();
    let length = one(&events, "stopped")["duration_ms"].as_u64().unwrap();

    let file = home.path().join("take.mp4");
    let saved = home.run(&["takes", "export", id, file.to_str().unwrap()]);
    assert_eq!(saved.code, Some(0), "{saved:?}");
    let before = faces(&file, Corner::BottomLeft, FaceSize::Medium);
    let after = faces(&file, Corner::TopRight, FaceSize::Large);
    let seen = |looks: &[bool], at_ms: u64| looks[usize::try_from(at_ms * LOOKS / 1000).unwrap()];
    for (at, lies) in [
        (moved - APART, (true, false)),
        (moved + APART, (false, true)),
        (hidden - APART, (false, true)),
        (hidden + APART, (false, false)),
    ] {
        assert!(at < length, "{at} of {length}");
        assert_eq!(
            (seen(&before, at), seen(&after, at)),
            lies,
            "at {at} ms; moved at {moved}, hidden at {hidden}"
        );
    }
}
