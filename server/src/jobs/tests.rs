//! Whole jobs: encoded media in, words and pictures out, with a real model and both real codecs.

mod material;
mod pictures;
mod speech;
mod take;
