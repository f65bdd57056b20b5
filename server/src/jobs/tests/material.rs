//! Sound and pictures as a recorder would send them.

use aside_protocol::cmaf::{
    AudioConfig, Sample, VideoConfig, write_audio_init, write_part, write_video_init,
};
use aside_protocol::recording::{AUDIO_TIMESCALE, Kind, VIDEO_TIMESCALE};
use bytes::Bytes;
use ffmpeg_next as ffmpeg;
use ffmpeg_next::ChannelLayout;
use ffmpeg_next::format::sample::{Sample as Format, Type};

/// AAC-LC, 48 kHz, mono (ISO/IEC 14496-3 §1.6.2.1).
const ASC_MONO: [u8; 2] = [0x11, 0x88];
const AAC_FRAME: usize = 1024;
const F32: Format = Format::F32(Type::Planar);

/// A track: its init and its parts.
#[derive(Debug, Clone)]
pub(crate) struct Encoded {
    pub(crate) init: Vec<u8>,
    pub(crate) parts: Vec<Bytes>,
}

/// A wav of `tests/media/whisper`: 16 bit, mono, 16 kHz.
pub(crate) fn wav(name: &str) -> Vec<f32> {
    read_wav(&model().with_file_name(name))
}

/// Any wav of that form.
pub(crate) fn read_wav(path: &std::path::Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let data = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    bytes[data..]
        .chunks_exact(2)
        .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32768.0)
        .collect()
}

pub(crate) fn model() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/media/whisper/ggml-fixture-en.bin")
}

/// 16 kHz to 48 kHz.
fn to_48k(sound: &[f32]) -> Vec<f32> {
    let mut swr = ffmpeg::software::resampling::Context::get(
        F32,
        ChannelLayout::MONO,
        16_000,
        F32,
        ChannelLayout::MONO,
        48_000,
    )
    .unwrap();
    let mut input = ffmpeg::frame::Audio::new(F32, sound.len(), ChannelLayout::MONO);
    input.set_rate(16_000);
    input.plane_mut::<f32>(0).copy_from_slice(sound);
    let mut out = ffmpeg::frame::Audio::new(F32, sound.len() * 3 + 4096, ChannelLayout::MONO);
    swr.run(&input, &mut out).unwrap();
    let mut wide = out.plane::<f32>(0).to_vec();
    let mut rest = ffmpeg::frame::Audio::new(F32, 4096, ChannelLayout::MONO);
    swr.flush(&mut rest).unwrap();
    if rest.samples() > 0 {
        wide.extend_from_slice(rest.plane::<f32>(0));
    }
    wide.resize(sound.len() * 3, 0.0);
    wide
}

/// Encodes mono sound of 16 kHz; every part has `frames` AAC frames. Like the recorder, it drops the encoder's run-up.
pub(crate) fn sound(samples: &[f32], frames: usize) -> Encoded {
    ffmpeg::util::log::set_level(ffmpeg::util::log::Level::Quiet);
    let codec = ffmpeg::encoder::find_by_name("aac").unwrap();
    let mut audio = ffmpeg::codec::Context::new_with_codec(codec)
        .encoder()
        .audio()
        .unwrap();
    audio.set_rate(48_000);
    audio.set_time_base((1, 48_000));
    audio.set_format(F32);
    audio.set_channel_layout(ChannelLayout::MONO);
    audio.set_bit_rate(80_000);
    let mut encoder = audio.open().unwrap();
    let mut packets = Vec::new();
    let mut packet = ffmpeg::Packet::empty();
    for (n, chunk) in to_48k(samples).chunks(AAC_FRAME).enumerate() {
        let mut frame = ffmpeg::frame::Audio::new(F32, AAC_FRAME, ChannelLayout::MONO);
        frame.set_rate(48_000);
        frame.set_pts(Some(i64::try_from(n * AAC_FRAME).unwrap()));
        frame.plane_mut::<f32>(0).fill(0.0);
        frame.plane_mut::<f32>(0)[..chunk.len()].copy_from_slice(chunk);
        encoder.send_frame(&frame).unwrap();
        while encoder.receive_packet(&mut packet).is_ok() {
            packets.push(Bytes::copy_from_slice(packet.data().unwrap()));
        }
    }
    encoder.send_eof().unwrap();
    while encoder.receive_packet(&mut packet).is_ok() {
        packets.push(Bytes::copy_from_slice(packet.data().unwrap()));
    }
    packets.remove(0);
    Encoded {
        init: sound_init(),
        parts: sound_parts(&packets, frames, 0),
    }
}

pub(crate) fn sound_init() -> Vec<u8> {
    write_audio_init(&AudioConfig {
        sample_rate: AUDIO_TIMESCALE,
        channels: 1,
        asc: ASC_MONO.to_vec(),
    })
    .unwrap()
}

/// Raw AAC frames as parts of `frames` each, from tick `start` on.
pub(crate) fn sound_parts(packets: &[Bytes], frames: usize, start: u64) -> Vec<Bytes> {
    let parts = packets.chunks(frames).zip(0_u32..).map(|(chunk, n)| {
        let samples: Vec<Sample> = chunk
            .iter()
            .map(|data| Sample {
                duration: 1024,
                sync: true,
                data: data.clone(),
            })
            .collect();
        write_part(
            n,
            start + u64::from(n) * (frames * AAC_FRAME) as u64,
            Kind::Audio,
            &samples,
        )
        .unwrap()
    });
    parts.collect()
}

