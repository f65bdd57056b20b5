//! The init of a track: what a decoder must know before the first part.
//!
//! Colour is said twice, in the H.264 SPS by the encoder and here as `colr`/`nclx`,
//! because players look at one or the other. A track has its own init, so ids only have to
//! differ between what is seen (1) and what is heard (2).

use mp4_atom::{
    Atom as _, Audio, Avc1, Avcc, Codec, Colr, Decode as _, DecodeAtom as _, Dinf, Dref,
    Encode as _, FixedPoint, FourCC, Ftyp, Hdlr, Header, Mdhd, Mdia, Minf, Moov, Mp4a, Mvex, Mvhd,
    Smhd, Stbl, Stco, Stsd, Tkhd, Trak, Trex, Url, Visual, Vmhd, esds,
};

use super::ReadError;
use crate::limits::check_size;
use crate::recording::MAX_INIT_BYTES;

const VIDEO_TRACK_ID: u32 = 1;
const AUDIO_TRACK_ID: u32 = 2;
/// MPEG-4 audio (ISO/IEC 14496-1 table 5).
const OBJECT_TYPE_AUDIO: u8 = 0x40;
/// BT.709 in the code points of ISO/IEC 23091-2: primaries, transfer, matrix alike.
const BT709: u16 = 1;

/// What the encoder says about a video track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoConfig {
    pub width: u16,
    pub height: u16,
    /// Ticks a second.
    pub timescale: u32,
    /// AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1), NAL length size 4.
    pub avcc: Vec<u8>,
}

/// What the encoder says about an audio track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioConfig {
    /// Hertz; also the track's timescale.
    pub sample_rate: u32,
    pub channels: u16,
    /// AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1).
    pub asc: Vec<u8>,
}

/// A track's media as read from an init.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    Video(VideoConfig),
    Audio(AudioConfig),
}

/// An init as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Init {
    pub track_id: u32,
    /// Ticks a second.
    pub timescale: u32,
    /// As in `CODECS=` (RFC 6381), e.g. `avc1.640028` or `mp4a.40.2`.
    pub codec: String,
    pub media: Media,
}

/// `ftyp` + `moov` of a video track. Fails when `avcc` is no configuration record.
pub fn write_video_init(config: &VideoConfig) -> Result<Vec<u8>, ReadError> {
    let avcc =
        Avcc::decode_body(&mut config.avcc.as_slice()).map_err(|_| ReadError::Damaged("avcC"))?;
    let codec = Avc1 {
        visual: Visual {
            data_reference_index: 1,
            width: config.width,
            height: config.height,
            ..Default::default()
        },
        avcc,
        btrt: None,
        colr: Some(Colr::Nclx {
            colour_primaries: BT709,
            transfer_characteristics: BT709,
            matrix_coefficients: BT709,
            full_range_flag: false,
        }),
        pasp: None,
        taic: None,
        fiel: None,
        spatial: None,
    };
    let tkhd = Tkhd {
        track_id: VIDEO_TRACK_ID,
        enabled: true,
        in_movie: true,
        width: FixedPoint::from(config.width),
        height: FixedPoint::from(config.height),
        ..Default::default()
    };
    let minf = Minf {
        vmhd: Some(Vmhd::default()),
        ..media_info(codec.into())
    };
    write(tkhd, config.timescale, b"vide", "Aside picture", minf)
}

