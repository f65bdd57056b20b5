//! Jobs: rows with leases, and the worker that takes them.

pub use crate::domain::job::{Job, Kind, Next};
pub use crate::store::jobs::enqueue;
