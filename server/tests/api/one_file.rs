//! What a recording is made into, with real pictures and sound: the MP4 over its parts, clips, previews, steps. Looked at by FFmpeg's own
//! programs, as a stranger to the code would.

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::upload::{FinishRecording, FinishTrack};
use aside_server::domain::preview::Preview;
use aside_server::jobs::worker::Worker;
use aside_server::jobs::{ModelState, Tools};
use aside_server::media::work_file::WorkFiles;
use aside_server::objects::ObjectKey;
use aside_server::service::preview::{Filled, fill};
use aside_server::service::recordings::empty_trash;
use aside_server::store::{StoreError, Tx, previews, sprites};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::frames::material::{Encoded, Yuv, pictures, sound};
use crate::take::{Take, begin_with, member};

/// Luma of what is shown in each second.
const SHADES: [u8; 4] = [60, 200, 120, 32];

/// Four seconds of one shade each, ten pictures a second, a whole picture at the beginning and after two seconds.
fn shades() -> Encoded {
    let paint: [fn(u32, u32) -> [u8; 3]; 4] = [
        |_, _| [60, 128, 128],
        |_, _| [200, 128, 128],
        |_, _| [120, 128, 128],
        |_, _| [32, 128, 128],
    ];
    let all: Vec<Yuv> = paint
        .iter()
        .flat_map(|pixel| {
            (0..10).map(|_| Yuv {
                width: 320,
                height: 240,
                pixel: *pixel,
            })
        })
        .collect();
    pictures(&all, &[20])
}

pub(crate) async fn recorded(app: &TestApp, name: &str) -> Take {
    let tracks = [
        (TrackName::Video, shades()),
        (TrackName::Audio, sound(&[0.0; 64_000], 23)),
    ];
    let inits = tracks.clone().map(|(name, encoded)| (name, encoded.init));
    let take = begin_with(app, member(app, name).await, &inits).await;
    let mut made = Vec::new();
    for (name, encoded) in tracks {
        for (part, n) in encoded.parts.iter().zip(0..) {
            take.put(name, n, part.clone()).await.expect(201);
        }
        made.push(FinishTrack {
            name,
            parts: encoded.parts.iter().map(|it| Sha256::of(it)).collect(),
            inits: Vec::new(),
        });
    }
    let finish = serde_json::to_value(FinishRecording { tracks: made }).unwrap();
    let path = format!("/api/recordings/{}/finish", take.id);
    take.owner.post(&path, &finish).await.expect(200);
    take
}

/// As if a worker had made them.
pub(crate) async fn give_preview(app: &TestApp, take: &Take, bytes: &'static [u8]) {
    let key = ObjectKey::Preview {
        recording: take.id,
        sha256: Sha256::of(bytes),
    };
    let put = app.app.objects.put(&key, Bytes::from_static(bytes));
    put.await.unwrap();
    let preview = Preview {
        key: key.to_string(),
        size: bytes.len() as u64,
        start_ms: 0,
        width: 320,
        height: 240,
    };
    let write = async |tx: &mut Tx| previews::set(tx, take.id, &preview).await;
    app.app.store.write(write).await.unwrap();
}

/// Lets a worker do what is due within a minute.
async fn work(app: &TestApp) {
    let files = WorkFiles::within(app.folder().to_owned()).keeping(0);
    let tools = Tools::with(ModelState::Missing).working_in(files);
    app.clock.advance(Duration::from_secs(60));
    let worker = Worker::new(app.app.resources.clone(), tools);
    worker.run_until_idle().await.unwrap();
}

fn on_disk(bytes: &[u8], ending: &str) -> NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(ending).tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// What a program says of a file; it must say nothing on stderr.
fn said(program: &str, before: &[&str], file: &NamedTempFile, after: &[&str]) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(["-v", "error"]).args(before);
    if program == "ffmpeg" {
        command.arg("-i");
    }
    let out = command.arg(file.path()).args(after).output().unwrap();
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.success() && errors.is_empty(),
        "{program}: {errors}"
    );
    out.stdout
}

/// How many pictures and frames of sound a file has when all of it is decoded, and its length in seconds.
fn probed(file: &NamedTempFile) -> (Vec<(String, u64)>, f64) {
    let asked = "stream=codec_name,nb_read_frames:format=duration";
    let how = ["-count_frames", "-show_entries", asked, "-of", "json"];
    let json: Value = serde_json::from_slice(&said("ffprobe", &how, file, &[])).unwrap();
    let streams = json["streams"].as_array().unwrap().iter().map(|it| {
        let frames = it["nb_read_frames"].as_str().unwrap_or("0").parse();
        (
            it["codec_name"].as_str().unwrap().to_owned(),
            frames.unwrap(),
        )
    });
    let length = json["format"]["duration"].as_str().unwrap().parse();
    (streams.collect(), length.unwrap())
}

