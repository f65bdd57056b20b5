//! An area, several displays.

use aside_recorder::pipeline::{OpenError, ScreenArea, ScreenPart};
use aside_recorder::source::Screen as _;
use x11rb::protocol::randr;
use x11rb::protocol::xproto::ConnectionExt as _;
use x11rb::wrapper::ConnectionExt as _;

use super::decode::Seen;
use super::desktop::{BLACK, Person, Recording, WHITE, brightness, pictures};
use super::window::{open, refused};
use super::xvfb::Xvfb;

const fn area(x: i32, y: i32, width: u32, height: u32) -> ScreenPart {
    ScreenPart::Area(ScreenArea {
        x,
        y,
        width,
        height,
    })
}

#[test]
fn an_area_is_recorded_from_its_corner_on_and_nothing_beside_it() {
    let server = Xvfb::start("640x480x24", &[]);
    let person = Person::at(&server);
    person.paint(0, 0, 640, false);
    person.take_a_white_pointer();
    person.point_at(600, 400);
    let mut recording = Recording::of_part(&server, area(101, 51, 201, 151));
    person.paint(121, 71, 40, true);
    // Beside it: not a picture is taken of that.
    person.paint(400, 300, 50, true);
    recording.catch_up();
    person.point_at(221, 151);
    recording.catch_up();
    let seen = pictures(&recording.stop());
    let last = seen.last().unwrap();
    assert_eq!((last.width, last.luma.len()), (200, 200 * 150));
    assert!(brightness(last, 22, 22, 36) > WHITE && brightness(last, 62, 22, 36) < BLACK);
    assert!(brightness(last, 122, 102, 12) > WHITE, "the pointer");
    let white = |p: &Seen| p.luma.iter().filter(|x| **x > WHITE).count();
    assert!(white(last) < 40 * 40 + 16 * 16 + 400, "{}", white(last));
}

#[test]
fn an_area_over_the_edge_is_cut_and_one_outside_is_refused_with_the_desktops_size() {
    let server = Xvfb::start("640x480x24", &[]);
    let cut = open(&server, &area(-20, 400, 120, 200)).unwrap();
    assert_eq!((cut.size().width, cut.size().height), (100, 80));
    for outside in [
        area(640, 0, 100, 100),
        area(0, -50, 100, 50),
        area(9000, 9000, 20, 20),
    ] {
        let error = refused(&server, &outside).to_string();
        assert!(
            error.contains("640×480") && error.contains("--area X,Y"),
            "{error}"
        );
    }
    let sliver = refused(&server, &area(630, 0, 100, 100));
    assert!(
        matches!(sliver, OpenError::TooSmall { width: 10, .. }),
        "{sliver}"
    );
}

#[test]
fn two_displays_are_one_picture_and_what_lies_between_them_is_black() {
    let server = Xvfb::start("640x480x24", &[]);
    let person = Person::at(&server);
    for (name, x, y, width, height) in [
        ("left", 0, 0, 200, 300),
        ("middle", 200, 0, 100, 300),
        ("right", 300, 100, 200, 300),
    ] {
        let atom = person.x.intern_atom(false, name.as_bytes()).unwrap();
        let monitor = randr::MonitorInfo {
            name: atom.reply().unwrap().atom,
            primary: false,
            automatic: false,
            x,
            y,
            width,
            height,
            width_in_millimeters: 100,
            height_in_millimeters: 100,
            outputs: Vec::new(),
        };
        randr::set_monitor(&person.x, person.root, monitor).unwrap();
    }
    person.x.sync().unwrap();
    let listed = aside_recorder::source::screen::x11::displays(Some(&server.display)).unwrap();
    let number = |name: &str| listed.iter().find(|d| d.name == name).unwrap().index;
    person.paint(0, 0, 640, true);
    let both = ScreenPart::Displays(vec![number("left"), number("right")]);
    let mut recording = Recording::of_part(&server, both);
    person.paint(420, 150, 50, false);
    recording.catch_up();
    let seen = pictures(&recording.stop());
    let last = seen.last().unwrap();
    assert_eq!((last.width, last.luma.len()), (500, 500 * 400));
    assert!(brightness(last, 4, 4, 190) > WHITE && brightness(last, 304, 204, 100) > WHITE);
    assert!(brightness(last, 424, 154, 40) < BLACK);
    for (x, y) in [(204, 4), (204, 200), (304, 4), (4, 304)] {
        assert!(
            brightness(last, x, y, 90) < BLACK,
            "{x},{y} belongs to neither"
        );
    }
}
