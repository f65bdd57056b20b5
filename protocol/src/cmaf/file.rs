//! The beginning of a file that plays from its first byte: `ftyp`, `moov` with the tables of all samples, and the header of
//! one `mdat` (ISO/IEC 14496-12 §8). What comes behind it is put together of stored parts as they are: a table names the places
//! of samples alone, so the `moof` of a part is passed over by every reader.

use mp4_atom::{
    Co64, Edts, Elst, ElstEntry, Encode as _, FixedPoint, FourCC, Ftyp, Moov, Mvhd, Stbl, Stco,
    Stsc, StscEntry, Stss, Stsz, StszSamples, Stts, SttsEntry, Trak,
};

use super::ReadError;
use super::init::read_boxes;

/// Ticks a second of the movie. Those of pictures are the same, and 1024 samples of sound at 48 kHz are a whole number of them.
const TIMESCALE: u32 = 90_000;
/// Bytes of the header of an `mdat` with a length of 64 bits.
const MDAT_HEADER: u64 = 16;

/// Where a sample lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSample {
    /// From the first byte behind the beginning of the file.
    pub offset: u64,
    /// Bytes.
    pub size: u32,
    /// Ticks of the track; ascending.
    pub start: u64,
    /// Ticks. A sample lasts until the next one begins; only of the last one this counts.
    pub duration: u32,
    pub sync: bool,
}

/// A track of the file.
#[derive(Debug, Clone, Copy)]
pub struct FileTrack<'a> {
    /// `ftyp` + `moov` that goes with all of its samples.
    pub init: &'a [u8],
    pub samples: &'a [FileSample],
}

