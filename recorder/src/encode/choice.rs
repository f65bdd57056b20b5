//! Which encoder a person asked for, which of them work here, and in what order they are tried. Pure, but for the self-test.

use std::str::FromStr;
use std::time::Duration;

use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::hardware::{Hardware, NVENC, QSV, VAAPI, VIDEOTOOLBOX};
use super::remote;
use super::self_test::{TestError, test};
use super::{Candidate, EncodeError, LIBX264, synthetic};

/// `--encoder`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EncoderChoice {
    /// The best that works here.
    #[default]
    Auto,
    X264,
    Vaapi,
    Nvenc,
    Qsv,
    VideoToolbox,
    /// For tests: libx264 of another profile, which fails in the middle of the take.
    Synthetic,
    /// For tests: a driver that takes its process with it, and one that never answers.
    Crashing,
    Hanging,
    /// For tests: the same in the middle of a take.
    Breaking,
    Stalling,
}

/// A name that is no encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of auto, x264, vaapi, nvenc, qsv, videotoolbox, synthetic")]
pub struct NoSuchEncoder;

impl FromStr for EncoderChoice {
    type Err = NoSuchEncoder;
    fn from_str(name: &str) -> Result<Self, NoSuchEncoder> {
        Ok(match name {
            "auto" => Self::Auto,
            "x264" => Self::X264,
            "vaapi" => Self::Vaapi,
            "nvenc" => Self::Nvenc,
            "qsv" => Self::Qsv,
            "videotoolbox" => Self::VideoToolbox,
            "synthetic" => Self::Synthetic,
            "synthetic-crashes" => Self::Crashing,
            "synthetic-hangs" => Self::Hanging,
            "synthetic-breaks" => Self::Breaking,
            "synthetic-stalls" => Self::Stalling,
            _ => return Err(NoSuchEncoder),
        })
    }
}

/// An encoder that may break down. In a take it has a process of its own; so has its self-test, where it is opened `here`.
#[derive(Debug, Clone, Copy)]
struct Driver {
    here: Candidate,
    apart: Candidate,
}

const H264_VAAPI: Driver = Driver {
    here: Candidate {
        name: "h264_vaapi",
        open: |format| Ok(Box::new(Hardware::open(VAAPI, format)?)),
    },
    apart: Candidate {
        name: "h264_vaapi",
        open: |format| remote::open("h264_vaapi", format),
    },
};
const H264_NVENC: Driver = Driver {
    here: Candidate {
        name: "h264_nvenc",
        open: |format| Ok(Box::new(Hardware::open(NVENC, format)?)),
    },
    apart: Candidate {
        name: "h264_nvenc",
        open: |format| remote::open("h264_nvenc", format),
    },
};
const H264_QSV: Driver = Driver {
    here: Candidate {
        name: "h264_qsv",
        open: |format| Ok(Box::new(Hardware::open(QSV, format)?)),
    },
    apart: Candidate {
        name: "h264_qsv",
        open: |format| remote::open("h264_qsv", format),
    },
};
const H264_VIDEOTOOLBOX: Driver = Driver {
    here: Candidate {
        name: "h264_videotoolbox",
        open: |format| Ok(Box::new(Hardware::open(VIDEOTOOLBOX, format)?)),
    },
    apart: Candidate {
        name: "h264_videotoolbox",
        open: |format| remote::open("h264_videotoolbox", format),
    },
};
const SYNTHETIC_CRASHES: Driver = Driver {
    here: synthetic::CRASHING,
    apart: Candidate {
        name: "synthetic-crashes",
        open: |format| remote::open("synthetic-crashes", format),
    },
};
const SYNTHETIC_HANGS: Driver = Driver {
    here: synthetic::HANGING,
    apart: Candidate {
        name: "synthetic-hangs",
        open: |format| remote::open("synthetic-hangs", format),
    },
};
const SYNTHETIC_BREAKS: Driver = Driver {
    here: synthetic::BREAKING,
    apart: Candidate {
        name: "synthetic-breaks",
        open: |format| remote::open("synthetic-breaks", format),
    },
};
const SYNTHETIC_STALLS: Driver = Driver {
    here: synthetic::STALLING,
    apart: Candidate {
        name: "synthetic-stalls",
        open: |format| remote::open("synthetic-stalls", format),
    },
};

