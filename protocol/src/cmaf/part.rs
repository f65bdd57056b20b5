//! A part: one CMAF chunk (`moof` + `mdat`) of at most one second.
//!
//! Whether a picture is an IDR is read from its NAL units, not from the sample flags a
//! client wrote. Presentation and decode order are the same (no B-frames), so there is no `ctts`.

use bytes::{BufMut as _, Bytes, BytesMut};
use mp4_atom::{
    Decode as _, DecodeAtom as _, Encode as _, FourCC, Header, Mfhd, Moof, Tfdt, Tfhd, Traf, Trun,
    TrunEntry,
};

use super::ReadError;
use crate::recording::{Kind, MAX_PART_BYTES};

/// Most samples a part may hold: a second of 1 kHz, far more than any screen shows.
const MAX_SAMPLES: usize = 1000;
/// `sample_depends_on = 2` (ISO/IEC 14496-12 §8.8.3.1): an IDR, or any AAC frame.
const FLAGS_SYNC: u32 = 0x0200_0000;
/// `sample_depends_on = 1`, `sample_is_non_sync_sample = 1`.
const FLAGS_DELTA: u32 = 0x0101_0000;
/// `nal_unit_type` of a coded slice of an IDR picture (ITU-T H.264 table 7-1).
const NAL_IDR: u8 = 5;

/// One encoded picture or AAC frame on its way into a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// In the track's timescale, at least 1.
    pub duration: u32,
    /// An IDR, or any AAC frame.
    pub sync: bool,
    /// H.264 with 4-byte NAL lengths, or one raw AAC frame.
    pub data: Bytes,
}

/// Where a sample lies inside its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleRef {
    /// From the first byte of the part.
    pub offset: usize,
    pub size: usize,
    /// Decode time on the track's timeline, in ticks.
    pub start: u64,
    pub duration: u32,
    pub sync: bool,
}

/// What the playlist needs to know of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartInfo {
    /// `moof` sequence number; the part number plus one.
    pub sequence: u32,
    pub track_id: u32,
    /// Ticks.
    pub start: u64,
    /// Ticks.
    pub duration: u64,
    /// Begins with an IDR; always true for sound.
    pub independent: bool,
}

/// A part as read: facts and the places of its samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub info: PartInfo,
    pub samples: Vec<SampleRef>,
}

/// Tracks of data have no CMAF chunks.
const NOT_MEDIA: ReadError = ReadError::Unsupported("a media part of a track of data");

/// Writes `moof` + `mdat`. `number` counts from 0, `start` is in ticks. Fails when there are no
/// samples, too many, or more bytes than a server takes.
pub fn write_part(
    number: u32,
    start: u64,
    kind: Kind,
    samples: &[Sample],
) -> Result<Bytes, ReadError> {
    if samples.is_empty() {
        return Err(ReadError::Missing("a sample"));
    }
    if samples.len() > MAX_SAMPLES {
        return Err(too_many(samples.len()));
    }
    let payload: usize = samples.iter().map(|s| s.data.len()).sum();
    let entries: Vec<TrunEntry> = samples
        .iter()
        .map(|s| TrunEntry {
            duration: Some(s.duration),
            size: u32::try_from(s.data.len()).ok(),
            flags: Some(if s.sync { FLAGS_SYNC } else { FLAGS_DELTA }),
            cts: None,
        })
        .collect();
    let mut moof = Moof {
        mfhd: Mfhd {
            sequence_number: number.saturating_add(1),
        },
        traf: vec![Traf {
            tfhd: Tfhd {
                track_id: match kind {
                    Kind::Video => 1,
                    Kind::Audio => 2,
                    Kind::Data => return Err(NOT_MEDIA),
                },
                default_base_is_moof: true,
                ..Default::default()
            },
            tfdt: Some(Tfdt {
                base_media_decode_time: start,
            }),
            trun: vec![Trun {
                data_offset: Some(0),
                samples: entries.into(),
            }],
            ..Default::default()
        }],
    };
    let mut head = Vec::with_capacity(128 + 12 * samples.len());
    encode(&moof, &mut head)?;
    let total = head.len() + 8 + payload;
    if total > MAX_PART_BYTES {
        return Err(ReadError::OutOfRange {
            what: "the size of the part",
            value: total as u64,
            allowed: MAX_PART_BYTES as u64,
        });
    }
    // The payload begins right behind the `mdat` header; both lie far below 2³¹ (checked above).
    moof.traf[0].trun[0].data_offset = i32::try_from(head.len() + 8).ok();
    head.clear();
    encode(&moof, &mut head)?;

    let mut out = BytesMut::with_capacity(total);
    out.put_slice(&head);
    out.put_u32(u32::try_from(payload + 8).unwrap_or(u32::MAX));
    out.put_slice(b"mdat");
    for sample in samples {
        out.put_slice(&sample.data);
    }
    Ok(out.freeze())
}

