//! What leaves the server: queued in the transaction of its cause, sent by a worker with the rights that its reader has then.

pub mod delivered;
pub mod issues;
pub mod manage;
mod previews;
pub mod queue;
mod reader;
pub mod send;
mod work;
