//! Where a thread of pictures leaves its newest one for a preview. It is never waited for: what nobody fetched is replaced.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Mono;
use crate::compose::Picture;

/// Pictures a second that are made for a preview alone, as long as nobody says how many are looked at.
const UNSAID: u32 = 10;

/// The newest picture of one source, while somebody wants to see it.
#[derive(Debug, Default)]
pub struct PreviewSlot {
    wanted: AtomicBool,
    /// Nothing was left here since it was wanted.
    hungry: AtomicBool,
    /// As many are looked at; 0: it was not said.
    per_second: AtomicU32,
    newest: Mutex<Option<Arc<Picture>>>,
}

impl PreviewSlot {
    /// Whether pictures are wanted from now on.
    pub fn want(&self, wanted: bool) {
        self.hungry.store(wanted, Ordering::SeqCst);
        self.wanted.store(wanted, Ordering::SeqCst);
        if !wanted {
            *self.lock() = None;
        }
    }

    /// No more pictures a second are worth making for a preview alone.
    pub fn look(&self, per_second: u32) {
        self.per_second.store(per_second, Ordering::Relaxed);
    }

    /// Least time between two pictures that are made for a preview alone, because nothing is recorded.
    pub(super) fn interval(&self) -> Duration {
        let per_second = match self.per_second.load(Ordering::Relaxed) {
            0 => UNSAID,
            said => said,
        };
        Duration::from_secs(1) / per_second
    }

    /// The newest picture, once.
    pub fn take(&self) -> Option<Arc<Picture>> {
        self.lock().take()
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::SeqCst)
    }

    /// Whether even a picture that was there before would be welcome.
    pub(super) fn is_hungry(&self) -> bool {
        self.hungry.load(Ordering::SeqCst)
    }

    pub(super) fn offer(&self, picture: &Arc<Picture>) {
        if self.is_wanted() {
            self.hungry.store(false, Ordering::SeqCst);
            *self.lock() = Some(Arc::clone(picture));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Picture>>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a picture for a preview alone is due. Pure.
#[derive(Debug, Default)]
pub(super) struct PreviewPace(Option<Mono>);

impl PreviewPace {
    /// How long from `now` until the next one.
    pub(super) fn wait(&self, now: Mono) -> Duration {
        self.0.map_or(Duration::ZERO, |next| next - now)
    }

    pub(super) fn taken(&mut self, now: Mono, interval: Duration) {
        self.0 = Some(now + interval);
    }
}
