//! Routes: session.
