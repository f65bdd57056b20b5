//! What happens on an X11 desktop beside its picture: clicks of the pointer, wherever they go, and, only where that was asked
//! for, the title of the window in front.
//!
//! The server tells them as raw events of XInput 2, which neither disturb the program that is clicked nor need its
//! permission. A raw event does not say where the pointer is; the server is asked at once. On Wayland no program is told of
//! clicks into others.

mod title;

use std::io;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use aside_protocol::timed_event::Button;
use crossbeam_channel::Sender;
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{ConnectionExt as _, PropertyNotifyEvent};
use x11rb::rust_connection::RustConnection;

use self::title::FrontWindow;
use super::Waker;
use super::area::AreaSlot;
use crate::clock::{Clock, Mono};

/// One press of a button into the recorded picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Click {
    pub at: Mono,
    /// Fractions of the picture, 0 to 1.
    pub x: f32,
    pub y: f32,
    pub button: Button,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum DesktopEvent {
    Click(Click),
    /// Another window is in front, or it has another title.
    Window {
        at: Mono,
        title: String,
    },
}

/// Watches until it is dropped.
#[derive(Debug)]
pub struct DesktopWatcher {
    stop: Arc<(Waker, AtomicBool)>,
    thread: Option<JoinHandle<()>>,
}

impl DesktopWatcher {
    /// `display`: as in DISPLAY, which is used without one. Events that nobody takes in are dropped.
    pub fn start(
        display: Option<&str>,
        area: Arc<AreaSlot>,
        titles: bool,
        clock: Arc<dyn Clock>,
        out: Sender<DesktopEvent>,
    ) -> io::Result<Self> {
        let (x, screen) = RustConnection::connect(display).map_err(io::Error::other)?;
        let root = x.setup().roots[screen].root;
        select(&x, root).map_err(io::Error::other)?;
        let front = match titles {
            true => Some(FrontWindow::watch(&x, root).map_err(io::Error::other)?),
            false => None,
        };
        let stop = Arc::new((Waker::new()?, AtomicBool::new(false)));
        let watch = Watch {
            x,
            root,
            front,
            area,
            clock,
            out,
            stop: Arc::clone(&stop),
        };
        let thread = Builder::new()
            .name("clicks".to_owned())
            .spawn(move || watch.run())?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for DesktopWatcher {
    fn drop(&mut self) {
        self.stop.1.store(true, Ordering::SeqCst);
        self.stop.0.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Raw events come to the root window of a client that speaks at least 2.1 even while another program grabs the pointer.
fn select(x: &RustConnection, root: u32) -> Result<(), ReplyOrIdError> {
    x.xinput_xi_query_version(2, 1)?.reply()?;
    let mask = xinput::EventMask {
        deviceid: xinput::Device::ALL_MASTER.into(),
        mask: vec![xinput::XIEventMask::RAW_BUTTON_PRESS],
    };
    x.xinput_xi_select_events(root, &[mask])?.check()?;
    Ok(())
}

/// The instant of an event. Servers on this computer count milliseconds of CLOCK_MONOTONIC, of which an event has the
/// lower 32 bits; what is not of the last seconds was counted otherwise, and the event counts as just come.
fn instant(time: u32, now: Mono) -> Mono {
    const BELIEVED: Duration = Duration::from_secs(5);

    let now_ms = now.nanos() / 1_000_000;
    let ago = u32::try_from(now_ms & u64::from(u32::MAX))
        .unwrap_or(0)
        .wrapping_sub(time);
    let ago = Duration::from_millis(ago.into());
    if ago < BELIEVED { now.before(ago) } else { now }
}

struct Watch {
    x: RustConnection,
    root: u32,
    front: Option<FrontWindow>,
    area: Arc<AreaSlot>,
    clock: Arc<dyn Clock>,
    out: Sender<DesktopEvent>,
    stop: Arc<(Waker, AtomicBool)>,
}

impl Watch {
    /// Ends when it is stopped, or with the server. What was pressed before the stop is still told.
    fn run(mut self) {
        self.front_window(None);
        while self.told() {
            if self.stop.1.load(Ordering::SeqCst) {
                // An answer comes behind every event that was there when it was asked for.
                let asked = self.x.query_pointer(self.root);
                if asked.is_ok_and(|cookie| cookie.reply().is_ok()) {
                    self.told();
                }
                return;
            }
            self.stop.0.wait(Some(self.x.stream().as_fd()), None);
        }
    }

    /// Tells all there is. `false`: the server is gone.
    fn told(&mut self) -> bool {
        loop {
            match self.x.poll_for_event() {
                Ok(Some(Event::XinputRawButtonPress(press))) => {
                    self.pressed(press.detail, press.time);
                }
                Ok(Some(Event::PropertyNotify(change))) => self.front_window(Some(&change)),
                Ok(Some(_)) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }

    /// `None`: at the beginning.
    fn front_window(&mut self, change: Option<&PropertyNotifyEvent>) {
        let front = self.front.as_mut();
        if let Some(title) = front.and_then(|front| front.changed(&self.x, change)) {
            let at = self.clock.now();
            let _ = self.out.try_send(DesktopEvent::Window { at, title });
        }
    }

    fn pressed(&self, detail: u32, time: u32) {
        let at = instant(time, self.clock.now());
        // The wheel is four buttons more.
        let button = match detail {
            1 => Button::Left,
            2 => Button::Middle,
            3 => Button::Right,
            _ => return,
        };
        let asked = self.x.query_pointer(self.root);
        let Some(pointer) = asked.ok().and_then(|cookie| cookie.reply().ok()) else {
            return;
        };
        let (x, y) = (i32::from(pointer.root_x), i32::from(pointer.root_y));
        let area = self.area.get().filter(|area| area.pointed_at);
        if let Some((x, y)) = area.and_then(|area| area.place(x, y)) {
            let _ = self
                .out
                .try_send(DesktopEvent::Click(Click { at, x, y, button }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_as_old_as_its_server_says_where_that_can_be_believed() {
        let at = |ms: u64| Mono::from_nanos(ms * 1_000_000);
        let after_49_days = u64::from(u32::MAX) + 100;
        assert_eq!(instant(900, at(1_000)), at(900));
        assert_eq!(instant(40, at(after_49_days)), at(u64::from(u32::MAX) + 41));
        assert_eq!(
            instant(u32::MAX, at(after_49_days)),
            at(u64::from(u32::MAX))
        );
        assert_eq!(instant(900, at(60_000)), at(60_000), "another clock");
        assert_eq!(instant(2_000, at(1_000)), at(1_000), "the future");
    }
}
