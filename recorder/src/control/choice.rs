//! The command `choose`: what is to be recorded instead, in the words of the command line. Pure.

use std::time::Duration;

use aside_protocol::recording::Audience;
use aside_protocol::text::{MAX_TITLE, clean_title};
use clap::ValueEnum as _;
use serde::Deserialize;

use super::args::{
    AudienceArg, CameraWanted, Screen, parse_area, parse_camera, parse_mic, parse_window,
};
use crate::pipeline::{ScreenChoice, ScreenPart};
use crate::session::{Choice, EffectsChange};

/// Longest countdown, in seconds.
const MAX_COUNTDOWN: u64 = 60;

/// What the line says; what is not named, or null, stays.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ChoiceLine {
    screen: Option<String>,
    /// Another number than before has a Wayland desktop ask again; 0 and null let it restore.
    ask: Option<u32>,
    display: Option<Vec<usize>>,
    window: Option<String>,
    area: Option<String>,
    fps: Option<u32>,
    mic: Option<String>,
    denoise: Option<bool>,
    system_audio: Option<bool>,
    camera: Option<String>,
    camera_only: Option<bool>,
    camera_whole: Option<bool>,
    mirror: Option<bool>,
    show_clicks: Option<bool>,
    show_keys: Option<bool>,
    share: Option<String>,
    title: Option<String>,
    countdown: Option<u64>,
}

impl ChoiceLine {
    /// What is chosen, or why that makes no sense.
    pub(super) fn read(&self) -> Result<Choice, String> {
        let named = |what: &str, e: String| format!("{what}: {e}");
        let mic = self.mic.as_deref().map(parse_mic).transpose();
        let camera = self.camera.as_deref().map(parse_camera).transpose();
        let title = self.title.as_deref().map(clean_title).transpose();
        if self.fps.is_some_and(|fps| !(1..=120).contains(&fps)) {
            return Err("fps: expected 1 to 120".to_owned());
        }
        if self
            .countdown
            .is_some_and(|seconds| seconds > MAX_COUNTDOWN)
        {
            return Err(format!(
                "countdown: expected at most {MAX_COUNTDOWN} seconds"
            ));
        }
        Ok(Choice {
            screen: self.screen()?,
            fps: self.fps,
            mic: mic.map_err(|e| named("mic", e))?,
            denoise: self.denoise,
            system_audio: self.system_audio,
            camera: camera.map_err(|e| named("camera", e))?.map(|c| match c {
                CameraWanted::None => None,
                CameraWanted::Camera(choice) => Some(choice),
            }),
            camera_only: self.camera_only,
            camera_whole: self.camera_whole,
            mirror: self.mirror,
            effects: EffectsChange {
                clicks: self.show_clicks,
                keys: self.show_keys,
            },
            audience: self.share.as_deref().map(audience).transpose()?,
            title: title.map_err(|_| format!("title: expected at most {MAX_TITLE} characters"))?,
            countdown: self.countdown.map(Duration::from_secs),
        })
    }

    /// The screen is chosen as a whole: its kind and what of it.
    fn screen(&self) -> Result<Option<ScreenChoice>, String> {
        let kind = match self.screen.as_deref() {
            None => Screen::Auto,
            Some(name) => Screen::from_str(name, false)
                .map_err(|_| "screen: expected auto, x11, portal, portal-screen, portal-window, scap or synthetic".to_owned())?,
        };
        let window = self.window.as_deref().map(parse_window).transpose();
        let area = self.area.as_deref().map(parse_area).transpose();
        let displays = match &self.display {
            Some(list) if list.is_empty() => {
                return Err("display: expected the number of a display".to_owned());
            }
            displays => displays.clone(),
        };
        let mut parts = [
            displays.map(ScreenPart::Displays),
            window
                .map_err(|e| format!("window: {e}"))?
                .map(ScreenPart::Window),
            area.map_err(|e| format!("area: {e}"))?
                .map(ScreenPart::Area),
        ]
        .into_iter()
        .flatten();
        let (part, more) = (parts.next(), parts.next());
        if more.is_some() {
            return Err("expected one of display, window and area".to_owned());
        }
        match (kind, &part) {
            (Screen::Auto, None) if self.screen.is_none() && self.ask.is_none_or(|n| n == 0) => {
                Ok(None)
            }
            (kind, Some(_)) if !kind.has_parts() => {
                Err("display, window and area are parts of an X11 desktop".to_owned())
            }
            _ => Ok(Some(kind.with(part, self.ask.unwrap_or(0)))),
        }
    }
}

