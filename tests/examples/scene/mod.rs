//! A desktop of 1920×1080 that stands still, is typed on, scrolled or in full motion, the same each time: what recorders are compared on.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateGCAux, CreateWindowAux, Gcontext, ImageFormat, Pixmap, Rectangle,
    Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

pub(crate) const WIDTH: u16 = 1920;
pub(crate) const HEIGHT: u16 = 1080;
const LINE: u16 = 18;
/// Rows of the page that is scrolled, and of what the motion pans over.
const PAGE: u16 = 6000;
const NOISE: (u16, u16) = (2400, 1400);
const PAPER: u32 = 0x00fa_faf7;
const INK: u32 = 0x0020_2428;

/// What happens on the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    Still,
    Typing,
    Scrolling,
    Motion,
}

impl Load {
    pub(crate) const ALL: [Self; 4] = [Self::Still, Self::Typing, Self::Scrolling, Self::Motion];

    pub(crate) fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// Draws until it is dropped.
pub(crate) struct Painting {
    stop: Option<std::sync::mpsc::SyncSender<()>>,
    thread: Option<std::thread::JoinHandle<Result<()>>>,
}

impl Painting {
    #[expect(
        clippy::disallowed_methods,
        reason = "a scene is drawn in the machine's own time, as a desktop is"
    )]
    pub(crate) fn begin(display: &str, load: Load) -> Result<Self> {
        let scene = Scene::open(display)?;
        scene.draw(load, 0)?;
        let (stop, stopped) = std::sync::mpsc::sync_channel(1);
        let paint = move || {
            let begin = Instant::now();
            for frame in 1_u32.. {
                let due = Duration::from_secs(1) * frame / 30;
                let wait = due.saturating_sub(begin.elapsed());
                let ended = stopped.recv_timeout(wait);
                if ended != Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                    break;
                }
                scene.draw(load, frame)?;
            }
            Ok(())
        };
        let thread = std::thread::Builder::new()
            .name("painter".to_owned())
            .spawn(paint)?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Painting {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Scene {
    x: RustConnection,
    window: Window,
    ink: Gcontext,
    paper: Gcontext,
    page: Pixmap,
    noise: Pixmap,
}

impl Scene {
    fn open(display: &str) -> Result<Self> {
        let (x, number) = RustConnection::connect(Some(display))?;
        let screen = x.setup().roots.get(number).context("no screen")?.clone();
        let id = || x.generate_id();
        let (window, ink, paper, page, noise, font) = (id()?, id()?, id()?, id()?, id()?, id()?);
        let look = CreateWindowAux::new()
            .override_redirect(1)
            .background_pixel(PAPER);
        let (depth, visual) = (screen.root_depth, screen.root_visual);
        let class = WindowClass::INPUT_OUTPUT;
        x.create_window(
            depth,
            window,
            screen.root,
            0,
            0,
            WIDTH,
            HEIGHT,
            0,
            class,
            visual,
            &look,
        )?;
        // A font that every X server has built in.
        x.open_font(font, b"fixed")?.check()?;
        let gc = CreateGCAux::new().font(font).graphics_exposures(0);
        x.create_gc(ink, window, &gc.foreground(INK).background(PAPER))?;
        x.create_gc(paper, window, &gc.foreground(PAPER))?;
        x.create_pixmap(depth, page, window, WIDTH, PAGE)?;
        x.create_pixmap(depth, noise, window, NOISE.0, NOISE.1)?;
        let scene = Self {
            x,
            window,
            ink,
            paper,
            page,
            noise,
        };
        scene.write_page()?;
        scene.fill_noise(depth)?;
        scene.x.map_window(window)?.check()?;
        Ok(scene)
    }

    fn write_page(&self) -> Result<()> {
        let all = rectangle(0, 0, WIDTH, PAGE);
        self.x.poly_fill_rectangle(self.page, self.paper, &[all])?;
        for line in 1..PAGE / LINE {
            let words = text(u64::from(line), 200);
            let y = i16::try_from(line * LINE)?;
            self.x.image_text8(self.page, self.ink, 40, y, &words)?;
        }
        self.x.sync()?;
        Ok(())
    }

    /// Soft shapes with fine grain over them.
    fn fill_noise(&self, depth: u8) -> Result<()> {
        const ROWS: u16 = 20;
        let mut state = 1;
        for top in (0..NOISE.1).step_by(ROWS.into()) {
            let mut bytes = Vec::new();
            for y in top..top + ROWS {
                for x in 0..NOISE.0 {
                    let (fx, fy) = (f32::from(x), f32::from(y));
                    let wave = |a: f32, b: f32| ((fx / a).sin() + (fy / b).cos()) * 30.0;
                    let soft = 120.0 + wave(170.0, 130.0) + wave(37.0, 53.0) / 2.0;
                    let grain = (next(&mut state) % 24) as f32;
                    let light = byte(soft + grain);
                    bytes.extend([light, byte(soft), 255 - light, 0]);
                }
            }
            let (width, y) = (NOISE.0, i16::try_from(top)?);
            let format = ImageFormat::Z_PIXMAP;
            self.x.put_image(
                format, self.noise, self.ink, width, ROWS, 0, y, 0, depth, &bytes,
            )?;
        }
        self.x.sync()?;
        Ok(())
    }

    /// What is seen in this frame of thirty a second.
    fn draw(&self, load: Load, frame: u32) -> Result<()> {
        match load {
            Load::Still if frame == 0 => self.copy(self.page, (0, 0))?,
            Load::Still => return Ok(()),
            Load::Typing => self.type_on(frame)?,
            // 180 rows a second.
            Load::Scrolling => {
                let rows = u32::from(PAGE - HEIGHT);
                self.copy(self.page, (0, i16::try_from(frame * 6 % rows)?))?;
            }
            Load::Motion => {
                let along = |speed: f32, most: u16| -> Result<i16> {
                    let seconds = frame as f32 / 30.0 + (frame / 150) as f32 * 7.3;
                    let part = ((seconds * speed).sin() + 1.0) / 2.0;
                    Ok(i16::from(byte(part * 255.0)) * i16::try_from(most / 256)?)
                };
                let from = (along(0.9, NOISE.0 - WIDTH)?, along(1.3, NOISE.1 - HEIGHT)?);
                self.copy(self.noise, from)?;
            }
        }
        // A round trip: it has been painted.
        self.x.get_input_focus()?.reply()?;
        Ok(())
    }

    /// Eight letters a second below a page that stands, and a caret that blinks.
    fn type_on(&self, frame: u32) -> Result<()> {
        if frame == 0 {
            self.copy(self.page, (0, 0))?;
            let lower = rectangle(0, HEIGHT / 2, WIDTH, HEIGHT / 2);
            self.x
                .poly_fill_rectangle(self.window, self.paper, &[lower])?;
        }
        let letters = usize::try_from(frame * 8 / 30)?;
        let typed = frame > 0 && letters > usize::try_from((frame - 1) * 8 / 30)?;
        if frame > 0 && !typed && !frame.is_multiple_of(15) {
            return Ok(());
        }
        let (line, column) = (letters / 90, letters % 90);
        let top = i16::try_from(HEIGHT / 2 + 40)? + i16::try_from(line)? * i16::try_from(LINE)?;
        let words = text(9_000 + line as u64, 90);
        self.x
            .image_text8(self.window, self.ink, 40, top, &words[..column])?;
        let caret = rectangle(
            40 + u16::try_from(column)? * 6 + 1,
            u16::try_from(top - 10)?,
            2,
            12,
        );
        let caret_of = if (frame / 15).is_multiple_of(2) {
            self.ink
        } else {
            self.paper
        };
        self.x
            .poly_fill_rectangle(self.window, caret_of, &[caret])?;
        Ok(())
    }

    fn copy(&self, from: Pixmap, (x, y): (i16, i16)) -> Result<()> {
        self.x
            .copy_area(from, self.window, self.ink, x, y, 0, 0, WIDTH, HEIGHT)?;
        Ok(())
    }
}

fn rectangle(x: u16, y: u16, width: u16, height: u16) -> Rectangle {
    let signed = |n: u16| i16::try_from(n).unwrap_or(i16::MAX);
    Rectangle {
        x: signed(x),
        y: signed(y),
        width,
        height,
    }
}

/// A line of words that are always the same.
fn text(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let letter = |state: &mut u64| match next(state) % 31 {
        n @ 0..26 => b'a' + u8::try_from(n).unwrap_or(0),
        _ => b' ',
    };
    (0..length).map(|_| letter(&mut state)).collect()
}

fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 33
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to a byte"
)]
fn byte(value: f32) -> u8 {
    value.clamp(0.0, 255.0) as u8
}
