//! `aside record` as clap reads it.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::parse::{
    CameraWanted, parse_area, parse_camera, parse_duration, parse_encoder, parse_mic, parse_title,
    parse_window,
};
use super::{AudienceArg, Control, usage};
use crate::control::on_issue::OnIssue;
use crate::pipeline::{
    EncoderChoice, Encoders, MicChoice, PortalKind, PortalWish, ScreenArea, ScreenChoice,
    ScreenPart, ShownEffects, WindowChoice,
};
use crate::session::Chosen;

#[derive(Debug, Args)]
pub struct Record {
    /// What to take the picture from
    #[arg(long, value_enum, default_value_t = Screen::Auto, value_name = "SOURCE")]
    pub screen: Screen,
    /// Have the desktop ask which screen or window, even if it would restore the choice of last time (Wayland)
    #[arg(long, conflicts_with_all = ["display", "window", "area", "camera_only"])]
    pub ask: bool,
    /// One display of an X11 desktop, by its number in `aside sources`, or several as one picture: 0,1
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub display: Vec<usize>,
    /// One window of an X11 desktop, whatever lies over it: an id from `aside sources`, or active
    #[arg(long, value_name = "ID|active", value_parser = parse_window, conflicts_with_all = ["display", "area"])]
    pub window: Option<WindowChoice>,
    /// A part of an X11 desktop, in pixels: left and upper edge, width, height
    #[arg(long, value_name = "X,Y,W,H", value_parser = parse_area, allow_hyphen_values = true, conflicts_with = "display")]
    pub area: Option<ScreenArea>,
    /// Most pictures a second, 1 to 120
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=120), allow_negative_numbers = true)]
    pub fps: u32,
    /// What encodes the pictures: auto (the best that works here), x264, vaapi, nvenc, qsv, videotoolbox; for tests: synthetic
    #[arg(long, value_parser = parse_encoder, default_value = "auto", value_name = "ENCODER")]
    pub encoder: EncoderChoice,
    /// A microphone of `aside sources`, or: default, none, synthetic, file:PATH (a WAV, spoken once)
    #[arg(long, default_value = "default", value_parser = parse_mic, value_name = "DEVICE")]
    pub mic: MicChoice,
    /// Take noise out of the microphone: fans, keys, the street. For voices, not for music
    #[arg(long)]
    pub denoise: bool,
    /// Also record what this computer plays
    #[arg(long, value_enum, default_value_t = Switch::Off, value_name = "on|off", hide_possible_values = true)]
    pub system_audio: Switch,
    /// A camera of `aside sources`, or: default, none, synthetic, lavfi:GRAPH; a track of its own, beside the screen
    #[arg(long, value_parser = parse_camera, value_name = "DEVICE")]
    pub camera: Option<CameraWanted>,
    /// Record the camera (the default one, unless --camera names another) instead of a screen, up to 1920×1080
    #[arg(long, conflicts_with_all = ["display", "window", "area", "screen", "camera_whole"])]
    pub camera_only: bool,
    /// Keep the camera's whole picture (up to 1280×720) instead of the square in its middle
    #[arg(long)]
    pub camera_whole: bool,
    /// Mirror the preview of the camera; the recording is never mirrored
    #[arg(long)]
    pub mirror: bool,
    /// Draw a ring around each click (X11 only)
    #[arg(long)]
    pub show_clicks: bool,
    /// Show keys that write nothing and shortcuts such as Ctrl+S, never what is typed as text (X11 only)
    #[arg(long)]
    pub show_keys: bool,
    /// Have a Wayland desktop bind keys to stop, pause, restart, mute, the camera and marks
    #[arg(long)]
    pub shortcuts: bool,
    /// Who may open the link; without it, as you or the server have set it
    #[arg(long, value_enum, value_name = "WHO")]
    pub share: Option<AudienceArg>,
    /// When the take is on the server, post its link on an issue: github:OWNER/REPO#N, gitlab:GROUP/PROJECT#N, jira:ABC-N or linear:ABC-N
    #[arg(long = "for", value_name = "ISSUE", conflicts_with = "offline")]
    pub on_issue: Option<OnIssue>,
    /// Name the recording
    #[arg(long, default_value = "", value_parser = parse_title, hide_default_value = true)]
    pub title: String,
    /// Stop by itself after so many seconds
    #[arg(long, value_parser = parse_duration, value_name = "SECONDS", allow_negative_numbers = true)]
    pub duration: Option<Duration>,
    /// Count down before recording
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60), value_name = "SECONDS", allow_negative_numbers = true)]
    pub countdown: u64,
    /// Note the titles of windows that come to the front, with the recording (X11 only)
    #[arg(long)]
    pub record_window_titles: bool,
    /// Open the devices and show their levels; record when `aside start` (or the command `start`) says so
    #[arg(long)]
    pub wait: bool,
    /// Be steered by a program: commands on standard input, one JSON object a line (docs/RECORDER.md); implies --json
    #[arg(long, value_enum, value_name = "HOW")]
    pub control: Option<Control>,
    /// When the program that steers is gone, go on with a take that has begun, and start the desktop app to show it
    #[arg(long, requires = "control")]
    pub keep_recording: bool,
    /// Do not upload now; the next start does
    #[arg(long)]
    pub offline: bool,
    /// When everything is recorded, how long to wait for a server that does not answer
    #[arg(
        long,
        default_value_t = 120,
        value_name = "SECONDS",
        allow_negative_numbers = true
    )]
    pub patience: u64,
    /// One event a line, for programs
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Screen {
    /// Wayland: ask; X11: the whole desktop
    Auto,
    X11,
    /// The desktop asks which screen or window, and restores that choice next time
    Portal,
    /// The same, for a screen alone
    PortalScreen,
    /// The same, for a window alone
    PortalWindow,
    /// The desktop asks each time, through the library scap
    Scap,
    /// A test picture; needs no desktop
    Synthetic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

impl Record {
    /// What only makes sense together.
    pub fn check(&self) -> Result<(), clap::Error> {
        if self.camera_only && self.camera == Some(CameraWanted::None) {
            return Err(usage(
                "--camera-only records a camera, and --camera none says there is none.".to_owned(),
            ));
        }
        match (self.screen, self.part()) {
            (screen, Some(_)) if !screen.has_parts() => Err(usage(
                "--display, --window and --area name a part of an X11 desktop; use them with --screen x11."
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// What is to be recorded.
    /// `encoder`: what this machine has for [`Self::encoder`].
    pub fn chosen(&self, encoder: Encoders) -> Chosen {
        let camera = match &self.camera {
            Some(CameraWanted::Camera(choice)) => Some(choice.clone()),
            None | Some(CameraWanted::None) => None,
        };
        Chosen {
            denoise: self.denoise,
            system_audio: self.system_audio == Switch::On,
            camera,
            camera_only: self.camera_only,
            camera_whole: self.camera_whole,
            mirror: self.mirror,
            effects: ShownEffects {
                clicks: self.show_clicks,
                keys: self.show_keys,
            },
            audience: self.share.map(Into::into),
            title: self.title.clone(),
            countdown: Duration::from_secs(self.countdown),
            encoder,
            ..Chosen::new(self.screen_choice(), self.fps, self.mic.clone())
        }
    }

    /// Whether the words on standard output are for a program.
    pub const fn is_for_programs(&self) -> bool {
        self.json || self.control.is_some()
    }

    /// What of an X11 desktop, if that was said.
    fn part(&self) -> Option<ScreenPart> {
        match (self.window, self.area) {
            (Some(window), _) => Some(ScreenPart::Window(window)),
            (None, Some(area)) => Some(ScreenPart::Area(area)),
            (None, None) if self.display.is_empty() => None,
            (None, None) => Some(ScreenPart::Displays(self.display.clone())),
        }
    }

    pub fn screen_choice(&self) -> ScreenChoice {
        self.screen.with(self.part(), u32::from(self.ask))
    }
}

impl Screen {
    /// Whether a display, a window or an area of it can be named.
    pub(in crate::control) const fn has_parts(self) -> bool {
        matches!(self, Self::Auto | Self::X11)
    }

    /// `part`: of an X11 desktop. `ask`: of a Wayland desktop ([`PortalWish::ask`]).
    pub(in crate::control) fn with(self, part: Option<ScreenPart>, ask: u32) -> ScreenChoice {
        let portal = |kind| ScreenChoice::Portal(PortalWish { kind, ask });
        match (self, part) {
            (Self::Auto, None) if ask > 0 => portal(PortalKind::Any),
            (Self::Auto, None) => ScreenChoice::Auto,
            (Self::Auto, Some(part)) => ScreenChoice::Part(part),
            (Self::X11, part) => ScreenChoice::X11(part.unwrap_or(ScreenPart::Whole)),
            (Self::Portal, _) => portal(PortalKind::Any),
            (Self::PortalScreen, _) => portal(PortalKind::Screen),
            (Self::PortalWindow, _) => portal(PortalKind::Window),
            (Self::Scap, _) => ScreenChoice::Scap,
            (Self::Synthetic, _) => ScreenChoice::Synthetic,
        }
    }
}
