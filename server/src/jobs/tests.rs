//! Whole jobs: encoded media in, words and pictures out, with a real model and both real codecs.

mod arrival;
mod decoding;
mod download;
mod emptying;
mod mails;
mod material;
mod outage;
mod pictures;
mod reading;
mod removing;
mod retaining;
mod speech;
mod take;
mod two_inits;
mod waking;
