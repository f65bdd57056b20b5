//! What a person should know of while the take goes on. Pure: samples in, alarms out.
//!
//! An alarm is given when its condition has lasted, at most three seconds, and taken back when it has been gone for a while, so
//! that a figure that wavers about its limit does not flicker. While the take is paused nothing is judged.
//! What the sound's and the camera's threads see themselves (a silent microphone, a device that is gone) they tell
//! themselves.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Mono;

/// How the take is doing at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub now: Mono,
    /// Neither paused nor stopping.
    pub recording: bool,
    pub microphone_clips: bool,
    /// Programs play into the recorded output, and nothing of it was heard for three seconds.
    pub system_silent: bool,
    /// For so long the screen has been known to have changed without a picture of it.
    pub picture_due: Duration,
    pub picture_black: bool,
    pub camera_dark: bool,
    /// Since the start of the take.
    pub frames_captured: u64,
    pub frames_dropped: u64,
    /// Pictures that wait for the encoder.
    pub frames_waiting: u64,
    /// Bytes; `None` where the system does not say.
    pub disk_free: Option<u64>,
    /// Bytes of the take, and how long it is.
    pub written: u64,
    pub media: Duration,
    /// Media that the server has not confirmed; `None` where nothing is uploaded or the line is known to be broken.
    pub behind: Option<Duration>,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    MicrophoneClips,
    SystemSilent,
    PictureFrozen,
    PictureBlack,
    CameraDark,
    FramesDropped,
    EncoderBehind,
    DiskLow,
    UploadBehind,
}

/// An alarm that is given or taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub watch: Watch,
    /// `false`: it is taken back.
    pub raised: bool,
    /// For people.
    pub message: String,
}

/// How long a condition must be gone before its alarm is taken back.
const GONE: Duration = Duration::from_secs(1);
/// How long a condition that wavers must last.
const LASTING: Duration = Duration::from_millis(2_500);
/// A screen that changed and gave no picture for so long is stuck.
const FROZEN: Duration = Duration::from_millis(2_000);
/// In which dropped pictures are counted.
const WINDOW: Duration = Duration::from_secs(10);
/// The first pictures of a take may be dropped while everything starts.
const STARTED: Duration = Duration::from_secs(2);
/// Of a hundred pictures.
const MAX_DROPPED_PERCENT: u64 = 1;
/// One or two may be dropped at any time.
const FEW_DROPPED: u64 = 2;
/// A quarter of a second at 30 pictures a second.
const MAX_WAITING: u64 = 8;
/// With less room than this many minutes of recording the disk is low, and with more than that it is not.
const LOW_MINUTES: u64 = 10;
const ENOUGH_MINUTES: u64 = 15;
/// Bytes a second that a take may need at any moment, however still it was so far.
const LEAST_RATE: u64 = 128 * 1024;
/// Samples further apart than this: the program was suspended in between.
const SUSPENDED: Duration = Duration::from_secs(2);
/// How long devices may take to catch up then.
const SETTLES: Duration = Duration::from_secs(3);
const MAX_BEHIND: Duration = Duration::from_secs(10);
const IN_STEP: Duration = Duration::from_secs(3);

impl Watch {
    const ALL: [Self; 9] = [
        Self::MicrophoneClips,
        Self::SystemSilent,
        Self::PictureFrozen,
        Self::PictureBlack,
        Self::CameraDark,
        Self::FramesDropped,
        Self::EncoderBehind,
        Self::DiskLow,
        Self::UploadBehind,
    ];

    /// `code` of the alarm, and of the one that takes it back.
    pub const fn codes(self) -> (&'static str, &'static str) {
        match self {
            Self::MicrophoneClips => ("microphone_clipped", "microphone_clean"),
            Self::SystemSilent => ("system_sound_silent", "system_sound_back"),
            Self::PictureFrozen => ("picture_frozen", "picture_back"),
            Self::PictureBlack => ("picture_black", "picture_seen"),
            Self::CameraDark => ("camera_dark", "camera_bright"),
            Self::FramesDropped => ("frames_dropped", "frames_complete"),
            Self::EncoderBehind => ("encoder_behind", "encoder_in_step"),
            Self::DiskLow => ("disk_low", "disk_enough"),
            Self::UploadBehind => ("upload_behind", "upload_in_step"),
        }
    }

    /// How long the condition must last before the alarm is given; silence and dropped pictures are counted over a time
    /// anyway.
    const fn patience(self) -> Duration {
        match self {
            Self::SystemSilent | Self::PictureFrozen | Self::FramesDropped | Self::DiskLow => {
                Duration::ZERO
            }
            _ => LASTING,
        }
    }
}

/// One condition over time.
#[derive(Debug, Clone, Copy, Default)]
struct Condition {
    raised: bool,
    /// Since when it has been otherwise than `raised` says.
    otherwise: Option<Mono>,
}

impl Condition {
    /// Whether `raised` has just changed.
    fn look(&mut self, now: Mono, wrong: bool, patience: Duration) -> bool {
        if wrong == self.raised {
            self.otherwise = None;
            return false;
        }
        let since = *self.otherwise.get_or_insert(now);
        let wait = if wrong { patience } else { GONE };
        if now.since(since) < wait {
            return false;
        }
        (self.raised, self.otherwise) = (wrong, None);
        true
    }
}

/// Watches one take.
#[derive(Debug, Default)]
pub struct Watchdog {
    conditions: [Condition; Watch::ALL.len()],
    /// When, and pictures captured and dropped until then.
    pictures: VecDeque<(Mono, u64, u64)>,
    /// When the last sample was taken.
    looked: Option<Mono>,
    /// This program was suspended: before this nothing is judged.
    settles: Option<Mono>,
}

