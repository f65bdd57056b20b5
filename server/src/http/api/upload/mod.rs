//! Upload: create, put parts, ask what is held, finish. See docs/PROTOCOL.md for the promises.

mod cancel;
mod create;
mod finish;
mod heartbeat;
mod init;
mod part;
mod status;

pub use cancel::*;
pub use create::*;
pub use finish::*;
pub use heartbeat::*;
pub use init::*;
pub use part::*;
pub use status::*;
