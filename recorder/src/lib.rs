//! The recorder. Arrows: `source → clock → compose/mix → encode → segment → spool → upload`;
//! `pipeline` joins what lies before the spool, `session` steers, `control` sends commands.

mod avdevice;
#[cfg(target_os = "linux")]
mod avformat;
pub mod clock;
pub mod compose;
pub mod config;
pub mod control;
pub mod doctor;
pub mod encode;
pub mod encoders;
pub mod entropy;
pub mod events;
pub mod export;
pub mod http;
pub mod link;
pub mod mix;
pub mod pipeline;
pub mod playback;
pub mod segment;
pub mod session;
pub mod shortcuts;
pub mod source;
pub mod spool;
pub mod upload;
pub mod wall_clock;
