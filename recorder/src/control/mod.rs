//! Commands in, words out: the command line over the engine.

mod account;
mod app;
pub mod args;
mod change;
mod choice;
mod desktop_app;
mod dispatch;
mod doctor;
mod draw;
mod exit;
mod failure;
mod feed;
mod login;
pub mod on_issue;
mod record;
mod shortcuts;
mod show;
mod signals;
mod socket;
mod sources;
mod stdio;
mod takes;
mod test_encoder;
mod unfinished;
mod verbs;
mod wish;

pub use app::App;
pub use dispatch::run;
pub use exit::Exit;
pub use signals::hold_pause;
