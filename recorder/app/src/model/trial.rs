//! The test recording of the first run: five seconds that stay on this computer, are played back and judged, and are deleted.

use serde::Deserialize;

use super::choice::{Choice, Device, Picture};
use super::line::{Line, Report};
use super::take::Take;
use super::{EngineId, words};

/// Length of the test recording.
pub const SECONDS: u32 = 5;

/// A voice at an ordinary distance is louder than this, dBFS; a room without one is not.
const HEARD_DB: f32 = -50.0;
/// A voice that is quieter than this is heard with effort.
const QUIET_DB: f32 = -38.0;
/// Picture and sound that are further apart are seen to be (EBU R37 allows 40 ms).
const APART_MS: f32 = 40.0;

/// Where the test is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Step {
    /// It can be begun; what would be recorded is seen and heard.
    #[default]
    Offered,
    Recording,
    Playing,
    Judged,
}

/// A test recording and what is known of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trial {
    pub step: Step,
    /// The take, as long as it is there.
    pub take: Option<String>,
    /// What plays it.
    pub player: Option<EngineId>,
    /// It plays with sound; not known before it plays.
    pub audible: Option<bool>,
    /// Why it could not be made or played.
    pub problem: Option<String>,
    /// What this computer lacks, once that was asked.
    pub checks: Vec<Check>,
    loudest_db: Option<f32>,
    clipped: bool,
    alarms: Vec<String>,
    pictures: u64,
    has_camera: bool,
    has_sound: bool,
    length_ms: i64,
    report: Option<Report>,
}

/// One thing that `aside doctor` looked at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Check {
    pub what: String,
    pub verdict: Verdict,
    pub detail: String,
    /// What to type.
    pub fix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Good,
    /// Recording works without it.
    Missing,
    Needed,
}

#[derive(Deserialize)]
struct Doctor {
    checks: Vec<Check>,
}

/// What a person reads about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub verdict: Verdict,
    pub text: String,
    /// A command that mends it.
    pub fix: Option<String>,
}

impl Finding {
    fn new(verdict: Verdict, text: impl Into<String>) -> Self {
        Self {
            verdict,
            text: text.into(),
            fix: None,
        }
    }
}

impl Trial {
    /// Takes in a line of the engine that makes it; `take`: what is known after the line.
    pub(super) fn line(&mut self, line: &Line, take: &Take) {
        match line {
            Line::Started { .. } => {
                *self = Self {
                    step: Step::Recording,
                    checks: std::mem::take(&mut self.checks),
                    ..Self::default()
                };
                self.has_camera = take.has_camera;
                self.has_sound = take.has_microphone;
            }
            Line::Levels(_) | Line::Health(_) if self.step == Step::Recording => {
                let now = take.levels.mic_level_db;
                self.loudest_db = match (self.loudest_db, now) {
                    (Some(loudest), Some(now)) => Some(loudest.max(now)),
                    (loudest, now) => loudest.or(now),
                };
                self.clipped |= take.levels.mic_clipped;
                self.pictures = self.pictures.max(take.frames_captured);
            }
            Line::Alarm { code, .. } => self.alarms.push(code.clone()),
            Line::Stopped {
                duration_ms,
                frames_captured,
                report,
            } => {
                self.length_ms = *duration_ms;
                self.pictures = self.pictures.max(*frames_captured);
                self.report.clone_from(report);
            }
            Line::Kept {
                id: Some(id), why, ..
            } if why != "damaged" => self.take = Some(id.clone()),
            Line::Kept { message, .. } | Line::Error { message } => {
                self.problem = Some(words::in_window(message));
            }
            Line::Nothing => self.problem = Some("Nothing was recorded.".to_owned()),
            _ => {}
        }
    }

    /// What `aside doctor --json` said.
    pub(super) fn examined(&mut self, text: &str) {
        if let Ok(doctor) = serde_json::from_str::<Doctor>(text) {
            self.checks = doctor.checks;
        }
    }

    /// What is to be said of the recording, the most important first, and of what is missing here.
    pub fn findings(&self, choice: &Choice, wayland: bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.length_ms > 0 {
            findings.push(self.picture(choice));
            findings.push(self.voice(choice));
            if self.has_camera && choice.picture != Picture::Camera {
                findings.push(self.camera());
            }
            findings.extend(self.step(choice));
        }
        findings.extend(self.missing(choice, wayland));
        findings
    }

