//! What the end-to-end tests stand on: real processes, real databases, a real screen and a real
//! sound server, a network that fails on command, and a viewer that watches as a player does.
//!
//! Nothing here imitates our own programs. A missing tool is an error that names it.

pub mod api;
pub mod arrows;
pub mod database;
pub mod desktop;
pub mod disk;
pub mod network;
pub mod painter;
pub mod picture;
pub mod playlist;
pub mod program;
pub mod pulse;
pub mod recorder;
pub mod server;
pub mod setup;
pub mod sound;
pub mod take;
pub mod viewer;

pub use api::Api;
pub use database::Database;
pub use desktop::Desktop;
pub use network::{BadNetwork, NetworkFault};
pub use program::{TIMEOUT, eventually};
pub use recorder::{Link, RecorderHome, RecorderProcess};
pub use server::{ServerProcess, Settings};
pub use setup::TestSetup;
pub use viewer::Viewer;
