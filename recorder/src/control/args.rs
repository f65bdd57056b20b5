//! The command line as clap reads it. What a flag may be is decided here, before anything is opened.

mod parse;
mod record;

use std::path::PathBuf;

use aside_manual::Generate;
use aside_protocol::id::RecordingId;
use aside_protocol::recording::Audience;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum, error::ErrorKind};

pub use parse::CameraWanted;
pub(super) use parse::{parse_area, parse_camera, parse_mic, parse_title, parse_window};
pub use record::{Record, Screen, Switch};

use crate::encoders::ENCODE_VERB;
use crate::shortcuts::Shortcut;

/// The hidden verb with which `aside` starts itself.
pub(super) const TEST_ENCODER: &str = "test-encoder";

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
    /// Draw over the screen with the pointer, seen by you and in the recording (X11 only)
    Draw(Draw),
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
    /// Test an encoder and answer with a line of JSON; started by another aside, which outlives a driver that breaks down
    #[command(name = TEST_ENCODER, hide = true)]
    TestEncoder { encoder: String },
    /// Encode pictures for the aside that started this process, which outlives a driver that breaks down
    #[command(name = ENCODE_VERB, hide = true)]
    EncodePictures { encoder: String },
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

#[derive(Debug, Args)]
pub struct Draw {
    #[arg(value_enum)]
    pub what: Option<DrawArg>,
    #[arg(long, value_enum)]
    pub tool: Option<ToolArg>,
    #[arg(long, value_enum)]
    pub colour: Option<InkArg>,
    /// What is drawn from now on stays until it is taken back
    #[arg(long)]
    pub keep: bool,
    /// What is drawn from now on fades after five seconds
    #[arg(long, conflicts_with = "keep")]
    pub fade: bool,
    #[command(flatten)]
    pub steer: Steer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DrawArg {
    /// The pointer draws; its right button ends that
    On,
    /// The pointer does what it always does
    Off,
    /// Take the last stroke back
    Undo,
    /// Take everything back
    Clear,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ToolArg {
    Pen,
    Arrow,
    Box,
    Highlight,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InkArg {
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Black,
    White,
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

/// Who may open the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AudienceArg {
    /// Nobody but the one who recorded it
    #[value(alias = "owner")]
    Me,
    /// People of the server
    Members,
    /// Anyone who has it
    Link,
}

impl From<AudienceArg> for Audience {
    fn from(arg: AudienceArg) -> Self {
        match arg {
            AudienceArg::Me => Self::Owner,
            AudienceArg::Members => Self::Members,
            AudienceArg::Link => Self::Link,
        }
    }
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
    /// List the takes on this computer, as without a word
    List(Json),
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

/// An error that says how the command is used.
pub fn usage(message: String) -> clap::Error {
    Cli::command().error(ErrorKind::ValueValidation, message)
}

#[cfg(test)]
mod tests;