fn encode(moof: &Moof, out: &mut Vec<u8>) -> Result<(), ReadError> {
    moof.encode(out)
        .map_err(|_| ReadError::Unsupported("this moof"))
}

fn too_many(samples: usize) -> ReadError {
    ReadError::OutOfRange {
        what: "the number of samples",
        value: samples as u64,
        allowed: MAX_SAMPLES as u64,
    }
}

/// Reads a part a stranger sent: exactly one `moof` with one `traf`, then one `mdat` (`styp`,
/// `prft`, `emsg`, `sidx` before them are passed over), nothing behind; every sample lies inside
/// the `mdat`, is not empty and lasts at least one tick.
pub fn read_part(bytes: &[u8], kind: Kind) -> Result<Part, ReadError> {
    if bytes.len() > MAX_PART_BYTES {
        return Err(ReadError::OutOfRange {
            what: "the size of the part",
            value: bytes.len() as u64,
            allowed: MAX_PART_BYTES as u64,
        });
    }
    let (moof_at, moof) = find_moof(bytes)?;
    let mdat = moof_at.end..bytes.len();
    let payload = payload_of_mdat(bytes, mdat.start, bytes.len())?;

    let [traf] = moof.traf.as_slice() else {
        return Err(ReadError::OutOfRange {
            what: "the number of tracks in a part",
            value: moof.traf.len() as u64,
            allowed: 1,
        });
    };
    if !traf.tfhd.default_base_is_moof || traf.tfhd.base_data_offset.is_some() {
        return Err(ReadError::Unsupported(
            "sample offsets that do not count from the moof",
        ));
    }
    let start = traf
        .tfdt
        .as_ref()
        .ok_or(ReadError::Missing("tfdt"))?
        .base_media_decode_time;
    let samples = place_samples(traf, moof_at.start, &payload, start)?;
    let first = samples.first().ok_or(ReadError::Missing("a sample"))?;
    let last = samples.last().ok_or(ReadError::Missing("a sample"))?;

    let independent = match kind {
        Kind::Data => return Err(NOT_MEDIA),
        Kind::Audio => true,
        Kind::Video => {
            // Every picture must be made of whole NAL units; only the first decides.
            for sample in &samples {
                has_idr(&bytes[sample.offset..sample.offset + sample.size])?;
            }
            has_idr(&bytes[first.offset..first.offset + first.size])?
        }
    };
    let end = last.start + u64::from(last.duration);
    let info = PartInfo {
        sequence: moof.mfhd.sequence_number,
        track_id: traf.tfhd.track_id,
        start,
        duration: end - start,
        independent,
    };
    Ok(Part { info, samples })
}

/// Reads the boxes of a part that was read before, from its beginning alone: `head` are its first bytes, `size` is its length.
/// Pictures are not looked into, so `independent` says what the flag of the first one does.
///
/// # Errors
/// Also when `head` does not reach to the payload.
pub fn read_part_head(head: &[u8], size: usize) -> Result<Part, ReadError> {
    let (moof_at, moof) = find_moof(head)?;
    let payload = payload_of_mdat(head, moof_at.end, size)?;
    let [traf] = moof.traf.as_slice() else {
        return Err(ReadError::Missing("exactly one track in a part"));
    };
    let start = traf
        .tfdt
        .as_ref()
        .ok_or(ReadError::Missing("tfdt"))?
        .base_media_decode_time;
    let samples = place_samples(traf, moof_at.start, &payload, start)?;
    let first = samples.first().ok_or(ReadError::Missing("a sample"))?;
    let last = samples.last().ok_or(ReadError::Missing("a sample"))?;
    let info = PartInfo {
        sequence: moof.mfhd.sequence_number,
        track_id: traf.tfhd.track_id,
        start,
        duration: last.start + u64::from(last.duration) - start,
        independent: first.sync,
    };
    Ok(Part { info, samples })
}

