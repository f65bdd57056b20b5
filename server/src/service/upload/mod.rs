//! Upload: create, take parts in, say what is held, note heartbeats, finish. See docs/PROTOCOL.md for the promises.

pub mod create;
pub mod finish;
pub mod heartbeat;
pub mod init;
pub mod status;
pub mod write;
pub mod writer;
