//! The media playlist of one track.

use std::fmt::Write as _;

use aside_protocol::recording::{FIRST_INIT, MAX_SEGMENT_SECONDS};
use aside_protocol::time::{MediaTime, Timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{FIRST_SEQUENCE, Listing, Part, SKIP_UNTIL, Segment, Take, Track, seconds};

/// What the reader said of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Reader {
    /// It has followed the take live (it asked with `_HLS_msn`): the parts of the last segments then stay listed beside
    /// `EXT-X-ENDLIST`, so that it need not load a segment again of which it holds all parts but the last.
    pub follows: bool,
    /// It has a playlist that is half a minute old at most, and asks for what came since (`_HLS_skip=YES`).
    pub delta: bool,
}

/// Writes the media playlist.
pub fn media(listing: &Listing, take: Take, reader: Reader) -> String {
    let track = listing.track();
    let with_parts = reader.follows || !take.ended;
    let skipped = listing.skipped();
    let delta = reader.delta && with_parts && skipped > 0;
    let mut out = header(listing, take, with_parts, delta);
    if delta {
        _ = writeln!(out, "#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}");
    } else if !listing.is_empty() {
        let at = MediaTime::from_ticks(listing.first_start, track.timescale);
        if let Some(date) = date_time(take.started_at, at) {
            _ = writeln!(out, "#EXT-X-PROGRAM-DATE-TIME:{date}");
        }
    }
    if with_parts {
        if !delta {
            listing.write_old_segments(&mut out);
        }
        list_recent(&mut out, listing, take);
    } else {
        listing.write_cut_segments(&mut out);
    }
    if take.ended {
        out.push_str("#EXT-X-ENDLIST\n");
    }
    out
}

/// The recent segments with their parts, and the one that still grows.
fn list_recent(out: &mut String, listing: &Listing, take: Take) {
    let track = listing.track();
    for closed in &listing.recent {
        map_line(out, track, &closed.segment);
        if let Some(parts) = closed.parts.as_deref() {
            list_parts(out, track, parts);
        }
        media_lines(out, track, &closed.segment);
    }
    let Some((segment, parts)) = &listing.open else {
        return;
    };
    map_line(out, track, segment);
    list_parts(out, track, parts);
    if take.ended {
        media_lines(out, track, segment);
    } else if let Some(next) = segment.last.checked_add(1) {
        let uri = uri(track, next, next);
        _ = writeln!(out, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{uri}\"");
    }
}

/// A delta update has no media before the recent segments, so its first map is theirs.
fn header(listing: &Listing, take: Take, with_parts: bool, delta: bool) -> String {
    let mut out =
        format!("#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:{MAX_SEGMENT_SECONDS}\n");
    if with_parts {
        let target = listing.part_target_micros();
        let skip_until = f64::from(SKIP_UNTIL * MAX_SEGMENT_SECONDS);
        _ = writeln!(
            out,
            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={skip_until:.1},PART-HOLD-BACK={}",
            seconds(target * 3, 1_000_000)
        );
        _ = writeln!(
            out,
            "#EXT-X-PART-INF:PART-TARGET={}",
            seconds(target, 1_000_000)
        );
    }
    let kind = if take.ended { "VOD" } else { "EVENT" };
    _ = writeln!(
        out,
        "#EXT-X-MEDIA-SEQUENCE:{FIRST_SEQUENCE}\n#EXT-X-PLAYLIST-TYPE:{kind}\n#EXT-X-INDEPENDENT-SEGMENTS"
    );
    let version = if delta {
        listing.recent_init()
    } else {
        listing.first_init
    };
    map(&mut out, listing.track(), version);
    out
}

fn list_parts(out: &mut String, track: &Track, parts: &[Part]) {
    for part in parts {
        let duration = seconds(part.duration, track.timescale);
        let independent = if part.independent {
            ",INDEPENDENT=YES"
        } else {
            ""
        };
        let gap = if part.lost { ",GAP=YES" } else { "" };
        let uri = uri(track, part.number, part.number);
        _ = writeln!(
            out,
            "#EXT-X-PART:DURATION={duration},URI=\"{uri}\"{independent}{gap}"
        );
    }
}

/// The address of an init, below the capability: that of version 1 is older than versions.
fn map(out: &mut String, track: &Track, version: u32) {
    let name = track.name;
    _ = match version {
        FIRST_INIT => writeln!(out, "#EXT-X-MAP:URI=\"{name}/init.mp4\""),
        version => writeln!(out, "#EXT-X-MAP:URI=\"{name}/init-{version}.mp4\""),
    };
}

/// In front of a segment, and of its parts, whose init is not that of the one before.
fn map_line(out: &mut String, track: &Track, segment: &Segment) {
    if segment.remapped {
        map(out, track, segment.init);
    }
}

/// The lines of a closed segment, without its parts: they never change.
pub(super) fn segment_lines(out: &mut String, track: &Track, segment: &Segment) {
    map_line(out, track, segment);
    media_lines(out, track, segment);
}

fn media_lines(out: &mut String, track: &Track, segment: &Segment) {
    let duration = seconds(segment.duration, track.timescale);
    let uri = uri(track, segment.first, segment.last);
    let gap = if segment.lost { "#EXT-X-GAP\n" } else { "" };
    _ = writeln!(out, "{gap}#EXTINF:{duration},\n{uri}");
}

fn uri(track: &Track, first: u32, last: u32) -> String {
    format!("{}/{first}-{last}.m4s", track.name)
}

/// RFC 3339 in UTC; `None` for a clock outside the calendar.
fn date_time(started_at: Timestamp, at: MediaTime) -> Option<String> {
    let millis = started_at
        .micros()
        .saturating_add(at.micros())
        .div_euclid(1000);
    let date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()?;
    date.format(&Rfc3339).ok()
}
