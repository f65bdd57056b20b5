//! A recording as one file: asked for, made by a worker, made again when the layout changes.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::layout::{Corner, Face, FaceSize, Layout, LayoutMoment};
use aside_protocol::recording::TrackName;
use aside_test_macros::both;
use ffmpeg_next as ffmpeg;
use futures_util::TryStreamExt as _;

use super::material::{Encoded, Yuv, pictures, sound};
use super::take::Take;
use crate::domain::access::{self, Change as MayChange, Viewer, allow};
use crate::domain::account::Role;
use crate::domain::download::{Download, DownloadState, KEPT_FOR};
use crate::domain::download_index::DownloadIndex;
use crate::domain::event::Change;
use crate::domain::job::Kind;
use crate::jobs::worker::Worker;
use crate::jobs::{LEASE, ModelState, Tools};
use crate::media::work_file::WorkFiles;
use crate::objects::ObjectKey;
use crate::service::download::{AskError, ask};
use crate::service::download_index::bytes_of;
use crate::service::layout::change;
use crate::store::{Tx, jobs};
use crate::testing::TestApp;

const SCREEN: u8 = 200;
const FACE: u8 = 60;

fn encoded(width: u32, height: u32, pixel: fn(u32, u32) -> [u8; 3]) -> Encoded {
    let picture = || Yuv {
        width,
        height,
        pixel,
    };
    let all: Vec<Yuv> = (0..20).map(|_| picture()).collect();
    pictures(&all, &[10])
}

fn screen() -> (TrackName, Encoded) {
    let encoded = encoded(320, 240, |_, _| [SCREEN, 128, 128]);
    (TrackName::Video, encoded)
}

fn with_camera() -> Vec<(TrackName, Encoded)> {
    let camera = encoded(128, 128, |_, _| [FACE, 128, 128]);
    let silence = sound(&[0.0; 32_000], 23);
    vec![
        screen(),
        (TrackName::Audio, silence),
        (TrackName::Camera, camera),
    ]
}

fn worker(app: &TestApp, reserve: u64) -> Worker {
    let files = WorkFiles::within(app.folder().to_owned()).keeping(reserve);
    let tools = Tools::with(ModelState::Missing).working_in(files);
    Worker::new(app.app.resources.clone(), tools)
}

async fn asked(take: &Take) -> Result<Download, AskError> {
    let seen = take.app.store.recording_seen(take.id, None).await;
    let seen = seen.unwrap().unwrap();
    let allowed = allow::<access::Download>(&Viewer::Anonymous, seen, take.app.now()).unwrap();
    ask(&take.app, &allowed).await
}

async fn lay_out(take: &Take, face: Face) {
    let seen = take.app.store.recording_seen(take.id, None).await;
    let seen = seen.unwrap().unwrap();
    let owner = Viewer::Member {
        id: seen.recording.owner,
        role: Role::Member,
    };
    let allowed = allow::<MayChange>(&owner, seen, take.app.now()).unwrap();
    let layout = Layout::new([LayoutMoment {
        at_ms: 0,
        face,
        corner: Corner::TopLeft,
        size: FaceSize::Large,
    }]);
    change(&take.app, &allowed, None, &layout.unwrap())
        .await
        .unwrap();
}

async fn download(take: &Take) -> Download {
    take.app.store.download(take.id).await.unwrap()
}

