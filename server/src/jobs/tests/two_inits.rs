//! A recording whose encoder was replaced in the middle: what is made of it reads both halves.

use std::io::Write as _;

use aside_protocol::recording::TrackName;
use aside_test_macros::both;
use ffmpeg_next as ffmpeg;

use super::material::{Yuv, pictures, pictures_of_another_encoder};
use super::pictures::{BLACK, LIVELY, Paint, poster, rgb};
use super::speech::{self, assert_spoken, recorded};
use super::take::Take;
use crate::domain::access::{self, Viewer, allow};
use crate::domain::download::DownloadState;
use crate::domain::transcript::TranscriptState;
use crate::jobs::worker::Worker;
use crate::jobs::{ModelState, Tools};
use crate::media::work_file::WorkFiles;
use crate::objects::ObjectKey;
use crate::service::download::ask;
use crate::testing::TestApp;

/// Pictures of each encoder; ten make a part.
const EACH: usize = 20;

fn shown(pixel: Paint) -> Vec<Yuv> {
    let picture = || Yuv {
        width: 640,
        height: 480,
        pixel,
    };
    (0..EACH).map(|_| picture()).collect()
}

/// A finished take whose pictures are these in its first half, and those of another encoder in its second; spoken: this wav.
async fn take(app: &TestApp, first: Paint, second: Paint, spoken: Option<&str>) -> Take {
    let mut video = pictures(&shown(first), &[]);
    let change = u32::try_from(video.parts.len()).unwrap();
    let other = pictures_of_another_encoder(&shown(second), change);
    assert!(video.init != other.init, "the halves are decoded alike");
    video.parts.extend(other.parts);
    let mut tracks = vec![(TrackName::Video, video)];
    tracks.extend(spoken.into_iter().flat_map(recorded));
    let mut take = Take::new(&app.app, tracks).await;
    take.change_init(TrackName::Video, change, other.init).await;
    take.land_all().await;
    take.finish().await;
    take
}

fn worker(app: &TestApp) -> Worker {
    let files = WorkFiles::within(app.folder().to_owned()).keeping(0);
    let tools = Tools::with(ModelState::Missing).working_in(files);
    Worker::new(app.app.resources.clone(), tools)
}

#[both]
async fn a_poster_is_found_behind_the_change_of_the_encoder(app: TestApp) {
    let take = take(&app, BLACK, LIVELY, None).await;
    worker(&app).run_until_idle().await.unwrap();
    let frame = poster(&take).await.expect("a poster");
    for (x, wanted) in [(100, [255, 0, 0]), (320, [0, 255, 0]), (540, [0, 0, 255])] {
        let found = rgb(&frame, x, 100);
        let off = (0..3).map(|i| (found[i] - wanted[i]).abs()).max().unwrap();
        assert!(off <= 12, "at {x}: {found:?}, not {wanted:?}");
    }
}

/// Luma in the middle of every picture of the file.
async fn middles(take: &Take) -> Vec<u8> {
    let file = take
        .app
        .store
        .download(take.id)
        .await
        .unwrap()
        .file
        .unwrap();
    let key = ObjectKey::from_path(&file.key).unwrap();
    let bytes = take.app.objects.get(&key).await.unwrap();
    let mut on_disk = tempfile::NamedTempFile::new().unwrap();
    on_disk.write_all(&bytes).unwrap();
    let mut input = ffmpeg::format::input(&on_disk.path()).unwrap();
    let stream = input.streams().best(ffmpeg::media::Type::Video).unwrap();
    let index = stream.index();
    let context = ffmpeg::codec::Context::from_parameters(stream.parameters()).unwrap();
    let mut decoder = context.decoder().video().unwrap();
    let mut frame = ffmpeg::frame::Video::empty();
    let mut seen = Vec::new();
    let packets: Vec<ffmpeg::Packet> = input
        .packets()
        .filter(|(stream, _)| stream.index() == index)
        .map(|(_, packet)| packet)
        .collect();
    let mut receive = |decoder: &mut ffmpeg::decoder::Video| {
        while decoder.receive_frame(&mut frame).is_ok() {
            seen.push(frame.data(0)[240 * frame.stride(0) + 320]);
        }
    };
    for packet in &packets {
        decoder.send_packet(packet).unwrap();
        receive(&mut decoder);
    }
    decoder.send_eof().unwrap();
    receive(&mut decoder);
    seen
}

#[both]
async fn one_file_holds_the_pictures_of_both_encoders(app: TestApp) {
    const BRIGHT: Paint = |_, _| [200, 128, 128];
    const DARK: Paint = |_, _| [60, 128, 128];
    let take = take(&app, BRIGHT, DARK, None).await;
    let seen = take.app.store.recording_seen(take.id, None).await;
    let seen = seen.unwrap().unwrap();
    let allowed = allow::<access::Download>(&Viewer::Anonymous, seen, take.app.now()).unwrap();
    ask(&take.app, &allowed).await.unwrap();
    worker(&app).run_until_idle().await.unwrap();
    let made = take.app.store.download(take.id).await.unwrap();
    assert_eq!(made.state, DownloadState::Ready, "{:?}", made.why);
    let seen = middles(&take).await;
    let near = |wanted: u8| move |luma: &&u8| luma.abs_diff(wanted) <= 6;
    assert_eq!(seen.len(), 2 * EACH);
    assert_eq!(
        seen[..EACH].iter().filter(near(200)).count(),
        EACH,
        "{seen:?}"
    );
    assert_eq!(
        seen[EACH..].iter().filter(near(60)).count(),
        EACH,
        "{seen:?}"
    );
}

#[tokio::test]
async fn what_is_said_over_the_change_of_the_encoder_is_transcribed() {
    let app = TestApp::sqlite().await;
    let take = take(&app, BLACK, LIVELY, Some("hello.wav")).await;
    speech::worker(&app).run_until_idle().await.unwrap();
    assert_eq!(take.state().await, TranscriptState::Done);
    assert_spoken("hello.wav", &take.words().await, 0);
    assert!(poster(&take).await.is_some());
}
