//! Commands in, words out: the command line over the engine.

mod app;
pub mod args;
mod doctor;
mod exit;
mod failure;
mod leftover;
mod login;
mod record;
mod show;
mod signals;
mod sources;
mod takes;
mod verbs;

pub use app::App;
pub use exit::Exit;
pub use signals::hold_pause;
pub use verbs::run;
