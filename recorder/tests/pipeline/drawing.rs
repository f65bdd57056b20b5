//! Drawing while recording, on a real X server, with a pointer as a person moves it.

use aside_recorder::compose::{Ink, Style, Tool};
use aside_recorder::pipeline::{Board, Overlay, ScreenPart, WindowChoice};
use crossbeam_channel::{Receiver, bounded};
use x11rb::protocol::xproto::ConnectionExt as _;

use super::desktop::{BLACK, Person, Recording, WHITE, brightness, pictures};
use super::effects::xdotool;
use super::window::Program;
use super::xvfb::Xvfb;

const KEPT: Style = Style {
    tool: Tool::Pen,
    ink: Ink::White,
    keep: true,
};

struct Drawer {
    overlay: Overlay,
    board: std::sync::Arc<Board>,
    ended: Receiver<()>,
}

impl Drawer {
    fn on(recording: &Recording, server: &Xvfb) -> Self {
        let (tell, ended) = bounded(1);
        let opened = recording.pipeline.open_overlay(Some(&server.display), tell);
        let (overlay, board) = opened.unwrap();
        let this = Self {
            overlay,
            board,
            ended,
        };
        this.pointer_draws(server, true);
        this
    }

    /// Returns when the overlay lies there, or is away.
    fn pointer_draws(&self, server: &Xvfb, on: bool) {
        self.board.change(|drawing| {
            drawing.style = KEPT;
            drawing.on = on;
        });
        let person = Person::at(server);
        person.point_at(150, 150);
        let over = || {
            let asked = person.x.query_pointer(person.root).unwrap();
            let child = asked.reply().unwrap().child;
            child != x11rb::NONE && is_overlay(&person, child)
        };
        while over() != on {
            std::thread::yield_now();
        }
    }
}

/// A window that is not managed and shows nothing.
fn is_overlay(person: &Person, window: u32) -> bool {
    let asked = person.x.get_window_attributes(window).unwrap();
    asked.reply().is_ok_and(|a| {
        a.override_redirect && a.class == x11rb::protocol::xproto::WindowClass::INPUT_ONLY
    })
}

/// From left to right, 200 pixels long.
fn draw_a_line(server: &Xvfb, x: u32, y: u32) {
    let place = |x: u32, y: u32| [x.to_string(), y.to_string()];
    let ([x0, y0], [x1, y1]) = (place(x, y), place(x + 200, y));
    xdotool(server, &["mousemove", "--sync", &x0, &y0, "mousedown", "1"]);
    xdotool(server, &["mousemove", "--sync", &x1, &y1, "mouseup", "1"]);
    xdotool(server, &["mousemove", "--sync", "5", "5"]);
}

#[test]
fn a_line_over_the_desktop_is_recorded_and_the_pointer_goes_through_it_when_drawing_is_over() {
    let server = Xvfb::start("1280x960x24", &[]);
    let person = Person::at(&server);
    person.paint(0, 0, 1280, false);
    let mut recording = Recording::of(&server);
    let drawer = Drawer::on(&recording, &server);
    draw_a_line(&server, 300, 400);
    recording.catch_up();

    // The right button ends it.
    xdotool(
        &server,
        &["mousemove", "--sync", "700", "700", "click", "3"],
    );
    drawer.ended.recv().unwrap();
    assert!(!drawer.board.read(|drawing| drawing.on));
    // The line stays, and is not in the way.
    drawer.pointer_draws(&server, false);
    person.point_at(400, 400);
    let below = person.x.query_pointer(person.root).unwrap();
    assert_eq!(below.reply().unwrap().child, x11rb::NONE);
    person.point_at(5, 5);

    drawer.board.change(|drawing| drawing.strokes.clear());
    recording.catch_up();
    let seen = pictures(&recording.stop());
    let lined = |p: &&super::decode::Seen| brightness(p, 350, 399, 2) > WHITE;
    assert!(seen.iter().filter(lined).count() > 0, "nobody saw the line");
    assert!(brightness(&seen[0], 350, 399, 2) < BLACK);
    assert!(brightness(seen.last().unwrap(), 350, 399, 2) < BLACK);
    let beside = |p: &super::decode::Seen| brightness(p, 350, 410, 8) < BLACK;
    assert!(seen.iter().all(beside));
    drop(drawer.overlay);
}

