use aside_protocol::recording::TrackName;
use ffmpeg_next as ffmpeg;

use super::material::{Encoded, Yuv, pictures};
use super::take::Take;
use crate::domain::event::Change;
use crate::jobs::worker::Worker;
use crate::jobs::{ModelState, Tools};
use crate::objects::ObjectKey;
use crate::testing::TestApp;
use aside_test_macros::both;

pub(super) const BLACK: Paint = |_, _| [16, 128, 128];
/// Pure red, green and blue of BT.709 in stripes, and text-like detail below.
pub(super) const LIVELY: Paint = |x, y| match (y < 240, x * 3 / 640) {
    (true, 0) => [63, 102, 240],
    (true, 1) => [173, 42, 26],
    (true, _) => [32, 240, 118],
    (false, _) if (x / 4 + y / 8) % 3 == 0 => [30, 128, 128],
    (false, _) => [220, 128, 128],
};

/// A colour for every place.
pub(super) type Paint = fn(u32, u32) -> [u8; 3];

fn video(shown: &[(usize, Paint)], idr: &[usize]) -> Vec<(TrackName, Encoded)> {
    let all: Vec<Yuv> = shown
        .iter()
        .flat_map(|(n, pixel)| {
            (0..*n).map(|_| Yuv {
                width: 640,
                height: 480,
                pixel: *pixel,
            })
        })
        .collect();
    vec![(TrackName::Video, pictures(&all, idr))]
}

fn worker(app: &TestApp) -> Worker {
    Worker::new(app.app.resources.clone(), Tools::with(ModelState::Missing))
}

pub(super) async fn poster(take: &Take) -> Option<ffmpeg::frame::Video> {
    let path = take
        .app
        .store
        .recording(take.id)
        .await
        .unwrap()
        .unwrap()
        .poster_key?;
    let jpeg = take
        .app
        .objects
        .get(&ObjectKey::from_path(&path).unwrap())
        .await
        .unwrap();
    Some(decoded(&jpeg))
}

/// The small rendition, which has its limit in bytes.
async fn thumbnail(take: &Take) -> ffmpeg::frame::Video {
    let pictures = take.app.store.pictures(take.id).await.unwrap();
    let path = pictures.thumbnail.expect("a small rendition");
    let key = ObjectKey::from_path(&path).unwrap();
    let jpeg = take.app.objects.get(&key).await.unwrap();
    assert!(jpeg.len() <= 12 * 1024, "{} bytes", jpeg.len());
    decoded(&jpeg)
}

pub(super) fn decoded(jpeg: &[u8]) -> ffmpeg::frame::Video {
    assert_eq!(jpeg[..3], [0xff, 0xd8, 0xff], "a JPEG");
    let codec = ffmpeg::decoder::find_by_name("mjpeg").unwrap();
    let mut decoder = ffmpeg::codec::Context::new_with_codec(codec)
        .decoder()
        .video()
        .unwrap();
    decoder.send_packet(&ffmpeg::Packet::copy(jpeg)).unwrap();
    let mut frame = ffmpeg::frame::Video::empty();
    decoder.receive_frame(&mut frame).unwrap();
    frame
}

/// The colour at a place, by the rules of JPEG (BT.601, full range).
#[expect(clippy::cast_possible_truncation, reason = "clamped to a byte")]
pub(super) fn rgb(frame: &ffmpeg::frame::Video, x: usize, y: usize) -> [i32; 3] {
    assert_eq!(frame.format(), ffmpeg::format::Pixel::YUVJ420P);
    let at = |plane: usize, shift: usize| {
        f64::from(frame.data(plane)[(y >> shift) * frame.stride(plane) + (x >> shift)])
    };
    let (luma, cb, cr) = (at(0, 0), at(1, 1) - 128.0, at(2, 1) - 128.0);
    [
        luma + 1.402 * cr,
        luma - 0.344_136 * cb - 0.714_136 * cr,
        luma + 1.772 * cb,
    ]
    .map(|c| c.round().clamp(0.0, 255.0) as i32)
}

