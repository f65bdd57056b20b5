//! What the session says to people: what happened, what is safe, what to do. And the stable
//! words for programs beside them.

use aside_protocol::id::RecordingId;
use aside_protocol::time::MediaTime;

use super::notice::{KeptWhy, Notice, PartState};
use super::state::Cause;
use crate::pipeline::{Alarm, QualityStep};
use crate::spool::{Entry, SpoolError};
use crate::upload::{Refusal, UploadError};

/// `why` of the event `stopping`.
pub(super) const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Asked => "asked",
        Cause::ControlClosed => "control_closed",
        Cause::Cancelled => "cancelled",
        Cause::Restarted => "restarted",
        Cause::Duration => "duration",
        Cause::CaptureEnded => "capture_ended",
        Cause::WindowClosed => "window_closed",
        Cause::TooLong => "too_long",
        Cause::DiskFull => "disk_full",
        Cause::DiskFailed => "disk_failed",
    }
}

/// An alarm of the pipeline as it is told.
pub(super) fn told(alarm: &Alarm) -> Notice {
    Notice::Alarm {
        code: code(alarm),
        message: alarm.to_string(),
    }
}

/// `code` of the event `alarm`.
pub(super) const fn code(alarm: &Alarm) -> &'static str {
    match alarm {
        Alarm::MicrophoneSilent { .. } => "microphone_silent",
        Alarm::MicrophoneHeard | Alarm::MicrophoneBack { .. } => "microphone_heard",
        Alarm::MicrophoneLost { .. } => "microphone_lost",
        Alarm::SystemSoundLost { .. } => "system_sound_lost",
        Alarm::SystemSoundBack { .. } => "system_sound_heard",
        Alarm::SoundLost { .. } => "sound_lost",
        Alarm::ScreenScaled { .. } => "screen_scaled",
        Alarm::ScreenUnscaled { .. } => "screen_unscaled",
        Alarm::DisplayGone => "display_gone",
        Alarm::NoEffects => "effects_unknown",
        Alarm::CameraLost { .. } | Alarm::CameraFailed { .. } => "camera_lost",
        Alarm::CameraBack { .. } => "camera_back",
        Alarm::WindowHidden => "window_hidden",
        Alarm::WindowShown => "window_shown",
        Alarm::EffortLowered { .. } => "effort_lowered",
        Alarm::EffortRestored => "effort_restored",
        Alarm::EncoderReplaced { .. } => "encoder_replaced",
    }
}

/// `code` and message of the alarm when the quality changes.
pub(super) fn quality(before: QualityStep, now: QualityStep) -> (&'static str, &'static str) {
    if now == QualityStep::default() {
        (
            "quality_restored",
            "the connection keeps up; the picture is recorded at full quality again",
        )
    } else if now > before {
        (
            "quality_lowered",
            "the connection is too slow for this picture; it is recorded with fewer details so that viewers can follow. \
             Nothing is lost",
        )
    } else {
        (
            "quality_raised",
            "the connection keeps up; the picture gets more details again",
        )
    }
}

/// `code` of the event `upload_closed`.
pub const fn upload_code(error: &UploadError) -> &'static str {
    match error {
        UploadError::SignIn { .. } => "sign_in",
        UploadError::Refused { refusal, .. } => match refusal {
            Refusal::RecordingTaken => "recording_conflict",
            Refusal::OtherBytes => "part_conflict",
            Refusal::SomebodyElses => "forbidden",
            Refusal::MayNotRecord => "may_not_record",
            Refusal::Deleted => "gone",
            Refusal::NotTaken => "refused",
        },
        UploadError::Damaged { .. } => "damaged_on_disk",
        UploadError::LostAll { .. } => "nothing_left_here",
        UploadError::Uncovered(_) => "receipt_incomplete",
        UploadError::Spool(_) => "spool",
        UploadError::Abandoned => "abandoned",
    }
}

pub(super) const EVENTS_REFUSED: &str = "the server is older than this aside and does not take clicks, marks and the place \
     of the face. Picture and sound are recorded and uploaded as always; update the server to have the rest too";

/// While the take goes on: why it is not uploaded any further.
pub fn upload_closed(error: &UploadError) -> String {
    let detail = match error {
        UploadError::Refused { source, .. } => format!(" ({source})"),
        _ => String::new(),
    };
    format!("{error}{detail}. The recording is safe on this computer")
}

