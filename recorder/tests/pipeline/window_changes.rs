//! Windows that are resized, minimised or closed while they are recorded.

use std::time::Duration;

use aside_recorder::pipeline::{Alarm, EndReason, Output};
use x11rb::protocol::xproto::{ConfigureWindowAux, ConnectionExt as _};
use x11rb::wrapper::ConnectionExt as _;

use super::desktop::{BLACK, Person, Recording, WHITE, alarms, brightness, pictures};
use super::window::{GREY, Program, WHITE_PIXEL, has, is_grey, of_window};
use super::xvfb::Xvfb;

#[test]
fn a_window_that_changes_its_size_is_fitted_into_the_picture_which_keeps_its_own() {
    let server = Xvfb::start("1280x960x24", &[]);
    let program = Program::at(&server);
    let id = program.window((0, 0), (320, 240), Some(GREY));
    let mut recording = of_window(&server, id);
    for side in [400, 480, 560, 640] {
        program.configure(
            id,
            &ConfigureWindowAux::new().width(side).height(side * 3 / 4),
        );
    }
    program.draw(id, (480, 360, 160, 120), 0);
    recording.catch_up();
    let told = alarms(&recording.seen).len();
    assert_eq!(told, 1, "{:?}", alarms(&recording.seen));
    assert!(has(
        &recording,
        |a| matches!(a, Alarm::ScreenScaled { picture, .. } if picture.width == 320)
    ));
    program.configure(id, &ConfigureWindowAux::new().width(320).height(240));
    program.draw(id, (0, 0, 60, 60), 0);
    recording.catch_up();
    assert!(has(&recording, |a| matches!(
        a,
        Alarm::ScreenUnscaled { .. }
    )));
    let seen = pictures(&recording.stop());
    assert!(seen.iter().all(|p| p.width == 320));
    assert!(
        seen.iter()
            .any(|p| brightness(p, 245, 185, 50) < BLACK && is_grey(p, 20, 20, 100)),
        "the new corner was never seen"
    );
    let last = seen.last().unwrap();
    assert!(brightness(last, 5, 5, 50) < BLACK && is_grey(last, 245, 185, 50));
}

#[test]
fn a_minimised_window_keeps_its_last_picture_and_is_seen_again_when_it_is_back() {
    let server = Xvfb::start("640x480x24", &[]);
    let program = Program::at(&server);
    let id = program.window((40, 30), (320, 240), Some(GREY));
    // What lies below must not be seen either.
    Person::at(&server).paint(0, 0, 480, true);
    let mut recording = of_window(&server, id);
    program.draw(id, (10, 10, 60, 60), 0);
    recording.catch_up();
    program.0.x.unmap_window(id).unwrap();
    program.0.x.sync().unwrap();
    recording.catch_up();
    assert!(has(&recording, |a| *a == Alarm::WindowHidden));
    // A pause takes the whole picture anew: of what is there.
    recording.pipeline.pause();
    recording.pipeline.resume();
    recording.catch_up();
    assert!(!has(&recording, |a| *a == Alarm::WindowShown));
    program.0.x.map_window(id).unwrap();
    program.draw(id, (100, 100, 60, 60), 0);
    recording.catch_up();
    assert!(has(&recording, |a| *a == Alarm::WindowShown));
    let seen = pictures(&recording.stop());
    assert!(
        seen.iter().all(|p| p.luma.iter().all(|x| *x < WHITE)),
        "the desktop is seen"
    );
    let hidden = seen
        .iter()
        .filter(|p| brightness(p, 15, 15, 50) < BLACK && is_grey(p, 105, 105, 50));
    assert!(hidden.count() > 2, "the last picture did not stay");
    let last = seen.last().unwrap();
    assert!(brightness(last, 105, 105, 50) < BLACK && is_grey(last, 200, 40, 50));
}

/// A window manager takes its frame off the desktop; the window in it is not told.
#[test]
fn a_window_whose_frame_is_minimised_is_hidden_too() {
    let server = Xvfb::start("640x480x24", &[]);
    let manager = Program::at(&server);
    let program = Program::at(&server);
    let frame = manager.window((20, 20), (340, 280), Some(WHITE_PIXEL));
    let id = program.window((40, 30), (320, 240), Some(GREY));
    let mut recording = of_window(&server, id);
    // The manager comes later than the take.
    program.0.x.reparent_window(id, frame, 10, 30).unwrap();
    program.0.x.sync().unwrap();
    program.draw(id, (10, 10, 60, 60), 0);
    recording.catch_up();
    manager.0.x.unmap_window(frame).unwrap();
    manager.0.x.sync().unwrap();
    recording.catch_up();
    assert!(has(&recording, |a| *a == Alarm::WindowHidden));
    manager.0.x.map_window(frame).unwrap();
    manager.0.x.sync().unwrap();
    program.draw(id, (10, 100, 60, 60), 0);
    recording.catch_up();
    assert!(has(&recording, |a| *a == Alarm::WindowShown));
    let seen = pictures(&recording.stop());
    let last = seen.last().unwrap();
    assert!(brightness(last, 15, 105, 50) < BLACK);
    assert!(seen.iter().all(|p| p.luma.iter().all(|x| *x < WHITE)));
}

#[test]
fn a_window_of_one_pixel_is_out_of_sight_until_it_grows_again() {
    let server = Xvfb::start("640x480x24", &[]);
    let program = Program::at(&server);
    let id = program.window((40, 30), (320, 240), Some(GREY));
    let mut recording = of_window(&server, id);
    program.configure(id, &ConfigureWindowAux::new().width(1).height(1));
    recording.catch_up();
    assert!(has(&recording, |a| *a == Alarm::WindowHidden));
    program.configure(id, &ConfigureWindowAux::new().width(320).height(240));
    program.draw(id, (10, 10, 60, 60), 0);
    recording.catch_up();
    assert!(has(&recording, |a| *a == Alarm::WindowShown));
    let seen = pictures(&recording.stop());
    assert!(
        seen.iter()
            .all(|p| p.width == 320 && is_grey(p, 100, 100, 100))
    );
    assert!(brightness(seen.last().unwrap(), 15, 15, 50) < BLACK);
}

fn until_ended(recording: &mut Recording) -> EndReason {
    loop {
        let output = recording.outputs.recv_timeout(Duration::from_secs(20));
        match output.unwrap() {
            Output::Ended(reason) => return reason,
            other => recording.seen.push(other),
        }
    }
}

#[test]
fn a_window_that_is_closed_ends_the_take_and_a_stranger_with_its_id_is_never_seen() {
    let server = Xvfb::start("640x480x24", &[]);
    let program = Program::at(&server);
    let id = program.window((40, 30), (320, 240), Some(GREY));
    let mut recording = of_window(&server, id);
    // All in one go: the id belongs to another window before anybody can look.
    program.0.x.destroy_window(id).unwrap();
    program.open(id, (40, 30), (320, 240), 0, Some(WHITE_PIXEL));
    program.draw(id, (0, 0, 320, 240), WHITE_PIXEL);
    let reason = until_ended(&mut recording);
    assert_eq!(reason, EndReason::WindowClosed);
    assert!(
        alarms(&recording.seen).is_empty(),
        "{:?}",
        alarms(&recording.seen)
    );
    for n in 0..10 {
        program.draw(id, (n, 0, 100, 100), WHITE_PIXEL - 1);
    }
    let seen = pictures(&recording.stop());
    assert!(seen.iter().all(|p| is_grey(p, 20, 20, 200)));
}
