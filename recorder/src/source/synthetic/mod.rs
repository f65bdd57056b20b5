//! A screen, a camera and a microphone that are known in advance: a frame counter, a flash and a beep.
//!
//! Both are pure functions of the time since a common beginning, so a test can crank them, and two processes
//! that agree on the beginning agree on every pixel.

mod camera;
mod counter;
mod microphone;
mod screen;
mod wav;

use std::time::Duration;

pub use camera::{SyntheticCamera, read as read_camera_counter};
pub use counter::{BLOCK, BLOCKS, read as read_counter};
pub use microphone::{FileStart, Played, SyntheticMicrophone};
pub use screen::{Scene, SyntheticScreen};
pub use wav::{Wav, read as read_wav};

/// A flash and a beep begin at every multiple of this.
pub const FLASH_EVERY: Duration = Duration::from_secs(2);
/// How long the flash is seen.
pub const FLASH_FOR: Duration = Duration::from_millis(100);
/// How long the beep is heard.
pub const BEEP_FOR: Duration = Duration::from_millis(20);
/// Pitch of the beep.
pub const BEEP_HZ: f64 = 1000.0;
/// Side of the flash, in the upper right corner.
pub const FLASH_SIDE: u32 = 96;
