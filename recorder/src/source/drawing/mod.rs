//! What a speaker draws while recording: shared by those who draw (the overlay, programs that steer) and those who show it.
//!
//! On X11 an overlay shows it over all windows. A picture of the desktop has it by that; into the picture of one window, which
//! has nothing that lies over it, it is drawn (docs/decisions/0049).

mod catcher;
mod ink;
mod overlay;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::clock::Mono;
use crate::compose::{Strokes, Style};

pub use overlay::{NoOverlay, Overlay};

/// What is drawn, with what, and whether the speaker's pointer draws now.
#[derive(Debug, Default)]
pub struct Drawing {
    pub strokes: Strokes,
    pub style: Style,
    /// The pointer draws; else it does what it always does.
    pub on: bool,
    /// A window (its id on the X server) whose clicks are its own while the pointer draws: where the tools are.
    pub left_out: Option<u32>,
}

/// Is called after each change.
type Listener = OnceLock<Box<dyn Fn() + Send + Sync>>;

/// One drawing and those who are to be told when it changes.
#[derive(Default)]
pub struct Board {
    drawing: Mutex<Drawing>,
    changes: AtomicU64,
    /// Who shows it in the picture, and who shows it to the speaker.
    listeners: [Listener; 2],
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Board").finish_non_exhaustive()
    }
}

impl Board {
    /// Changes it and tells that.
    pub fn change<T>(&self, change: impl FnOnce(&mut Drawing) -> T) -> T {
        let done = change(&mut self.lock());
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.listeners
            .iter()
            .filter_map(OnceLock::get)
            .for_each(|tell| tell());
        done
    }

    pub fn read<T>(&self, read: impl FnOnce(&Drawing) -> T) -> T {
        read(&self.lock())
    }

    /// Changes so far.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Calls this after each change: for the picture, and for the overlay. Each is set once.
    pub fn tell_picture(&self, tell: impl Fn() + Send + Sync + 'static) {
        let _ = self.listeners[0].set(Box::new(tell));
    }

    fn tell_overlay(&self, tell: impl Fn() + Send + Sync + 'static) {
        let _ = self.listeners[1].set(Box::new(tell));
    }

    fn lock(&self) -> MutexGuard<'_, Drawing> {
        self.drawing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An instant as strokes count it.
pub fn since(now: Mono) -> Duration {
    Duration::from_nanos(now.nanos())
}
