//! How far the speaker notes are scrolled, by key or by wheel.

/// Each press of a key, counted; the view scrolls by the difference to what it has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Notes {
    /// Presses for down minus presses for up.
    pub presses: i64,
}

impl Notes {
    pub(super) const fn scroll(&mut self, by: i64) {
        self.presses = self.presses.saturating_add(by);
    }
}
