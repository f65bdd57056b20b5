//! Upload: what a take is made of, what may follow what, and when it is complete. All of it is pure;
//! `service::upload` commits what it allows.

mod create;
mod finish;
mod init;
mod place;
mod told;

pub use create::{CreateError, read_tracks};
pub use finish::{Finished, Verdict};
pub(crate) use finish::{Held, verify};
pub use init::{InitRefusal, read_later};
pub use place::{Neighbours, PartRefusal, Place, place, read};
pub use told::{Told, ToldMark, read_told};
