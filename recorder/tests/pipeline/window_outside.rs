//! Windows that hang over the edge of the desktop.

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, EventMask, Rectangle,
};

use super::decode::Seen;
use super::desktop::{BLACK, brightness, pictures};
use super::window::{GREY, Program, is_grey, of_window};
use super::xvfb::Xvfb;

const WIDTH: u16 = 320;
const HEIGHT: u16 = 240;

/// A program that draws what the server asks it to draw, as real ones do: a grey window with a black square in each corner.
struct Drawing {
    program: Program,
    id: u32,
}

impl Drawing {
    fn at(server: &Xvfb, place: (i16, i16)) -> Self {
        let program = Program::at(server);
        let id = program.window(place, (WIDTH, HEIGHT), None);
        let asked = ChangeWindowAttributesAux::new().event_mask(EventMask::EXPOSURE);
        program.0.x.change_window_attributes(id, &asked).unwrap();
        let this = Self { program, id };
        this.draw();
        this
    }

    fn draw(&self) {
        self.program.draw(self.id, (0, 0, WIDTH, HEIGHT), GREY);
        for x in [0, 260] {
            for y in [0, 180] {
                self.program.draw(self.id, (x, y, 60, 60), 0);
            }
        }
    }

    /// Waits until the server has asked for what lies there, and draws.
    fn draw_when_asked(&self, wanted: Rectangle) {
        let x = &self.program.0.x;
        loop {
            let Event::Expose(asked) = x.wait_for_event().unwrap() else {
                continue;
            };
            let (right, bottom) = (asked.x + asked.width, asked.y + asked.height);
            let within = |at: i16| u16::try_from(at).unwrap();
            if asked.x <= within(wanted.x)
                && asked.y <= within(wanted.y)
                && right >= within(wanted.x) + wanted.width
                && bottom >= within(wanted.y) + wanted.height
            {
                return self.draw();
            }
        }
    }
}

fn is_whole(picture: &Seen) -> bool {
    let black = |x, y| brightness(picture, x, y, 50) < BLACK;
    is_grey(picture, 70, 10, 170)
        && is_grey(picture, 10, 70, 100)
        && is_grey(picture, 80, 180, 50)
        && [5, 265].into_iter().all(|x| black(x, 5) && black(x, 185))
}

/// The server has no picture of what lies outside until a recorder wants one, and then asks the program for it.
#[test]
fn a_window_that_lies_half_off_the_screen_is_recorded_whole() {
    let server = Xvfb::start("640x480x24", &[]);
    // Over the left edge and the lower one.
    let drawing = Drawing::at(&server, (-160, 360));
    let mut recording = of_window(&server, drawing.id);
    drawing.draw_when_asked(Rectangle {
        x: 0,
        y: 130,
        width: 150,
        height: 110,
    });
    recording.catch_up();
    // Over the upper edge and the right one, and there it draws again.
    let over = ConfigureWindowAux::new().x(500).y(-150);
    drawing.program.configure(drawing.id, &over);
    drawing.program.draw(drawing.id, (145, 105, 30, 30), 0);
    recording.catch_up();
    let seen = pictures(&recording.stop());
    assert_eq!((seen[0].width, seen[0].luma.len()), (320, 320 * 240));
    assert!(
        seen.iter().any(|p| is_whole(p) && is_grey(p, 140, 100, 40)),
        "it was never seen whole at its first place"
    );
    let last = seen.last().unwrap();
    assert!(brightness(last, 148, 108, 24) < BLACK && is_grey(last, 70, 10, 80));
    for (x, y) in [(5, 5), (265, 5), (5, 185), (265, 185)] {
        assert!(brightness(last, x, y, 50) < BLACK, "{x}, {y}");
    }
}
