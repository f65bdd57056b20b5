//! One window, an area, several displays: a real X server, and clients that do with their windows what they like.

use std::sync::Arc;
use std::time::Duration;

use aside_recorder::clock::SystemClock;
use aside_recorder::pipeline::{
    Alarm, EndReason, OpenError, Output, ScreenArea, ScreenPart, WindowChoice,
};
use aside_recorder::source::Screen as _;
use aside_recorder::source::screen::x11::{X11Screen, windows};
use x11rb::connection::Connection as _;
use x11rb::protocol::randr;
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, InputFocus,
    PropMode, Rectangle, WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

use super::decode::Seen;
use super::x11::{BLACK, Person, Recording, WHITE, Xvfb, alarms, brightness, pictures};

const GREY: u32 = 0x0080_8080;
const WHITE_PIXEL: u32 = 0x00ff_ffff;

/// Neither black nor white.
fn is_grey(picture: &Seen, x: usize, y: usize, side: usize) -> bool {
    (BLACK + 30..WHITE - 30).contains(&brightness(picture, x, y, side))
}

/// A program that has windows.
struct Program(Person);

impl Program {
    fn at(server: &Xvfb) -> Self {
        let person = Person::at(server);
        // Out of the way: it has a white edge.
        person.point_at(639, 479);
        Self(person)
    }

    /// A window on the desktop. `background`: with which the server fills it; without one the program has to draw everything.
    fn window(&self, place: (i16, i16), size: (u16, u16), background: Option<u32>) -> u32 {
        let id = self.0.x.generate_id().unwrap();
        self.open(id, place, size, 0, background);
        id
    }

    fn open(
        &self,
        id: u32,
        (x, y): (i16, i16),
        (width, height): (u16, u16),
        border: u16,
        background: Option<u32>,
    ) {
        let mut look = CreateWindowAux::new().border_pixel(WHITE_PIXEL);
        look.background_pixel = background;
        let (root, class) = (self.0.root, WindowClass::INPUT_OUTPUT);
        self.0
            .x
            .create_window(0, id, root, x, y, width, height, border, class, 0, &look)
            .unwrap();
        self.0.x.map_window(id).unwrap();
        self.0.x.sync().unwrap();
    }

    fn draw(&self, id: u32, area: (i16, i16, u16, u16), pixel: u32) {
        let gc = self.0.x.generate_id().unwrap();
        let colour = CreateGCAux::new().foreground(pixel);
        self.0.x.create_gc(gc, id, &colour).unwrap();
        let (x, y, width, height) = area;
        let area = Rectangle {
            x,
            y,
            width,
            height,
        };
        self.0.x.poly_fill_rectangle(id, gc, &[area]).unwrap();
        self.0.x.free_gc(gc).unwrap();
        self.0.x.sync().unwrap();
    }

    fn configure(&self, id: u32, change: &ConfigureWindowAux) {
        self.0.x.configure_window(id, change).unwrap();
        self.0.x.sync().unwrap();
    }

    fn name(&self, id: u32, property: AtomEnum, text: &[u8]) {
        let mode = PropMode::REPLACE;
        self.0
            .x
            .change_property8(mode, id, property, AtomEnum::STRING, text)
            .unwrap();
        self.0.x.sync().unwrap();
    }
}

fn of_window(server: &Xvfb, id: u32) -> Recording {
    Recording::of_part(server, ScreenPart::Window(WindowChoice::Id(id)))
}

fn open(server: &Xvfb, part: &ScreenPart) -> Result<X11Screen, OpenError> {
    X11Screen::open(Some(&server.display), part, Arc::new(SystemClock))
}

fn refused(server: &Xvfb, part: &ScreenPart) -> OpenError {
    open(server, part).err().unwrap()
}

fn has(recording: &Recording, alarm: impl Fn(&Alarm) -> bool) -> bool {
    alarms(&recording.seen).into_iter().any(alarm)
}

