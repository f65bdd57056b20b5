//! What a take is to be.

use std::time::Duration;

use crate::pipeline::Scene;

/// What is to be recorded.
#[derive(Debug, Clone)]
pub struct Plan {
    pub scene: Scene,
    pub title: String,
    /// Stop by itself after this much, pauses left out.
    pub duration: Option<Duration>,
    pub countdown: Duration,
    /// Open the devices and show their levels; the take begins with the command `start`.
    pub waits: bool,
    /// How long to wait, when everything is recorded, for a server that does not answer.
    pub patience: Duration,
    /// Note the titles of windows that come to the front.
    pub window_titles: bool,
    /// Put the link on the clipboard.
    pub clipboard: bool,
    /// Most parts of a track: what a server takes.
    pub max_parts: u32,
}
