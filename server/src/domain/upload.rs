//! Upload: what may follow what, and when a recording is complete.
