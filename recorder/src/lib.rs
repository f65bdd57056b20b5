//! The recorder. Arrows: `source → clock → compose/mix → encode → segment → spool → upload`;
//! `pipeline` joins what lies before the spool, `session` steers, `control` sends commands.

pub mod entropy;
pub mod http;
pub mod clock;
pub mod compose;
pub mod encode;
pub mod mix;
pub mod pipeline;
pub mod segment;
pub mod source;
pub mod spool;
pub mod upload;
pub mod wall_clock;
