//! The command line as clap reads it. What a flag may be is decided here, before anything is opened.

use std::path::PathBuf;
use std::time::Duration;

use aside_manual::Generate;
use aside_protocol::id::RecordingId;
use aside_protocol::text::{MAX_TITLE, clean_title};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum, error::ErrorKind};

use crate::pipeline::{
    CameraChoice, EncoderChoice, Encoders, MicChoice, NoSuchEncoder, PortalKind, PortalWish,
    ScreenArea, ScreenChoice, ScreenPart, ShownEffects, WindowChoice,
};
use crate::session::Chosen;
use crate::shortcuts::Shortcut;

/// Records your screen and your voice; the link works while you are still talking.
#[derive(Debug, Parser)]
#[command(name = "aside", version, max_term_width = 100, after_help = AFTER)]
pub struct Cli {
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

const AFTER: &str = "\
Environment: ASIDE_SERVER, ASIDE_TOKEN, ASIDE_DATA_DIR, ASIDE_CONFIG_DIR, NO_COLOR.
Exit codes: 0 done, 1 failed, 2 usage, 3 nothing to capture, 4 not signed in,
5 the take is safe here but not (wholly) uploaded, 6 disk full, 7 no take to steer.";

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Sign this computer in to a server
    Login(Login),
    /// Say which server recordings are brought to
    Account(Json),
    /// Name a recording on the server, or say who may open its link
    Change(Change),
    /// Record, and upload while recording
    Record(Box<Record>),
    /// List what can be recorded
    Sources(Json),
    /// List the takes on this computer, and finish, save or delete them
    Takes(Takes),
    /// Begin the recording that was prepared with `aside record --wait`
    Start(Steer),
    /// Stop the recording that is running; its upload goes on
    Stop(Steer),
    /// Pause the recording
    Pause(Steer),
    /// Go on after a pause
    Resume(Steer),
    /// Throw away what was recorded so far, and begin again
    Restart(Steer),
    /// End the recording and leave nothing of it, here or on the server
    Cancel(Steer),
    /// Record silence instead of the microphone
    Mute(Steer),
    /// Record the microphone again
    Unmute(Steer),
    /// Set a mark at this moment: a chapter of the recording
    Mark {
        /// Its title; without one it is named later
        title: Vec<String>,
        #[command(flatten)]
        steer: Steer,
    },
    /// Show the camera in a corner, full, or not at all
    Face {
        #[arg(value_enum)]
        face: Option<FaceArg>,
        #[arg(long, value_enum)]
        corner: Option<CornerArg>,
        #[arg(long, value_enum)]
        size: Option<SizeArg>,
        #[command(flatten)]
        steer: Steer,
    },
    /// Say what is being recorded at the moment
    Status(Json),
    /// Have a Wayland desktop bind keys, and say which is pressed, for programs: one event a line, until its input is closed
    Shortcuts {
        /// What to bind, instead of the recording's own: `ACTION=KEYS=NAME`, such as `mark=Ctrl+Shift+K=Set a mark`
        #[arg(long, value_name = "ACTION=KEYS=NAME")]
        key: Vec<Shortcut>,
    },
    /// Say what this computer can record, what is missing and how to install it
    Doctor(Json),
    /// Make manual pages and completions, for packages
    #[command(hide = true)]
    Generate {
        #[command(subcommand)]
        what: Generate,
    },
}

#[derive(Debug, Args)]
pub struct Json {
    /// For programs
    #[arg(long)]
    pub json: bool,
}