#[test]
fn a_window_is_recorded_as_it_is_under_whatever_lies_over_it() {
    let server = Xvfb::start("640x480x24", &[]);
    let program = Program::at(&server);
    let id = program.window((40, 30), (320, 240), Some(GREY));
    let other = Program::at(&server);
    other.window((100, 80), (400, 300), Some(WHITE_PIXEL));
    let mut recording = of_window(&server, id);
    program.draw(id, (200, 150, 60, 60), 0);
    recording.catch_up();
    // Another one comes, and the window moves until most of it is outside of the desktop.
    other.window((0, 0), (640, 480), Some(WHITE_PIXEL));
    program.configure(id, &ConfigureWindowAux::new().x(-250).y(400));
    program.draw(id, (20, 20, 60, 60), 0);
    recording.catch_up();
    assert!(
        alarms(&recording.seen).is_empty(),
        "{:?}",
        alarms(&recording.seen)
    );
    let seen = pictures(&recording.stop());
    for picture in &seen {
        assert_eq!((picture.width, picture.luma.len()), (320, 320 * 240));
        assert!(
            picture.luma.iter().all(|x| *x < WHITE),
            "another window is seen"
        );
    }
    let last = seen.last().unwrap();
    assert!(is_grey(&seen[0], 205, 155, 50));
    assert!(brightness(last, 205, 155, 50) < BLACK && brightness(last, 25, 25, 50) < BLACK);
    assert!(is_grey(last, 100, 20, 80));
}

/// When the server begins to keep a picture of the window, it copies what is on the screen at its place.
#[test]
fn what_lay_over_a_window_that_its_program_does_not_draw_is_black_and_not_a_strangers_window() {
    let server = Xvfb::start("640x480x24", &[]);
    let program = Program::at(&server);
    let id = program.window((0, 0), (320, 240), None);
    program.draw(id, (0, 0, 320, 240), GREY);
    let other = Program::at(&server);
    other.window((160, 0), (300, 200), Some(WHITE_PIXEL));
    let mut recording = of_window(&server, id);
    recording.catch_up();
    let seen = pictures(&recording.stop());
    let last = seen.last().unwrap();
    assert!(is_grey(last, 10, 10, 140), "what was not covered is seen");
    assert!(
        brightness(last, 170, 10, 140) < BLACK,
        "{}",
        brightness(last, 170, 10, 140)
    );
    assert!(seen.iter().all(|p| p.luma.iter().all(|x| *x < WHITE)));
}

#[test]
fn what_is_drawn_after_it_was_covered_is_seen() {
    let server = Xvfb::start("640x480x24", &[]);
    let program = Program::at(&server);
    let id = program.window((0, 0), (320, 240), None);
    program.draw(id, (0, 0, 320, 240), GREY);
    let other = Program::at(&server);
    other.window((160, 0), (300, 200), Some(WHITE_PIXEL));
    let mut recording = of_window(&server, id);
    program.draw(id, (160, 0, 160, 120), GREY);
    recording.catch_up();
    let seen = pictures(&recording.stop());
    let last = seen.last().unwrap();
    assert!(is_grey(last, 170, 10, 100));
    assert!(brightness(last, 170, 130, 60) < BLACK);
}

#[test]
fn a_still_window_costs_nothing_whatever_the_desktop_around_it_does() {
    let server = Xvfb::start("640x480x24", &[]);
    let program = Program::at(&server);
    let id = program.window((40, 30), (320, 240), Some(GREY));
    let mut recording = of_window(&server, id);
    // The server paints the background of what was covered; nothing else follows.
    recording.until(1.0);
    let captured = recording.pipeline.health().frames_captured;
    assert!(captured <= 2, "{captured}");
    let person = Person::at(&server);
    for n in 0..40 {
        person.paint(400, 100, 200, n % 2 == 0);
        person.point_at(500 + n, 300);
        recording.until(1.0 + f64::from(n) * 0.05);
    }
    assert_eq!(recording.pipeline.health().frames_captured, captured);
    recording.stop();
}

#[test]
fn the_border_that_the_server_draws_is_no_part_of_a_window() {
    let server = Xvfb::start("640x480x24", &[]);
    let program = Program::at(&server);
    let id = program.0.x.generate_id().unwrap();
    program.open(id, (30, 30), (200, 100), 9, Some(0));
    program.draw(id, (0, 0, 40, 40), GREY);
    let mut recording = of_window(&server, id);
    program.draw(id, (160, 60, 40, 40), GREY);
    recording.catch_up();
    let seen = pictures(&recording.stop());
    let last = seen.last().unwrap();
    assert_eq!((last.width, last.luma.len()), (200, 200 * 100));
    assert!(is_grey(last, 2, 2, 36) && is_grey(last, 162, 62, 36));
    assert!(brightness(last, 44, 44, 12) < BLACK);
    assert!(last.luma.iter().all(|x| *x < WHITE));
}

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