#[both]
async fn the_poster_is_not_the_black_picture_with_which_takes_begin(app: TestApp) {
    // One IDR, black; what there is to see comes between the whole pictures.
    let take = Take::whole(&app.app, video(&[(12, BLACK), (30, LIVELY)], &[])).await;
    worker(&app).run_until_idle().await.unwrap();
    let frame = poster(&take).await.expect("a poster");
    assert_eq!((frame.width(), frame.height()), (640, 480));
    for (x, wanted) in [(100, [255, 0, 0]), (320, [0, 255, 0]), (540, [0, 0, 255])] {
        let found = rgb(&frame, x, 100);
        let off = (0..3).map(|i| (found[i] - wanted[i]).abs()).max().unwrap();
        assert!(off <= 12, "at {x}: {found:?}, not {wanted:?}");
    }
    let small = thumbnail(&take).await;
    // A pattern of lines: at the whole width it does not fit at any quality.
    assert_eq!((small.width(), small.height()), (284, 212));
    let posters = take
        .events()
        .await
        .into_iter()
        .filter(|change| *change == Change::Poster)
        .count();
    assert_eq!(posters, 1);
}

#[tokio::test]
async fn a_running_take_has_its_poster_as_soon_as_there_is_something_to_see() {
    let app = TestApp::sqlite().await;
    let worker = worker(&app);
    let mut take = Take::new(&app.app, video(&[(45, BLACK), (25, LIVELY)], &[60])).await;
    let mut had_one = Vec::new();
    while take.land().await {
        app.clock.advance(std::time::Duration::from_secs(1));
        worker.run_until_idle().await.unwrap();
        had_one.push(poster(&take).await.is_some());
    }
    assert_eq!(
        had_one,
        [false, false, false, false, false, false, true],
        "black for 4.5 s, the next whole picture at 6 s"
    );
    take.finish().await;
    worker.run_until_idle().await.unwrap();
    assert!(take.jobs().await.iter().all(|j| j.state == "done"));
}

#[tokio::test]
async fn a_take_that_is_black_throughout_has_a_black_poster() {
    let app = TestApp::sqlite().await;
    let take = Take::whole(&app.app, video(&[(20, BLACK)], &[])).await;
    worker(&app).run_until_idle().await.unwrap();
    assert!(
        rgb(&poster(&take).await.unwrap(), 10, 10)
            .iter()
            .all(|c| *c < 8)
    );
    let small = thumbnail(&take).await;
    assert_eq!((small.width(), small.height()), (568, 426));
}

#[tokio::test]
async fn pictures_that_cannot_be_decoded_have_no_poster_and_the_job_ends() {
    let app = TestApp::sqlite().await;
    let mut tracks = video(&[(20, LIVELY)], &[]);
    for part in &mut tracks[0].1.parts {
        let mut bytes = part.to_vec();
        // Behind the length and the type of the first NAL unit: slices of noise.
        let begin = bytes.windows(4).position(|w| w == b"mdat").unwrap() + 4 + 6;
        for (i, b) in bytes[begin..].iter_mut().enumerate() {
            if i % 5 != 0 || i < 64 {
                *b = u8::try_from((i * 131 + 17) % 251).unwrap();
            }
        }
        *part = bytes.into();
    }
    let take = Take::new(&app.app, tracks.clone()).await;
    for (n, part) in tracks[0].1.parts.iter().enumerate() {
        if aside_protocol::cmaf::read_part(part, aside_protocol::recording::Kind::Video).is_ok() {
            take.put(TrackName::Video, u32::try_from(n).unwrap(), part.clone())
                .await;
        }
    }
    app.clock.advance(std::time::Duration::from_secs(61));
    worker(&app).run_until_idle().await.unwrap();
    for job in take.jobs().await {
        assert!(job.state == "failed" || job.state == "done", "{job:?}");
    }
}