/// Luma of the picture that a player shows when it jumps there.
fn luma_at(file: &NamedTempFile, seconds: &str) -> u8 {
    let after = [
        "-frames:v",
        "1",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-",
    ];
    let bytes = said("ffmpeg", &["-ss", seconds], file, &after);
    assert!(!bytes.is_empty(), "a picture at {seconds}");
    bytes[0]
}

fn near(value: u8, wanted: u8) -> bool {
    value.abs_diff(wanted) <= 6
}

async fn address(take: &Take, who: &Client) -> String {
    let watch = take.watch(who).await;
    watch["download"]["url"].as_str().unwrap().to_owned()
}

#[both]
async fn a_recording_without_a_face_is_downloaded_over_its_parts_and_plays_whole(app: TestApp) {
    let take = recorded(&app, "Sam").await;
    let anyone = app.anonymous();
    let asked = anyone.post(&take.api("/download"), &json!({})).await;
    asked.expect(200);
    work(&app).await;
    let held = app.app.store.download(take.id).await.unwrap().file.unwrap();
    let key = ObjectKey::from_path(&held.key).unwrap();
    assert!(
        matches!(key, ObjectKey::DownloadIndex { .. }),
        "no copy: {key}"
    );
    let tables = app.app.objects.get(&key).await.unwrap().len() as u64;
    assert!(tables < 8 * 1024 && tables < held.size, "{tables} bytes");

    let url = address(&take, &anyone).await;
    let whole = anyone.get(&url).await.expect(200);
    assert_eq!(whole.body.len() as u64, held.size);
    let place = |name: &[u8]| whole.body.windows(4).position(|it| it == name).unwrap();
    assert!(place(b"moov") < place(b"mdat"), "moov stands in front");
    let file = on_disk(&whole.body, ".mp4");
    let (streams, length) = probed(&file);
    let frames = |codec: &str| streams.iter().find(|it| it.0 == codec).unwrap().1;
    assert_eq!(frames("h264"), 40);
    assert!((180..=190).contains(&frames("aac")), "{streams:?}");
    assert!((length - 4.0).abs() < 0.1, "{length} s");
    said("ffmpeg", &[], &file, &["-f", "null", "-"]);
    for (n, shade) in SHADES.into_iter().enumerate() {
        let found = luma_at(&file, &format!("{n}.55"));
        assert!(near(found, shade), "second {n}: {found}, not {shade}");
    }

    let head = Request::head(&url).header("host", "aside.test");
    let head = anyone
        .request(head.body(Body::empty()).unwrap())
        .await
        .expect(200);
    assert_eq!(head.header("content-length"), held.size.to_string());
    assert_eq!(head.header("etag"), whole.header("etag"));
    assert!(head.body.is_empty());
    let (size, parts) = (
        whole.body.len(),
        whole.body.len() - 40_000.min(whole.body.len()),
    );
    for (first, last) in [
        (0, 0),
        (0, 100),
        (place(b"mdat") - 3, place(b"mdat") + 400),
        (parts, size - 1),
        (size / 2, size / 2 + 5000),
        (size - 1, size - 1),
    ] {
        let last = last.min(size - 1);
        let range = format!("bytes={first}-{last}");
        let part = anyone
            .clone()
            .with("range", &range)
            .get(&url)
            .await
            .expect(206);
        assert!(part.body == whole.body[first..=last], "{range}");
        let told = format!("bytes {first}-{last}/{size}");
        assert_eq!(part.header("content-range"), told);
    }
    let other = anyone
        .clone()
        .with("range", "bytes=0-4")
        .with("if-range", "\"x\"");
    assert_eq!(other.get(&url).await.expect(200).body.len(), size);
    let outside = format!("bytes={size}-");
    let outside = anyone.clone().with("range", &outside).get(&url).await;
    outside.expect_problem(ProblemCode::RangeNotSatisfiable);
    let again = anyone.clone().with("if-none-match", whole.header("etag"));
    again.get(&url).await.expect(304);
    let watch = take.watch(&take.owner).await;
    assert_eq!(
        watch["views"]["count"], 0,
        "whoever downloads has not watched"
    );
}