impl Watchdog {
    /// Judges a sample; the changes since the one before.
    pub fn look(&mut self, sample: &Sample) -> Vec<Change> {
        if !sample.recording || self.is_settling(sample.now) {
            self.pictures.clear();
            self.conditions.iter_mut().for_each(|c| c.otherwise = None);
            return Vec::new();
        }
        self.count(sample);
        let wrong = Watch::ALL.map(|watch| self.is_wrong(watch, sample));
        let mut changes = Vec::new();
        for ((watch, condition), wrong) in Watch::ALL.iter().zip(&mut self.conditions).zip(wrong) {
            if condition.look(sample.now, wrong, watch.patience()) {
                changes.push(Change {
                    watch: *watch,
                    raised: wrong,
                    message: message(*watch, wrong, sample),
                });
            }
        }
        changes
    }

    /// Whether this program was suspended and its devices have not caught up yet. What stood still meanwhile was not wrong.
    fn is_settling(&mut self, now: Mono) -> bool {
        let before = self.looked.replace(now);
        if before.is_some_and(|before| now.since(before) > SUSPENDED) {
            self.settles = Some(now + SETTLES);
        }
        self.settles.is_some_and(|settles| now < settles)
    }

    fn count(&mut self, sample: &Sample) {
        self.pictures
            .push_back((sample.now, sample.frames_captured, sample.frames_dropped));
        while let Some((at, _, _)) = self.pictures.get(1)
            && sample.now.since(*at) >= WINDOW
        {
            self.pictures.pop_front();
        }
    }

    fn is_wrong(&self, watch: Watch, sample: &Sample) -> bool {
        let raised = self.conditions[watch as usize].raised;
        match watch {
            Watch::MicrophoneClips => sample.microphone_clips,
            Watch::SystemSilent => sample.system_silent,
            Watch::PictureFrozen => sample.picture_due >= FROZEN,
            Watch::PictureBlack => sample.picture_black,
            Watch::CameraDark => sample.camera_dark,
            Watch::FramesDropped => self.drops_too_many(sample),
            Watch::EncoderBehind => sample.frames_waiting >= MAX_WAITING,
            Watch::DiskLow => {
                let limit = if raised { ENOUGH_MINUTES } else { LOW_MINUTES };
                minutes_left(sample).is_some_and(|minutes| minutes < limit)
            }
            Watch::UploadBehind => {
                let limit = if raised { IN_STEP } else { MAX_BEHIND };
                sample.behind.is_some_and(|behind| behind > limit)
            }
        }
    }

    fn drops_too_many(&self, sample: &Sample) -> bool {
        let Some((since, captured, dropped)) = self.pictures.front() else {
            return false;
        };
        if sample.now.since(*since) < STARTED {
            return false;
        }
        let dropped = sample.frames_dropped.saturating_sub(*dropped);
        let due = sample.frames_captured.saturating_sub(*captured) + dropped;
        dropped > FEW_DROPPED && dropped * 100 > due * MAX_DROPPED_PERCENT
    }
}

/// How long the disk will do at the take's rate so far.
fn minutes_left(sample: &Sample) -> Option<u64> {
    let seconds = sample.media.as_secs().max(1);
    let rate = (sample.written / seconds).max(LEAST_RATE);
    Some(sample.disk_free? / rate / 60)
}

fn message(watch: Watch, raised: bool, sample: &Sample) -> String {
    let text = match (watch, raised) {
        (Watch::MicrophoneClips, true) => {
            "the microphone is too loud and distorted. Turn it down, or move away from it"
        }
        (Watch::MicrophoneClips, false) => "the microphone is no longer distorted",
        (Watch::SystemSilent, true) => {
            "a program plays, and nothing of what this computer plays can be heard in the recording. Is the output muted? The \
             recording goes on"
        }
        (Watch::SystemSilent, false) => "what this computer plays is back",
        (Watch::PictureFrozen, true) => {
            "the screen changes and gives no picture. The last picture stands; sound is recorded"
        }
        (Watch::PictureFrozen, false) => "the picture of the screen is back",
        (Watch::PictureBlack, true) => {
            "the recorded picture is black. Is the right screen or window recorded?"
        }
        (Watch::PictureBlack, false) => "the picture is back: it is no longer black",
        (Watch::CameraDark, true) => "the camera's picture is dark. Is it covered?",
        (Watch::CameraDark, false) => "the camera's picture is back: it is no longer dark",
        (Watch::FramesDropped, true) => {
            "more than one picture in a hundred is dropped: this computer is busy. The recording goes on and may stutter"
        }
        (Watch::FramesDropped, false) => "no more pictures are dropped; the whole picture is back",
        (Watch::EncoderBehind, true) => {
            "the encoder does not keep up: this computer is busy. The recording goes on"
        }
        (Watch::EncoderBehind, false) => "the encoder is back in step",
        (Watch::DiskLow, true) => {
            let minutes = minutes_left(sample).unwrap_or(0);
            return format!(
                "the disk is nearly full: there is room for about {minutes} more minutes. What is recorded is safe; make \
                 room to go on"
            );
        }
        (Watch::DiskLow, false) => "there is enough room on the disk again",
        (Watch::UploadBehind, true) => {
            let seconds = sample.behind.unwrap_or_default().as_secs();
            return format!(
                "the upload is {seconds} seconds behind. Everything is safe on this computer, and it goes on by itself"
            );
        }
        (Watch::UploadBehind, false) => "the upload is back in step",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests;
