//! Routes: upload.
