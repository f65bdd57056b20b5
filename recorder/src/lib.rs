//! The recorder. Arrows: `source → clock → compose/mix → encode → segment → spool → upload`;
//! `pipeline` joins what lies before the spool, `session` steers, `control` sends commands.

pub mod entropy;
pub mod http;
#[path = "pipeline/types.rs"]
pub mod pipeline;
pub mod spool;
pub mod upload;
pub mod wall_clock;
