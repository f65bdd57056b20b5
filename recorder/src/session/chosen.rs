//! What is to be recorded, as a person chose it, and what they may choose otherwise before the take begins. Pure.

use std::time::Duration;

use aside_protocol::recording::Audience;

use crate::pipeline::{
    CameraChoice, CameraPlan, CameraShape, Encoders, MicChoice, Scene, ScreenChoice, ShownEffects,
};

/// Most pictures of a camera a second: a face needs no more.
const CAMERA_FPS: u32 = 30;

/// The sources of a take, and what else is decided before it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub screen: ScreenChoice,
    /// Most pictures a second, 1 to 120.
    pub fps: u32,
    pub mic: MicChoice,
    /// Noise is taken out of the microphone.
    pub denoise: bool,
    /// What the computer plays is recorded too.
    pub system_audio: bool,
    pub camera: Option<CameraChoice>,
    /// The camera in place of the screen; the default one where none is chosen.
    pub camera_only: bool,
    /// All of the camera's picture, not the square in its middle.
    pub camera_whole: bool,
    /// The preview of the camera is mirrored; the take never is.
    pub mirror: bool,
    /// What is drawn into the picture of the screen.
    pub effects: ShownEffects,
    /// Who may open the link; `None`: as the person or the server has it.
    pub audience: Option<Audience>,
    pub title: String,
    pub countdown: Duration,
    /// Of the pictures.
    pub encoder: Encoders,
}

impl Chosen {
    /// A screen and a microphone.
    pub fn new(screen: ScreenChoice, fps: u32, mic: MicChoice) -> Self {
        Self {
            screen,
            fps,
            mic,
            denoise: false,
            system_audio: false,
            camera: None,
            camera_only: false,
            camera_whole: false,
            mirror: false,
            effects: ShownEffects::default(),
            audience: None,
            title: String::new(),
            countdown: Duration::ZERO,
            encoder: Encoders::default(),
        }
    }

    /// The tracks of the take.
    pub fn scene(&self) -> Scene {
        let mut scene = Scene::new(self.screen.clone(), self.fps, self.mic.clone());
        scene.encoder = self.encoder.clone();
        if self.denoise {
            scene = scene.with_noise_suppression();
        }
        if self.system_audio {
            scene = scene.with_system_sound();
        }
        let fps = self.fps.min(CAMERA_FPS);
        match self.camera_plan() {
            Some(camera) if self.camera_only => scene.camera_only(&camera, fps),
            Some(camera) => scene.with_camera(camera, fps),
            None => scene,
        }
    }

    /// What is recorded of a camera.
    pub fn camera_plan(&self) -> Option<CameraPlan> {
        let choice = match (&self.camera, self.camera_only) {
            (Some(choice), _) => choice.clone(),
            (None, true) => CameraChoice::Default,
            (None, false) => return None,
        };
        let shape = match (self.camera_only, self.camera_whole) {
            (true, _) => CameraShape::Large,
            (false, true) => CameraShape::Whole,
            (false, false) => CameraShape::Square,
        };
        Some(CameraPlan { choice, shape })
    }
}

/// What is drawn otherwise; what is not named stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EffectsChange {
    pub clicks: Option<bool>,
    pub keys: Option<bool>,
}

impl EffectsChange {
    /// What is drawn then.
    pub fn of(self, before: ShownEffects) -> ShownEffects {
        ShownEffects {
            clicks: self.clicks.unwrap_or(before.clicks),
            keys: self.keys.unwrap_or(before.keys),
        }
    }
}

/// What is chosen otherwise; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    pub screen: Option<ScreenChoice>,
    pub fps: Option<u32>,
    pub mic: Option<MicChoice>,
    pub denoise: Option<bool>,
    pub system_audio: Option<bool>,
    pub camera: Option<Option<CameraChoice>>,
    pub camera_only: Option<bool>,
    pub camera_whole: Option<bool>,
    pub mirror: Option<bool>,
    pub effects: EffectsChange,
    pub audience: Option<Option<Audience>>,
    pub title: Option<String>,
    pub countdown: Option<Duration>,
}

impl Choice {
    /// What is chosen then.
    pub fn of(&self, before: &Chosen) -> Chosen {
        fn or<T: Clone>(new: Option<&T>, old: &T) -> T {
            new.unwrap_or(old).clone()
        }
        Chosen {
            screen: or(self.screen.as_ref(), &before.screen),
            fps: or(self.fps.as_ref(), &before.fps),
            mic: or(self.mic.as_ref(), &before.mic),
            denoise: or(self.denoise.as_ref(), &before.denoise),
            system_audio: or(self.system_audio.as_ref(), &before.system_audio),
            camera: or(self.camera.as_ref(), &before.camera),
            camera_only: or(self.camera_only.as_ref(), &before.camera_only),
            camera_whole: or(self.camera_whole.as_ref(), &before.camera_whole),
            mirror: or(self.mirror.as_ref(), &before.mirror),
            effects: self.effects.of(before.effects),
            audience: or(self.audience.as_ref(), &before.audience),
            title: or(self.title.as_ref(), &before.title),
            countdown: or(self.countdown.as_ref(), &before.countdown),
            encoder: before.encoder.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{TrackPlan, TrackSource};
    use aside_protocol::recording::TrackName;

    fn names(chosen: &Chosen) -> Vec<TrackName> {
        chosen.scene().tracks.iter().map(|t| t.name).collect()
    }

    #[test]
    fn what_is_not_named_stays_and_a_camera_may_be_taken_out_again() {
        let first = Chosen::new(ScreenChoice::Synthetic, 60, MicChoice::Synthetic);
        assert_eq!(names(&first), [TrackName::Video, TrackName::Audio]);
        let with = Choice {
            camera: Some(Some(CameraChoice::Synthetic)),
            mirror: Some(true),
            ..Choice::default()
        };
        let second = with.of(&first);
        assert_eq!(
            names(&second),
            [TrackName::Video, TrackName::Audio, TrackName::Camera]
        );
        assert!(second.mirror && second.fps == 60);
        let out = Choice {
            camera: Some(None),
            mic: Some(MicChoice::None),
            ..Choice::default()
        };
        assert_eq!(names(&out.of(&second)), [TrackName::Video]);
        assert_eq!(Choice::default().of(&second), second);
    }

    #[test]
    fn a_camera_in_place_of_the_screen_is_the_one_track_of_pictures() {
        let chosen = Chosen {
            camera_only: true,
            ..Chosen::new(ScreenChoice::Auto, 60, MicChoice::None)
        };
        let scene = chosen.scene();
        let [TrackPlan { name, source }] = &scene.tracks[..] else {
            panic!("{scene:?}")
        };
        assert_eq!(*name, TrackName::Video);
        assert!(matches!(source, TrackSource::Camera { fps: 30, .. }));
    }
}
