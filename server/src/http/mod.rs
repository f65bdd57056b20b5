//! HTTP: translates between the wire and the domain; holds no rule.

mod actor;
mod allowed;
pub mod api;
mod assets;
pub mod base_url;
pub mod body;
mod content_policy;
pub mod docs;
pub mod dress;
mod ending;
pub mod error;
mod etag;
pub mod extract;
mod forms;
pub mod forwarded;
mod head;
mod idempotent;
mod line;
mod mcp;
pub mod oembed;
pub mod openapi;
mod places;
pub mod policy;
mod preloads;
mod quota;
mod range;
pub mod router;
mod saved;
mod scopes;
pub mod serve;
pub mod shell;
pub mod slow;
mod who;

pub use error::{ApiError, ApiResult};
