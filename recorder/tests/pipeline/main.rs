//! The media pipeline, judged by what it leaves behind: the parts are decoded and looked at.
//!
//! Most tests crank the tracks by hand, as fast as the machine goes: the synthetic scene knows what was to be seen and heard
//! at every instant. A few run the threads, and a few a real X server.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on says so by panicking"
)]

mod bad_screens;
mod camera;
mod camera_lost;
mod cameras;
mod cranked;
mod cranked_encoders;
mod decode;
mod desktop;
mod drawing;
mod effects;
mod mixed;
mod parts_of_a_desktop;
mod repeats;
mod screens;
mod take;
mod threads;
mod watched;
mod window;
mod window_changes;
mod window_outside;
mod x11;
#[path = "../support/xvfb.rs"]
mod xvfb;
