//! What the app asks of an X server beside its window: a picture of the desktop, the keyboard for a window of its own that no
//! window manager knows, and whether displays come and go.

mod focus;
mod shot;
mod watch;

pub use focus::give_keyboard;
pub use shot::{Shot, shoot};
pub use watch::watch;
