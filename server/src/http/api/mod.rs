//! The handlers, one file a resource.

pub mod account;
pub mod calendar;
pub mod catch_up;
pub mod comments;
pub mod destinations;
pub mod device;
pub mod events;
pub mod health;
pub mod library;
pub mod marks;
pub mod me;
pub mod media;
pub mod notices;
pub mod oidc;
pub mod passkey;
pub mod people;
pub mod recordings;
pub mod retention;
pub mod session;
pub mod setup;
pub mod sharing;
pub mod tokens;
pub mod transcript;
pub mod upload;
pub mod views;
pub mod watch;