#[test]
fn a_window_that_is_left_out_keeps_its_clicks_wherever_it_is_moved_while_the_pointer_draws() {
    let server = Xvfb::start("1280x960x24", &[]);
    let program = Program::at(&server);
    let tools = program.window((600, 600), (300, 50), Some(0));
    let recording = Recording::of(&server);
    let drawer = Drawer::on(&recording, &server);
    let person = Person::at(&server);
    let pointed_at = |x, y| {
        person.point_at(x, y);
        let asked = person.x.query_pointer(person.root).unwrap();
        asked.reply().unwrap().child
    };
    let until = |x, y, expected: &dyn Fn(u32) -> bool| {
        while !expected(pointed_at(x, y)) {
            std::thread::yield_now();
        }
    };
    let (the_tools, the_pen) = (|id| id == tools, |id| is_overlay(&person, id));
    assert!(the_pen(pointed_at(610, 610)), "nothing is left out yet");
    drawer
        .board
        .change(|drawing| drawing.left_out = Some(tools));
    until(610, 610, &the_tools);
    assert!(the_pen(pointed_at(590, 610)) && the_pen(pointed_at(910, 610)));

    let moved = x11rb::protocol::xproto::ConfigureWindowAux::new().x(100);
    program.configure(tools, &moved);
    until(390, 640, &the_tools);
    until(610, 610, &the_pen);
    // Closed while the pointer does what it always does, and open again.
    drawer.pointer_draws(&server, false);
    program.0.x.unmap_window(tools).unwrap().check().unwrap();
    drawer.pointer_draws(&server, true);
    until(110, 610, &the_pen);
    program.0.x.map_window(tools).unwrap().check().unwrap();
    until(110, 610, &the_tools);
    program.0.x.destroy_window(tools).unwrap().check().unwrap();
    until(110, 610, &the_pen);
    drop(drawer.overlay);
    drop(recording);
}

#[test]
fn a_line_over_a_window_is_in_its_picture_where_it_was_seen_also_when_the_window_has_moved() {
    let server = Xvfb::start("1280x960x24", &[]);
    let program = Program::at(&server);
    let id = program.window((100, 100), (640, 480), Some(0));
    let window = ScreenPart::Window(WindowChoice::Id(id));
    let mut recording = Recording::of_part(&server, window);
    let drawer = Drawer::on(&recording, &server);
    draw_a_line(&server, 300, 400);
    recording.catch_up();
    drawer.pointer_draws(&server, false);
    // What lies over the window is not in its picture, the line is.
    let moved = x11rb::protocol::xproto::ConfigureWindowAux::new().x(200);
    program.configure(id, &moved);
    program.draw(id, (250, 290, 20, 20), 0);
    recording.catch_up();
    drawer.board.change(|drawing| drawing.strokes.undo());
    recording.catch_up();
    let seen = pictures(&recording.stop());
    let line = |p: &super::decode::Seen| brightness(p, 300, 299, 2) > WHITE;
    let first = seen.iter().position(line).expect("nobody saw the line");
    let last = seen.iter().rposition(line).unwrap();
    assert!(first > 0 && last < seen.len() - 1);
    assert!(seen[first..=last].iter().all(line), "it flickers");
    // It begins and ends where it was drawn.
    let drawn = &seen[last];
    assert!(brightness(drawn, 190, 299, 2) < BLACK && brightness(drawn, 205, 299, 2) > WHITE);
    assert!(brightness(drawn, 395, 299, 2) > WHITE && brightness(drawn, 410, 299, 2) < BLACK);
}
