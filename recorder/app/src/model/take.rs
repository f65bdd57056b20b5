//! One take as the engine tells it: each line changes it, and nothing else does. A window that comes later is told the
//! earlier lines again and knows the same.

use aside_protocol::layout::{Corner, FaceSize};

use super::drawing::Drawing;
use super::line::{Face, Levels, Line, Phase, Upload};

/// The noise of a room stays below, speech does not, in decibels of full scale.
const QUIET_DB: f32 = -45.0;

/// A picture from so far into the take stands for it, in milliseconds: what was in front before has made room.
const POSTER_MS: u64 = 2000;

/// How a take ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Every part is on the server.
    Uploaded,
    /// It stays on this computer; the message says why and how it goes on.
    Kept(String),
    Cancelled {
        /// The server still has to be told.
        told_later: bool,
    },
    /// Nothing was recorded.
    Nothing,
    /// The engine says why it cannot.
    Failed(String),
    /// The engine ended without a word.
    Vanished,
}

/// Something a person should know, as long as it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    pub code: String,
    pub message: String,
}

/// Everything known of a take.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Take {
    pub id: Option<String>,
    pub url: Option<String>,
    /// Who may watch, in the server's word; `None`: not known yet.
    pub audience: Option<String>,
    /// The server has the recording and said so.
    pub audience_confirmed: bool,
    pub drawing: Drawing,
    /// The link is on the clipboard.
    pub copied: bool,
    pub phase: Phase,
    /// There is a picture of it for its card.
    pub poster: bool,
    /// Seconds.
    pub countdown: Option<u64>,
    pub media_ms: u64,
    pub muted: bool,
    pub levels: Levels,
    pub frames_captured: u64,
    pub frames_dropped: u64,
    pub upload: Upload,
    pub behind_ms: i64,
    pub face: Face,
    pub face_corner: Corner,
    pub face_size: FaceSize,
    pub has_camera: bool,
    pub has_microphone: bool,
    pub marks: usize,
    pub alarms: Vec<Alarm>,
    /// Why it is not uploaded while it runs.
    pub local: Option<String>,
    pub upload_closed: Option<String>,
    /// The engine was told to stop.
    pub stop_asked: bool,
    /// Why recording ended, where nobody asked for it.
    pub stopped_by_itself: Option<String>,
    /// Everything is on disk.
    pub on_disk: bool,
    pub end: Option<End>,
    /// The last command that was refused, in the engine's words.
    pub refused: Option<String>,
    /// The choice that could not be opened.
    pub choice_failed: Option<String>,
}

impl Take {
    /// Takes a line in.
    pub fn line(&mut self, line: &Line) {
        match line {
            Line::Link { url, id } => {
                // The next take after a restart begins with its link.
                if self.id.as_ref().is_some_and(|known| known != id) {
                    *self = self.again();
                }
                self.url = Some(url.clone());
                self.id = Some(id.clone());
                if matches!(self.phase, Phase::Opening | Phase::Ready) {
                    self.phase = Phase::Countdown;
                }
            }
            Line::Copied => self.copied = true,
            Line::Audience {
                audience,
                confirmed,
            } => {
                self.audience = Some(audience.clone());
                self.audience_confirmed |= *confirmed;
            }
            Line::Drawing(drawing) => self.drawing = *drawing,
            Line::Local { why, .. } => self.local = Some(why.clone()),
            Line::Ready { tracks } => {
                self.phase = Phase::Ready;
                self.tracks(tracks);
            }
            Line::ChoiceFailed { message } => self.choice_failed = Some(message.clone()),
            Line::Countdown { seconds_left } => {
                self.phase = Phase::Countdown;
                self.countdown = Some(*seconds_left);
            }
            Line::Started { tracks } => {
                self.phase = Phase::Recording;
                self.countdown = None;
                self.tracks(tracks);
            }
            Line::Health(health) => {
                self.phase = health.state;
                self.muted = health.muted;
                self.media_ms = health.media_ms;
                self.frames_captured = health.frames_captured;
                self.frames_dropped = health.frames_dropped;
                self.behind_ms = health.behind_ms;
                self.upload = health.upload;
                self.levels.mic_level_db = health.mic_level_db;
                self.levels.mic_silent = health.mic_silent;
                self.levels.system_level_db = health.system_level_db;
            }
            Line::Levels(levels) => self.levels = *levels,
            Line::Alarm { code, message } => self.alarm(code, message),
            Line::Paused => self.phase = Phase::Paused,
            Line::Resumed => self.phase = Phase::Recording,
            Line::Muted => self.muted = true,
            Line::Unmuted => self.muted = false,
            Line::Marked {} => self.marks += 1,
            Line::Face { face, corner, size } => {
                (self.face, self.face_corner, self.face_size) = (*face, *corner, *size);
            }
            Line::Trouble { .. } => self.upload = Upload::Offline,
            Line::LineBack => self.upload = Upload::Behind,
            Line::UploadClosed { message } => self.upload_closed = Some(message.clone()),
            Line::Stopping { why, message } => {
                self.phase = Phase::Stopping;
                self.countdown = None;
                if why != "asked" {
                    self.stopped_by_itself.clone_from(message);
                }
            }
            Line::Stopped { duration_ms, .. } => {
                self.phase = Phase::Uploading;
                self.on_disk = true;
                self.media_ms = u64::try_from(*duration_ms).unwrap_or(0);
                self.alarms.clear();
            }
            Line::Uploaded { url, .. } => {
                self.url = Some(url.clone());
                self.over(End::Uploaded);
            }
            Line::Kept { message, .. } => self.over(End::Kept(message.clone())),
            Line::Cancelled { server } => self.over(End::Cancelled {
                told_later: server == "told_later",
            }),
            Line::Nothing => self.over(End::Nothing),
            Line::Error { message } => self.over(End::Failed(message.clone())),
            Line::Accepted { .. } => self.refused = None,
            Line::Refused { message, .. } => self.refused = Some(message.clone()),
            // Another take follows, with its own link where it has one.
            Line::Trashed {} => self.stop_asked = false,
            Line::Hello { .. }
            | Line::Preview(_)
            | Line::Playing { .. }
            | Line::Played
            | Line::Other => {}
        }
    }

