//! Lines of an engine become news.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};

use super::{Heard, Tell, pam};
use crate::model::EngineId;
use crate::model::line::{self, Health, Levels, Line};
use crate::model::news::News;

/// Reads to the end. Pictures are read here as well, beside the thread of the window.
pub(super) fn lines(id: EngineId, from: impl Read, tell: &Tell) {
    let mut shown = Shown::default();
    for text in BufReader::new(from).lines() {
        let Ok(text) = text else { return };
        match line::parse(&text) {
            Some(Line::Preview(preview)) => {
                // Two lines may name one file; the second finds what the first one showed, or a newer picture.
                let read = fs::read(&preview.file).ok();
                if let Some(picture) = read.as_deref().and_then(pam::parse) {
                    tell(Heard::Picture(id, preview.source, picture));
                }
            }
            Some(line) if shown.changes(&line) => tell(Heard::News(News::Line { id, line })),
            _ => {}
        }
    }
}

/// What the window shows of lines that come again and again. Those that change nothing to be seen are passed over, so that a
/// silent room and a still screen cost no drawing.
#[derive(Debug, Default)]
struct Shown {
    levels: Option<(Option<i8>, Option<i8>, Levels)>,
    health: Option<Health>,
}

impl Shown {
    fn changes(&mut self, line: &Line) -> bool {
        match line {
            Line::Levels(levels) => {
                let now = (
                    steps(levels.mic_level_db),
                    steps(levels.system_level_db),
                    Levels {
                        mic_level_db: None,
                        system_level_db: None,
                        ..*levels
                    },
                );
                self.levels.replace(now) != Some(now)
            }
            Line::Health(health) => {
                let now = Health {
                    frames_captured: 0,
                    mic_level_db: steps(health.mic_level_db).map(f32::from),
                    system_level_db: steps(health.system_level_db).map(f32::from),
                    ..health.clone()
                };
                let changes = self.health.as_ref() != Some(&now);
                self.health = Some(now);
                changes
            }
            // Parts come several times a second, and the window shows none.
            Line::Other => false,
            _ => true,
        }
    }
}

/// A level in steps of two decibels; all that is too quiet for the meter is one.
#[expect(
    clippy::cast_possible_truncation,
    reason = "between the floor of the meter and a few decibels"
)]
fn steps(level_db: Option<f32>) -> Option<i8> {
    level_db.map(|db| (db.clamp(-62.0, 20.0) / 2.0).round() as i8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(mic: f32) -> Line {
        line::parse(&format!(
            r#"{{"event":"levels","mic_level_db":{mic},"mic_silent":false}}"#
        ))
        .unwrap()
    }

    #[test]
    fn what_cannot_be_seen_is_not_told_and_everything_else_is() {
        let mut shown = Shown::default();
        let told = [-90.0, -80.0, -63.0, -30.0, -30.4, -20.0].map(|db| shown.changes(&levels(db)));
        assert_eq!(told, [true, false, false, true, false, true]);
        let silent = r#"{"event":"levels","mic_level_db":-20.0,"mic_silent":true}"#;
        assert!(shown.changes(&line::parse(silent).unwrap()));

        let health = |captured: u32, ms: u32| {
            let text = format!(
                r#"{{"event":"health","state":"recording","upload":"in_step","frames_captured":{captured},"media_ms":{ms}}}"#
            );
            line::parse(&text).unwrap()
        };
        let told = [(1, 0), (2, 0), (3, 1000)].map(|(n, ms)| shown.changes(&health(n, ms)));
        assert_eq!(told, [true, false, true]);
        assert!(shown.changes(&Line::Paused) && shown.changes(&Line::Paused));
        let part = r#"{"event":"part","track":"video","number":1,"state":"sealed"}"#;
        assert!(!shown.changes(&line::parse(part).unwrap()));
    }
}
