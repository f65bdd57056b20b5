//! A picture of a recording at a moment: how it is asked for, and how the process that decodes it is told.

/// Pixels in width where nothing is said.
pub const USUAL_WIDTH: u32 = 1920;
/// Pixels in width that may be asked for.
pub const WIDTHS: std::ops::RangeInclusive<u32> = 16..=3840;
/// Longest message to the process that decodes, in bytes: a part has at most 16 MiB.
pub const MAX_MESSAGE: u32 = 32 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameFormat {
    Jpeg,
    Png,
}

impl FrameFormat {
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// What every file of this format begins with.
    pub const fn signature(self) -> &'static [u8] {
        match self {
            Self::Jpeg => b"\xff\xd8\xff",
            Self::Png => b"\x89PNG\r\n\x1a\n",
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::Jpeg => 0,
            Self::Png => 1,
        }
    }
}

/// Which picture is wanted, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameWanted {
    /// The last picture that is shown at this moment; behind the end, the last of all.
    pub at_ms: u64,
    pub format: FrameFormat,
    /// It is shrunk to so many pixels in width, never enlarged.
    pub max_width: u32,
}

impl FrameWanted {
    /// `{ms}.jpg` or `{ms}.png`, in no other spelling.
    pub fn from_name(name: &str, max_width: u32) -> Option<Self> {
        let (ms, ending) = name.split_once('.')?;
        let format = match ending {
            "jpg" => FrameFormat::Jpeg,
            "png" => FrameFormat::Png,
            _ => return None,
        };
        let at_ms: u64 = ms.parse().ok()?;
        let wanted = Self {
            at_ms,
            format,
            max_width,
        };
        (ms == at_ms.to_string()).then_some(wanted)
    }
}

/// What the process that decodes is told first. An init and parts follow, each behind its length in four bytes, big-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeOrder {
    /// No picture that begins later, in ticks of the track.
    pub until: u64,
    pub format: FrameFormat,
    pub max_width: u32,
}

impl DecodeOrder {
    pub const LENGTH: usize = 13;

    pub fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..8].copy_from_slice(&self.until.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.max_width.to_be_bytes());
        bytes[12] = self.format.code();
        bytes
    }

    pub fn from_bytes(bytes: [u8; Self::LENGTH]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, w, x, y, z, format] = bytes;
        let format = [FrameFormat::Jpeg, FrameFormat::Png]
            .into_iter()
            .find(|it| it.code() == format)?;
        Some(Self {
            until: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            format,
            max_width: u32::from_be_bytes([w, x, y, z]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_way_to_be_written() {
        let found = FrameWanted::from_name("12500.png", 640).unwrap();
        assert_eq!((found.at_ms, found.format), (12_500, FrameFormat::Png));
        for bad in [
            "1.gif",
            "01.png",
            "+1.jpg",
            "1",
            ".jpg",
            "1.jpg.png",
            "-1.jpg",
            "18446744073709551616.jpg",
            "1.JPG",
        ] {
            assert_eq!(FrameWanted::from_name(bad, 640), None, "{bad}");
        }
    }

    #[test]
    fn an_order_is_read_as_it_was_written() {
        for format in [FrameFormat::Jpeg, FrameFormat::Png] {
            let order = DecodeOrder {
                until: u64::MAX - 3,
                format,
                max_width: 1920,
            };
            assert_eq!(DecodeOrder::from_bytes(order.to_bytes()), Some(order));
        }
        assert_eq!(DecodeOrder::from_bytes([9; DecodeOrder::LENGTH]), None);
    }
}