fn find_moof(bytes: &[u8]) -> Result<(std::ops::Range<usize>, Moof), ReadError> {
    let mut at = 0;
    loop {
        let mut rest = bytes.get(at..).unwrap_or_default();
        let before = rest.len();
        let header = Header::decode(&mut rest).map_err(|_| ReadError::Missing("moof"))?;
        let head = before - rest.len();
        let size = header
            .size
            .ok_or(ReadError::Unsupported("a box without a size"))?;
        let end = at
            .checked_add(head)
            .and_then(|n| n.checked_add(size))
            .filter(|end| *end <= bytes.len())
            .ok_or(ReadError::Damaged("a box reaches beyond the part"))?;
        if header.kind == FourCC::new(b"moof") {
            let moof =
                Moof::decode_atom(&header, &mut rest).map_err(|_| ReadError::Damaged("moof"))?;
            return Ok((at..end, moof));
        }
        let passed_over = [b"styp", b"prft", b"emsg", b"sidx"]
            .iter()
            .any(|k| header.kind == FourCC::new(k));
        if !passed_over {
            return Err(ReadError::Unexpected {
                expected: "moof",
                found: header.kind.to_string(),
            });
        }
        at = end;
    }
}

/// Where the payload of the `mdat` at `at` lies; it must end with the part, which has `size` bytes.
fn payload_of_mdat(
    bytes: &[u8],
    at: usize,
    size: usize,
) -> Result<std::ops::Range<usize>, ReadError> {
    let mut rest = bytes.get(at..).unwrap_or_default();
    let before = rest.len();
    let header = Header::decode(&mut rest).map_err(|_| ReadError::Missing("mdat"))?;
    if header.kind != FourCC::new(b"mdat") {
        return Err(ReadError::Unexpected {
            expected: "mdat",
            found: header.kind.to_string(),
        });
    }
    let start = at + (before - rest.len());
    let left = size.saturating_sub(start);
    match header.size {
        Some(length) if length == left => Ok(start..size),
        Some(length) if length < left => Err(ReadError::Unexpected {
            expected: "the end",
            found: "bytes behind the mdat".to_owned(),
        }),
        _ => Err(ReadError::Damaged("the mdat is cut short")),
    }
}

fn place_samples(
    traf: &Traf,
    moof_start: usize,
    payload: &std::ops::Range<usize>,
    start: u64,
) -> Result<Vec<SampleRef>, ReadError> {
    let count: usize = traf.trun.iter().map(|t| t.samples.len()).sum();
    if count > MAX_SAMPLES {
        return Err(too_many(count));
    }
    let mut out = Vec::with_capacity(count);
    let mut offset = payload.start;
    let mut time = start;
    for trun in &traf.trun {
        if let Some(data_offset) = trun.data_offset {
            offset = i64::try_from(moof_start)
                .ok()
                .and_then(|base| base.checked_add(data_offset.into()))
                .and_then(|n| usize::try_from(n).ok())
                .ok_or(ReadError::Damaged("a sample begins before the part"))?;
        }
        for entry in trun.samples.iter() {
            let duration = entry
                .duration
                .or(traf.tfhd.default_sample_duration)
                .unwrap_or(0);
            let size = entry.size.or(traf.tfhd.default_sample_size).unwrap_or(0) as usize;
            let flags = entry.flags.or(traf.tfhd.default_sample_flags).unwrap_or(0);
            if duration == 0 {
                return Err(ReadError::Damaged("a sample without a duration"));
            }
            if entry.cts.is_some_and(|cts| cts != 0) {
                return Err(ReadError::Unsupported("pictures out of order"));
            }
            let end = offset
                .checked_add(size)
                .ok_or(ReadError::Damaged("a sample size"))?;
            if size == 0 || offset < payload.start || end > payload.end {
                return Err(ReadError::Damaged("a sample lies outside the mdat"));
            }
            let sync = flags & 0x0001_0000 == 0;
            out.push(SampleRef {
                offset,
                size,
                start: time,
                duration,
                sync,
            });
            offset = end;
            time = time
                .checked_add(duration.into())
                .ok_or(ReadError::Damaged("the decode time"))?;
        }
    }
    Ok(out)
}

/// Whether one of the picture's NAL units is an IDR slice; an error when it is not made of whole
/// length-prefixed NAL units.
fn has_idr(mut picture: &[u8]) -> Result<bool, ReadError> {
    const DAMAGED: ReadError = ReadError::Damaged("a picture is not made of whole NAL units");
    let mut idr = false;
    while !picture.is_empty() {
        let (length, rest) = picture.split_first_chunk::<4>().ok_or(DAMAGED)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| DAMAGED)?;
        let nal = rest.get(..length).ok_or(DAMAGED)?;
        let kind = nal.first().ok_or(DAMAGED)? & 0x1f;
        idr |= kind == NAL_IDR;
        picture = rest.get(length..).unwrap_or_default();
    }
    Ok(idr)
}

#[cfg(test)]
mod tests;