/// The disk takes no more.
pub(super) fn disk(error: &SpoolError, id: RecordingId) -> String {
    match error {
        SpoolError::Full { .. } => {
            format!(
                "{error}. Recording stops here; everything up to this moment is safe and playable"
            )
        }
        _ => format!(
            "{error}. Recording stops here; everything up to this moment is safe. \
             `aside takes export {id} FILE.mp4` copies it to another disk"
        ),
    }
}

/// The take has as many parts as a server takes.
pub(super) fn too_long(length: MediaTime) -> String {
    format!(
        "A recording can have no more parts than this one of {}. Recording stops here; all of it is safe. Start \
         another one to go on",
        clock(length)
    )
}

/// What is known of a take that stays.
pub struct Kept<'a> {
    pub id: RecordingId,
    pub duration: MediaTime,
    pub server: Option<&'a str>,
    pub trouble: Option<&'a str>,
    /// That were made.
    pub parts: usize,
    pub received: usize,
    /// Of those, neither readable here nor on the server.
    pub missing: usize,
}

/// At the end: why the take stays on this computer and how it gets to its server.
pub fn kept(why: KeptWhy, kept: &Kept<'_>) -> String {
    let Kept {
        id,
        parts,
        received,
        ..
    } = kept;
    let safe = format!(
        "The recording ({}) is safe on this computer",
        clock(kept.duration)
    );
    let server = kept.server.unwrap_or("SERVER");
    match why {
        KeptWhy::Offline => {
            format!(
                "{safe}. The next start of `aside record` uploads it, or `aside takes resume` now"
            )
        }
        KeptWhy::NoServer => format!(
            "{safe}. No server is configured: `aside login SERVER`, then `aside takes resume` uploads it. \
             `aside takes export {id} FILE.mp4` makes a file of it"
        ),
        KeptWhy::SignedOut => {
            format!(
                "{safe}. Sign in with `aside login {server}`, then `aside takes resume` uploads the rest"
            )
        }
        KeptWhy::NotDiscarded => format!(
            "The recording ({}) could not be removed and is still on this computer. `aside takes discard {id}` deletes it",
            clock(kept.duration)
        ),
        KeptWhy::Refused | KeptWhy::OtherServer => {
            format!("{safe}. `aside takes export {id} FILE.mp4` makes a file of it")
        }
        KeptWhy::Damaged if *parts == 0 => format!(
            "Nothing is deleted, here or there. `aside takes discard {id}` removes the empty take from this computer; \
             what is on the server stays"
        ),
        KeptWhy::Damaged => format!(
            "{missing} of the {parts} parts of this recording can neither be read on this computer nor {are} on the \
             server. Nothing is deleted; everything else is here and there, and can be watched up to the first missing \
             part. `aside takes export {id} FILE.mp4` saves what can be read as a file, `aside takes discard {id}` deletes \
             the take from this computer",
            missing = kept.missing,
            are = if kept.missing == 1 {
                "is it"
            } else {
                "are they"
            },
        ),
        KeptWhy::NoAnswer => {
            let trouble = kept
                .trouble
                .map_or_else(|| "the server does not answer".to_owned(), str::to_owned);
            format!(
                "{safe}: {trouble}. {received} of {parts} parts are on the server; the rest goes on at the next \
                 start, or with `aside takes resume`"
            )
        }
        KeptWhy::Left => format!(
            "{safe}. {received} of {parts} parts are on the server; the rest goes on at the next start, or with \
             `aside takes resume`"
        ),
    }
}

/// What is told of a part.
pub fn part(entry: &Entry, state: PartState) -> Notice {
    Notice::Part {
        track: entry.track,
        number: entry.number,
        size: entry.size,
        state,
        start_ms: entry.starts_at().millis(),
        duration_ms: (entry.ends_at() - entry.starts_at()).millis(),
    }
}

/// `0:42`, `1:02:03`.
pub fn clock(length: MediaTime) -> String {
    aside_protocol::time::clock(u64::try_from(length.millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_read_them() {
        assert_eq!(clock(MediaTime::from_millis(42_900)), "0:42");
        assert_eq!(clock(MediaTime::from_millis(3_723_000)), "1:02:03");
        assert_eq!(clock(MediaTime::from_millis(-5)), "0:00");
    }
}
