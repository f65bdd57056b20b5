//! What a take is made of: its tracks, and the sources of each.

use aside_protocol::recording::TrackName;

use crate::encode::Encoders;
use crate::source::{CameraPlan, MicChoice, ScreenChoice};

/// The tracks of a take. The first track of pictures leads: its first picture is zero of the timeline that all share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// In the order in which the take names them; each name once.
    pub tracks: Vec<TrackPlan>,
    /// Of all tracks of pictures.
    pub encoder: Encoders,
}

/// One track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackPlan {
    pub name: TrackName,
    pub source: TrackSource,
}

impl TrackPlan {
    /// Whether it is a track of pictures.
    pub(super) const fn is_pictures(&self) -> bool {
        !matches!(self.source, TrackSource::Sound { .. })
    }
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
    Sound { devices: Vec<SoundInput> },
}

/// One device of a track of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoundInput {
    /// Can be muted; its level and its silence are told.
    Microphone {
        device: MicChoice,
        /// Noise is taken out of it.
        denoise: bool,
    },
    /// What the default output plays, whichever output that is at the moment.
    System,
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
                source: TrackSource::Sound {
                    devices: vec![SoundInput::Microphone {
                        device: mic,
                        denoise: false,
                    }],
                },
            });
        }
        Self {
            tracks,
            encoder: Encoders::default(),
        }
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
    pub fn camera_only(mut self, camera: &CameraPlan, fps: u32) -> Self {
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

    /// Whether there is something that can be muted.
    pub fn has_microphone(&self) -> bool {
        self.tracks.iter().any(|track| match &track.source {
            TrackSource::Sound { devices } => devices
                .iter()
                .any(|device| matches!(device, SoundInput::Microphone { .. })),
            _ => false,
        })
    }

    /// Noise is taken out of the microphones.
    #[must_use]
    pub fn with_noise_suppression(mut self) -> Self {
        for track in &mut self.tracks {
            let TrackSource::Sound { devices } = &mut track.source else {
                continue;
            };
            for device in devices {
                if let SoundInput::Microphone { denoise, .. } = device {
                    *denoise = true;
                }
            }
        }
        self
    }

    /// What the machine plays is mixed into the track of the microphone, or is that track where there is no microphone.
    #[must_use]
    pub fn with_system_sound(mut self) -> Self {
        let sound = self.tracks.iter_mut().find_map(|track| match track {
            TrackPlan {
                name: TrackName::Audio,
                source: TrackSource::Sound { devices },
            } => Some(devices),
            _ => None,
        });
        match sound {
            Some(devices) => devices.push(SoundInput::System),
            None => self.tracks.push(TrackPlan {
                name: TrackName::Audio,
                source: TrackSource::Sound {
                    devices: vec![SoundInput::System],
                },
            }),
        }
        self
    }
}