#[test]
fn the_pointer_is_drawn_in_a_window_where_it_points_and_not_when_it_is_over_another_one() {
    let server = Xvfb::start("640x480x24", &[]);
    let program = Program::at(&server);
    let person = Person::at(&server);
    person.take_a_white_pointer();
    let id = program.window((100, 50), (320, 240), Some(0));
    program.window((300, 50), (320, 240), Some(0));
    person.point_at(10, 10);
    let mut recording = of_window(&server, id);
    person.point_at(160, 90);
    recording.catch_up();
    // The window moves under the pointer that stands still.
    program.configure(id, &ConfigureWindowAux::new().x(140));
    recording.catch_up();
    person.point_at(350, 100);
    recording.catch_up();
    let seen = pictures(&recording.stop());
    assert!(seen[0].luma.iter().all(|x| *x < WHITE));
    assert!(seen.iter().any(|p| brightness(p, 62, 42, 12) > WHITE));
    assert!(seen.iter().any(|p| brightness(p, 22, 42, 12) > WHITE));
    assert!(seen.last().unwrap().luma.iter().all(|x| *x < WHITE));
}

#[test]
fn the_window_in_front_is_the_active_one_and_what_cannot_be_recorded_is_named() {
    let server = Xvfb::start("640x480x24", &[]);
    let program = Program::at(&server);
    let active = ScreenPart::Window(WindowChoice::Active);
    assert_eq!(refused(&server, &active), OpenError::NoActiveWindow);
    let (id, other) = (
        program.window((0, 0), (300, 200), Some(GREY)),
        program.window((300, 0), (201, 99), Some(0)),
    );
    program.name(id, AtomEnum::WM_NAME, b"Notes\x1b[31m");
    program.name(id, AtomEnum::WM_CLASS, b"notes\0Notes\0");
    let connection = &program.0.x;
    connection
        .set_input_focus(InputFocus::POINTER_ROOT, id, x11rb::CURRENT_TIME)
        .unwrap();
    connection.sync().unwrap();
    let found = open(&server, &active).unwrap();
    assert_eq!((found.size().width, found.size().height), (300, 200));

    let listed = windows(Some(&server.display)).unwrap();
    assert_eq!(listed.len(), 2, "{listed:?}");
    let notes = listed.iter().find(|w| w.id == format!("0x{id:x}")).unwrap();
    assert_eq!(
        (notes.title.as_str(), notes.app.as_str()),
        ("Notes [31m", "Notes")
    );
    assert!(notes.active && !notes.minimised);
    let odd = open(&server, &ScreenPart::Window(WindowChoice::Id(other))).unwrap();
    assert_eq!((odd.size().width, odd.size().height), (200, 98));

    let missing = refused(&server, &ScreenPart::Window(WindowChoice::Id(0x0666_0666)));
    assert!(missing.to_string().contains("0x6660666"), "{missing}");
    connection.unmap_window(id).unwrap();
    connection.sync().unwrap();
    let hidden = refused(&server, &ScreenPart::Window(WindowChoice::Id(id)));
    assert!(
        matches!(&hidden, OpenError::WindowHidden { title } if title.contains("Notes")),
        "{hidden}"
    );
    let small = program.window((0, 0), (1, 1), Some(0));
    let small = refused(&server, &ScreenPart::Window(WindowChoice::Id(small)));
    assert!(
        matches!(
            small,
            OpenError::TooSmall {
                width: 1,
                height: 1
            }
        ),
        "{small}"
    );
    let root = refused(
        &server,
        &ScreenPart::Window(WindowChoice::Id(program.0.root)),
    );
    assert!(matches!(root, OpenError::NoSuchWindow(_)), "{root}");
    let plain = Xvfb::start("640x480x24", &["-extension", "Composite"]);
    let id = Program::at(&plain).window((0, 0), (300, 200), Some(GREY));
    let error = refused(&plain, &ScreenPart::Window(WindowChoice::Id(id)));
    assert_eq!(error, OpenError::NoExtension { name: "Composite" });
}

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
