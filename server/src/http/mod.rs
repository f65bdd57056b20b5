//! HTTP: translates between the wire and the domain; holds no rule.

mod actor;
pub mod api;
pub mod body;
pub mod base_url;
pub mod error;
pub mod extract;
pub mod openapi;
pub mod policy;
pub mod router;
pub mod serve;

pub use error::{ApiError, ApiResult};
