//! Comments: written, changed, deleted, brought back.

mod change;
mod delete;
mod edit;
mod post;
mod restore;

pub use change::ChangeError;
pub use delete::delete;
pub use edit::{Edit, edit};
pub use post::{NewComment, PostError, Posted, post};
pub use restore::restore;
