//! What the session says to the pipeline and hears from it.

use std::time::Duration;

use aside_protocol::recording::TrackName;
use aside_protocol::timed_event::SoundSource;
use bytes::Bytes;
use serde::Serialize;

use super::byte_budget::Reservation;
use crate::encode::EncodeError;
use crate::source::Size;

/// One part, ready for the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPart {
    pub track: TrackName,
    /// 0, 1, 2 … per track.
    pub number: u32,
    /// In the track's timescale.
    pub start: u64,
    /// In the track's timescale.
    pub duration: u64,
    /// Begins with an IDR; always true for sound.
    pub independent: bool,
    pub bytes: Bytes,
    /// Version of the init that it is decoded with.
    pub init: u32,
    /// Its room in the queue, given back when the part is dropped.
    pub(super) reservation: Reservation,
}

impl SealedPart {
    pub(super) fn of(track: TrackName, part: crate::segment::Part) -> Self {
        let crate::segment::Part {
            number,
            start,
            duration,
            independent,
            bytes,
            init,
        } = part;
        Self {
            track,
            number,
            start,
            duration,
            independent,
            bytes,
            init,
            reservation: Reservation::default(),
        }
    }
}

/// What comes out of a running pipeline, in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// From the next part of the track on it is decoded with this init (`ftyp` + `moov`).
    Init {
        track: TrackName,
        init: Vec<u8>,
    },
    Part(SealedPart),
    Alarm(Alarm),
    /// From this place of the take on this is what is heard of the microphone and the machine.
    Heard {
        at: Duration,
        source: SoundSource,
    },
    /// No more pictures will come: what was recorded is whole; call `stop`.
    Ended(EndReason),
}

/// Something a person should know of while the take goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
    #[error(
        "no sound from the microphone for {seconds} seconds. Is it muted? The recording goes on"
    )]
    MicrophoneSilent { seconds: u32 },
    #[error("the microphone can be heard again")]
    MicrophoneHeard,
    #[error(
        "the microphone is gone ({detail}). The recording goes on without sound until it is back"
    )]
    MicrophoneLost { detail: String },
    #[error(
        "what this computer plays cannot be recorded at the moment ({detail}). The recording goes on without it until it is back"
    )]
    SystemSoundLost { detail: String },
    #[error("what this computer plays is recorded again after {}{}", seconds(*.millis), replaced(*.silence))]
    SystemSoundBack {
        millis: u64,
        /// Of that, in the take, in milliseconds.
        silence: u64,
    },
    #[error(
        "what is recorded is now {screen} large; it is scaled to fit the recording ({picture})"
    )]
    ScreenScaled { screen: Size, picture: Size },
    #[error("what is recorded is as large as the recording again ({picture})")]
    ScreenUnscaled { picture: Size },
    #[error(
        "the recorded window is minimised, or too small to be seen. Its last picture stays until it is back; sound is recorded"
    )]
    WindowHidden,
    #[error("the recorded window is back")]
    WindowShown,
    #[error(
        "clicks and keys cannot be drawn here: only an X11 desktop tells of them. Picture and sound are recorded as always"
    )]
    NoEffects,
    #[error("the recorded display was removed; what is now in its place is recorded")]
    DisplayGone,
    #[error(
        "the camera is gone ({detail}). The recording goes on with its last picture until it is back"
    )]
    CameraLost { detail: String },
    #[error(
        "the camera's pictures cannot be encoded any more ({detail}). The recording goes on without the camera"
    )]
    CameraFailed { detail: String },
    #[error("the camera is back after {}", seconds(*.millis))]
    CameraBack { millis: u64 },
    #[error("the microphone is back after {}{}", seconds(*.millis), replaced(*.silence))]
    MicrophoneBack {
        millis: u64,
        /// Of that, in the take, in milliseconds.
        silence: u64,
    },
    #[error(
        "this computer cannot encode so many pictures in time; from now on {}. The recording goes on",
        less_effort(*.divisor)
    )]
    EffortLowered { divisor: u32 },
    #[error(
        "the {track} encoder {from} failed ({why}); {to} goes on in its place. No picture is missing"
    )]
    EncoderReplaced {
        track: TrackName,
        from: &'static str,
        to: &'static str,
        why: EncodeError,
    },
    #[error("the encoder keeps up again; pictures are recorded as was asked for")]
    EffortRestored,
    #[error("{cause}: {} of sound are missing and replaced by silence", seconds(*.millis))]
    SoundLost { millis: u64, cause: LossCause },
}

/// Why sound is missing though the device is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LossCause {
    #[error("this program was suspended for a while")]
    Suspended,
    #[error("another microphone became the default")]
    Switched,
    #[error("another output became the default")]
    OutputSwitched,
    #[error("the sound server did not deliver everything")]
    Undelivered,
}