impl EncoderChoice {
    pub const ALL: [Self; 11] = [
        Self::Auto,
        Self::X264,
        Self::Vaapi,
        Self::Nvenc,
        Self::Qsv,
        Self::VideoToolbox,
        Self::Synthetic,
        Self::Crashing,
        Self::Hanging,
        Self::Breaking,
        Self::Stalling,
    ];

    fn drivers(self) -> Vec<Driver> {
        match self {
            Self::Auto if cfg!(target_os = "macos") => vec![H264_VIDEOTOOLBOX],
            Self::Auto if cfg!(target_os = "windows") => vec![H264_NVENC, H264_QSV],
            Self::Auto => vec![H264_VAAPI, H264_NVENC, H264_QSV],
            Self::Vaapi => vec![H264_VAAPI],
            Self::Nvenc => vec![H264_NVENC],
            Self::Qsv => vec![H264_QSV],
            Self::VideoToolbox => vec![H264_VIDEOTOOLBOX],
            Self::Crashing => vec![SYNTHETIC_CRASHES],
            Self::Hanging => vec![SYNTHETIC_HANGS],
            Self::Breaking => vec![SYNTHETIC_BREAKS],
            Self::Stalling => vec![SYNTHETIC_STALLS],
            Self::X264 | Self::Synthetic => Vec::new(),
        }
    }

    /// Those that may encode only where they pass the self-test; they open in this process.
    pub fn to_test(self) -> Vec<Candidate> {
        self.drivers().iter().map(|driver| driver.here).collect()
    }

    /// The one of all drivers that has this name, opening in this process.
    pub fn driver(name: &str) -> Option<Candidate> {
        let mut all = Self::ALL.iter().flat_map(|choice| choice.to_test());
        all.find(|candidate| candidate.name == name)
    }

    /// What is tried in a take, best first: of those that passed the fastest, and libx264 behind all others, for a take goes on
    /// when they fail. An error where a person named one that does not work.
    pub fn encoders(self, results: &[TestResult]) -> Result<Encoders, EncodeError> {
        let drivers = self.drivers();
        let result = |name: &str| results.iter().find(|result| result.encoder == name);
        let mut passed: Vec<(u64, Candidate)> = drivers
            .iter()
            .filter_map(|driver| Some((result(driver.here.name)?.passed_ms?, driver.apart)))
            .collect();
        passed.sort_by_key(|(millis, _)| *millis);
        if let (false, true, [only]) = (self == Self::Auto, passed.is_empty(), &drivers[..]) {
            let why = result(only.here.name).and_then(|r| r.failed.clone());
            return Err(EncodeError::Refused {
                name: only.here.name,
                why: why.unwrap_or_else(|| "it was not tested".to_owned()),
            });
        }
        let mut candidates: Vec<Candidate> = passed.into_iter().map(|(_, c)| c).collect();
        if self == Self::Synthetic {
            candidates.push(synthetic::SYNTHETIC);
        }
        candidates.push(LIBX264);
        Ok(Encoders(candidates))
    }
}

/// Encoders of pictures in the order in which they are tried; at least one.
#[derive(Debug, Clone)]
pub struct Encoders(Vec<Candidate>);

impl Encoders {
    pub fn candidates(&self) -> &[Candidate] {
        &self.0
    }

    /// The others: this one broke down.
    pub fn without(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.retain(|candidate| candidate.name != name);
        }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|candidate| candidate.name)
    }
}

impl Default for Encoders {
    fn default() -> Self {
        Self(vec![LIBX264])
    }
}

impl PartialEq for Encoders {
    fn eq(&self, other: &Self) -> bool {
        self.names().eq(other.names())
    }
}

impl Eq for Encoders {}

/// What the self-test said of an encoder. One of the first two is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    pub encoder: String,
    /// How long the clip took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_ms: Option<u64>,
    /// Why it is not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// It failed because it took too long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub slow: bool,
    /// The machine was busy when it took too long: microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubtful_since: Option<Timestamp>,
}

