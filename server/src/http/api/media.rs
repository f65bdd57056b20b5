//! Routes: media.
