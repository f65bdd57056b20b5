//! Routes: transcript.