    /// Nothing is wrong with what was recorded.
    pub fn is_good(&self, choice: &Choice, wayland: bool) -> bool {
        self.problem.is_none()
            && self.findings(choice, wayland).iter().all(|finding| {
                finding.verdict == Verdict::Good
                    || finding.verdict == Verdict::Missing && finding.fix.is_some()
            })
    }

    fn told(&self, code: &str) -> bool {
        self.alarms.iter().any(|told| told == code)
    }

    fn picture(&self, choice: &Choice) -> Finding {
        let of = match choice.picture {
            Picture::Camera => "camera",
            _ => "screen",
        };
        if self.pictures == 0 {
            Finding::new(
                Verdict::Needed,
                format!("No picture of the {of} was taken."),
            )
        } else if self.told("picture_black") || (of == "camera" && self.told("camera_dark")) {
            let text = format!(
                "The picture of the {of} is black. Is what you chose covered, or on a display that is switched off?"
            );
            Finding::new(Verdict::Needed, text)
        } else if self.told("picture_frozen") {
            let text = format!("The picture of the {of} stood still although it changed.");
            Finding::new(Verdict::Needed, text)
        } else {
            Finding::new(Verdict::Good, format!("Your {of} can be seen."))
        }
    }

    fn voice(&self, choice: &Choice) -> Finding {
        if choice.microphone == Device::Off || !self.has_sound {
            let text = "No microphone is chosen: recordings have no voice.";
            return Finding::new(Verdict::Missing, text);
        }
        match self.loudest_db {
            _ if self.told("microphone_lost") => {
                Finding::new(Verdict::Needed, "The microphone went away while recording.")
            }
            Some(db) if db < HEARD_DB => Finding::new(Verdict::Needed, SILENT),
            None => Finding::new(Verdict::Needed, SILENT),
            Some(db) if db < QUIET_DB => {
                let text = "Your voice is very quiet. Go closer to the microphone, or turn it up in the sound settings.";
                Finding::new(Verdict::Missing, text)
            }
            Some(_) if self.clipped || self.told("microphone_clipped") => {
                let text = "Your voice is too loud for the microphone. Turn it down in the sound settings.";
                Finding::new(Verdict::Missing, text)
            }
            Some(_) => Finding::new(Verdict::Good, "Your voice was heard."),
        }
    }

    fn camera(&self) -> Finding {
        if self.told("camera_lost") {
            Finding::new(Verdict::Needed, "The camera went away while recording.")
        } else if self.told("camera_dark") {
            let text =
                "Next to nothing can be seen of you. Is the camera covered, or the room dark?";
            Finding::new(Verdict::Needed, text)
        } else {
            Finding::new(Verdict::Good, "You can be seen.")
        }
    }

    /// Whether picture and sound are in step, where both were recorded.
    fn step(&self, choice: &Choice) -> Option<Finding> {
        if choice.microphone == Device::Off || !self.has_sound {
            return None;
        }
        let timing = self.report.as_ref().and_then(|r| r.mic_timing.as_ref());
        Some(match timing.map(|t| t.most_offset_ms.abs()) {
            None => Finding::new(
                Verdict::Missing,
                "Whether picture and sound are in step cannot be measured here: the sound server does not say when it heard \
                 what. Clap once in front of the camera to see it.",
            ),
            Some(apart) if apart > APART_MS => {
                let text = format!(
                    "Picture and sound are up to {apart:.0} ms apart. A radio headset or a busy computer can be the reason."
                );
                Finding::new(Verdict::Missing, text)
            }
            Some(apart) => {
                let apart = apart.max(1.0);
                let text = format!("Picture and sound are in step, within {apart:.0} ms.");
                Finding::new(Verdict::Good, text)
            }
        })
    }

    /// What is missing here, in the doctor's words. What a person does not use is not missed.
    fn missing<'t>(
        &'t self,
        choice: &'t Choice,
        wayland: bool,
    ) -> impl Iterator<Item = Finding> + 't {
        let used = move |what: &str| match what {
            // Where recordings go is said elsewhere.
            "server" => false,
            "portal" => wayland,
            "camera" => choice.has_camera(),
            "microphone" => choice.microphone != Device::Off,
            _ => true,
        };
        self.checks
            .iter()
            .filter(move |check| check.verdict != Verdict::Good && used(&check.what))
            .filter(|check| check.verdict == Verdict::Needed || check.fix.is_some())
            .map(|check| Finding {
                verdict: check.verdict,
                text: words::sentence(&format!("{}: {}", check.what, check.detail)),
                fix: check.fix.clone(),
            })
    }
}

