//! Clicks and keys in the picture of a real X server, pressed as a person would (XTEST through xdotool).

use std::process::Command;

use aside_recorder::pipeline::{ScreenPart, ShownEffects};

use super::decode::Seen;
use super::desktop::{Person, Recording, pictures};
use super::xvfb::Xvfb;

const CLICKS: ShownEffects = ShownEffects {
    clicks: true,
    keys: false,
};
const KEYS: ShownEffects = ShownEffects {
    clicks: false,
    keys: true,
};

pub(crate) fn xdotool(server: &Xvfb, args: &[&str]) {
    let done = Command::new("xdotool")
        .args(args)
        .env("DISPLAY", &server.display)
        .status()
        .expect("xdotool is not installed: `scripts/setup.sh test` installs it");
    assert!(done.success());
}

fn click(server: &Xvfb, x: u32, y: u32) {
    let (x, y) = (x.to_string(), y.to_string());
    xdotool(server, &["mousemove", "--sync", &x, &y, "click", "1"]);
}

/// A black desktop of 1280×960, and a pointer of 16 by 16 pixels.
fn desktop() -> (Xvfb, Person) {
    let server = Xvfb::start("1280x960x24", &[]);
    let person = Person::at(&server);
    person.paint(0, 0, 1280, false);
    person.take_a_white_pointer();
    (server, person)
}

/// Bright pixels between 24 and 36 pixels from a place: behind the pointer, where a ring passes.
fn ring(picture: &Seen, x: i32, y: i32) -> usize {
    let near = (-36..=36_i32).flat_map(|dy| (-36..=36_i32).map(move |dx| (dx, dy)));
    near.filter(|(dx, dy)| (24 * 24..=36 * 36).contains(&(dx * dx + dy * dy)))
        .filter(|(dx, dy)| {
            let at = |n: i32| usize::try_from(n).unwrap();
            picture.luma[at(y + dy) * picture.width + at(x + dx)] > 90
        })
        .count()
}

/// White pixels of the lower edge.
fn letters(picture: &Seen) -> usize {
    let edge = &picture.luma[860 * picture.width..];
    edge.iter().filter(|luma| **luma > 180).count()
}

#[test]
fn a_click_is_a_ring_that_fades_and_only_while_that_is_wanted() {
    let (server, _person) = desktop();
    let mut recording = Recording::of_part(&server, ScreenPart::Whole);
    recording.pipeline.show_effects(CLICKS);
    recording.catch_up();
    click(&server, 300, 300);
    recording.catch_up();
    click(&server, 900, 500);
    recording.catch_up();
    recording.pipeline.show_effects(ShownEffects::default());
    recording.catch_up();
    click(&server, 600, 700);
    recording.catch_up();
    xdotool(&server, &["mousemove", "--sync", "1200", "100"]);
    recording.catch_up();
    let seen = pictures(&recording.stop());
    for (x, y) in [(300, 300), (900, 500)] {
        let most = seen.iter().map(|p| ring(p, x, y)).max().unwrap();
        assert!(most > 100, "{most} pixels of a ring at {x},{y}");
    }
    let unwanted = seen.iter().map(|p| ring(p, 600, 700)).max().unwrap();
    assert_eq!(unwanted, 0);
    let last = seen.last().unwrap();
    let left = last.luma.iter().filter(|luma| **luma > 40).count();
    assert!(
        left < 17 * 17 + 200,
        "nothing but the pointer is left: {left}"
    );
}

#[test]
fn shortcuts_are_a_line_in_the_picture_and_what_is_typed_never_is() {
    let (server, _person) = desktop();
    let mut recording = Recording::of_part(&server, ScreenPart::Whole);
    recording.pipeline.show_effects(KEYS);
    recording.catch_up();
    xdotool(&server, &["type", "--delay", "40", "Hunter 2"]);
    recording.catch_up();
    recording.until(recording.pipeline.health().media_ms as f64 / 1e3 + 2.0);
    let typed = recording.pipeline.health().media_ms as f64 / 1e3;
    xdotool(&server, &["key", "ctrl+s"]);
    recording.catch_up();
    recording.until(recording.pipeline.health().media_ms as f64 / 1e3 + 2.5);
    let seen = pictures(&recording.stop());
    let (before, after): (Vec<&Seen>, Vec<&Seen>) = seen.iter().partition(|p| p.at < typed);
    assert!(before.iter().all(|p| letters(p) == 0), "text was shown");
    let most = after.iter().map(|p| letters(p)).max().unwrap();
    assert!(most > 150, "{most} pixels of letters");
    assert_eq!(letters(seen.last().unwrap()), 0, "the line is gone again");
}
