//! One window: a real X server, and clients that do with their windows what they like.

use std::sync::Arc;

use aside_recorder::clock::SystemClock;
use aside_recorder::pipeline::{Alarm, OpenError, ScreenPart, WindowChoice};
use aside_recorder::source::Screen as _;
use aside_recorder::source::screen::x11::{X11Screen, windows};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, InputFocus,
    PropMode, Rectangle, WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

use super::decode::Seen;
use super::desktop::{BLACK, Person, Recording, WHITE, alarms, brightness, pictures};
use super::xvfb::Xvfb;

pub(crate) const GREY: u32 = 0x0080_8080;
pub(crate) const WHITE_PIXEL: u32 = 0x00ff_ffff;

/// Neither black nor white.
pub(crate) fn is_grey(picture: &Seen, x: usize, y: usize, side: usize) -> bool {
    (BLACK + 30..WHITE - 30).contains(&brightness(picture, x, y, side))
}

/// A program that has windows.
pub(crate) struct Program(pub(crate) Person);

impl Program {
    pub(crate) fn at(server: &Xvfb) -> Self {
        let person = Person::at(server);
        // Out of the way: it has a white edge.
        person.point_at(639, 479);
        Self(person)
    }

    /// A window on the desktop. `background`: with which the server fills it; without one the program has to draw everything.
    pub(crate) fn window(
        &self,
        place: (i16, i16),
        size: (u16, u16),
        background: Option<u32>,
    ) -> u32 {
        let id = self.0.x.generate_id().unwrap();
        self.open(id, place, size, 0, background);
        id
    }

    pub(crate) fn open(
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

    pub(crate) fn draw(&self, id: u32, area: (i16, i16, u16, u16), pixel: u32) {
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

    pub(crate) fn configure(&self, id: u32, change: &ConfigureWindowAux) {
        self.0.x.configure_window(id, change).unwrap();
        self.0.x.sync().unwrap();
    }

    pub(crate) fn name(&self, id: u32, property: AtomEnum, text: &[u8]) {
        let mode = PropMode::REPLACE;
        self.0
            .x
            .change_property8(mode, id, property, AtomEnum::STRING, text)
            .unwrap();
        self.0.x.sync().unwrap();
    }
}

pub(crate) fn of_window(server: &Xvfb, id: u32) -> Recording {
    Recording::of_part(server, ScreenPart::Window(WindowChoice::Id(id)))
}

pub(crate) fn open(server: &Xvfb, part: &ScreenPart) -> Result<X11Screen, OpenError> {
    X11Screen::open(Some(&server.display), part, Arc::new(SystemClock))
}

pub(crate) fn refused(server: &Xvfb, part: &ScreenPart) -> OpenError {
    open(server, part).err().unwrap()
}

pub(crate) fn has(recording: &Recording, alarm: impl Fn(&Alarm) -> bool) -> bool {
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