const SILENT: &str = "Nothing was heard from the microphone. Is it switched on, and the right one?";

#[cfg(test)]
mod tests {
    use super::super::line::parse;
    use super::*;

    /// A test recording that was told these lines between start and stop.
    fn judged(lines: &[&str], report: &str) -> Trial {
        let (mut trial, mut take) = (Trial::default(), Take::default());
        let stopped = format!(
            r#"{{"event":"stopped","duration_ms":5000,"frames_captured":150,"report":{report}}}"#
        );
        let started = r#"{"event":"started","tracks":["video","audio","camera"]}"#;
        let all = std::iter::once(started).chain(lines.iter().copied());
        for text in all.chain([stopped.as_str()]) {
            let line = parse(text).unwrap();
            take.line(&line);
            trial.line(&line, &take);
        }
        trial
    }

    const IN_STEP: &str =
        r#"{"mic_timing":{"offset_ms":3,"most_offset_ms":-12.4,"latency_ms":20}}"#;
    const LOUD: &str = r#"{"event":"levels","mic_level_db":-22.0,"mic_silent":false}"#;
    const SILENCE: &str = r#"{"event":"levels","mic_level_db":-71.0,"mic_silent":true}"#;

    fn choice() -> Choice {
        Choice {
            camera: Device::Default,
            ..Choice::default()
        }
    }

    fn texts(trial: &Trial, verdict: Verdict) -> String {
        let findings = trial.findings(&choice(), true);
        let texts = findings.iter().filter(|f| f.verdict == verdict);
        texts.map(|f| f.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_recording_with_picture_voice_and_face_in_step_is_good() {
        let trial = judged(&[SILENCE, LOUD, SILENCE], IN_STEP);
        assert!(
            trial.is_good(&choice(), false),
            "{:?}",
            trial.findings(&choice(), true)
        );
        let good = texts(&trial, Verdict::Good);
        for word in [
            "screen can be seen",
            "voice was heard",
            "You can be seen",
            "within 12 ms",
        ] {
            assert!(good.contains(word), "{word}: {good}");
        }
    }

    #[test]
    fn silence_black_pictures_and_sound_that_is_late_are_said() {
        let black = r#"{"event":"alarm","code":"picture_black","message":"m"}"#;
        let late = IN_STEP.replace("-12.4", "-85.2");
        let trial = judged(&[SILENCE, black], &late);
        assert!(!trial.is_good(&choice(), false));
        let needed = texts(&trial, Verdict::Needed);
        assert!(
            needed.contains("black") && needed.contains("Nothing was heard"),
            "{needed}"
        );
        assert!(texts(&trial, Verdict::Missing).contains("85 ms apart"));
        let unknown = judged(&[LOUD], r#"{"mic_timing":null}"#);
        assert!(texts(&unknown, Verdict::Missing).contains("cannot be measured"));
    }

    #[test]
    fn what_the_doctor_misses_is_said_with_its_command_unless_nobody_uses_it() {
        let mut trial = judged(&[LOUD], IN_STEP);
        trial.examined(
            r#"{"version":"0.1.0","checks":[
            {"what":"screen","verdict":"good","detail":"DP-1"},
            {"what":"portal","verdict":"missing","detail":"not installed","fix":"sudo apt install xdg-desktop-portal"},
            {"what":"camera","verdict":"missing","detail":"none"},
            {"what":"server","verdict":"missing","detail":"none"},
            {"what":"AAC encoder","verdict":"needed","detail":"there is none","fix":"sudo apt install ffmpeg"}]}"#,
        );
        let fixes: Vec<_> = trial
            .findings(&choice(), true)
            .into_iter()
            .filter_map(|f| f.fix)
            .collect();
        assert_eq!(
            fixes,
            [
                "sudo apt install xdg-desktop-portal",
                "sudo apt install ffmpeg"
            ]
        );
        let on_x11 = trial.findings(&choice(), false).into_iter();
        assert_eq!(
            on_x11.filter(|f| f.fix.is_some()).count(),
            1,
            "it needs no portal"
        );
        assert!(texts(&trial, Verdict::Needed).contains("AAC encoder: there is none."));
    }
}
