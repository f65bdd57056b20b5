//! Which encoder a person asked for, and which are tried then.

use std::str::FromStr;

use super::{Candidate, LIBX264, synthetic};

/// `--encoder`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EncoderChoice {
    /// The best that works here.
    #[default]
    Auto,
    X264,
    /// For tests: libx264 of another profile, which fails in the middle of the take.
    Synthetic,
}

/// A name that is no encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of auto, x264, synthetic")]
pub struct NoSuchEncoder;

impl FromStr for EncoderChoice {
    type Err = NoSuchEncoder;
    fn from_str(name: &str) -> Result<Self, NoSuchEncoder> {
        match name {
            "auto" => Ok(Self::Auto),
            "x264" => Ok(Self::X264),
            "synthetic" => Ok(Self::Synthetic),
            _ => Err(NoSuchEncoder),
        }
    }
}

impl EncoderChoice {
    /// What is tried, best first. libx264 is behind all others: a take goes on when they fail.
    pub fn candidates(self) -> Vec<Candidate> {
        match self {
            Self::Auto | Self::X264 => vec![LIBX264],
            Self::Synthetic => vec![synthetic::SYNTHETIC, LIBX264],
        }
    }
}
