//! What can be searched for: `search_lines`, `search_windows`, `search_screens` and their tokens, made from the other tables (decision 83).
//!
//! Triggers of the schema write down what changed, in the transaction of the change, and remove what no longer holds; so nothing that
//! writes has to think of it. [`index`] makes rows anew, `find` reads them.

mod expression;
mod find;
pub mod index;
mod insert;
pub mod queue;

pub use find::{Asking, FoundRow, InsideRow, People};
