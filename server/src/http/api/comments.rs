//! Routes: comments.
