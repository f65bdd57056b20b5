//! HTTP: translates between the wire and the domain; holds no rule.

mod actor;
mod allowed;
pub mod api;
mod assets;
pub mod base_url;
pub mod body;
mod content_policy;
mod ending;
pub mod error;
mod etag;
pub mod extract;
pub mod forwarded;
pub mod openapi;
mod places;
pub mod policy;
mod range;
pub mod router;
mod saved;
pub mod serve;
pub mod shell;
pub mod slow;

pub use error::{ApiError, ApiResult};
