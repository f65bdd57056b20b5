//! The server: takes recordings in while they are made, stores, serves, transcribes, threads comments.
//!
//! Arrows: `http, jobs → service → {domain, store, objects}` and `jobs → media, transcribe`. `domain` knows no HTTP and
//! no SQL; docs/ARCHITECTURE.md says what each folder holds, and a test holds the arrows.

pub mod app;
pub mod archive;
pub mod assistant;
pub mod auth;
pub mod broadcast;
pub mod checked_http;
pub mod clock;
pub mod config;
pub mod disk;
pub mod domain;
pub mod durable_dir;
pub mod entropy;
pub mod events;
pub mod http;
pub mod imap;
pub mod intake;
pub mod jobs;
pub mod limits;
pub mod lmtp;
pub mod mail;
pub mod media;
pub mod notify;
pub mod objects;
pub mod oidc;
pub mod one_file;
pub mod part_cache;
pub mod picture;
pub mod playlist;
pub mod proxy_notice;
pub mod resources;
pub mod service;
pub mod store;
#[doc(hidden)]
pub mod testing;
pub mod track_cache;
pub mod transcribe;
