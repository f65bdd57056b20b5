//! The HTTP API as its clients see it: the whole application, both databases, one file a resource.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so loudly"
)]

mod account;
mod account_mail;
mod accounts;
mod archive;
mod attachments;
mod camera;
mod cancel;
mod catch_up;
mod comments;
mod connection;
mod device;
mod download;
mod drawings;
mod event_order;
mod event_page;
mod events;
mod every_form;
mod framework;
mod full_disk;
mod groups;
mod heartbeat;
mod inits;
mod invitations;
mod library;
mod library_folders;
mod library_sections;
mod live;
mod lock_order;
mod lost_objects;
mod mail_replies;
mod mailbox;
mod media;
mod media_elsewhere;
mod names;
mod notice_bench;
mod notice_mails;
mod notice_schedule;
mod notices;
mod oidc;
mod openapi;
mod pages;
mod passkeys;
mod people;
mod policy;
mod process;
mod proxy;
mod round_trips;
mod schema;
mod several_servers;
mod sharing;
mod sharing_matrix;
mod store;
mod store_identity;
mod take;
mod testing;
mod timeline;
mod transcript;
mod two_factor;
mod upload;
mod upload_bad;
mod views;
mod watch;