/// Writes the beginning of a file; `payload` bytes follow it. Tracks without samples are left out.
///
/// # Errors
/// When an init cannot be read, or a number does not fit into its field.
pub fn write_file_head(tracks: &[FileTrack<'_>], payload: u64) -> Result<Vec<u8>, ReadError> {
    let large = payload > u64::from(u32::MAX / 2);
    // The places are as long as they will be, so the first attempt says how long the beginning is.
    let length = encode(&moov(tracks, 0, large)?, payload)?.len() as u64;
    encode(&moov(tracks, length, large)?, payload)
}

fn encode(moov: &Moov, payload: u64) -> Result<Vec<u8>, ReadError> {
    let ftyp = Ftyp {
        major_brand: FourCC::new(b"isom"),
        minor_version: 0x200,
        compatible_brands: [b"isom", b"iso2", b"avc1", b"mp41"]
            .into_iter()
            .map(FourCC::new)
            .collect(),
    };
    let mut out = Vec::new();
    let refused = |_| ReadError::Unsupported("a file with these tables");
    ftyp.encode(&mut out).map_err(refused)?;
    moov.encode(&mut out).map_err(refused)?;
    let length = payload
        .checked_add(MDAT_HEADER)
        .ok_or(ReadError::Unsupported("so long a file"))?;
    // A size of 1 says that the length stands behind the name.
    out.extend_from_slice(&1_u32.to_be_bytes());
    out.extend_from_slice(b"mdat");
    out.extend_from_slice(&length.to_be_bytes());
    Ok(out)
}

fn moov(tracks: &[FileTrack<'_>], shift: u64, large: bool) -> Result<Moov, ReadError> {
    let mut trak = Vec::new();
    let mut longest = 0;
    let there = tracks.iter().filter(|track| !track.samples.is_empty());
    for (id, track) in (1_u32..).zip(there) {
        let (_, init) = read_boxes(track.init)?;
        let of = init.trak.into_iter().next();
        let of = of.ok_or(ReadError::Missing("a track"))?;
        let made = whole(of, id, track.samples, shift, large)?;
        longest = longest.max(made.tkhd.duration);
        trak.push(made);
    }
    if trak.is_empty() {
        return Err(ReadError::Missing("a sample"));
    }
    Ok(Moov {
        mvhd: Mvhd {
            timescale: TIMESCALE,
            duration: longest,
            rate: FixedPoint::from(1),
            volume: FixedPoint::from(1),
            next_track_id: u32::try_from(trak.len()).unwrap_or(u32::MAX - 1) + 1,
            ..Default::default()
        },
        trak,
        ..Default::default()
    })
}

/// The track of an init with the tables of all its samples.
fn whole(
    mut trak: Trak,
    id: u32,
    samples: &[FileSample],
    shift: u64,
    large: bool,
) -> Result<Trak, ReadError> {
    let timescale = trak.mdia.mdhd.timescale.max(1);
    let first = samples.first().map_or(0, |it| it.start);
    let (stts, length) = times(samples);
    let of_movie = |ticks: u64| {
        let scaled = u128::from(ticks) * u128::from(TIMESCALE) / u128::from(timescale);
        u64::try_from(scaled).map_err(|_| ReadError::Unsupported("so long a track"))
    };
    let (late, lasts) = (of_movie(first)?, of_movie(length)?);
    trak.tkhd.track_id = id;
    trak.tkhd.duration = late.saturating_add(lasts);
    trak.mdia.mdhd.duration = length;
    // A track that begins later than the others is waited for.
    trak.edts = (late > 0).then(|| Edts {
        elst: Some(Elst {
            entries: vec![edit(late, None), edit(lasts, Some(0))],
        }),
    });
    let (stsc, places) = chunks(samples, shift)?;
    let stbl = &mut trak.mdia.minf.stbl;
    let all_sync = samples.iter().all(|it| it.sync);
    let sync = || (1_u32..).zip(samples).filter(|(_, it)| it.sync);
    *stbl = Stbl {
        stsd: std::mem::take(&mut stbl.stsd),
        stts,
        stss: (!all_sync).then(|| Stss {
            entries: sync().map(|(n, _)| n).collect(),
        }),
        stsc,
        stsz: Stsz {
            samples: StszSamples::Different {
                sizes: samples.iter().map(|it| it.size).collect(),
            },
        },
        ..Default::default()
    };
    if large {
        stbl.co64 = Some(Co64 { entries: places });
    } else {
        let narrow = |at| u32::try_from(at).map_err(|_| ReadError::Unsupported("so long a file"));
        let entries = places.into_iter().map(narrow).collect::<Result<_, _>>()?;
        stbl.stco = Some(Stco { entries });
    }
    Ok(trak)
}

fn edit(segment_duration: u64, media_time: Option<u64>) -> ElstEntry {
    ElstEntry {
        segment_duration,
        media_time,
        media_rate: FixedPoint::from(1),
    }
}

/// How long samples last, and all together.
fn times(samples: &[FileSample]) -> (Stts, u64) {
    let mut entries: Vec<SttsEntry> = Vec::new();
    let mut length = 0_u64;
    let first = samples.first().map_or(0, |it| it.start);
    for (n, sample) in samples.iter().enumerate() {
        let delta = match samples.get(n + 1) {
            Some(next) => next.start.saturating_sub(first).saturating_sub(length),
            None => sample.duration.into(),
        };
        let sample_delta = u32::try_from(delta.max(1)).unwrap_or(u32::MAX);
        length = length.saturating_add(sample_delta.into());
        match entries.last_mut() {
            Some(last) if last.sample_delta == sample_delta => last.sample_count += 1,
            _ => entries.push(SttsEntry {
                sample_count: 1,
                sample_delta,
            }),
        }
    }
    (Stts { entries }, length)
}

/// Samples that lie one behind the other are a chunk: how many each has, and where they begin.
fn chunks(samples: &[FileSample], shift: u64) -> Result<(Stsc, Vec<u64>), ReadError> {
    let too_far = || ReadError::Unsupported("so long a file");
    let mut places = Vec::new();
    let mut counts: Vec<u32> = Vec::new();
    let mut end = None;
    for sample in samples {
        match counts.last_mut() {
            Some(count) if end == Some(sample.offset) => *count += 1,
            _ => {
                places.push(sample.offset.checked_add(shift).ok_or_else(too_far)?);
                counts.push(1);
            }
        }
        end = sample.offset.checked_add(sample.size.into());
    }
    let mut entries: Vec<StscEntry> = Vec::new();
    for (first_chunk, count) in (1_u32..).zip(counts) {
        if entries
            .last()
            .is_none_or(|last| last.samples_per_chunk != count)
        {
            entries.push(StscEntry {
                first_chunk,
                samples_per_chunk: count,
                sample_description_index: 1,
            });
        }
    }
    Ok((Stsc { entries }, places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmaf::{AudioConfig, write_audio_init};
    use mp4_atom::{Decode as _, DecodeAtom as _, Header};

    fn sound() -> Vec<u8> {
        write_audio_init(&AudioConfig {
            sample_rate: 48_000,
            channels: 1,
            asc: vec![0x11, 0x88],
        })
        .unwrap()
    }

    fn sample(offset: u64, size: u32, start: u64) -> FileSample {
        FileSample {
            offset,
            size,
            start,
            duration: 1024,
            sync: true,
        }
    }

    #[test]
    fn the_tables_name_the_place_of_every_sample_behind_the_beginning() {
        // Two parts with 20 bytes of boxes before their samples; the second is late by a hole.
        let samples = [
            sample(20, 5, 2048),
            sample(25, 7, 3072),
            sample(52, 9, 48_000),
        ];
        let init = sound();
        let tracks = [FileTrack {
            init: &init,
            samples: &samples,
        }];
        let head = write_file_head(&tracks, 61).unwrap();
        let mut rest = head.as_slice();
        Ftyp::decode(&mut rest).unwrap();
        let header = Header::decode(&mut rest).unwrap();
        let moov = Moov::decode_atom(&header, &mut rest).unwrap();
        assert_eq!(rest.len(), 16, "the header of the mdat");
        assert_eq!(rest[8..], 77_u64.to_be_bytes());
        let trak = &moov.trak[0];
        let stbl = &trak.mdia.minf.stbl;
        let places = stbl.stco.as_ref().unwrap();
        let begin = u32::try_from(head.len()).unwrap();
        assert_eq!(places.entries, [begin + 20, begin + 52]);
        let deltas: Vec<_> = stbl.stts.entries.iter().map(|it| it.sample_delta).collect();
        assert_eq!(
            deltas,
            [1024, 44_928, 1024],
            "the hole belongs to the sample before"
        );
        assert!(stbl.stss.is_none(), "every frame of sound stands alone");
        let edits = trak.edts.as_ref().unwrap().elst.as_ref().unwrap();
        assert_eq!(edits.entries[0].media_time, None);
        assert_eq!(edits.entries[0].segment_duration, 2048 * 90_000 / 48_000);
    }

    #[test]
    fn a_file_beyond_four_gigabytes_has_wide_places_and_one_without_samples_is_none() {
        let samples = [sample(6_000_000_000, 5, 0)];
        let init = sound();
        let mut tracks = [FileTrack {
            init: &init,
            samples: &samples,
        }];
        let head = write_file_head(&tracks, 7_000_000_000).unwrap();
        assert!(head.windows(4).any(|it| it == b"co64"));
        tracks[0].samples = &[];
        write_file_head(&tracks, 0).unwrap_err();
    }
}
