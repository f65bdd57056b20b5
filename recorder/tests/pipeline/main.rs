//! The media pipeline, judged by what it leaves behind: the parts are decoded and looked at.
//!
//! Most tests crank the tracks by hand, as fast as the machine goes: the synthetic scene knows what was to be seen and heard
//! at every instant. A few run the threads, and a few a real X server.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on says so by panicking"
)]

mod camera;
mod cameras;
mod cranked;
mod decode;
mod effects;
mod mixed;
mod repeats;
mod screens;
mod take;
mod threads;
mod window;
mod x11;
