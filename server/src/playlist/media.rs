//! The media playlist of one track.

use std::fmt::Write as _;

use aside_protocol::recording::{MAX_PART_MICROS, MAX_SEGMENT_SECONDS};
use aside_protocol::time::{MediaTime, Timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{FIRST_SEQUENCE, Part, Segment, Take, Track, cut, seconds};

/// Parts stay listed until they are this many target durations behind the newest
/// (RFC 8216bis §6.2.2).
const PARTS_STAY: u32 = 3;

/// Writes the media playlist. `follows` says that the reader has followed the take live (it asked
/// with `_HLS_msn`): the parts of the last segments then stay listed beside `EXT-X-ENDLIST`, so
/// that it need not load a segment again of which it holds all parts but the last.
pub fn media(track: &Track, take: Take, follows: bool) -> String {
    let parts = track.run();
    let cut = cut(track.kind(), track.timescale, parts, take.ended);
    let with_parts = follows || !take.ended;
    let mut out = header(track, take, with_parts);

    if let Some(first) = parts.first() {
        let at = MediaTime::from_ticks(first.start, track.timescale);
        if let Some(date) = date_time(take.started_at, at) {
            _ = writeln!(out, "#EXT-X-PROGRAM-DATE-TIME:{date}");
        }
    }
    let newest = parts.last().map_or(0, Part::end);
    let stays = u64::from(PARTS_STAY * MAX_SEGMENT_SECONDS) * u64::from(track.timescale);
    for segment in &cut.closed {
        if with_parts && segment.start + segment.duration + stays >= newest {
            list_parts(&mut out, track, segment, parts);
        }
        _ = writeln!(
            out,
            "#EXTINF:{},",
            seconds(segment.duration, track.timescale)
        );
        _ = writeln!(out, "{}", uri(track, segment.first, segment.last));
    }
    if let Some(segment) = &cut.open {
        list_parts(&mut out, track, segment, parts);
        if let Some(next) = segment.last.checked_add(1) {
            _ = writeln!(
                out,
                "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{}\"",
                uri(track, next, next)
            );
        }
    }
    if take.ended {
        out.push_str("#EXT-X-ENDLIST\n");
    }
    out
}

fn header(track: &Track, take: Take, with_parts: bool) -> String {
    let mut out =
        format!("#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:{MAX_SEGMENT_SECONDS}\n");
    if with_parts {
        let target = seconds(MAX_PART_MICROS, 1_000_000);
        let hold_back = seconds(MAX_PART_MICROS * 3, 1_000_000);
        _ = writeln!(
            out,
            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={hold_back}"
        );
        _ = writeln!(out, "#EXT-X-PART-INF:PART-TARGET={target}");
    }
    let kind = if take.ended { "VOD" } else { "EVENT" };
    _ = writeln!(
        out,
        "#EXT-X-MEDIA-SEQUENCE:{FIRST_SEQUENCE}\n#EXT-X-PLAYLIST-TYPE:{kind}\n#EXT-X-INDEPENDENT-SEGMENTS"
    );
    _ = writeln!(out, "#EXT-X-MAP:URI=\"{}/init.mp4\"", track.name);
    out
}

fn list_parts(out: &mut String, track: &Track, segment: &Segment, parts: &[Part]) {
    let range = segment.first as usize..=segment.last as usize;
    for part in parts.get(range).unwrap_or_default() {
        let duration = seconds(part.duration, track.timescale);
        let independent = if part.independent {
            ",INDEPENDENT=YES"
        } else {
            ""
        };
        let uri = uri(track, part.number, part.number);
        _ = writeln!(
            out,
            "#EXT-X-PART:DURATION={duration},URI=\"{uri}\"{independent}"
        );
    }
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
