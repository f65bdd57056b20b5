//! Repeated pictures that no encoder made: every decoder shows them, and the encoder's next picture fits behind them.

use std::sync::Arc;

use aside_protocol::cmaf::write_video_init;
use aside_protocol::recording::TrackName;
use aside_recorder::compose::{Canvas, Paint as _, Picture, Size};
use aside_recorder::encode::{Content, Encoded, VideoEncoder as _, VideoFormat, X264};
use aside_recorder::segment::{PartRule, PartWriter};

use super::decode;

const STEP: u64 = 3000;

/// Something like text: hard edges everywhere, others for each seed.
fn page(canvas: &mut Canvas, size: Size, seed: u32) -> Arc<Picture> {
    let mut bytes = Vec::new();
    for y in 0..size.height {
        for x in 0..size.width {
            let ink = (x / 3).wrapping_mul(2_654_435_761) ^ (y / 5 + seed).wrapping_mul(40_503);
            bytes.extend([if ink >> 13 & 3 == 0 { 20 } else { 230 }; 4]);
        }
    }
    assert!(canvas.begin(&[size.rect()]));
    canvas.patch(size.rect(), &bytes, size.width as usize * 4);
    canvas.finish().unwrap()
}

fn luma(picture: &Picture) -> Vec<u8> {
    let rows = picture.y().chunks(picture.y_stride());
    rows.take(picture.height())
        .flat_map(|row| row[..picture.width()].to_vec())
        .collect()
}

fn difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: u64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.len() as f64
}

#[test]
fn repeats_show_the_same_picture_and_the_next_one_fits_behind_them() {
    // Also with a last row and column of macroblocks that are not whole.
    for (width, height) in [(320, 240), (326, 250), (1920, 1080)] {
        let size = Size::even(width, height);
        let format = VideoFormat {
            width,
            height,
            fps: 30,
            content: Content::Screen,
        };
        let mut encoder = X264::open(format).unwrap();
        let mut canvas = Canvas::new(size);
        let (mut out, mut shown, mut pts) = (Vec::<Encoded>::new(), Vec::new(), 0);
        // More repeats than `frame_num` can count, a repeat as an IDR that is encoded, one that is sent again, and pictures
        // behind each of them.
        let rounds: [(u32, &[(usize, bool)]); 4] = [
            (1, &[(40, false)]),
            (
                2,
                &[(3, false), (1, true), (5, false), (1, true), (4, false)],
            ),
            (3, &[(1, true)]),
            (4, &[(20, false)]),
        ];
        let mut idrs = vec![0];
        for (seed, repeats) in rounds {
            let picture = page(&mut canvas, size, seed);
            encoder.encode(&picture, pts, pts == 0, &mut out).unwrap();
            shown.push(luma(&picture));
            pts += STEP;
            for (count, idr) in repeats {
                for _ in 0..*count {
                    if *idr {
                        idrs.push(shown.len());
                    }
                    encoder.repeat(&picture, pts, *idr, &mut out).unwrap();
                    shown.push(luma(&picture));
                    pts += STEP;
                }
            }
        }
        encoder.flush(&mut out).unwrap();
        assert_eq!(out.len(), shown.len());
        let made: Vec<usize> = (0..out.len()).filter(|n| out[*n].idr).collect();
        assert_eq!(made, idrs);
        assert!(out[5].data.len() < 120, "{} bytes", out[5].data.len());
        assert_eq!(out[idrs[1]].data, out[idrs[2]].data, "sent again");

        let mut file = write_video_init(encoder.config()).unwrap();
        let mut parts = PartWriter::new(TrackName::Video, PartRule::video());
        out.into_iter().for_each(|e| parts.push(e).unwrap());
        parts.seal_all(pts).unwrap();
        parts
            .take()
            .iter()
            .for_each(|p| file.extend_from_slice(&p.bytes));
        let seen = decode::pictures(&file);
        assert_eq!(seen.len(), shown.len());
        for (n, (seen, wanted)) in seen.iter().zip(&shown).enumerate() {
            let off = difference(&seen.luma, wanted);
            assert!(off < 6.0, "picture {n} of {width}x{height} is off by {off}");
        }
        for n in 1..40 {
            assert_eq!(seen[n].luma, seen[n + 1].luma, "picture {}", n + 1);
        }
    }
}