/// Which recording is meant.
#[derive(Debug, Args)]
pub struct Steer {
    /// Which one, where several are running: its id or the end of it
    #[arg(long, value_name = "ID")]
    pub take: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FaceArg {
    Corner,
    Full,
    Hidden,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CornerArg {
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SizeArg {
    Small,
    Medium,
    Large,
}

/// Who steers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Control {
    /// Commands on standard input, answers and everything of --json on standard output
    Stdio,
}

#[derive(Debug, Args)]
pub struct Login {
    /// Such as `https://aside.example`
    pub server: String,
    /// Read a token from standard input instead of asking in the browser
    #[arg(long)]
    pub token_stdin: bool,
    /// For programs: one event a line
    #[arg(long, conflicts_with = "token_stdin")]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Change {
    /// The id of the recording; without a wish it is shown
    pub id: RecordingId,
    #[arg(long, value_parser = parse_title)]
    pub title: Option<String>,
    /// Who may open its link
    #[arg(long, value_enum)]
    pub audience: Option<AudienceArg>,
    /// For programs
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AudienceArg {
    /// Nobody but the one who recorded it
    Owner,
    /// Anyone who has it
    Link,
    /// People of the server
    Members,
}

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

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Takes {
    #[command(subcommand)]
    pub verb: Option<TakesVerb>,
    #[command(flatten)]
    pub json: Json,
}

#[derive(Debug, Subcommand)]
pub enum TakesVerb {
    /// Bring takes to their server: one, or all that nobody else is bringing
    Resume {
        id: Option<String>,
        /// Give up for now when the server has not answered for so many seconds
        #[arg(long, value_name = "SECONDS")]
        patience: Option<u64>,
        /// Started by another aside, away from any terminal
        #[arg(long, hide = true)]
        background: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Bring a take back from the trash, where a restart left it
    Restore { id: String },
    /// Save a take as a playable file
    Export { id: String, file: PathBuf },
    /// Play a take, for a program that shows it: its sound is heard, its pictures are previews (docs/RECORDER.md)
    Play {
        id: String,
        /// One event a line
        #[arg(long, required = true)]
        json: bool,
    },
    /// Delete a take from this computer
    Discard {
        id: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
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
    pub(super) const fn has_parts(self) -> bool {
        matches!(self, Self::Auto | Self::X11)
    }

    /// `part`: of an X11 desktop. `ask`: of a Wayland desktop ([`PortalWish::ask`]).
    pub(super) fn with(self, part: Option<ScreenPart>, ask: u32) -> ScreenChoice {
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

/// An error that says how the command is used.
pub fn usage(message: String) -> clap::Error {
    Cli::command().error(ErrorKind::ValueValidation, message)
}

/// Longer than any take should be, and short enough for every clock.
const MAX_SECONDS: f64 = 48.0 * 3600.0;

fn parse_duration(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "expected a number of seconds, such as 90 or 2.5".to_owned())?;
    if seconds > 0.0 && seconds <= MAX_SECONDS {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!(
            "expected more than 0 and at most {MAX_SECONDS} seconds"
        ))
    }
}

pub(super) fn parse_window(text: &str) -> Result<WindowChoice, String> {
    if text == "active" {
        return Ok(WindowChoice::Active);
    }
    let id = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    };
    id.ok()
        .filter(|id| *id > 0)
        .map(WindowChoice::Id)
        .ok_or_else(|| {
            "expected the id of a window, such as 0x1a00007 (see `aside sources`), or active"
                .to_owned()
        })
}

pub(super) fn parse_area(text: &str) -> Result<ScreenArea, String> {
    let wrong = || "expected four whole numbers, such as 100,80,1280,720".to_owned();
    let numbers: Vec<i32> = text
        .split(',')
        .map(|n| n.trim().parse().map_err(|_| wrong()))
        .collect::<Result<_, _>>()?;
    let [x, y, width, height] = numbers[..] else {
        return Err(wrong());
    };
    let side = |n: i32| u32::try_from(n).ok().filter(|n| *n > 0);
    match (side(width), side(height)) {
        (Some(width), Some(height)) => Ok(ScreenArea {
            x,
            y,
            width,
            height,
        }),
        _ => Err("expected a width and a height of more than 0".to_owned()),
    }
}

fn parse_encoder(text: &str) -> Result<EncoderChoice, String> {
    text.parse().map_err(|e: NoSuchEncoder| e.to_string())
}

pub(super) fn parse_mic(text: &str) -> Result<MicChoice, String> {
    Ok(match text {
        "" => {
            return Err(
                "expected a device, or one of default, none, synthetic, file:PATH".to_owned(),
            );
        }
        "none" => MicChoice::None,
        "default" => MicChoice::Default,
        "synthetic" => MicChoice::Synthetic,
        _ => match text.strip_prefix("file:") {
            Some("") => return Err("expected the path of a WAV file behind file:".to_owned()),
            Some(path) => MicChoice::File(PathBuf::from(path)),
            None => MicChoice::Device(text.to_owned()),
        },
    })
}

/// What `--camera` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraWanted {
    None,
    Camera(CameraChoice),
}

pub(super) fn parse_camera(text: &str) -> Result<CameraWanted, String> {
    let choice = match text {
        "" => {
            return Err(
                "expected a camera, or one of default, none, synthetic, lavfi:GRAPH".to_owned(),
            );
        }
        "none" => return Ok(CameraWanted::None),
        "default" => CameraChoice::Default,
        "synthetic" => CameraChoice::Synthetic,
        _ => match text.strip_prefix("lavfi:") {
            Some("") => {
                return Err("expected a graph behind lavfi:, such as lavfi:testsrc2".to_owned());
            }
            Some(graph) => CameraChoice::Graph(graph.to_owned()),
            None => CameraChoice::Device(text.to_owned()),
        },
    };
    Ok(CameraWanted::Camera(choice))
}

fn parse_title(text: &str) -> Result<String, String> {
    clean_title(text).map_err(|_| format!("expected at most {MAX_TITLE} characters"))
}

#[cfg(test)]
mod tests;
