//! The HTTP API as its clients see it: the whole application, both databases, one file a resource.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so loudly"
)]

/// [`aside_server::both`], with every answer held against the description of the API.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)*) => {
        aside_server::both! {
            $($(#[$meta])* async fn $name($app) {
                crate::schema::check_answers();
                $body
            })*
        }
    };
}

mod accounts;
mod comments;
mod connection;
mod device;
mod events;
mod framework;
mod full_disk;
mod heartbeat;
mod library;
mod live;
mod lost_objects;
mod media;
mod names;
mod openapi;
mod pages;
mod process;
mod proxy;
mod schema;
mod store;
mod store_identity;
mod take;
mod transcript;
mod upload;
mod upload_bad;
mod watch;
