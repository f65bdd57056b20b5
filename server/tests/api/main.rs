//! The HTTP API as its clients see it: the whole application, both databases, one file a resource.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say so loudly")]

mod comments;
mod connection;
mod events;
mod accounts;
mod device;
mod framework;
mod full_disk;
mod library;
mod upload;
mod upload_bad;
mod media;
mod openapi;
mod pages;
mod store;
mod take;
mod transcript;
mod watch;