#[tokio::test]
async fn a_file_whose_first_part_was_lost_is_refused_and_not_broken_off() {
    let app = TestApp::sqlite().await;
    let take = recorded(&app, "Sam").await;
    let anyone = app.anonymous();
    anyone
        .post(&take.api("/download"), &json!({}))
        .await
        .expect(200);
    work(&app).await;
    let url = address(&take, &anyone).await;
    let parts = app
        .app
        .store
        .stored_parts(take.id, TrackName::Video, 0, 0)
        .await;
    let key = ObjectKey::Part {
        recording: take.id,
        track: TrackName::Video,
        number: 0,
        sha256: parts.unwrap()[0].sha256,
    };
    app.app.objects.delete(&key).await.unwrap();
    anyone.get(&url).await.expect_problem(ProblemCode::PartLost);
    let within = anyone.clone().with("range", "bytes=0-99");
    within.get(&url).await.expect(206);
}

#[both]
async fn a_file_that_lost_a_part_is_made_anew_without_it_when_somebody_asks_again(app: TestApp) {
    let take = recorded(&app, "Sam").await;
    let anyone = app.anonymous();
    let asks = async || {
        let asked = anyone.post(&take.api("/download"), &json!({})).await;
        asked.expect(200);
        work(&app).await;
        app.app.store.download(take.id).await.unwrap().file.unwrap()
    };
    let before = asks().await;
    let (id, video) = (take.id, TrackName::Video);
    let parts = app.app.store.stored_parts(id, video, 0, 999).await.unwrap();
    let middle = parts[parts.len() / 2];
    let key = ObjectKey::Part {
        recording: id,
        track: video,
        number: middle.number,
        sha256: middle.sha256,
    };
    // Cut off: it is there, but not what the row says.
    let cut = Bytes::from_static(b"cut off");
    app.app.objects.put(&key, cut).await.unwrap();
    let url = address(&take, &anyone).await;
    anyone.get(&url).await.expect_problem(ProblemCode::PartLost);
    app.app.losses.compare_now(id).await;

    let after = asks().await;
    assert!(after.size < before.size, "{after:?}, {before:?}");
    let url = address(&take, &anyone).await;
    let whole = anyone.get(&url).await.expect(200);
    assert_eq!(whole.body.len() as u64, after.size);
    assert_eq!(asks().await, after, "it is not made again and again");
}

/// The part in the middle of a recording's pictures, by its number, and its object.
async fn middle_part(app: &TestApp, take: &Take) -> (u32, ObjectKey) {
    let (recording, track) = (take.id, TrackName::Video);
    let parts = app.app.store.stored_parts(recording, track, 0, 999).await;
    let parts = parts.unwrap();
    let middle = parts[parts.len() / 2];
    let key = ObjectKey::Part {
        recording,
        track,
        number: middle.number,
        sha256: middle.sha256,
    };
    (middle.number, key)
}

#[both]
async fn what_was_made_without_a_part_is_made_anew_when_it_is_sent_again(app: TestApp) {
    let take = recorded(&app, "Sam").await;
    let anyone = app.anonymous();
    let (id, store) = (take.id, &app.app.store);
    let (number, key) = middle_part(&app, &take).await;
    let part = app.app.objects.get(&key).await.unwrap();
    app.app.objects.delete(&key).await.unwrap();
    app.app.losses.compare_now(id).await;
    let asked = anyone.post(&take.api("/download"), &json!({})).await;
    asked.expect(200);
    work(&app).await;
    let lacking = store.download(id).await.unwrap().file.unwrap();
    let small = store.sprite(id).await.unwrap().unwrap();

    take.put(TrackName::Video, number, part.clone())
        .await
        .expect(201);
    let waits = take.watch(&anyone).await;
    assert_eq!(waits["download"]["state"], "waiting");
    work(&app).await;
    let whole = store.download(id).await.unwrap().file.unwrap();
    assert!(
        whole.size >= lacking.size + part.len() as u64,
        "{whole:?}, {lacking:?}"
    );
    let url = address(&take, &anyone).await;
    let body = anyone.get(&url).await.expect(200).body;
    assert_eq!(body.len() as u64, whole.size);
    assert!(body.windows(part.len()).any(|it| it == &part[..]));
    for (n, shade) in SHADES.into_iter().enumerate() {
        let found = luma_at(&on_disk(&body, ".mp4"), &format!("{n}.55"));
        assert!(near(found, shade), "second {n}: {found}, not {shade}");
    }
    let again = store.sprite(id).await.unwrap().unwrap();
    assert_ne!(again.key, small.key, "the small pictures show it");

    take.put(TrackName::Video, number, part).await.expect(200);
    let state = take.watch(&anyone).await["download"]["state"].clone();
    assert_eq!(state, "ready", "a part that was there makes nothing anew");
}

