//! What a take is to be.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use aside_protocol::recording::TrackName;

use super::chosen::Chosen;
use super::state::Parts;

/// What is to be recorded.
#[derive(Debug, Clone)]
pub struct Plan {
    pub chosen: Chosen,
    /// Stop by itself after this much, pauses left out.
    pub duration: Option<Duration>,
    /// Open the devices and show their levels; the take begins with the command `start`.
    pub waits: bool,
    /// How long to wait, when everything is recorded, for a server that does not answer.
    pub patience: Duration,
    /// Note the titles of windows that come to the front.
    pub window_titles: bool,
    /// Where previews are put, for the program that steers; `None`: there is none.
    pub previews: Option<PathBuf>,
    /// Put the link on the clipboard.
    pub clipboard: bool,
    /// What is known of this computer, by a name of each: it stands in the report that only the owner of the take sees.
    pub system: BTreeMap<&'static str, String>,
    /// Most parts of a track: what a server takes.
    pub max_parts: u32,
}

impl Plan {
    /// What commands can be about.
    pub(super) fn parts(&self) -> Parts {
        let scene = self.chosen.scene();
        Parts {
            microphone: scene.has_microphone(),
            camera: scene.tracks.iter().any(|t| t.name == TrackName::Camera),
            events: true,
            previews: self.previews.is_some(),
        }
    }
}
