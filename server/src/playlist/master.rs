//! The multivariant playlist: one picture, and one group of sound where there is sound.

use std::borrow::Borrow;
use std::fmt::Write as _;

use aside_protocol::recording::{Kind, TrackName};
use aside_protocol::time::MediaTime;

use super::Listing;

const SOUND_GROUP: &str = "sound";
/// How much picture may arrive before a silent microphone is no longer waited for.
const SOUND_TIMEOUT: MediaTime = MediaTime::from_millis(3_000);

/// The tracks the watch page plays: picture first, then sound. `None` while there is nothing to
/// play: no picture yet, or sound was announced and has not arrived, though it may any moment —
/// who joins in the first second would hear nothing of the whole take.
pub fn renditions<T: Borrow<Listing>>(tracks: &[T], ended: bool) -> Option<Vec<&Listing>> {
    let of = |name| {
        let named = |track: &&Listing| track.track().name == name;
        tracks.iter().map(Borrow::borrow).find(named)
    };
    let video = of(TrackName::Video).filter(|video| !video.is_empty())?;
    let Some(audio) = of(TrackName::Audio) else {
        return Some(vec![video]);
    };
    if !audio.is_empty() {
        Some(vec![video, audio])
    } else if ended || video.end() >= SOUND_TIMEOUT {
        Some(vec![video])
    } else {
        None
    }
}

/// Writes the multivariant playlist of what [`renditions`] answered. URIs are relative.
pub fn master(renditions: &[&Listing]) -> String {
    let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    let mut codecs = Vec::new();
    let (mut peak, mut average) = (0, 0);
    for listing in renditions {
        codecs.push(listing.track().codec.as_str());
        peak += listing.bitrate.peak;
        average += listing.bitrate.average;
    }
    let mut tracks = renditions.iter().map(|listing| listing.track());
    let sound = tracks.clone().find(|track| track.kind() == Kind::Audio);
    if let Some(track) = sound {
        _ = writeln!(
            out,
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{SOUND_GROUP}\",NAME=\"Sound\",DEFAULT=YES,AUTOSELECT=YES,URI=\"{}.m3u8\"",
            track.name
        );
    }
    if let Some(track) = tracks.find(|track| track.kind() == Kind::Video) {
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
