use proptest::prelude::*;

use super::super::{
    AudioConfig, Media, VideoConfig, read_init, write_audio_init, write_video_init,
};
use super::*;

fn nal(kind: u8, filler: usize) -> Vec<u8> {
    let mut out = u32::try_from(filler + 1).unwrap().to_be_bytes().to_vec();
    out.push(kind);
    out.extend(std::iter::repeat_n(0xaa, filler));
    out
}

fn picture(idr: bool, filler: usize, duration: u32) -> Sample {
    let mut data = nal(6, 3);
    data.extend(nal(if idr { 5 } else { 1 }, filler));
    Sample {
        duration,
        sync: idr,
        data: data.into(),
    }
}

fn frame(size: usize) -> Sample {
    Sample {
        duration: 1024,
        sync: true,
        data: vec![0x21; size].into(),
    }
}

/// An AVCDecoderConfigurationRecord as libx264 makes one for 1280×720 High@3.1.
fn avcc() -> Vec<u8> {
    let sps = [
        0x67_u8, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01,
    ];
    let pps = [0x68_u8, 0xeb, 0xe3, 0xcb, 0x22, 0xc0];
    let mut out = vec![
        1,
        0x64,
        0x00,
        0x1f,
        0xff,
        0xe1,
        0,
        u8::try_from(sps.len()).unwrap(),
    ];
    out.extend(sps);
    out.extend([1, 0, u8::try_from(pps.len()).unwrap()]);
    out.extend(pps);
    out.extend([0xfd, 0xf8, 0xf8, 0x00]);
    out
}

proptest! {
    #[test]
    fn a_part_is_read_back_as_it_was_written(
        number in 0_u32..1_000_000,
        start in 0_u64..(1 << 40),
        sizes in prop::collection::vec((1_usize..2000, 1_u32..90_000), 1..60),
    ) {
        let samples: Vec<Sample> =
            sizes.iter().enumerate().map(|(i, (size, duration))| picture(i == 0, *size, *duration)).collect();
        let bytes = write_part(number, start, Kind::Video, &samples).unwrap();
        let part = read_part(&bytes, Kind::Video).unwrap();
        prop_assert_eq!(part.info.sequence, number + 1);
        prop_assert_eq!(part.info.start, start);
        prop_assert_eq!(part.info.duration, samples.iter().map(|s| u64::from(s.duration)).sum::<u64>());
        prop_assert!(part.info.independent);
        prop_assert_eq!(part.samples.len(), samples.len());
        for (found, sample) in part.samples.iter().zip(&samples) {
            prop_assert_eq!(&bytes[found.offset..found.offset + found.size], sample.data.as_ref());
            prop_assert_eq!(found.duration, sample.duration);
            prop_assert_eq!(found.sync, sample.sync);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = read_part(&bytes, Kind::Video);
        let _ = read_part(&bytes, Kind::Audio);
        let _ = read_init(&bytes);
    }

    #[test]
    fn no_damage_makes_the_reader_panic_or_point_outside(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = write_part(3, 77, Kind::Audio, &[frame(200), frame(150)]).unwrap().to_vec();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        if let Ok(part) = read_part(&bytes, Kind::Audio) {
            for sample in part.samples {
                prop_assert!(sample.offset + sample.size <= bytes.len());
            }
        }
        let mut init = write_video_init(&VideoConfig { width: 1280, height: 720, timescale: 90_000, avcc: avcc() }).unwrap();
        init.truncate(cut.index(init.len() + 1));
        let _ = read_init(&init);
    }
}

#[test]
fn the_flags_of_a_client_do_not_make_an_idr() {
    let mut lie = picture(false, 40, 3000);
    lie.sync = true;
    let bytes = write_part(0, 0, Kind::Video, &[lie]).unwrap();
    assert!(!read_part(&bytes, Kind::Video).unwrap().info.independent);
}

#[test]
fn bytes_behind_the_part_are_refused() {
    let mut bytes = write_part(0, 0, Kind::Audio, &[frame(9)]).unwrap().to_vec();
    bytes.push(0);
    assert!(matches!(
        read_part(&bytes, Kind::Audio),
        Err(ReadError::Unexpected { .. })
    ));
}

#[test]
fn a_part_cut_short_is_refused() {
    let bytes = write_part(0, 0, Kind::Audio, &[frame(9)]).unwrap();
    for end in 0..bytes.len() {
        assert!(
            read_part(&bytes[..end], Kind::Audio).is_err(),
            "cut at {end}"
        );
    }
}

#[test]
fn two_parts_in_one_body_are_refused() {
    let one = write_part(0, 0, Kind::Audio, &[frame(9)]).unwrap();
    let two = [one.as_ref(), one.as_ref()].concat();
    assert!(read_part(&two, Kind::Audio).is_err());
}

#[test]
fn a_picture_that_is_no_row_of_nal_units_is_refused() {
    let bad = Sample {
        duration: 1,
        sync: true,
        data: Bytes::from_static(&[0, 0, 0, 9, 0x65]),
    };
    let bytes = write_part(0, 0, Kind::Video, &[bad]).unwrap();
    assert!(matches!(
        read_part(&bytes, Kind::Video),
        Err(ReadError::Damaged(_))
    ));
}

#[test]
fn an_empty_part_cannot_be_written() {
    assert_eq!(
        write_part(0, 0, Kind::Video, &[]),
        Err(ReadError::Missing("a sample"))
    );
}

#[test]
fn a_video_init_is_read_back_as_it_was_written() {
    let config = VideoConfig {
        width: 1280,
        height: 720,
        timescale: 90_000,
        avcc: avcc(),
    };
    let init = read_init(&write_video_init(&config).unwrap()).unwrap();
    assert_eq!(init.codec, "avc1.64001f");
    assert_eq!(init.timescale, 90_000);
    assert_eq!(init.media, Media::Video(config));
}

#[test]
fn an_audio_init_is_read_back_as_it_was_written() {
    for (channels, asc) in [(1, vec![0x11, 0x88]), (2, vec![0x11, 0x90])] {
        let config = AudioConfig {
            sample_rate: 48_000,
            channels,
            asc,
        };
        let init = read_init(&write_audio_init(&config).unwrap()).unwrap();
        assert_eq!(init.codec, "mp4a.40.2");
        assert_eq!(init.media, Media::Audio(config));
    }
}
