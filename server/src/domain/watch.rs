//! What the watch page is told.