    /// The engine is gone.
    pub fn gone(&mut self) {
        if self.end.is_none() {
            self.over(End::Vanished);
        }
    }

    fn over(&mut self, end: End) {
        self.phase = Phase::Over;
        self.countdown = None;
        self.end = Some(end);
    }

    fn tracks(&mut self, tracks: &[String]) {
        if !tracks.is_empty() {
            let has = |name: &str| tracks.iter().any(|track| track == name);
            self.has_camera = has("camera");
            self.has_microphone = has("audio");
        }
    }

    /// What a restart leaves.
    fn again(&self) -> Self {
        Self {
            phase: Phase::Countdown,
            muted: self.muted,
            has_camera: self.has_camera,
            has_microphone: self.has_microphone,
            ..Self::default()
        }
    }

    fn alarm(&mut self, code: &str, message: &str) {
        let alarm = Alarm {
            code: code.to_owned(),
            message: message.to_owned(),
        };
        if let Some(taken_back) = taken_back(code) {
            self.alarms
                .retain(|a| !taken_back.contains(&a.code.as_str()));
        } else if let Some(known) = self.alarms.iter_mut().find(|a| a.code == code) {
            *known = alarm;
        } else {
            self.alarms.push(alarm);
        }
    }

    /// It has no picture for its card yet, and something to be seen.
    pub fn wants_poster(&self) -> bool {
        !self.poster && self.phase == Phase::Recording && self.media_ms >= POSTER_MS
    }

    /// Somebody speaks, or something else is louder than a quiet room.
    pub fn is_heard(&self) -> bool {
        self.levels.mic_level_db.is_some_and(|db| db > QUIET_DB)
    }

    /// The microphone is recorded and nothing is heard.
    pub fn is_silent(&self) -> bool {
        let told = |a: &Alarm| a.code == "microphone_silent" || a.code == "microphone_lost";
        !self.muted && (self.levels.mic_silent || self.alarms.iter().any(told))
    }
}

