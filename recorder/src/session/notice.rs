//! What a take tells while it happens. These are the lines of `--json` (docs/RECORDER.md): names
//! and fields are only ever added.

use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::layout::{Corner, Face, FaceSize};
use aside_protocol::recording::{Audience, TrackName};
use serde::Serialize;
use serde_json::Value;

use super::report::Report;
use super::snapshot::Snapshot;
use crate::pipeline::{Ink, Levels, Tool};

/// Whoever follows a take: a terminal, a script, a test.
pub trait Observer {
    /// Something happened, just now.
    fn notice(&mut self, notice: &Notice);
    /// How it looks at the moment, a few times a second.
    fn snapshot(&mut self, snapshot: &Snapshot);
}

/// How far a part has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// On this computer's disk.
    Sealed,
    /// The server promised to keep it.
    Received,
}

/// What a preview shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PreviewSource {
    Screen,
    Camera,
}

/// Why a take stays on this computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptWhy {
    /// `--offline`.
    Offline,
    NoServer,
    /// It was recorded for another server than the one this computer is signed in to.
    OtherServer,
    SignedOut,
    Refused,
    /// Some of it can neither be read here nor is it on the server.
    Damaged,
    NoAnswer,
    Left,
    /// It was to be deleted or moved to the trash, and could not be.
    NotDiscarded,
}

/// What a server still has of a take that a person cancelled or began anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOnServer {
    /// It never went to one.
    NoServer,
    Nothing,
    /// It lies in the trash there.
    InTrash,
    /// It is told as soon as it answers.
    ToldLater,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Notice {
    /// The watch link, before the first frame. Told again if the server writes it differently.
    Link {
        url: String,
        id: RecordingId,
        slug: Slug,
    },
    /// Who may open the link.
    Audience {
        audience: Audience,
        /// The server says so; else it is what was asked for.
        confirmed: bool,
    },
    /// The link is on the clipboard.
    Copied,
    /// From the start: this take is not uploaded while it runs.
    Local {
        id: RecordingId,
        why: KeptWhy,
        server: Option<String>,
    },
    /// The devices are open and their levels are shown; `start` begins the take.
    Ready {
        tracks: Vec<TrackName>,
    },
    /// Before the start: what was chosen cannot be opened, and what was chosen before stays.
    ChoiceFailed {
        track: TrackName,
        message: String,
    },
    /// There is a new small picture of what is recorded.
    Preview {
        source: PreviewSource,
        /// Replaced as a whole by each picture.
        file: String,
        /// Pixels.
        width: u32,
        height: u32,
        /// Pictures so far.
        sequence: u64,
    },
    /// How loud it is, several times a second.
    Levels(Levels),
    Countdown {
        seconds_left: u64,
    },
    /// The devices run.
    Started {
        tracks: Vec<TrackName>,
    },
    Paused,
    Resumed,
    /// The microphone is recorded as silence.
    Muted,
    Unmuted,
    /// What is drawn with, and whether the pointer draws.
    Drawing {
        on: bool,
        tool: Tool,
        colour: Ink,
        keep: bool,
    },
    /// A mark was set.
    Marked {
        media_ms: u64,
        title: String,
    },
    /// The face is shown like this from here on.
    Face {
        media_ms: u64,
        face: Face,
        corner: Corner,
        size: FaceSize,
    },
    Part {
        track: TrackName,
        number: u32,
        /// Bytes.
        size: u64,
        state: PartState,
        start_ms: i64,
        duration_ms: i64,
    },
    Alarm {
        code: &'static str,
        message: String,
    },
    /// Nothing gets through to the server.
    #[serde(rename = "trouble")]
    Retrying {
        message: String,
        next_try_ms: u64,
        failures: u32,
    },
    /// Things get through again.
    #[serde(rename = "line_back")]
    Reconnected,
    /// The upload stopped for good; recording goes on.
    UploadClosed {
        code: &'static str,
        message: String,
    },
    /// Recording ends, for this reason, from this moment.
    Stopping {
        why: &'static str,
        message: Option<String>,
    },
    /// Everything is on disk.
    Stopped {
        duration_ms: i64,
        parts: usize,
        /// Bytes.
        size: u64,
        frames_captured: u64,
        frames_encoded: u64,
        frames_dropped: u64,
        /// When stop was asked for, on the clock of `at_ms`.
        requested_at_ms: u64,
        /// The same instant on the wall clock.
        requested_unix_us: i64,
        report: Report,
    },
    /// Every part is on the server, proved by its receipt; the take left this computer.
    Uploaded {
        id: RecordingId,
        url: String,
        /// That were made.
        parts: usize,
        /// Of those, not covered by the receipt.
        missing: usize,
        duration_ms: i64,
        /// As in `stopped`; of an earlier take, as its events track has it. None where its recorder was killed.
        report: Option<Value>,
    },
    /// `--for`: the link stands on an issue, under this address.
    Linked {
        id: RecordingId,
        issue: String,
        url: String,
    },
    /// `--for`: the link does not stand there (yet); the take is where it was.
    NotLinked {
        id: RecordingId,
        issue: String,
        /// The server goes on with it by itself.
        later: bool,
        message: String,
    },
    /// The take stays on this computer.
    Kept {
        id: RecordingId,
        why: KeptWhy,
        /// That were made.
        parts: usize,
        received: usize,
        /// Of those, neither readable here nor on the server, as far as is known.
        missing: usize,
        message: String,
    },
    /// Nothing was recorded; nothing is left of it.
    Nothing {
        id: RecordingId,
    },
    /// A person cancelled it; nothing is left of it here.
    Cancelled {
        id: RecordingId,
        server: LeftOnServer,
    },
    /// A person began anew: this take lies in the trash of this computer, and its server is told to remove it.
    Trashed {
        id: RecordingId,
        /// That were made.
        parts: usize,
        duration_ms: i64,
        /// When it is deleted.
        expires_unix_us: i64,
    },
    /// An earlier take, as found on disk, before it goes on.
    Recovered {
        id: RecordingId,
        /// That were made, the lost ones too.
        parts: usize,
        /// Bytes.
        size: u64,
        duration_ms: i64,
        /// Parts that were made and cannot be read here; the server may hold them.
        lost: u32,
        /// Its recorder stopped as it should.
        ended_well: bool,
    },
    /// Another process was started that brings these earlier takes to their server.
    Resuming {
        takes: Vec<RecordingId>,
    },
}
