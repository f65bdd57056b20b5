//! Routes: setup.
