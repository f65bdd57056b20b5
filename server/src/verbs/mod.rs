//! One file a verb.

pub(crate) mod account;
pub(crate) mod archive;
pub(crate) mod backup;
pub(crate) mod common;
pub(crate) mod copy_objects;
pub(crate) mod decode_frame;
mod decoding;
pub(crate) mod doctor;
pub(crate) mod fill;
mod finding;
pub(crate) mod log;
pub(crate) mod make_excerpt;
pub(crate) mod mcp;
pub(crate) mod migrate;
mod open;
pub(crate) mod pair;
pub(crate) mod read_screen;
pub(crate) mod say;
pub(crate) mod search;
pub(crate) mod serve;
mod supervise;
pub(crate) mod transcript;
pub(crate) mod try_decoder;
pub(crate) mod worker;
