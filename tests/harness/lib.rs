//! What the whole-house tests stand on: real processes, real databases, a real screen and a real
//! sound server, a network that fails on command, and a viewer that watches as a player does.
//!
//! Nothing here imitates our own programs. A missing tool is an error that names it.

pub mod api;
pub mod arrows;
pub mod database;
pub mod desktop;
pub mod disk;
pub mod house;
pub mod network;
pub mod painter;
pub mod picture;
pub mod playlist;
pub mod program;
pub mod pulse;
pub mod recorder;
pub mod server;
pub mod sound;
pub mod take;
pub mod viewer;

pub use api::Api;
pub use database::Database;
pub use desktop::Desktop;
pub use house::House;
pub use network::{BadNetwork, Weather};
pub use program::{PATIENCE, eventually};
pub use recorder::{Home, Link, RecorderProcess};
pub use server::{ServerProcess, Settings};
pub use viewer::Viewer;
