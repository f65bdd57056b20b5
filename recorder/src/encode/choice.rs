//! Which encoder a person asked for, which of them work here, and in what order they are tried. Pure, but for the self-test.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::guard::Guarded;
use super::hardware::{Hardware, Kind, NVENC, QSV, VAAPI, VIDEOTOOLBOX};
use super::{Candidate, EncodeError, LIBX264, VideoEncoder, VideoFormat, self_test, synthetic};

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
            _ => return Err(NoSuchEncoder),
        })
    }
}

fn hardware(kind: Kind, format: VideoFormat) -> Result<Box<dyn VideoEncoder>, EncodeError> {
    let open = move || -> Result<Box<dyn VideoEncoder>, EncodeError> {
        Ok(Box::new(Hardware::open(kind, format)?))
    };
    Ok(Box::new(Guarded::open(Box::new(open))?))
}

const H264_VAAPI: Candidate = Candidate {
    name: "h264_vaapi",
    open: |format| hardware(VAAPI, format),
};
const H264_NVENC: Candidate = Candidate {
    name: "h264_nvenc",
    open: |format| hardware(NVENC, format),
};
const H264_QSV: Candidate = Candidate {
    name: "h264_qsv",
    open: |format| hardware(QSV, format),
};
const H264_VIDEOTOOLBOX: Candidate = Candidate {
    name: "h264_videotoolbox",
    open: |format| hardware(VIDEOTOOLBOX, format),
};

impl EncoderChoice {
    /// Those that may encode only where they pass the self-test.
    pub fn to_test(self) -> Vec<Candidate> {
        match self {
            Self::Auto if cfg!(target_os = "macos") => vec![H264_VIDEOTOOLBOX],
            Self::Auto if cfg!(target_os = "windows") => vec![H264_NVENC, H264_QSV],
            Self::Auto => vec![H264_VAAPI, H264_NVENC, H264_QSV],
            Self::Vaapi => vec![H264_VAAPI],
            Self::Nvenc => vec![H264_NVENC],
            Self::Qsv => vec![H264_QSV],
            Self::VideoToolbox => vec![H264_VIDEOTOOLBOX],
            Self::X264 | Self::Synthetic => Vec::new(),
        }
    }

    /// What is tried in a take, best first: of those that passed the fastest, and libx264 behind all others, for a take goes on
    /// when they fail. An error where a person named one that does not work.
    pub fn encoders(self, results: &[TestResult]) -> Result<Encoders, EncodeError> {
        let to_test = self.to_test();
        let result = |name: &str| results.iter().find(|result| result.encoder == name);
        let mut passed: Vec<(u64, Candidate)> = to_test
            .iter()
            .filter_map(|c| Some((result(c.name)?.passed_ms?, *c)))
            .collect();
        passed.sort_by_key(|(millis, _)| *millis);
        if let (false, true, [only]) = (self == Self::Auto, passed.is_empty(), &to_test[..]) {
            let why = result(only.name).and_then(|r| r.failed.clone());
            return Err(EncodeError::Refused {
                name: only.name,
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

/// What the self-test said of an encoder. One of the two is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    pub encoder: String,
    /// How long the clip took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_ms: Option<u64>,
    /// Why it is not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// The results of those that may be used with this choice: what is `known` is not tested again. `elapsed` tells time.
pub fn tested(
    candidates: &[Candidate],
    known: &[TestResult],
    elapsed: &dyn Fn() -> Duration,
) -> Vec<TestResult> {
    let one = |candidate: &Candidate| {
        let known = known.iter().find(|result| result.encoder == candidate.name);
        if let Some(known) = known {
            return known.clone();
        }
        let encoder = candidate.name.to_owned();
        match self_test::test(candidate, elapsed) {
            Ok(took) => TestResult {
                encoder,
                passed_ms: Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
                failed: None,
            },
            Err(why) => TestResult {
                encoder,
                passed_ms: None,
                failed: Some(why.to_string()),
            },
        }
    };
    candidates.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::encode::X264;

    fn result(encoder: &str, passed_ms: Option<u64>) -> TestResult {
        TestResult {
            encoder: encoder.to_owned(),
            passed_ms,
            failed: passed_ms.is_none().then(|| "it is grey".to_owned()),
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

    static OPENED: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn what_is_known_is_not_tested_again() {
        let counted = Candidate {
            name: "counted",
            open: |format| {
                OPENED.fetch_add(1, Ordering::Relaxed);
                Ok(Box::new(X264::open(format)?))
            },
        };
        let no_time = || Duration::ZERO;
        let first = tested(&[counted], &[], &no_time);
        assert_eq!(
            (first[0].passed_ms, OPENED.load(Ordering::Relaxed)),
            (Some(0), 1)
        );
        assert_eq!(tested(&[counted], &first, &no_time), first);
        assert_eq!(OPENED.load(Ordering::Relaxed), 1);
    }
}
