//! What a program that steers is shown: small pictures, levels, what there is to choose; and what it chooses.

use std::path::Path;
use std::process::Stdio;

use aside_recorder::source::synthetic::read_camera_counter;
use serde_json::{Value, json};

use crate::aside::{RecorderHome, Take, one};
use crate::server::{Fault, Server};
use crate::xvfb::Xvfb;

fn fine(_: &str, _: &str) -> Fault {
    Fault::None
}

/// A picture of a preview.
struct Shown {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Shown {
    fn read(event: &Value) -> Self {
        let bytes = std::fs::read(event["file"].as_str().unwrap()).unwrap();
        let end = b"ENDHDR\n";
        let at = bytes.windows(end.len()).position(|w| w == end).unwrap();
        let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
        let number = |name: &str| {
            let line = head.lines().find_map(|l| l.strip_prefix(name)).unwrap();
            line.trim().parse().unwrap()
        };
        assert!(head.starts_with("P7\n") && head.contains("TUPLTYPE RGB_ALPHA"));
        let shown = Self {
            width: number("WIDTH"),
            height: number("HEIGHT"),
            rgba: bytes[at + end.len()..].to_vec(),
        };
        assert_eq!(shown.rgba.len(), shown.width * shown.height * 4);
        assert!(shown.rgba.iter().skip(3).step_by(4).all(|a| *a == 255));
        shown
    }

    /// The green of each pixel, each row from the left or from the right.
    fn green(&self, from_the_right: bool) -> Vec<u8> {
        let rows = self.rgba.chunks_exact(self.width * 4);
        rows.flat_map(|row| {
            let mut row: Vec<u8> = row.iter().skip(1).step_by(4).copied().collect();
            if from_the_right {
                row.reverse();
            }
            row
        })
        .collect()
    }

    fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 4;
        self.rgba[at..at + 3].try_into().unwrap()
    }
}

fn preview(take: &mut Take, source: &str) -> (Value, Shown) {
    let event = take.wait_until("a preview", |e| {
        e["event"] == "preview" && e["source"] == source
    });
    let shown = Shown::read(&event);
    (event, shown)
}

#[test]
fn small_pictures_and_levels_are_shown_before_and_during_a_take_and_gone_after_it() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&["--wait", "--camera", "synthetic", "--mirror"]);
    take.wait_for("ready");
    let all = json!({ "command": "preview", "screen": true, "camera": true, "levels": true });
    assert_eq!(take.ask(&all)["event"], "accepted");
    let (screen, picture) = preview(&mut take, "screen");
    assert_eq!((picture.width, picture.height), (320, 180));
    let (camera, face) = preview(&mut take, "camera");
    assert_eq!((face.width, face.height), (320, 320));
    let counter = |face: &Shown, from_the_right| {
        read_camera_counter(&face.green(from_the_right), 320, 320, 320)
    };
    assert!(counter(&face, true).is_some(), "the preview is mirrored");
    // One count in eight is a count from the other side as well.
    let mut others = (0..16).map(|_| preview(&mut take, "camera").1);
    assert!(others.any(|face| counter(&face, false).is_none()));
    let level = take.wait_until("a level", |e| {
        e["event"] == "levels" && e["mic_level_db"].is_number()
    });
    assert_eq!(
        (&level["muted"], &level["mic_clipped"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(level["system_level_db"], Value::Null);
    // The second picture of the screen is another one: it moves.
    let (later, second) = preview(&mut take, "screen");
    assert!(later["sequence"].as_u64() > screen["sequence"].as_u64());
    assert!(second.rgba != picture.rgba);

    take.obeys("start");
    take.wait_for("started");
    take.wait_until("a part", |e| e["event"] == "part");
    preview(&mut take, "screen");
    preview(&mut take, "camera");
    take.obeys("pause");
    preview(&mut take, "screen");
    let off = json!({ "command": "preview", "camera": false });
    assert_eq!(take.ask(&off)["event"], "accepted");
    while Path::new(camera["file"].as_str().unwrap()).exists() {
        preview(&mut take, "screen");
    }
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(one(&events, "uploaded")["missing"], 0);
    assert_eq!(home.sockets(), 0, "no preview is left behind");
}

#[test]
fn without_a_program_that_steers_nothing_is_shown_to_anybody() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.record(&[]);
    take.wait_until("a part", |e| e["event"] == "part");
    take.signal(rustix::process::Signal::INT);
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert!(
        events
            .iter()
            .all(|e| e["event"] != "preview" && e["event"] != "levels")
    );
}

#[test]
fn other_sources_are_chosen_before_the_start_and_one_that_is_missing_changes_nothing() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&["--wait"]);
    assert_eq!(take.wait_for("ready")["tracks"], json!(["video", "audio"]));
    take.ask(&json!({ "command": "preview", "camera": true }));
    let camera = json!({ "command": "choose", "camera": "synthetic", "title": "With a face" });
    let answer = take.ask(&camera);
    assert_eq!(
        (&answer["event"], &answer["state"], &answer["title"]),
        (&json!("accepted"), &json!("opening"), &json!("With a face"))
    );
    let all = json!(["video", "audio", "camera"]);
    assert_eq!(take.wait_for("ready")["tracks"], all);
    preview(&mut take, "camera");

    take.ask(&json!({ "command": "choose", "camera": "lavfi:no_such_filter" }));
    let failed = take.wait_for("choice_failed");
    assert_eq!(failed["track"], "camera");
    assert!(!failed["message"].as_str().unwrap().is_empty());
    assert_eq!(take.wait_for("ready")["tracks"], all);
    preview(&mut take, "camera");

    take.ask(&json!({ "command": "choose", "mic": "none" }));
    // Sent while the devices change.
    take.obeys("start");
    take.wait_for("started");
    take.wait_until("a part", |e| e["event"] == "part" && e["track"] == "camera");
    let late = take.ask(&camera);
    assert_eq!(late["reason"], "already_started", "{late}");
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
    let started = one(&events, "started");
    assert_eq!(started["tracks"], json!(["video", "camera", "events"]));
    assert_eq!(one(&events, "uploaded")["missing"], 0);
    let part_of = |track: &str| {
        events
            .iter()
            .any(|e| e["event"] == "part" && e["track"] == track)
    };
    assert!(part_of("video") && part_of("camera") && !part_of("audio"));
}

