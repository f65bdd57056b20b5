//! The rules. Knows no HTTP and no SQL; reads no clock.

pub mod access;
pub mod account;
pub mod address;
pub mod audit;
pub mod capability;
pub mod captions;
pub mod comment;
pub mod device;
pub mod download;
pub mod event;
pub mod job;
pub mod library;
pub mod limit;
pub mod mark;
pub mod markdown;
pub mod media_delivery;
pub mod names;
pub mod poster;
pub mod recording;
pub mod sharing;
pub mod speech_model;
pub mod store_identity;
pub mod token;
pub mod transcript;
pub mod upload;
