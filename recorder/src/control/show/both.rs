//! Two who follow one take.

use crate::session::{Notice, Observer, Snapshot};

/// Tells the first, then the second.
pub(in crate::control) struct Both<A, B>(pub(in crate::control) A, pub(in crate::control) B);

impl<A: Observer, B: Observer> Observer for Both<A, B> {
    fn notice(&mut self, notice: &Notice) {
        self.0.notice(notice);
        self.1.notice(notice);
    }

    fn snapshot(&mut self, snapshot: &Snapshot) {
        self.0.snapshot(snapshot);
        self.1.snapshot(snapshot);
    }
}