/// `ftyp` + `moov` of an audio track. Fails when `asc` is empty or the rate does not fit.
pub fn write_audio_init(config: &AudioConfig) -> Result<Vec<u8>, ReadError> {
    if config.asc.is_empty() {
        return Err(ReadError::Missing("AudioSpecificConfig"));
    }
    let rate = u16::try_from(config.sample_rate)
        .map_err(|_| ReadError::Unsupported("a sample rate over 65535 Hz"))?;
    let codec = Mp4a {
        audio: Audio {
            data_reference_index: 1,
            channel_count: config.channels,
            sample_size: 16,
            sample_rate: FixedPoint::from(rate),
        },
        esds: esds::Esds {
            es_desc: esds::EsDescriptor {
                dec_config: esds::DecoderConfig {
                    object_type_indication: OBJECT_TYPE_AUDIO,
                    stream_type: 5,
                    dec_specific: Some(esds::DecoderSpecific {
                        raw: config.asc.clone(),
                        ..Default::default()
                    }),
                    ..Default::default()
                },
                ..Default::default()
            },
        },
        btrt: None,
        taic: None,
    };
    let tkhd = Tkhd {
        track_id: AUDIO_TRACK_ID,
        enabled: true,
        in_movie: true,
        alternate_group: 1,
        volume: FixedPoint::from(1),
        ..Default::default()
    };
    let minf = Minf {
        smhd: Some(Smhd::default()),
        ..media_info(codec.into())
    };
    write(tkhd, config.sample_rate, b"soun", "Aside sound", minf)
}

fn media_info(codec: Codec) -> Minf {
    Minf {
        dinf: Dinf {
            dref: Dref {
                entries: vec![
                    Url {
                        location: String::new(),
                    }
                    .into(),
                ],
            },
        },
        stbl: Stbl {
            stsd: Stsd {
                codecs: vec![codec],
            },
            stco: Some(Stco::default()),
            ..Default::default()
        },
        ..Default::default()
    }
}

fn write(
    tkhd: Tkhd,
    timescale: u32,
    handler: &[u8; 4],
    name: &str,
    minf: Minf,
) -> Result<Vec<u8>, ReadError> {
    let track_id = tkhd.track_id;
    let moov = Moov {
        mvhd: Mvhd {
            timescale: 1000,
            rate: FixedPoint::from(1),
            volume: FixedPoint::from(1),
            next_track_id: track_id + 1,
            ..Default::default()
        },
        mvex: Some(Mvex {
            mehd: None,
            trex: vec![Trex {
                track_id,
                default_sample_description_index: 1,
                ..Default::default()
            }],
        }),
        trak: vec![Trak {
            tkhd,
            mdia: Mdia {
                mdhd: Mdhd {
                    timescale,
                    language: "und".to_owned(),
                    ..Default::default()
                },
                hdlr: Hdlr {
                    handler: FourCC::new(handler),
                    name: name.to_owned(),
                },
                minf,
            },
            ..Default::default()
        }],
        ..Default::default()
    };
    let ftyp = Ftyp {
        major_brand: FourCC::new(b"iso6"),
        minor_version: 0,
        compatible_brands: vec![
            FourCC::new(b"iso6"),
            FourCC::new(b"cmfc"),
            FourCC::new(b"mp41"),
        ],
    };
    let mut out = Vec::with_capacity(1024);
    ftyp.encode(&mut out)
        .map_err(|_| ReadError::Unsupported("these brands"))?;
    moov.encode(&mut out)
        .map_err(|_| ReadError::Unsupported("this configuration"))?;
    Ok(out)
}

/// Reads an init a stranger sent: `ftyp`, `moov`, nothing else; one track of `avc1` or AAC `mp4a`,
/// made for fragments.
pub fn read_init(bytes: &[u8]) -> Result<Init, ReadError> {
    if bytes.len() > MAX_INIT_BYTES {
        return Err(ReadError::OutOfRange {
            what: "the size of the init",
            value: bytes.len() as u64,
            allowed: MAX_INIT_BYTES as u64,
        });
    }
    let (_, moov) = read_boxes(bytes)?;
    let [trak] = moov.trak.as_slice() else {
        return Err(ReadError::OutOfRange {
            what: "the number of tracks",
            value: moov.trak.len() as u64,
            allowed: 1,
        });
    };
    let track_id = trak.tkhd.track_id;
    if !moov
        .mvex
        .is_some_and(|m| m.trex.iter().any(|t| t.track_id == track_id))
    {
        return Err(ReadError::Missing(
            "mvex/trex: the track is not made for fragments",
        ));
    }
    let timescale = trak.mdia.mdhd.timescale;
    if !(1_000..=1_000_000).contains(&timescale) {
        return Err(ReadError::OutOfRange {
            what: "the timescale",
            value: timescale.into(),
            allowed: 1_000_000,
        });
    }
    let [codec] = trak.mdia.minf.stbl.stsd.codecs.as_slice() else {
        return Err(ReadError::Missing("exactly one sample description"));
    };
    let (codec, media) = match codec {
        Codec::Avc1(avc1) => read_video(avc1, timescale)?,
        Codec::Mp4a(mp4a) => read_audio(mp4a, timescale)?,
        _ => {
            return Err(ReadError::Unsupported(
                "any codec but H.264 (avc1) and AAC (mp4a)",
            ));
        }
    };
    Ok(Init {
        track_id,
        timescale,
        codec,
        media,
    })
}

