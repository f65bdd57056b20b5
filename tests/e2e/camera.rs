//! The camera is a track of its own: uploaded, served and resumed like the others, and in step with the screen.

use anyhow::{Context as _, Result, ensure};
use aside_protocol::recording::TrackName;
use harness::setup::{FACE, FPS, SCREEN, SYNTHETIC, counts, parts};
use harness::{BadNetwork, NetworkFault, TestSetup, picture};

const CAMERA: &[&str] = &["--camera", "synthetic"];

fn with_camera<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [SYNTHETIC, CAMERA, more].concat()
}

/// The counter that stands at the beginning of the take, as each picture says that shows another than the one before it.
fn zeros(frames: &[picture::Frame]) -> Result<Vec<f64>> {
    let read = frames.iter().map(|f| Some((f.at_ms, f.counter?)));
    let read: Option<Vec<(f64, u16)>> = read.collect();
    let read = read.with_context(|| format!("a picture without a readable counter: {frames:?}"))?;
    // The first picture of a camera is shown from zero, whenever it was captured.
    let shown = read.windows(2).filter(|w| w[0].1 != w[1].1);
    Ok(shown
        .map(|w| f64::from(w[1].1) - w[1].0 * FPS / 1000.0)
        .collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn face_and_screen_of_a_served_take_agree_within_one_frame() -> Result<()> {
    let setup = TestSetup::new().await?;
    let mut recorder = setup.home.record(&with_camera(&["--duration", "4"]))?;
    let link = recorder.link().await?;
    let started = recorder.event("started").await?;
    assert_eq!(
        started["tracks"],
        serde_json::json!(["video", "audio", "camera", "events"])
    );
    recorder.finished().await?;
    let viewer = setup.viewer(&link);
    assert_eq!(viewer.watch().await?["state"], "finished");

    let screen = picture::decode(&viewer.load("video").await?.path, SCREEN).await?;
    let loaded = viewer.load("camera").await?;
    ensure!(loaded.playlist.ended, "the camera's playlist is open");
    let face = picture::decode(&loaded.path, FACE).await?;
    assert_eq!(face.first().map(|f| f.at_ms), Some(0.0));
    let (screen, face) = (zeros(&screen)?, zeros(&face)?);
    ensure!(
        face.len() > 10,
        "only {} pictures of the camera",
        face.len()
    );
    for zero in &face {
        let off = screen.iter().map(|s| (s - zero).abs()).fold(0.0, f64::max);
        ensure!(off < 1.0, "{off} frames apart: {screen:?} and {face:?}");
    }
    Ok(())
}

/// What was sealed of the camera before the kill is on the server after the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_recorder_resumes_with_the_parts_of_its_camera() -> Result<()> {
    let mut setup = TestSetup::new().await?;
    let network = BadNetwork::before(&setup.server.address).await?;
    setup.home.talk_to(&network.url);
    let mut recorder = setup.home.record(&with_camera(&[]))?;
    let link = recorder.link().await?;
    let of_camera = |r: &harness::RecorderProcess, state: &str| {
        let all = parts(r, state);
        all.iter().filter(|p| p["track"] == "camera").count()
    };
    recorder
        .until("parts of the camera on the server", |r| {
            of_camera(r, "received") >= 2
        })
        .await?;
    network.set(NetworkFault::Cut);
    let so_far = of_camera(&recorder, "sealed");
    recorder
        .until("parts of the camera only on disk", |r| {
            of_camera(r, "sealed") >= so_far + 3
        })
        .await?;
    recorder.kill().await?;
    let sealed = of_camera(&recorder, "sealed");
    network.set(NetworkFault::None);
    setup.home.run(&["takes", "resume"]).await?;

    let viewer = setup.viewer(&link);
    assert_eq!(viewer.watch().await?["state"], "finished");
    let held = counts(&setup.owner, &viewer).await?;
    let (_, held) = held
        .iter()
        .find(|(name, _)| *name == TrackName::Camera)
        .context("the camera")?;
    ensure!(
        usize::try_from(*held)? >= sealed,
        "{held} of {sealed} parts"
    );
    zeros(&picture::decode(&viewer.load("camera").await?.path, FACE).await?)?;
    assert!(setup.home.spooled_parts()?.is_empty());
    Ok(())
}

/// Without a camera nothing is recorded, and the message says how to go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_is_not_there_is_exit_code_three_with_a_next_step() -> Result<()> {
    let setup = TestSetup::new().await?;
    let missing = [
        "record",
        "--screen",
        "synthetic",
        "--camera",
        "/dev/nothing",
    ];
    let (status, said) = setup.home.refused(&missing).await?;
    assert_eq!(status.code(), Some(3), "{said}");
    ensure!(
        said.contains("aside sources") && said.contains("--camera none"),
        "{said}"
    );
    assert!(setup.home.spooled_parts()?.is_empty());
    Ok(())
}

/// A graph that ends is a camera that is unplugged, and back a second later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_is_unplugged_at_five_seconds_is_told_and_comes_back() -> Result<()> {
    let setup = TestSetup::new().await?;
    let graph = "lavfi:testsrc2=size=640x480:rate=30:duration=5";
    let args = [SYNTHETIC, &["--camera", graph]].concat();
    let mut recorder = setup.home.record(&args)?;
    let link = recorder.link().await?;
    let told = |r: &harness::RecorderProcess, code: &str| {
        r.seen("alarm").iter().any(|a| a["code"] == code)
    };
    recorder
        .until("the camera to be lost", |r| told(r, "camera_lost"))
        .await?;
    recorder
        .until("the camera to be back", |r| told(r, "camera_back"))
        .await?;
    let so_far = parts(&recorder, "received").len();
    recorder
        .until("the take to go on", |r| {
            parts(r, "received").len() >= so_far + 6
        })
        .await?;
    recorder.stop()?;
    recorder.finished().await?;
    let viewer = setup.viewer(&link);
    assert_eq!(viewer.watch().await?["state"], "finished");
    let (face, screen) = (
        viewer.load("camera").await?.playlist.duration(),
        viewer.load("video").await?.playlist.duration(),
    );
    ensure!((face - screen).abs() < 0.1, "{face} s of {screen} s");
    Ok(())
}
