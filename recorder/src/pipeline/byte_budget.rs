//! Bounds the parts between an encoder and the disk in bytes: their number alone says little, since a part may have
//! some kilobytes or some megabytes.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// So many bytes may be reserved at once; one part always fits.
#[derive(Debug)]
pub(super) struct ByteBudget {
    limit: usize,
    used: Mutex<usize>,
    freed: Condvar,
}

impl ByteBudget {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            used: Mutex::new(0),
            freed: Condvar::new(),
        })
    }

    /// Waits until there is room, and holds it.
    pub(super) fn take(self: &Arc<Self>, bytes: usize) -> Reservation {
        let full = |used: &mut usize| *used > 0 && *used + bytes > self.limit;
        let mut used = self
            .freed
            .wait_while(self.used(), full)
            .unwrap_or_else(PoisonError::into_inner);
        *used += bytes;
        Reservation(Some((Arc::clone(self), bytes)))
    }

    fn used(&self) -> MutexGuard<'_, usize> {
        // A number is valid whatever happened to its last holder.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives its room back when it is dropped. A copy holds none: it is not in the queue.
#[derive(Debug, Default)]
pub(super) struct Reservation(Option<(Arc<ByteBudget>, usize)>);

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some((room, bytes)) = self.0.take() {
            *room.used() -= bytes;
            room.freed.notify_all();
        }
    }
}

impl Clone for Reservation {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Says nothing about the part.
impl PartialEq for Reservation {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Reservation {}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;

    #[test]
    fn without_room_it_waits_until_a_part_is_dropped() {
        let room = ByteBudget::new(100);
        let first = room.take(60);
        let copy = first.clone();
        let (say, heard) = bounded(1);
        let waits = Arc::clone(&room);
        let thread = std::thread::Builder::new()
            .spawn(move || say.send(waits.take(60)).unwrap())
            .unwrap();
        assert!(heard.is_empty());
        drop(copy);
        assert_eq!(*room.used(), 60, "a copy holds nothing");
        drop(first);
        let second = heard.recv().unwrap();
        assert_eq!(*room.used(), 60);
        drop(second);
        thread.join().unwrap();
        assert_eq!(*room.used(), 0);
    }

    #[test]
    fn a_part_larger_than_the_budget_passes_alone() {
        let room = ByteBudget::new(100);
        drop(room.take(1000));
        let small = room.take(10);
        drop(small);
    }
}