/// Luma of the first picture of the file at this place.
async fn luma(take: &Take, x: usize, y: usize) -> u8 {
    let file = download(take).await.file.unwrap();
    let key = ObjectKey::from_path(&file.key).unwrap();
    let mut bytes = take.app.objects.get(&key).await.unwrap().to_vec();
    if matches!(key, ObjectKey::DownloadIndex { .. }) {
        bytes = put_together(take, &key, bytes).await;
    }
    assert_eq!(bytes.len() as u64, file.size);
    let mut on_disk = tempfile::NamedTempFile::new().unwrap();
    on_disk.write_all(&bytes).unwrap();
    let mut input = ffmpeg::format::input(&on_disk.path()).unwrap();
    assert_eq!(input.streams().count(), take.streams());
    let stream = input.streams().best(ffmpeg::media::Type::Video).unwrap();
    let index = stream.index();
    let context = ffmpeg::codec::Context::from_parameters(stream.parameters()).unwrap();
    let mut decoder = context.decoder().video().unwrap();
    let mut frame = ffmpeg::frame::Video::empty();
    for (stream, packet) in input.packets() {
        if stream.index() == index {
            decoder.send_packet(&packet).unwrap();
            if decoder.receive_frame(&mut frame).is_ok() {
                break;
            }
        }
    }
    frame.data(0)[y * frame.stride(0) + x]
}

/// The file that these tables describe.
async fn put_together(take: &Take, key: &ObjectKey, tables: Vec<u8>) -> Vec<u8> {
    let index = DownloadIndex::from_bytes(tables.into()).unwrap();
    let last = index.size() - 1;
    let bytes = bytes_of(&take.app.objects, key, Arc::new(index), 0, last).await;
    let bytes: Vec<_> = bytes.unwrap().try_collect().await.unwrap();
    bytes.concat()
}

fn near(value: u8, expected: u8) -> bool {
    value.abs_diff(expected) <= 6
}

#[both]
async fn a_file_is_composed_when_somebody_asks_and_pages_are_told(app: TestApp) {
    let take = Take::whole(&app.app, with_camera()).await;
    let worker = worker(&app, 0);
    worker.run_until_idle().await.unwrap();
    assert_eq!(
        download(&take).await.state,
        DownloadState::None,
        "nobody has asked"
    );

    assert_eq!(asked(&take).await.unwrap().state, DownloadState::Waiting);
    assert_eq!(asked(&take).await.unwrap().state, DownloadState::Waiting);
    worker.run_until_idle().await.unwrap();
    let made = download(&take).await;
    assert_eq!((made.state, made.percent), (DownloadState::Ready, 100));
    // The face lies in the lower left corner until somebody says something else.
    assert!(near(luma(&take, 7 + 31, 240 - 7 - 31).await, FACE));
    assert!(near(luma(&take, 160, 60).await, SCREEN));
    let told = take.events().await;
    let told = told.iter().filter(|change| **change == Change::Download);
    assert!(told.count() >= 3, "waiting, running, ready");

    assert_eq!(asked(&take).await.unwrap(), made, "it is there");
    worker.run_until_idle().await.unwrap();
    assert_eq!(download(&take).await, made);
}

#[both]
async fn a_file_is_made_again_when_the_layout_changes_and_the_old_one_goes(app: TestApp) {
    let take = Take::whole(&app.app, with_camera()).await;
    let worker = worker(&app, 0);
    asked(&take).await.unwrap();
    worker.run_until_idle().await.unwrap();
    let before = download(&take).await.file.unwrap();

    lay_out(&take, Face::Full).await;
    let waiting = download(&take).await;
    assert_eq!(
        (waiting.state, waiting.file),
        (DownloadState::Waiting, None)
    );
    assert!(take.app.store.has_tombstone(&before.key).await.unwrap());
    app.clock.advance(Duration::from_secs(60));
    worker.run_until_idle().await.unwrap();
    assert!(near(luma(&take, 160, 60).await, FACE));

    // Hidden all the time: the pictures are those of the screen.
    lay_out(&take, Face::Hidden).await;
    app.clock.advance(Duration::from_secs(60));
    worker.run_until_idle().await.unwrap();
    assert!(near(luma(&take, 38, 202).await, SCREEN));
    // And back to what was made first: the same bytes are wanted again.
    let made = download(&take).await.file.unwrap();
    assert!(!take.app.store.has_tombstone(&made.key).await.unwrap());
}