#[test]
fn a_desktop_that_stands_still_is_shown_as_soon_as_somebody_looks_and_lists_its_displays() {
    use x11rb::connection::Connection as _;
    use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _};

    let desktop = Xvfb::start("640x480x24", &[]);
    let (x, number) = x11rb::connect(Some(&desktop.display)).unwrap();
    let root = x.setup().roots[number].root;
    let paint = |pixel: u32| {
        let colour = ChangeWindowAttributesAux::new().background_pixel(pixel);
        x.change_window_attributes(root, &colour).unwrap();
        x.clear_area(false, root, 0, 0, 0, 0)
            .unwrap()
            .check()
            .unwrap();
    };
    paint(0x00ff_0000);
    let home = RecorderHome::new();
    let mut command = home.command(&["record", "--screen", "x11", "--mic", "none", "--wait"]);
    command
        .args(["--control", "stdio"])
        .env("DISPLAY", &desktop.display)
        .stdin(Stdio::piped());
    let mut take = Take::start(command);
    take.wait_for("ready");
    let answer = take.ask(&json!({ "command": "sources", "request": "a" }));
    assert_eq!(
        (&answer["event"], &answer["command"], &answer["request"]),
        (&json!("accepted"), &json!("sources"), &json!("a"))
    );
    assert_eq!(answer["sources"]["screens"][0]["width"], 640, "{answer}");
    for list in ["windows", "microphones", "cameras", "outputs", "notes"] {
        assert!(answer["sources"][list].is_array(), "{list}");
    }

    let on = json!({ "command": "preview", "screen": true, "levels": true, "per_second": 5 });
    take.ask(&on);
    let (first, red) = preview(&mut take, "screen");
    assert_eq!((red.width, red.height), (320, 240));
    let [r, g, b] = red.pixel(10, 230);
    assert!(r > 240 && g < 15 && b < 15, "{r} {g} {b}");
    // A screen that is painted over with what it shows is not shown again; levels are told with each look.
    for _ in 0..4 {
        paint(0x00ff_0000);
        take.wait_for("levels");
    }
    paint(0x0000_ff00);
    let (second, green) = preview(&mut take, "screen");
    assert!(green.pixel(10, 230)[1] > 240, "{second}");
    let number = |told: &Value| told["sequence"].as_u64();
    assert_eq!(number(&second), number(&first).map(|n| n + 1));
    take.obeys("start");
    take.wait_until("a part", |e| e["event"] == "part");
    take.ask(&json!({ "command": "preview", "screen": false }));
    // Nothing changes on the screen, and the picture that it had is shown all the same.
    take.ask(&on);
    preview(&mut take, "screen");
    paint(0x0000_00ff);
    loop {
        let (_, shown) = preview(&mut take, "screen");
        let [r, _, b] = shown.pixel(10, 230);
        if b > 240 && r < 15 {
            break;
        }
    }
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
}

#[test]
fn clicks_and_keys_cannot_be_drawn_where_nobody_tells_of_them_and_the_take_goes_on() {
    let server = Server::with_faults(fine);
    let home = RecorderHome::at(&server.url);
    let mut take = home.steer(&["--show-clicks"]);
    let alarm = take.wait_for("alarm");
    assert_eq!(alarm["code"], "effects_unknown", "{alarm}");
    take.wait_until("a part", |e| e["event"] == "part");
    let off = json!({ "command": "effects", "clicks": false });
    assert_eq!(take.ask(&off)["event"], "accepted");
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
}

#[test]
fn clicks_are_drawn_from_the_moment_a_program_asks_for_it() {
    let desktop = Xvfb::start("1280x960x24", &[]);
    let home = RecorderHome::new();
    let mut command = home.command(&["record", "--screen", "x11", "--mic", "none"]);
    command
        .args(["--control", "stdio"])
        .env("DISPLAY", &desktop.display)
        .stdin(Stdio::piped());
    let mut take = Take::start(command);
    take.wait_until("a part", |e| e["event"] == "part");
    let on = json!({ "command": "effects", "clicks": true });
    assert_eq!(take.ask(&on)["event"], "accepted");
    take.ask(&json!({ "command": "preview", "screen": true }));
    preview(&mut take, "screen");
    let amber = |shown: &Shown| {
        let near = (130..190).flat_map(|x| (90..150).map(move |y| (x, y)));
        near.filter(|(x, y)| {
            let [r, g, b] = shown.pixel(*x, *y);
            i32::from(r) - i32::from(b) > 60 && i32::from(r) > i32::from(g)
        })
        .count()
    };
    loop {
        // Until one is seen: the server may not have been asked yet when the first is made.
        let done = std::process::Command::new("xdotool")
            .args(["mousemove", "--sync", "640", "480", "click", "1"])
            .env("DISPLAY", &desktop.display)
            .status()
            .expect("xdotool is not installed: `scripts/setup.sh test` installs it");
        assert!(done.success());
        let (_, shown) = preview(&mut take, "screen");
        if amber(&shown) > 8 {
            break;
        }
    }
    take.obeys("stop");
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
}
