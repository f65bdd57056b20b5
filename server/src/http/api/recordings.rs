//! Routes: recordings.
