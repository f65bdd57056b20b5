//! HTTP: translates between the wire and the domain; holds no rule.

mod actor;
pub mod api;
mod assets;
pub mod base_url;
pub mod body;
pub mod error;
pub mod extract;
mod idle;
pub mod openapi;
pub mod policy;
pub mod router;
pub mod serve;
pub mod shell;

pub use error::{ApiError, ApiResult};