/// The alarms that this one takes back; `None`: it is raised itself.
fn taken_back(code: &str) -> Option<&'static [&'static str]> {
    Some(match code {
        "microphone_heard" => &["microphone_silent", "microphone_lost"],
        "system_sound_heard" => &["system_sound_lost"],
        "system_sound_back" => &["system_sound_silent"],
        "screen_unscaled" => &["screen_scaled"],
        "quality_restored" => &["quality_lowered"],
        "quality_raised" => &[],
        "effort_restored" => &["effort_lowered"],
        "camera_back" => &["camera_lost"],
        "window_shown" => &["window_hidden"],
        "microphone_clean" => &["microphone_clipped"],
        "picture_back" => &["picture_frozen"],
        "picture_seen" => &["picture_black"],
        "camera_bright" => &["camera_dark"],
        "frames_complete" => &["frames_dropped"],
        "encoder_in_step" => &["encoder_behind"],
        "disk_enough" => &["disk_low"],
        "upload_in_step" => &["upload_behind"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::line::parse;
    use super::*;

    /// A take that was told these lines.
    fn told(lines: &[&str]) -> Take {
        let mut take = Take::default();
        for line in lines {
            take.line(&parse(line).unwrap());
        }
        take
    }

    const LINK: &str =
        r#"{"event":"link","url":"https://a.example/w/abc","id":"0191","slug":"abc"}"#;
    const STARTED: &str = r#"{"event":"started","tracks":["video","audio","camera"]}"#;

    #[test]
    fn a_silent_microphone_is_told_until_it_is_heard_and_never_while_it_is_muted() {
        let silent = r#"{"event":"alarm","code":"microphone_silent","message":"nothing is heard"}"#;
        let mut take = told(&[LINK, STARTED, silent]);
        assert!(take.is_silent());
        take.line(&Line::Muted);
        assert!(!take.is_silent());
        take.line(&Line::Unmuted);
        assert!(take.is_silent());
        take.line(
            &parse(r#"{"event":"alarm","code":"microphone_heard","message":"heard"}"#).unwrap(),
        );
        assert!(!take.is_silent());
        assert_eq!(take.alarms, []);
    }

    #[test]
    fn an_alarm_that_is_told_twice_is_shown_once_with_its_last_words() {
        let low = |text: &str| Line::Alarm {
            code: "disk_low".to_owned(),
            message: text.to_owned(),
        };
        let mut take = told(&[LINK, STARTED]);
        take.line(&low("nine minutes"));
        take.line(&low("eight minutes"));
        assert_eq!(take.alarms.len(), 1);
        assert_eq!(take.alarms[0].message, "eight minutes");
    }

    #[test]
    fn after_a_restart_the_next_link_begins_a_new_take_with_the_same_devices() {
        let mut take = told(&[
            LINK,
            STARTED,
            r#"{"event":"marked","media_ms":1,"title":""}"#,
            r#"{"event":"muted"}"#,
            r#"{"event":"stopping","why":"restarted","message":null}"#,
            r#"{"event":"trashed","id":"0191","parts":3,"duration_ms":100,"expires_unix_us":1}"#,
        ]);
        assert_eq!(take.end, None, "the engine goes on");
        take.line(&parse(&LINK.replace("0191", "0192")).unwrap());
        assert_eq!((take.marks, take.muted, take.has_camera), (0, true, true));
        assert_eq!(take.id.as_deref(), Some("0192"));
        // The server may write the link of the same take differently.
        take.line(&Line::Copied);
        take.line(
            &parse(
                &LINK
                    .replace("0191", "0192")
                    .replace("abc\",\"id", "ABC\",\"id"),
            )
            .unwrap(),
        );
        assert!(take.copied);
        assert_eq!(take.url.as_deref(), Some("https://a.example/w/ABC"));
    }

    #[test]
    fn an_engine_that_ends_without_a_word_is_told_from_one_that_said_how_it_ended() {
        let mut killed = told(&[LINK, STARTED]);
        killed.gone();
        assert_eq!(killed.end, Some(End::Vanished));
        let mut done = told(&[
            LINK,
            STARTED,
            r#"{"event":"uploaded","id":"0191","url":"https://a.example/w/abc","parts":1,"missing":0,"duration_ms":5}"#,
        ]);
        done.gone();
        assert_eq!(done.end, Some(End::Uploaded));
    }

    #[test]
    fn what_was_taken_back_is_no_alarm_whatever_came_between() {
        for (raised, back) in [
            ("camera_lost", "camera_back"),
            ("window_hidden", "window_shown"),
            ("upload_behind", "upload_in_step"),
            ("picture_black", "picture_seen"),
            ("quality_lowered", "quality_restored"),
        ] {
            let mut take = told(&[LINK, STARTED]);
            for code in [raised, "display_gone", back] {
                take.line(&Line::Alarm {
                    code: code.to_owned(),
                    message: code.to_owned(),
                });
            }
            let codes: Vec<&str> = take.alarms.iter().map(|a| a.code.as_str()).collect();
            assert_eq!(codes, ["display_gone"], "{raised}");
        }
    }
}
