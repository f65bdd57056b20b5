//! Routes: me.
