//! Routes: watch.
