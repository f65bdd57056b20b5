//! Whole jobs: encoded media in, words and pictures out, with a real model and both real codecs.

mod decoding;
mod material;
mod pictures;
mod speech;
mod sweeping;
mod take;