#[tokio::test]
async fn what_was_made_without_a_part_is_made_anew_when_its_object_is_put_back() {
    let app = TestApp::sqlite().await;
    let take = recorded(&app, "Sam").await;
    let (id, store) = (take.id, &app.app.store);
    let (_, key) = middle_part(&app, &take).await;
    let part = app.app.objects.get(&key).await.unwrap();
    app.app.objects.delete(&key).await.unwrap();
    app.app.losses.compare_now(id).await;
    let asked = take.owner.post(&take.api("/download"), &json!({})).await;
    asked.expect(200);
    work(&app).await;
    let lacking = store.download(id).await.unwrap().file.unwrap();

    app.app.objects.put(&key, part).await.unwrap();
    app.app.losses.compare_now(id).await;
    work(&app).await;
    let whole = store.download(id).await.unwrap().file.unwrap();
    assert!(whole.size > lacking.size, "{whole:?}, {lacking:?}");
}

#[tokio::test]
async fn a_range_is_saved_as_a_clip_and_as_a_gif_by_whoever_may_download() {
    let app = TestApp::sqlite().await;
    let app = app.decoding_by(env!("CARGO_BIN_EXE_aside-server"));
    let take = recorded(&app, "Sam").await;
    let anyone = app.anonymous();
    let clip = take.api("/clip.mp4?from=1500&until=3500");
    let answer = anyone.get(&clip).await.expect(200);
    assert_eq!(answer.header("content-type"), "video/mp4");
    let named = answer.header("content-disposition");
    assert!(named.contains("Bug%20in%20login%200m01s.mp4"), "{named}");
    let file = on_disk(&answer.body, ".mp4");
    let (streams, length) = probed(&file);
    assert_eq!(streams.len(), 2, "{streams:?}");
    assert!((length - 2.0).abs() < 0.1, "{length} s");
    for (at, shade) in [("0", SHADES[1]), ("1.0", SHADES[2]), ("1.8", SHADES[3])] {
        let found = luma_at(&file, at);
        assert!(near(found, shade), "at {at}: {found}, not {shade}");
    }

    let renamed = json!({ "title": "Another title" });
    let path = format!("/api/recordings/{}", take.id);
    take.owner.patch(&path, &renamed).await.expect(200);
    let renamed = anyone.get(&clip).await.expect(200);
    let named = renamed.header("etag") != answer.header("etag");
    assert!(named, "the title stands in the file");

    let gif = take.api("/clip.gif?from=500&until=2500&width=160");
    let answer = anyone.get(&gif).await.expect(200);
    assert_eq!(answer.header("content-type"), "image/gif");
    let file = on_disk(&answer.body, ".gif");
    let (streams, length) = probed(&file);
    assert_eq!(streams[0].0, "gif");
    assert!((length - 2.0).abs() < 0.15, "{length} s");
    assert!(
        (3..=20).contains(&streams[0].1),
        "where nothing changes no picture is added: {streams:?}"
    );
    let size = u16::from_le_bytes([answer.body[6], answer.body[7]]);
    assert_eq!(size, 160);

    for bad in [
        "from=0&until=0",
        "from=0&until=60001",
        "from=0&until=9&width=1",
        "from=9000&until=9500",
    ] {
        anyone
            .get(&take.api(&format!("/clip.mp4?{bad}")))
            .await
            .expect(422);
    }
    anyone
        .get(&take.api("/clip.gif?from=0&until=15001"))
        .await
        .expect(422);
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    let closed = json!({ "download": false });
    take.owner.patch(&sharing, &closed).await.expect(200);
    anyone.get(&clip).await.expect(403);
    take.owner.get(&clip).await.expect(200);
}

