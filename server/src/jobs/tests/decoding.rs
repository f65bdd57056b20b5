use aside_protocol::cmaf::{Sample, read_init, write_part};
use aside_protocol::recording::Kind;
use bytes::Bytes;

use super::material::{Encoded, sound, sound_init, sound_parts, wav};
use crate::media::{Block, MediaError, PictureDecoder, SpeechDecoder};

fn decode(track: &Encoded, from: usize) -> Vec<Block> {
    let mut decoder = SpeechDecoder::new(&read_init(&track.init).unwrap()).unwrap();
    let mut blocks = Vec::new();
    for part in &track.parts[from..] {
        blocks.extend(decoder.decode(part).unwrap().1);
    }
    blocks.extend(decoder.finish().unwrap());
    let mut joined: Vec<Block> = Vec::new();
    for block in blocks {
        match joined.last_mut() {
            Some(last) if last.at + last.samples.len() as u64 == block.at => {
                last.samples.extend(block.samples);
            }
            _ => joined.push(block),
        }
    }
    joined
}

/// Where the sound begins, and the sound; fails where there is a hole.
#[track_caller]
fn whole(blocks: &[Block]) -> (u64, &[f32]) {
    let [block] = blocks else {
        panic!("{} pieces", blocks.len())
    };
    (block.at, &block.samples)
}

/// By how many samples `b` lies behind `a`, where they are most alike.
fn lag(a: &[f32], b: &[f32]) -> i64 {
    let alike = |lag: i64| -> f64 {
        (200..a.len() - 200)
            .map(|i| {
                let j = usize::try_from(i64::try_from(i).unwrap() + lag).unwrap();
                b.get(j).map_or(0.0, |s| f64::from(a[i]) * f64::from(*s))
            })
            .sum()
    };
    (-150..=150)
        .max_by(|x, y| alike(*x).total_cmp(&alike(*y)))
        .unwrap()
}

#[test]
fn every_sample_stands_where_it_was_recorded() {
    let said = wav("hello.wav");
    let blocks = decode(&sound(&said, 46), 0);
    let (begin, heard) = whole(&blocks);
    assert_eq!(begin, 0);
    assert!(
        heard.len().abs_diff(said.len()) < 400,
        "{} and {}",
        heard.len(),
        said.len()
    );
    assert!(
        lag(&said, heard).abs() <= 1,
        "off by {} samples of 16 kHz",
        lag(&said, heard)
    );
}

#[test]
fn the_samples_of_a_part_do_not_depend_on_where_decoding_began() {
    let track = sound(&wav("hello.wav"), 7);
    let blocks = decode(&track, 0);
    let (_, all) = whole(&blocks);
    for from in 1..6 {
        let blocks = decode(&track, from);
        let (begin, some) = whole(&blocks);
        assert_eq!(begin, (from as u64 * 7 * 1024).div_ceil(3));
        // The first part only primes the decoder, and the resampler is right a little later.
        let skip = 7 * 1024 / 3 + 64;
        let there = &all[usize::try_from(begin).unwrap() + skip..];
        assert!(some[skip..] == *there, "from part {from}");
    }
}

#[test]
fn a_hole_between_parts_stays_a_hole_of_its_length() {
    let track = sound(&wav("hello.wav"), 7);
    let mut parts = track.parts.clone();
    parts.remove(2);
    let blocks = decode(
        &Encoded {
            init: track.init,
            parts,
        },
        0,
    );
    assert_eq!(blocks.len(), 2);
    let ends = blocks[0].at + blocks[0].samples.len() as u64;
    assert!(ends.abs_diff(2 * 7 * 1024 / 3) <= 1 && blocks[1].at.abs_diff(3 * 7 * 1024 / 3) <= 1);
}

#[test]
fn sound_that_says_it_is_short_is_short() {
    let track = sound(&wav("hello.wav"), 1);
    let parsed = aside_protocol::cmaf::read_part(&track.parts[20], Kind::Audio).unwrap();
    let bytes = track.parts[20].slice(parsed.samples[0].offset..);
    // A thousand frames in a thousandth of the time they take.
    let samples: Vec<Sample> = (0..1000)
        .map(|_| Sample {
            duration: 1,
            sync: true,
            data: bytes.clone(),
        })
        .collect();
    let part = write_part(0, 0, Kind::Audio, &samples).unwrap();
    let blocks = decode(
        &Encoded {
            init: sound_init(),
            parts: vec![part],
        },
        0,
    );
    let length: usize = blocks.iter().map(|b| b.samples.len()).sum();
    assert!(length < 400, "{length}");
}

#[test]
fn sound_at_the_end_of_time_is_refused() {
    let mut decoder = SpeechDecoder::new(&read_init(&sound_init()).unwrap()).unwrap();
    let part = &sound_parts(&[Bytes::from_static(b"\x21\x10\x04")], 1, u64::MAX / 2)[0];
    assert!(matches!(decoder.decode(part), Err(MediaError::TooLate(_))));
}

#[test]
fn a_sound_track_is_no_picture_track() {
    let init = read_init(&sound_init()).unwrap();
    assert!(matches!(
        PictureDecoder::new(&init),
        Err(MediaError::WrongTrack("video"))
    ));
}
