//! Upload: what a take is made of, what may follow what, and when it is complete. `place`, `read` and
//! `verify` are pure; [`writer`] and `service::finish_upload` commit what they allow.

mod create;
mod finish;
mod place;
pub mod writer;

pub use create::{CreateError, NewTrack, read_tracks};
pub use finish::{Finished, Verdict, news};
pub(crate) use finish::{Held, follow_up, verify};
pub use place::{Neighbours, PartRefusal, Place, place, read};