/// `ftyp`, `moov`, nothing else.
pub(super) fn read_boxes(bytes: &[u8]) -> Result<(Ftyp, Moov), ReadError> {
    let mut buf = bytes;
    let ftyp: Ftyp = read_box(&mut buf, "ftyp")?;
    let moov: Moov = read_box(&mut buf, "moov")?;
    if !buf.is_empty() {
        return Err(ReadError::Unexpected {
            expected: "the end",
            found: "more boxes".to_owned(),
        });
    }
    Ok((ftyp, moov))
}

fn read_box<T: mp4_atom::Atom>(buf: &mut &[u8], name: &'static str) -> Result<T, ReadError> {
    let header = Header::decode(buf).map_err(|_| ReadError::Missing(name))?;
    if header.kind != T::KIND {
        return Err(ReadError::Unexpected {
            expected: name,
            found: header.kind.to_string(),
        });
    }
    T::decode_atom(&header, buf).map_err(|_| ReadError::Damaged(name))
}

fn read_video(avc1: &Avc1, timescale: u32) -> Result<(String, Media), ReadError> {
    let (width, height) = (avc1.visual.width, avc1.visual.height);
    check_size(width.into(), height.into())?;
    let c = &avc1.avcc;
    if c.length_size != 4 {
        return Err(ReadError::Unsupported("a NAL length size other than 4"));
    }
    if c.sequence_parameter_sets.is_empty() || c.picture_parameter_sets.is_empty() {
        return Err(ReadError::Missing("SPS or PPS in avcC"));
    }
    let codec = format!(
        "avc1.{:02x}{:02x}{:02x}",
        c.avc_profile_indication, c.profile_compatibility, c.avc_level_indication
    );
    let mut avcc = Vec::new();
    c.encode_body(&mut avcc)
        .map_err(|_| ReadError::Damaged("avcC"))?;
    Ok((
        codec,
        Media::Video(VideoConfig {
            width,
            height,
            timescale,
            avcc,
        }),
    ))
}

fn read_audio(mp4a: &Mp4a, timescale: u32) -> Result<(String, Media), ReadError> {
    let config = &mp4a.esds.es_desc.dec_config;
    if config.object_type_indication != OBJECT_TYPE_AUDIO {
        return Err(ReadError::Unsupported("mp4a other than MPEG-4 audio"));
    }
    let specific = config
        .dec_specific
        .as_ref()
        .ok_or(ReadError::Missing("AudioSpecificConfig"))?;
    if specific.profile != 2 {
        return Err(ReadError::Unsupported("AAC other than LC"));
    }
    let sample_rate = u32::from(mp4a.audio.sample_rate.integer());
    if sample_rate != timescale {
        return Err(ReadError::Unsupported(
            "sound whose timescale is not its sample rate",
        ));
    }
    let channels = mp4a.audio.channel_count;
    if !(1..=2).contains(&channels) {
        return Err(ReadError::OutOfRange {
            what: "the number of channels",
            value: channels.into(),
            allowed: 2,
        });
    }
    let audio = AudioConfig {
        sample_rate,
        channels,
        asc: specific.raw.clone(),
    };
    Ok((format!("mp4a.40.{}", specific.profile), Media::Audio(audio)))
}
