//! The HTTP API as its clients see it: the whole application, both databases, one file a resource.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so loudly"
)]

mod accounts;
mod comments;
mod connection;
mod device;
mod events;
mod framework;
mod full_disk;
mod library;
mod media;
mod openapi;
mod pages;
mod process;
mod store;
mod take;
mod transcript;
mod upload;
mod upload_bad;
mod watch;