/// Bytes that look like AAC frames from the outside.
pub(crate) fn garbage(parts: usize) -> Encoded {
    let mut state = 7_u32;
    let mut byte = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let packets: Vec<Bytes> = (0..parts * 40)
        .map(|_| (0..200).map(|_| byte() | 0xe0).collect::<Vec<u8>>().into())
        .collect();
    Encoded {
        init: sound_init(),
        parts: sound_parts(&packets, 40, 0),
    }
}

/// A picture: BT.709 limited range, three planes without padding.
pub(crate) struct Yuv {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixel: fn(u32, u32) -> [u8; 3],
}

/// Encodes pictures at ten a second into parts of ten; an IDR only where `idr` says so (and at the first).
pub(crate) fn pictures(pictures: &[Yuv], idr: &[usize]) -> Encoded {
    encoded(pictures, idr, &[("preset", "ultrafast")], 0)
}

/// The same by an encoder of another profile and entropy coding, from part `first` on.
pub(crate) fn pictures_of_another_encoder(pictures: &[Yuv], first: u32) -> Encoded {
    encoded(
        pictures,
        &[],
        &[("preset", "veryfast"), ("profile", "main")],
        first,
    )
}

fn encoded(pictures: &[Yuv], idr: &[usize], settings: &[(&str, &str)], first: u32) -> Encoded {
    let (width, height) = (pictures[0].width, pictures[0].height);
    ffmpeg::util::log::set_level(ffmpeg::util::log::Level::Quiet);
    let codec = ffmpeg::encoder::find_by_name("libx264").unwrap();
    let mut video = ffmpeg::codec::Context::new_with_codec(codec)
        .encoder()
        .video()
        .unwrap();
    video.set_width(width);
    video.set_height(height);
    video.set_format(ffmpeg::format::Pixel::YUV420P);
    video.set_time_base((1, 10));
    video.set_max_b_frames(0);
    video.set_gop(1000);
    video.set_colorspace(ffmpeg::color::Space::BT709);
    video.set_color_range(ffmpeg::color::Range::MPEG);
    let mut options = ffmpeg::Dictionary::new();
    options.set("tune", "zerolatency");
    options.set("crf", "12");
    options.set("forced-idr", "1");
    for (name, value) in settings {
        options.set(name, value);
    }
    let mut encoder = video.open_with(options).unwrap();
    let mut packet = ffmpeg::Packet::empty();
    let mut samples = Vec::new();
    let (mut sps, mut pps) = (Vec::new(), Vec::new());
    for (n, picture) in pictures.iter().enumerate() {
        let mut frame = ffmpeg::frame::Video::new(ffmpeg::format::Pixel::YUV420P, width, height);
        for plane in 0..3 {
            let shift = u32::from(plane > 0);
            let stride = frame.stride(plane);
            for (y, row) in (0_u32..).zip(frame.data_mut(plane).chunks_mut(stride)) {
                for x in 0..(width >> shift) {
                    row[x as usize] = (picture.pixel)(x << shift, y << shift)[plane];
                }
            }
        }
        frame.set_pts(Some(i64::try_from(n).unwrap()));
        frame.set_kind(if n == 0 || idr.contains(&n) {
            ffmpeg::picture::Type::I
        } else {
            ffmpeg::picture::Type::None
        });
        encoder.send_frame(&frame).unwrap();
        while encoder.receive_packet(&mut packet).is_ok() {
            let mut data = Vec::new();
            for nal in nals(packet.data().unwrap()) {
                match nal[0] & 0x1f {
                    7 => sps = nal.to_vec(),
                    8 => pps = nal.to_vec(),
                    _ => {
                        data.extend_from_slice(&u32::try_from(nal.len()).unwrap().to_be_bytes());
                        data.extend_from_slice(nal);
                    }
                }
            }
            samples.push(Sample {
                duration: VIDEO_TIMESCALE / 10,
                sync: packet.is_key(),
                data: data.into(),
            });
        }
    }
    assert_eq!(samples.len(), pictures.len(), "no picture is held back");
    let mut avcc = vec![1, sps[1], sps[2], sps[3], 0xff, 0xe1];
    avcc.extend_from_slice(&u16::try_from(sps.len()).unwrap().to_be_bytes());
    avcc.extend_from_slice(&sps);
    avcc.push(1);
    avcc.extend_from_slice(&u16::try_from(pps.len()).unwrap().to_be_bytes());
    avcc.extend_from_slice(&pps);
    let (width, height) = (
        u16::try_from(width).unwrap(),
        u16::try_from(height).unwrap(),
    );
    let init = write_video_init(&VideoConfig {
        width,
        height,
        timescale: VIDEO_TIMESCALE,
        avcc,
    })
    .unwrap();
    let parts = samples.chunks(10).zip(first..).map(|(chunk, n)| {
        write_part(
            n,
            u64::from(n) * u64::from(VIDEO_TIMESCALE),
            Kind::Video,
            chunk,
        )
        .unwrap()
    });
    Encoded {
        init,
        parts: parts.collect(),
    }
}

/// The NAL units of an Annex B stream.
fn nals(stream: &[u8]) -> Vec<&[u8]> {
    let mut begins: Vec<usize> = stream
        .windows(3)
        .enumerate()
        .filter(|(_, w)| *w == [0, 0, 1])
        .map(|(i, _)| i + 3)
        .collect();
    begins.push(stream.len() + 3);
    let trim = |nal: &'_ [u8]| nal.iter().rposition(|b| *b != 0).map_or(0, |i| i + 1);
    begins
        .windows(2)
        .map(|w| {
            let nal = &stream[w[0]..w[1] - 3];
            &nal[..trim(nal)]
        })
        .collect()
}
