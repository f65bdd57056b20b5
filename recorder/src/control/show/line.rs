//! The line that updates in place while a take runs. Pure.

use aside_protocol::time::MediaTime;

use crate::session::{LineState, Snapshot, clock};

/// `● 0:42  in step  0 dropped  1.2 MB  84/84 parts  mic ▂▃▅`. `levels`: the last few of the
/// microphone, in dBFS.
pub(in crate::control) fn progress_line(
    snapshot: &Snapshot,
    levels: &[f32],
    color: bool,
) -> String {
    let length = MediaTime::from_millis(i64::try_from(snapshot.media_ms).unwrap_or(i64::MAX));
    let sign = match (snapshot.recording, snapshot.paused) {
        (true, false) => paint("●", RED, color),
        (true, true) => "❚❚".to_owned(),
        (false, _) => "⇪".to_owned(),
    };
    let mut words = vec![format!("{sign} {}", clock(length))];
    words.push(match snapshot.upload {
        LineState::Off => "safe here".to_owned(),
        LineState::InStep => "in step".to_owned(),
        LineState::Behind => format!("{} s behind", snapshot.behind_ms / 1000),
        LineState::Offline => "offline, safe here".to_owned(),
    });
    words.push(match snapshot.frames_dropped {
        0 => "0 dropped".to_owned(),
        dropped => paint(&format!("{dropped} dropped"), AMBER, color),
    });
    words.push(megabytes(snapshot.size));
    words.push(match snapshot.upload {
        LineState::Off => format!("{} parts", snapshot.parts),
        _ => format!("{}/{} parts", snapshot.received, snapshot.parts),
    });
    if snapshot.recording && snapshot.mic_level_db.is_some() {
        words.push(match snapshot.mic_silent {
            true => paint("mic silent", AMBER, color),
            false => format!(
                "mic {}",
                levels.iter().map(|db| bar(*db)).collect::<String>()
            ),
        });
    }
    words.join("  ")
}

const RED: u8 = 31;
const AMBER: u8 = 33;

fn paint(text: &str, code: u8, color: bool) -> String {
    if color {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// −60 dBFS and less is the lowest bar, 0 the highest.
fn bar(db: f32) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let steps = [-52.5, -45.0, -37.5, -30.0, -22.5, -15.0, -7.5];
    BARS[steps.iter().filter(|step| db > **step).count()]
}

/// `0.3 MB`, `12 MB`, `1.2 GB`.
pub(in crate::control) fn megabytes(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = bytes.saturating_mul(10) / unit;
        if tenths < 100 {
            format!("{}.{}", tenths / 10, tenths % 10)
        } else {
            (tenths / 10).to_string()
        }
    };
    if bytes < 1_000_000_000 {
        format!("{} MB", tenths(1_000_000))
    } else {
        format!("{} GB", tenths(1_000_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot {
            state: "recording",
            recording: true,
            paused: false,
            muted: false,
            media_ms: 42_300,
            frames_captured: 900,
            frames_encoded: 900,
            frames_dropped: 0,
            camera: None,
            quality_step: 0,
            effort_step: 0,
            mic_level_db: Some(-30.0),
            mic_silent: false,
            system_level_db: None,
            sound_lost_ms: 0,
            parts: 84,
            size: 1_234_567,
            received: 84,
            behind_ms: 0,
            upload: LineState::InStep,
        }
    }

    #[test]
    fn the_line_says_all_there_is_to_know() {
        let line = progress_line(&snapshot(), &[-50.0, -40.0, -25.0], false);
        assert_eq!(
            line,
            "● 0:42  in step  0 dropped  1.2 MB  84/84 parts  mic ▂▃▅"
        );
    }

    #[test]
    fn being_offline_is_shown_with_what_is_safe() {
        let mut snapshot = snapshot();
        snapshot.upload = LineState::Offline;
        snapshot.mic_silent = true;
        snapshot.frames_dropped = 3;
        let line = progress_line(&snapshot, &[], false);
        assert_eq!(
            line,
            "● 0:42  offline, safe here  3 dropped  1.2 MB  84/84 parts  mic silent"
        );
    }

    #[test]
    fn a_take_that_stays_here_speaks_of_no_server() {
        let mut snapshot = snapshot();
        (snapshot.upload, snapshot.received, snapshot.mic_level_db) = (LineState::Off, 0, None);
        assert_eq!(
            progress_line(&snapshot, &[], false),
            "● 0:42  safe here  0 dropped  1.2 MB  84 parts"
        );
    }

    #[test]
    fn colour_can_be_switched_off() {
        let colored = progress_line(&snapshot(), &[], true);
        assert!(colored.starts_with("\u{1b}[31m●"), "{colored}");
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(megabytes(0), "0.0 MB");
        assert_eq!(megabytes(350_000), "0.3 MB");
        assert_eq!(megabytes(12_000_000), "12 MB");
        assert_eq!(megabytes(1_230_000_000), "1.2 GB");
    }
}