/// `None`: as the person or the server has it.
fn audience(word: &str) -> Result<Option<Audience>, String> {
    match word {
        "default" => Ok(None),
        word => AudienceArg::from_str(word, false)
            .map(|arg| Some(arg.into()))
            .map_err(|_| "share: expected me, members, link or default".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{
        CameraChoice, MicChoice, PortalKind, PortalWish, ScreenArea, WindowChoice,
    };
    use serde_json::{Value, json};

    fn read(line: &Value) -> Result<Choice, String> {
        let line: ChoiceLine = serde_json::from_value(line.clone()).unwrap();
        line.read()
    }

    #[test]
    fn a_choice_is_read_in_the_words_of_the_command_line() {
        assert_eq!(read(&json!({})), Ok(Choice::default()));
        let screen = |line: Value| read(&line).unwrap().screen.unwrap();
        assert_eq!(
            screen(json!({ "screen": "synthetic", "window": null })),
            ScreenChoice::Synthetic
        );
        assert_eq!(screen(json!({ "screen": "auto" })), ScreenChoice::Auto);
        assert_eq!(
            screen(json!({ "display": [0, 1] })),
            ScreenChoice::Part(ScreenPart::Displays(vec![0, 1]))
        );
        assert_eq!(
            screen(json!({ "screen": "x11", "window": "0x10" })),
            ScreenChoice::X11(ScreenPart::Window(WindowChoice::Id(16)))
        );
        let area = ScreenArea {
            x: -5,
            y: 0,
            width: 64,
            height: 48,
        };
        assert_eq!(
            screen(json!({ "area": "-5,0,64,48" })),
            ScreenChoice::Part(ScreenPart::Area(area))
        );
        let portal = |ask| {
            ScreenChoice::Portal(PortalWish {
                kind: PortalKind::Screen,
                ask,
            })
        };
        assert_eq!(screen(json!({ "screen": "portal-screen" })), portal(0));
        let again = json!({ "screen": "portal-screen", "ask": 2 });
        assert_eq!(screen(again), portal(2), "each number asks anew");
        let rest = json!({
            "mic": "none", "camera": "synthetic", "mirror": true, "title": " a ", "countdown": 3, "show_keys": true,
        });
        let rest = read(&rest).unwrap();
        assert_eq!((rest.screen, rest.mic), (None, Some(MicChoice::None)));
        assert_eq!(rest.camera, Some(Some(CameraChoice::Synthetic)));
        assert_eq!(rest.title.as_deref(), Some("a"));
        assert_eq!((rest.effects.clicks, rest.effects.keys), (None, Some(true)));
        assert_eq!(rest.countdown, Some(Duration::from_secs(3)));
        assert_eq!(rest.audience, None);
        let shared = |word: &str| read(&json!({ "share": word })).unwrap().audience;
        assert_eq!(shared("me"), Some(Some(Audience::Owner)));
        assert_eq!(shared("owner"), shared("me"));
        assert_eq!(shared("link"), Some(Some(Audience::Link)));
        assert_eq!(shared("default"), Some(None));
        assert_eq!(
            read(&json!({ "camera": "none" })).unwrap().camera,
            Some(None)
        );
    }

    #[test]
    fn a_choice_that_makes_no_sense_is_refused_with_the_name_of_its_field() {
        for (line, field) in [
            (json!({ "screen": "moon" }), "screen"),
            (json!({ "screen": "portal", "display": [0] }), "X11"),
            (json!({ "display": [] }), "display"),
            (json!({ "display": [0], "window": "active" }), "one of"),
            (json!({ "window": "firefox" }), "window"),
            (json!({ "area": "1,2,3" }), "area"),
            (json!({ "fps": 0 }), "fps"),
            (json!({ "mic": "" }), "mic"),
            (json!({ "camera": "lavfi:" }), "camera"),
            (json!({ "countdown": 61 }), "countdown"),
            (json!({ "share": "everyone" }), "share"),
            (json!({ "title": "a".repeat(MAX_TITLE + 1) }), "title"),
        ] {
            let why = read(&line).unwrap_err();
            assert!(why.contains(field), "{line}: {why}");
        }
    }
}
