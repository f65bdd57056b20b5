//! What a take is made of: its tracks, and the sources of each.

use aside_protocol::recording::TrackName;

use crate::source::{CameraPlan, MicChoice, ScreenChoice};

/// The tracks of a take. The first track of pictures leads: its first picture is zero of the timeline that all share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// In the order in which the take names them; each name once.
    pub tracks: Vec<TrackPlan>,
}

/// One track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackPlan {
    pub name: TrackName,
    pub source: TrackSource,
}

/// What a track is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrackSource {
    Pictures {
        screen: ScreenChoice,
        /// Most pictures a second, 1 to 120.
        fps: u32,
    },
    Camera {
        camera: CameraPlan,
        /// Most pictures a second, 1 to 120.
        fps: u32,
    },
    /// Devices that are mixed on one clock.
    Sound { devices: Vec<MicChoice> },
}

impl Scene {
    /// A screen and, unless it is [`MicChoice::None`], a microphone. `fps`: most pictures a second, 1 to 120.
    pub fn new(screen: ScreenChoice, fps: u32, mic: MicChoice) -> Self {
        let mut tracks = vec![TrackPlan {
            name: TrackName::Video,
            source: TrackSource::Pictures { screen, fps },
        }];
        if mic != MicChoice::None {
            tracks.push(TrackPlan {
                name: TrackName::Audio,
                source: TrackSource::Sound { devices: vec![mic] },
            });
        }
        Self { tracks }
    }

    /// Adds a camera as a track of its own. `fps`: most pictures a second, 1 to 120.
    #[must_use]
    pub fn with_camera(mut self, camera: CameraPlan, fps: u32) -> Self {
        self.tracks.push(TrackPlan {
            name: TrackName::Camera,
            source: TrackSource::Camera { camera, fps },
        });
        self
    }

    /// The camera in place of a screen: it is the track `video`, and leads.
    #[must_use]
    pub fn camera_only(mut self, camera: CameraPlan, fps: u32) -> Self {
        for track in &mut self.tracks {
            if track.name == TrackName::Video {
                track.source = TrackSource::Camera {
                    camera: camera.clone(),
                    fps,
                };
            }
        }
        self
    }
}
