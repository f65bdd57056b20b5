//! A range of a recording as a file of its own: how long it may be, and how the process that makes it is told. Pure.

use aside_protocol::layout::LayoutMoment;
use aside_protocol::recording::TrackName;
use serde::{Deserialize, Serialize};

use super::download::file_stem;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExcerptFormat {
    /// With sound.
    Mp4,
    Gif,
}

impl ExcerptFormat {
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::Gif => "image/gif",
        }
    }

    pub const fn ending(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Gif => "gif",
        }
    }

    /// In milliseconds.
    pub const fn longest_ms(self) -> u64 {
        match self {
            Self::Mp4 => 60_000,
            Self::Gif => 15_000,
        }
    }

    /// Pixels in width that may be asked for, and where nothing is said.
    pub const fn widths(self) -> (std::ops::RangeInclusive<u32>, u32) {
        match self {
            Self::Mp4 => (160..=1920, 1920),
            Self::Gif => (160..=800, 480),
        }
    }

    /// Bytes of a file at most.
    pub const fn max_bytes(self) -> u64 {
        match self {
            Self::Mp4 => 64 * 1024 * 1024,
            Self::Gif => 12 * 1024 * 1024,
        }
    }

    /// Whether these bytes begin as such a file does.
    pub fn begins(self, bytes: &[u8]) -> bool {
        match self {
            Self::Mp4 => bytes.get(4..8) == Some(b"ftyp"),
            Self::Gif => bytes.starts_with(b"GIF89a"),
        }
    }
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExcerptWanted {
    pub format: ExcerptFormat,
    /// In milliseconds of the recording.
    pub from_ms: u64,
    pub until_ms: u64,
    /// Pictures that are wider are made so wide.
    pub max_width: u32,
}

/// Why it can be no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoExcerpt {
    #[error("The end of the range must be behind its beginning.")]
    Empty,
    #[error("This range may be at most {} seconds long.", .0 / 1000)]
    TooLong(u64),
    #[error("Its pictures may be {0} to {1} pixels wide.")]
    Width(u32, u32),
}

impl ExcerptWanted {
    pub fn checked(
        format: ExcerptFormat,
        (from_ms, until_ms): (u64, u64),
        width: Option<u32>,
    ) -> Result<Self, NoExcerpt> {
        let lasts = until_ms.checked_sub(from_ms).filter(|it| *it > 0);
        let lasts = lasts.ok_or(NoExcerpt::Empty)?;
        if lasts > format.longest_ms() {
            return Err(NoExcerpt::TooLong(format.longest_ms()));
        }
        let (widths, usual) = format.widths();
        let max_width = width.unwrap_or(usual);
        if !widths.contains(&max_width) {
            return Err(NoExcerpt::Width(*widths.start(), *widths.end()));
        }
        Ok(Self {
            format,
            from_ms,
            until_ms,
            max_width,
        })
    }

    /// Name of the file for whoever saves it.
    pub fn file_name(&self, title: &str) -> String {
        let s = self.from_ms / 1000;
        let ending = self.format.ending();
        format!("{} {}m{:02}s.{ending}", file_stem(title), s / 60, s % 60)
    }
}

/// What the process that makes it is told first, as JSON. The inits and the parts of each track follow, each behind its length in four
/// bytes, big-endian.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcerptOrder {
    pub format: ExcerptFormat,
    pub from_ms: u64,
    pub until_ms: u64,
    pub max_width: u32,
    /// Of the recording.
    pub length_ms: u64,
    pub title: String,
    pub layout: Vec<LayoutMoment>,
    pub tracks: Vec<OrderedTrack>,
}

/// A track of an order: what follows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedTrack {
    pub name: TrackName,
    /// Versions of the inits.
    pub inits: Vec<u32>,
    /// Of each part the version of its init.
    pub parts: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_a_beginning_an_end_and_a_length() {
        let clip = |from, until, width| {
            ExcerptWanted::checked(ExcerptFormat::Mp4, (from, until), width).map(|it| it.max_width)
        };
        assert_eq!(clip(0, 60_000, None), Ok(1920));
        assert_eq!(clip(0, 60_001, None), Err(NoExcerpt::TooLong(60_000)));
        assert_eq!(clip(5, 5, None), Err(NoExcerpt::Empty));
        assert_eq!(clip(6, 5, None), Err(NoExcerpt::Empty));
        assert_eq!(clip(0, 5, Some(159)), Err(NoExcerpt::Width(160, 1920)));
        let gif = ExcerptWanted::checked(ExcerptFormat::Gif, (0, 15_001), None);
        assert_eq!(
            gif.unwrap_err().to_string(),
            "This range may be at most 15 seconds long."
        );
    }

    #[test]
    fn a_file_is_named_by_its_recording_and_its_moment() {
        let it = ExcerptWanted::checked(ExcerptFormat::Gif, (83_000, 84_000), None).unwrap();
        assert_eq!(it.file_name("Bug: in login"), "Bug in login 1m23s.gif");
    }
}
