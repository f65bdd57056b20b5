//! The recorder's engine as a whole: the real program against a server that breaks down on demand.

#![expect(
    clippy::unwrap_used,
    reason = "what a helper of a test cannot do fails the test"
)]

mod account;
mod aside;
#[cfg(feature = "portal")]
mod camera_portal;
mod clicks;
mod clipboard;
mod control;
mod damaged;
#[cfg(feature = "portal")]
mod desktop;
mod discarded;
mod disk;
mod drawing;
mod encoders;
mod events;
mod exported;
mod follow;
mod network;
mod on_issue;
#[cfg(feature = "portal")]
#[path = "../support/pipewire.rs"]
mod pipewire;
mod preview;
#[cfg(feature = "portal")]
mod screen_portal;
mod server;
mod share;
#[cfg(feature = "portal")]
mod shortcuts;
mod take;
mod unfinished;
#[path = "../support/xvfb.rs"]
mod xvfb;
