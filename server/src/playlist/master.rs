//! The multivariant playlist: one picture, and one group of sound where there is sound.

use std::borrow::Borrow;
use std::fmt::Write as _;

use aside_protocol::recording::{Kind, TrackName};
use aside_protocol::time::MediaTime;

use super::{Take, Track, cut};

const SOUND_GROUP: &str = "sound";
/// How much picture may arrive before a silent microphone is no longer waited for.
const PATIENCE: MediaTime = MediaTime::from_millis(3_000);
/// Shortest stretch the peak bit rate is measured over: half a target duration
/// (RFC 8216bis §4.4.6.2).
const PEAK_SECONDS: u64 = 5;

/// The tracks the watch page plays: picture first, then sound. `None` while there is nothing to
/// play: no picture yet, or sound was announced and has not arrived, though it may any moment —
/// who joins in the first second would stay deaf for the whole take.
pub fn renditions<T: Borrow<Track>>(tracks: &[T], ended: bool) -> Option<Vec<&Track>> {
    let mut tracks = tracks.iter().map(T::borrow);
    let video = tracks
        .clone()
        .find(|t| t.name == TrackName::Video && !t.run().is_empty())?;
    let Some(audio) = tracks.find(|t| t.name == TrackName::Audio) else {
        return Some(vec![video]);
    };
    if !audio.run().is_empty() {
        Some(vec![video, audio])
    } else if ended || video.end() >= PATIENCE {
        Some(vec![video])
    } else {
        None
    }
}

/// Writes the multivariant playlist of what [`renditions`] answered. URIs are relative.
pub fn master(renditions: &[&Track], take: Take) -> String {
    let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    let mut codecs = Vec::new();
    let (mut peak, mut average) = (0, 0);
    for track in renditions {
        codecs.push(track.codec.as_str());
        let rate = Rate::of(track, take.ended);
        peak += rate.peak;
        average += rate.average;
    }
    let sound = renditions.iter().find(|t| t.kind() == Kind::Audio);
    if let Some(track) = sound {
        _ = writeln!(
            out,
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{SOUND_GROUP}\",NAME=\"Sound\",DEFAULT=YES,AUTOSELECT=YES,URI=\"{}.m3u8\"",
            track.name
        );
    }
    for track in renditions.iter().filter(|t| t.kind() == Kind::Video) {
        _ = write!(
            out,
            "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}\"",
            peak.max(1),
            average.max(1),
            codecs.join(",")
        );
        if let Some((width, height)) = track.size {
            _ = write!(out, ",RESOLUTION={width}x{height}");
        }
        if sound.is_some() {
            _ = write!(out, ",AUDIO=\"{SOUND_GROUP}\"");
        }
        _ = writeln!(out, "\n{}.m3u8", track.name);
    }
    out
}

/// Bits a second.
struct Rate {
    peak: u64,
    average: u64,
}

impl Rate {
    fn of(track: &Track, ended: bool) -> Self {
        let cut = cut(track.kind(), track.timescale, track.run(), ended);
        let spans: Vec<(u64, u64)> = cut
            .closed
            .iter()
            .chain(&cut.open)
            .map(|s| (s.duration, s.bytes))
            .collect();
        let whole = spans
            .iter()
            .fold((0, 0), |sum, span| (sum.0 + span.0, sum.1 + span.1));
        let average = bits_a_second(whole, track.timescale);
        let enough = (PEAK_SECONDS * u64::from(track.timescale)).max(1);
        let mut peak = 0;
        let (mut first, mut window) = (0, (0, 0));
        for span in &spans {
            window = (window.0 + span.0, window.1 + span.1);
            while window.0 - spans[first].0 >= enough {
                window = (window.0 - spans[first].0, window.1 - spans[first].1);
                first += 1;
            }
            if window.0 >= enough {
                peak = peak.max(bits_a_second(window, track.timescale));
            }
        }
        Self {
            peak: peak.max(average),
            average,
        }
    }
}

fn bits_a_second((ticks, bytes): (u64, u64), timescale: u32) -> u64 {
    let bits = u128::from(bytes) * 8 * u128::from(timescale);
    u64::try_from(bits.div_ceil(u128::from(ticks.max(1)))).unwrap_or(u64::MAX)
}
