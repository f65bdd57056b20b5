//! The HTTP API as its clients see it: the whole application, both databases, one file a resource.

mod comments;
mod events;
mod accounts;
mod device;
mod framework;
mod library;
mod upload;
mod upload_bad;
mod media;
mod take;
mod transcript;
mod watch;
