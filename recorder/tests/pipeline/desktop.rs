//! A real X server, started and stopped by the test, somebody who uses it, and what is recorded of that.

use std::sync::Arc;

use aside_protocol::recording::TrackName;
use aside_recorder::clock::SystemClock;
use aside_recorder::pipeline::{
    Alarm, MicChoice, Output, Pipeline, Scene, ScreenChoice, ScreenPart,
};
use aside_recorder::source::screen::x11::X11Screen;
use crossbeam_channel::{Receiver, bounded};
use x11rb::connection::Connection as _;
use x11rb::protocol::randr;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, CreateGCAux, Rectangle,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::decode::{self, Seen};
use super::take::Left;
use super::threads::{left, record_until};
use super::xvfb::Xvfb;

pub(crate) const WHITE: u8 = 200;
pub(crate) const BLACK: u8 = 40;

/// Somebody who uses the desktop.
pub(crate) struct Person {
    pub(crate) x: RustConnection,
    pub(crate) root: u32,
}

impl Person {
    pub(crate) fn at(server: &Xvfb) -> Self {
        let (x, number) = x11rb::connect(Some(&server.display)).unwrap();
        let root = x.setup().roots[number].root;
        Self { x, root }
    }

    pub(crate) fn paint(&self, x: i16, y: i16, side: u16, white: bool) {
        let gc = self.x.generate_id().unwrap();
        let pixel = if white { 0x00ff_ffff } else { 0 };
        self.x
            .create_gc(gc, self.root, &CreateGCAux::new().foreground(pixel))
            .unwrap();
        let square = Rectangle {
            x,
            y,
            width: side,
            height: side,
        };
        self.x
            .poly_fill_rectangle(self.root, gc, &[square])
            .unwrap();
        self.x.free_gc(gc).unwrap();
        self.x.sync().unwrap();
    }

    /// Makes the pointer a white square of 16 pixels whose corner points.
    pub(crate) fn take_a_white_pointer(&self) {
        let (pixmap, gc, cursor) = (
            self.x.generate_id().unwrap(),
            self.x.generate_id().unwrap(),
            self.x.generate_id().unwrap(),
        );
        self.x.create_pixmap(1, pixmap, self.root, 16, 16).unwrap();
        self.x
            .create_gc(gc, pixmap, &CreateGCAux::new().foreground(1))
            .unwrap();
        let all = Rectangle {
            x: 0,
            y: 0,
            width: 16,
            height: 16,
        };
        self.x.poly_fill_rectangle(pixmap, gc, &[all]).unwrap();
        let full = u16::MAX;
        self.x
            .create_cursor(
                cursor, pixmap, pixmap, full, full, full, full, full, full, 0, 0,
            )
            .unwrap();
        let wear = ChangeWindowAttributesAux::new().cursor(cursor);
        self.x.change_window_attributes(self.root, &wear).unwrap();
        self.x.sync().unwrap();
    }

    /// Gives the desktop another size, at most the one that the server began with (RandR 1.2).
    pub(crate) fn resize(&self, width: u16, height: u16) {
        let root = self.root;
        let resources = randr::get_screen_resources_current(&self.x, root).unwrap();
        let resources = resources.reply().unwrap();
        for crtc in resources.crtcs {
            let (now, whole) = (x11rb::CURRENT_TIME, randr::Rotation::ROTATE0);
            let off = randr::set_crtc_config(
                &self.x,
                crtc,
                now,
                resources.config_timestamp,
                0,
                0,
                x11rb::NONE,
                whole,
                &[],
            );
            off.unwrap().reply().unwrap();
        }
        let (wide, high) = (u32::from(width) / 4, u32::from(height) / 4);
        randr::set_screen_size(&self.x, root, width, height, wide, high)
            .unwrap()
            .check()
            .unwrap();
    }

    pub(crate) fn point_at(&self, x: i16, y: i16) {
        self.x
            .warp_pointer(x11rb::NONE, self.root, 0, 0, 0, 0, x, y)
            .unwrap();
        self.x.sync().unwrap();
    }
}

pub(crate) struct Recording {
    pub(crate) pipeline: Pipeline,
    pub(crate) outputs: Receiver<Output>,
    pub(crate) seen: Vec<Output>,
}

impl Recording {
    pub(crate) fn of(server: &Xvfb) -> Self {
        Self::of_part(server, ScreenPart::Whole)
    }

    pub(crate) fn of_part(server: &Xvfb, part: ScreenPart) -> Self {
        let (out, outputs) = bounded(1000);
        let display = server.display.clone();
        let screen = Box::new(move || {
            Ok(Box::new(X11Screen::open(
                Some(&display),
                &part,
                Arc::new(SystemClock),
            )?) as Box<_>)
        });
        let scene = Scene::new(ScreenChoice::Auto, 30, MicChoice::None);
        let pipeline = Pipeline::open_with(screen, &scene, Arc::new(SystemClock), out).unwrap();
        pipeline.start();
        let mut this = Self {
            pipeline,
            outputs,
            seen: Vec::new(),
        };
        // The first picture is taken when the first part comes.
        this.until(0.1);
        this
    }

    pub(crate) fn until(&mut self, seconds: f64) {
        record_until(&self.outputs, TrackName::Video, seconds, &mut self.seen);
    }

    /// Records until the pictures show what was done up to now.
    pub(crate) fn catch_up(&mut self) {
        let now = self.pipeline.health().media_ms as f64 / 1e3;
        // The picture of this instant may be the last of the part after the next.
        self.until(now + 1.1);
    }

    pub(crate) fn stop(mut self) -> Left {
        let tracks = self.pipeline.tracks();
        self.pipeline.stop();
        self.seen.extend(self.outputs.try_iter());
        let left = left(tracks, self.seen);
        left.assert_parts_are_whole();
        left
    }
}

pub(crate) fn pictures(left: &Left) -> Vec<Seen> {
    decode::pictures(&left.file(TrackName::Video))
}

/// Mean of a square.
pub(crate) fn brightness(picture: &Seen, x: usize, y: usize, side: usize) -> u8 {
    let rows = (y..y + side).map(|y| &picture.luma[y * picture.width + x..][..side]);
    let sum: usize = rows.flatten().map(|v| usize::from(*v)).sum();
    u8::try_from(sum / (side * side)).unwrap()
}

pub(crate) fn alarms(seen: &[Output]) -> Vec<&Alarm> {
    let mut alarms = Vec::new();
    for output in seen {
        // How busy this machine is does not matter here.
        if let Output::Alarm(alarm) = output
            && !matches!(alarm, Alarm::EffortLowered { .. } | Alarm::EffortRestored)
        {
            alarms.push(alarm);
        }
    }
    alarms
}