fn less_effort(divisor: u32) -> String {
    match divisor {
        0 | 1 => "less work is spent on each".to_owned(),
        2 => "every second one is recorded".to_owned(),
        n => format!("one of {n} is recorded"),
    }
}

fn replaced(silence: u64) -> String {
    if silence == 0 {
        return String::new();
    }
    format!("; {} of the recording have no sound", seconds(silence))
}

fn seconds(millis: u64) -> String {
    if millis < 1000 {
        return format!("{millis} ms");
    }
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}

/// Why the pictures ended by themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndReason {
    #[error("the screen is gone ({0}); everything up to here is recorded")]
    ScreenLost(String),
    #[error("the recorded window was closed; everything up to here is recorded")]
    WindowClosed,
    #[error("the {track} encoder failed ({detail}); everything up to here is recorded")]
    EncoderFailed { track: TrackName, detail: String },
}

/// How the take is doing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Health {
    /// Length of the take so far, pauses cut out, in milliseconds.
    pub media_ms: u64,
    /// Pictures taken from the screen.
    pub frames_captured: u64,
    /// Pictures written, with the repeats of a still screen.
    pub frames_encoded: u64,
    /// Pictures that were due but could not be taken or encoded in time.
    pub frames_dropped: u64,
    /// How far the picture's quality is lowered so that the line keeps up; 0: not.
    pub quality_step: u8,
    /// How far the work on each picture, then their number, is lowered so that the encoder keeps up; 0: not.
    pub effort_step: u8,
    /// Pictures that wait for the encoder.
    pub frames_waiting: u64,
    /// How long the screen has been known to have changed without a picture of it.
    pub picture_due: Duration,
    /// The last picture is black all over.
    pub picture_black: bool,
    /// The camera's last picture shows next to nothing.
    pub camera_dark: bool,
    /// Loudness of the last tenth of a second in dBFS; `None` without a microphone, and while it is muted or lost.
    pub mic_level_db: Option<f32>,
    /// Nothing was heard for three seconds, though it is not muted.
    pub mic_silent: bool,
    /// In the last tenth of a second it was louder than can be recorded.
    pub mic_clipped: bool,
    pub mic_muted: bool,
    /// How fast the microphone runs against the clock, as corrected now, in parts per million.
    pub mic_correction_ppm: f32,
    /// The level of what the machine plays, as `mic_level_db`; `None` where that is not recorded, or cannot be.
    pub system_level_db: Option<f32>,
    /// Programs play into the recorded output, and nothing of it was heard for three seconds.
    pub system_silent: bool,
    /// As `mic_correction_ppm`.
    pub system_correction_ppm: f32,
    /// Of the microphone and of what the machine plays; `None` before the first picture, and without the device.
    pub mic_timing: Option<SoundTiming>,
    pub system_timing: Option<SoundTiming>,
    /// Sound that had to be replaced by silence, in milliseconds.
    pub sound_lost_ms: u64,
    /// In how many places.
    pub sound_holes: u32,
    /// `None` without a camera.
    pub camera: Option<CameraHealth>,
}

/// How well the sound of a device is in time with the pictures, as far as that can be measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct SoundTiming {
    /// How much later the sound was captured, as the device says, than where it stands among the pictures, in milliseconds.
    pub offset_ms: f32,
    /// The largest that it was, either way.
    pub most_offset_ms: f32,
    /// How old the sound is when it arrives, as the sound server says, in milliseconds: the stamps allow for it. `None`: it says
    /// nothing.
    pub latency_ms: Option<f32>,
}

/// How loud the devices are at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Levels {
    /// As in [`Health`].
    pub mic_level_db: Option<f32>,
    pub mic_silent: bool,
    pub mic_clipped: bool,
    pub muted: bool,
    pub system_level_db: Option<f32>,
}

/// How the camera is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CameraHealth {
    /// Pictures taken from the camera.
    pub captured: u64,
    /// Pictures written, with the repeats of a still one.
    pub encoded: u64,
    /// Pictures that came and could not be encoded in time, or were damaged.
    pub dropped: u64,
    /// The camera is gone; its last picture stands.
    pub lost: bool,
    /// How often it went away, and for how long in all until now, in milliseconds.
    pub losses: u32,
    pub lost_ms: u64,
}

/// What was made, after stop.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    pub health: Health,
    /// Parts per track, in the order of `Pipeline::tracks`.
    pub parts: Vec<(TrackName, u32)>,
    /// Length of the longest track in milliseconds.
    pub duration_ms: u64,
}
