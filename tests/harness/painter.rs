//! A program that draws: a window over the whole screen with a counter that goes on at a given
//! rate, and a flash now and then, so that a recording of the screen can be read back.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateGCAux, CreateWindowAux, Gcontext, Rectangle, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::picture::{BLOCKS, Layout, blocks};

/// Where the painter draws.
pub const LAYOUT: Layout = Layout {
    x: 0,
    y: 0,
    block: 24,
    flash: (480, 0, 96),
};

/// The guard of one painter; its window goes with it.
#[derive(Debug)]
pub struct Painter {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Painter {
    /// Draws on `display` so many steps a second, a flash of three steps every `flash_every` steps.
    ///
    /// # Errors
    /// When the X server cannot be reached.
    pub fn start(display: &str, steps_a_second: u32, flash_every: u16) -> Result<Self> {
        let canvas = Canvas::open(display)?;
        canvas.draw(0, false)?;
        let (stop, stopped) = sync_channel(1);
        let step = Duration::from_secs(1) / steps_a_second;
        let paint = move || {
            let mut counter: u16 = 0;
            while stopped.recv_timeout(step) == Err(RecvTimeoutError::Timeout) {
                counter = counter.wrapping_add(1);
                if canvas.draw(counter, counter % flash_every < 3).is_err() {
                    break;
                }
            }
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

impl Drop for Painter {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Canvas {
    x: RustConnection,
    window: Window,
    white: Gcontext,
    black: Gcontext,
}

impl Canvas {
    fn open(display: &str) -> Result<Self> {
        let (x, number) = RustConnection::connect(Some(display))?;
        let screen = x.setup().roots.get(number).context("no screen")?;
        let (window, white, black) = (x.generate_id()?, x.generate_id()?, x.generate_id()?);
        let look = CreateWindowAux::new()
            .override_redirect(1)
            .background_pixel(0x0030_4050);
        x.create_window(
            screen.root_depth,
            window,
            screen.root,
            0,
            0,
            screen.width_in_pixels,
            screen.height_in_pixels,
            0,
            WindowClass::INPUT_OUTPUT,
            screen.root_visual,
            &look,
        )?;
        x.create_gc(
            white,
            window,
            &CreateGCAux::new()
                .foreground(screen.white_pixel)
                .graphics_exposures(0),
        )?;
        x.create_gc(
            black,
            window,
            &CreateGCAux::new()
                .foreground(screen.black_pixel)
                .graphics_exposures(0),
        )?;
        x.map_window(window)?.check()?;
        Ok(Self {
            x,
            window,
            white,
            black,
        })
    }

    /// One step, drawn inside one server grab, so that nobody sees half of it.
    fn draw(&self, counter: u16, flash: bool) -> Result<()> {
        let block = |i: usize, side: u32| -> Result<Rectangle> {
            let x = i16::try_from(LAYOUT.x + u32::try_from(i)? * LAYOUT.block)?;
            Ok(Rectangle {
                x,
                y: i16::try_from(LAYOUT.y)?,
                width: u16::try_from(side)?,
                height: u16::try_from(side)?,
            })
        };
        let (mut whites, mut blacks) = (Vec::new(), Vec::new());
        for (i, white) in blocks(counter).into_iter().enumerate().take(BLOCKS) {
            if white {
                whites.push(block(i, LAYOUT.block)?);
            } else {
                blacks.push(block(i, LAYOUT.block)?);
            }
        }
        let (x, y, side) = LAYOUT.flash;
        let square = Rectangle {
            x: i16::try_from(x)?,
            y: i16::try_from(y)?,
            width: u16::try_from(side)?,
            height: u16::try_from(side)?,
        };
        if flash {
            whites.push(square);
        } else {
            blacks.push(square);
        }
        self.x.grab_server()?;
        self.x
            .poly_fill_rectangle(self.window, self.white, &whites)?;
        self.x
            .poly_fill_rectangle(self.window, self.black, &blacks)?;
        self.x.ungrab_server()?;
        // A round trip: when this returns, it has been painted.
        self.x.get_input_focus()?.reply()?;
        Ok(())
    }
}