/// How long a test that took too long on a busy machine is believed at most.
const DOUBTFUL: Duration = Duration::from_hours(24);

impl TestResult {
    /// It was not used, for this reason.
    pub fn failed(encoder: &str, why: String, slow: bool) -> Self {
        Self {
            encoder: encoder.to_owned(),
            failed: Some(why),
            slow,
            ..Self::default()
        }
    }

    /// What was too slow while the machine had other work may be fast enough: that is looked at again when the machine is `idle`, and
    /// otherwise after a day.
    pub fn holds(&self, now: Timestamp, idle: bool) -> bool {
        self.doubtful_since
            .is_none_or(|since| !idle && since <= now && now < since.plus(DOUBTFUL))
    }

    /// As it is remembered of a test at `now`.
    #[must_use]
    pub fn at(self, now: Timestamp, idle: bool) -> Self {
        Self {
            doubtful_since: (self.slow && !idle).then_some(now),
            ..self
        }
    }
}

/// Tests an encoder in this process, which a bad driver may end or stop; `elapsed` tells time.
pub fn self_test(candidate: &Candidate, elapsed: &dyn Fn() -> Duration) -> TestResult {
    match test(candidate, elapsed) {
        Ok(took) => TestResult {
            encoder: candidate.name.to_owned(),
            passed_ms: Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            ..TestResult::default()
        },
        Err(why) => {
            let slow = matches!(
                why,
                TestError::Slow(_) | TestError::Encoder(EncodeError::Stalled)
            );
            TestResult::failed(candidate.name, why.to_string(), slow)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(encoder: &str, passed_ms: Option<u64>) -> TestResult {
        TestResult {
            encoder: encoder.to_owned(),
            passed_ms,
            failed: passed_ms.is_none().then(|| "it is grey".to_owned()),
            ..TestResult::default()
        }
    }

    #[test]
    fn the_fastest_that_passed_comes_first_and_libx264_last() {
        let order = |results: &[TestResult]| -> Vec<&str> {
            EncoderChoice::Auto
                .encoders(results)
                .unwrap()
                .names()
                .collect()
        };
        assert_eq!(order(&[]), ["libx264"]);
        if cfg!(not(any(target_os = "macos", target_os = "windows"))) {
            let results = [
                result("h264_vaapi", Some(40)),
                result("h264_nvenc", Some(12)),
                result("h264_qsv", None),
            ];
            assert_eq!(order(&results), ["h264_nvenc", "h264_vaapi", "libx264"]);
        }
    }

    #[test]
    fn one_that_was_named_is_used_or_refused_with_its_reason() {
        let results = [result("h264_vaapi", None), result("h264_nvenc", Some(3))];
        let names = |choice: EncoderChoice| -> Vec<&str> {
            choice.encoders(&results).unwrap().names().collect()
        };
        assert_eq!(names(EncoderChoice::Nvenc), ["h264_nvenc", "libx264"]);
        assert_eq!(names(EncoderChoice::X264), ["libx264"]);
        assert_eq!(names(EncoderChoice::Synthetic), ["synthetic", "libx264"]);
        let refused = EncoderChoice::Vaapi.encoders(&results).unwrap_err();
        assert!(
            refused
                .to_string()
                .contains("h264_vaapi cannot be used here (it is grey)"),
            "{refused}"
        );
    }

    #[test]
    fn slow_on_a_busy_machine_is_believed_for_a_day_or_until_the_machine_is_idle() {
        let at = |hours: u64| Timestamp::from_micros(0).plus(Duration::from_hours(hours));
        let slow = TestResult::failed("h264_vaapi", "it took 300 ms".to_owned(), true);
        let busy = slow.clone().at(at(100), false);
        assert!(busy.holds(at(100), false) && busy.holds(at(123), false));
        assert!(!busy.holds(at(101), true), "it may be fast enough now");
        assert!(!busy.holds(at(124), false), "after a day");
        assert!(!busy.holds(at(99), false), "the clock was set back");
        let idle = slow.at(at(100), true);
        assert!(idle.holds(at(9_999), true), "it is slow");
        let grey = result("h264_vaapi", None).at(at(100), false);
        assert!(grey.holds(at(9_999), true), "no idle machine mends that");
    }
}