#[both]
async fn lively_seconds_go_with_the_right_to_watch_and_with_the_recording(app: TestApp) {
    let take = recorded(&app, "Sam").await;
    let anyone = app.anonymous();
    let (path, page) = (take.api("/preview.mp4"), format!("/w/{}", take.slug));
    anyone.get(&path).await.expect(404);
    assert!(
        !anyone
            .get(&page)
            .await
            .expect(200)
            .text()
            .contains("preview.mp4")
    );
    work(&app).await;
    let whole = anyone.get(&path).await.expect(200);
    assert_eq!(whole.header("content-type"), "video/mp4");
    let (streams, length) = probed(&on_disk(&whole.body, ".mp4"));
    assert_eq!(streams.len(), 1, "it is silent: {streams:?}");
    assert!((length - 3.0).abs() < 0.1, "{length} s");
    let part = anyone
        .clone()
        .with("range", "bytes=4-7")
        .get(&path)
        .await
        .expect(206);
    assert_eq!(part.body, b"ftyp"[..]);
    let html = anyone.get(&page).await.expect(200).text();
    let tag = format!("property=\"og:video\" content=\"http://aside.test{path}\"");
    assert!(html.contains(&tag), "{html}");

    let preview = app.app.store.preview(take.id).await.unwrap().unwrap();
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    let closed = json!({ "audience": "owner" });
    take.owner.patch(&sharing, &closed).await.expect(200);
    anyone.get(&path).await.expect(404);
    assert!(!anyone.get(&page).await.text().contains("preview.mp4"));
    take.owner.get(&path).await.expect(200);
    take.trash().await;
    app.clock.advance(Duration::from_secs(60 * 24 * 3600));
    empty_trash(&app.app, 10).await.unwrap();
    assert_eq!(app.app.store.preview(take.id).await.unwrap(), None);
    let tombstone = app.app.store.has_tombstone(&preview.key).await.unwrap();
    assert!(tombstone, "it goes with its recording");
}

#[both]
async fn what_older_recordings_lack_is_asked_for_at_a_pace(app: TestApp) {
    let (old, new) = (recorded(&app, "Sam").await, recorded(&app, "Ana").await);
    work(&app).await;
    let nothing = fill(&app.app, Duration::from_secs(1)).await.unwrap();
    assert_eq!(nothing, Filled::default(), "both have everything");
    // As if it had been made before there were any.
    let id = old.id;
    let sprite = app.app.store.sprite(id).await.unwrap().unwrap();
    let forget = async |tx: &mut Tx| -> Result<(), StoreError> {
        previews::forget(tx, id).await?;
        sprites::forget(tx, id).await
    };
    app.app.store.write(forget).await.unwrap();
    let pace = Duration::from_secs(600);
    let found = fill(&app.app, pace).await.unwrap();
    assert_eq!((found.sprites, found.previews), (1, 1));
    // The second of both is ten minutes away.
    work(&app).await;
    assert_eq!(app.app.store.sprite(id).await.unwrap(), Some(sprite));
    assert_eq!(app.app.store.preview(id).await.unwrap(), None);
    app.clock.advance(pace);
    work(&app).await;
    assert!(app.app.store.preview(id).await.unwrap().is_some());
    let other = app.app.store.preview(new.id).await.unwrap();
    assert!(other.is_some(), "the other one was left alone");
}

#[tokio::test]
async fn steps_are_a_page_that_needs_nothing_else_with_the_rights_of_whoever_asks() {
    let app = TestApp::sqlite().await;
    let app = app.decoding_by(env!("CARGO_BIN_EXE_aside-server"));
    let take = recorded(&app, "Sam").await;
    for (at, title) in [(0, "Open <it>"), (2000, "Close it")] {
        let mark = json!({ "at_ms": at, "title": title });
        take.owner
            .post(&take.api("/marks"), &mark)
            .await
            .expect(201);
    }
    let anyone = app.anonymous();
    // A page without some of its pictures would be saved as if it were whole.
    let (there, often) = ("198.51.100.7", anyone.clone().at("198.51.100.7"));
    while app.app.limits.frame(there.parse().unwrap()).is_ok() {}
    let refused = often.get(&take.api("/steps.html")).await;
    refused.expect_problem(ProblemCode::TooManyRequests);
    let page = anyone.get(&take.api("/steps.html")).await.expect(200);
    let policy = page.header("content-security-policy").to_owned();
    assert!(
        policy.contains("default-src 'none'; img-src data:; style-src 'sha256-"),
        "{policy}"
    );
    let html = page.text();
    assert_eq!(html.matches("src=\"data:image/jpeg;base64,/9j/").count(), 2);
    assert!(html.contains("<span>Open &lt;it&gt;</span>") && html.contains("?t=2\">0:02</a>"));
    assert!(!html.contains("<script") && !html.contains("src=\"http"));
    let text = anyone.get(&take.api("/steps.md")).await.expect(200).text();
    assert!(text.contains("## 2. Close it"), "{text}");
    assert!(text.contains("/frames/2000.jpg?width=1280"), "{text}");
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    let closed = json!({ "audience": "owner" });
    take.owner.patch(&sharing, &closed).await.expect(200);
    anyone.get(&take.api("/steps.html")).await.expect(404);
    take.owner.get(&take.api("/steps.html")).await.expect(200);
}
