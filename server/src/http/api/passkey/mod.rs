//! Passkeys: made and kept in the settings, shown at the sign-in. What goes to the browser and comes from it has the JSON shapes of Web
//! Authentication Level 3 (§5.1.8 to §5.1.10).

mod proof;
mod session;
mod settings;
mod wire;

pub use proof::ShownProof;
pub(super) use proof::{ReadProof, means};
pub use session::*;
pub use settings::*;
pub use wire::*;