#[both]
async fn a_layout_without_a_file_makes_none(app: TestApp) {
    let take = Take::whole(&app.app, with_camera()).await;
    lay_out(&take, Face::Full).await;
    app.clock.advance(Duration::from_secs(60));
    worker(&app, 0).run_until_idle().await.unwrap();
    assert_eq!(download(&take).await.state, DownloadState::None);
}

#[both]
async fn a_recording_without_a_camera_is_packed_as_it_is(app: TestApp) {
    let take = Take::whole(&app.app, vec![screen()]).await;
    asked(&take).await.unwrap();
    worker(&app, 0).run_until_idle().await.unwrap();
    assert_eq!(download(&take).await.state, DownloadState::Ready);
    assert!(near(luma(&take, 160, 60).await, SCREEN));
}

#[both]
async fn a_file_of_a_take_that_runs_is_refused(app: TestApp) {
    let mut take = Take::new(&app.app, with_camera()).await;
    take.land_all().await;
    let refused = asked(&take).await.unwrap_err();
    assert!(matches!(refused, AskError::NotFinished), "{refused}");
}

#[both]
async fn a_worker_that_was_killed_costs_another_try(app: TestApp) {
    let take = Take::whole(&app.app, with_camera()).await;
    asked(&take).await.unwrap();
    let now = app.app.now();
    let store = &app.app.store;
    let claimed = store
        .write(async |tx: &mut Tx| {
            jobs::claim(tx, Kind::ComposeDownload, "killed", now, LEASE).await
        })
        .await
        .unwrap();
    assert!(claimed.is_some());
    let worker = worker(&app, 0);
    worker.run_until_idle().await.unwrap();
    assert_eq!(download(&take).await.state, DownloadState::Waiting);
    app.clock.advance(LEASE * 2);
    worker.run_until_idle().await.unwrap();
    assert_eq!(download(&take).await.state, DownloadState::Ready);
}

#[both]
async fn without_space_a_file_fails_with_a_reason_and_asking_again_tries_again(app: TestApp) {
    let take = Take::whole(&app.app, with_camera()).await;
    asked(&take).await.unwrap();
    worker(&app, u64::MAX).run_until_idle().await.unwrap();
    let failed = download(&take).await;
    assert_eq!(failed.state, DownloadState::Failed);
    assert!(failed.why.unwrap().contains("no space left"));

    assert_eq!(asked(&take).await.unwrap().state, DownloadState::Waiting);
    worker(&app, 0).run_until_idle().await.unwrap();
    let made = download(&take).await;
    assert_eq!((made.state, made.why), (DownloadState::Ready, None));
}

#[both]
async fn a_file_whose_object_was_lost_is_made_again_when_somebody_asks(app: TestApp) {
    let take = Take::whole(&app.app, vec![screen()]).await;
    let worker = worker(&app, 0);
    asked(&take).await.unwrap();
    worker.run_until_idle().await.unwrap();
    let file = download(&take).await.file.unwrap();
    let key = ObjectKey::from_path(&file.key).unwrap();
    app.app.objects.delete(&key).await.unwrap();
    assert_eq!(asked(&take).await.unwrap().state, DownloadState::Waiting);
    worker.run_until_idle().await.unwrap();
    assert!(near(luma(&take, 160, 60).await, SCREEN));
}

#[both]
async fn a_file_that_nobody_asked_for_in_a_month_goes(app: TestApp) {
    let take = Take::whole(&app.app, vec![screen()]).await;
    asked(&take).await.unwrap();
    worker(&app, 0).run_until_idle().await.unwrap();
    let file = download(&take).await.file.unwrap();
    app.clock.advance(KEPT_FOR + Duration::from_secs(1));
    let forgotten = app.app.store.write(async |tx: &mut Tx| {
        let before = app.app.now().minus(KEPT_FOR);
        crate::service::download::forget_unused(tx, before, 10, app.app.now()).await
    });
    assert_eq!(forgotten.await.unwrap(), 1);
    assert_eq!(download(&take).await.state, DownloadState::None);
    assert!(app.app.store.has_tombstone(&file.key).await.unwrap());
}
