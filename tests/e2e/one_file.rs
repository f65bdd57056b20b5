//! A real take with a camera as one file: the worker composes it, and what is seen in it keeps step.

use anyhow::{Context as _, Result, ensure};
use harness::picture::{BLOCKS, Frame, Layout, decode};
use harness::setup::{FPS, SCREEN, SYNTHETIC};
use harness::viewer::absolute;
use harness::{Settings, TestSetup};
use reqwest::Method;
use serde_json::json;

/// From here on the face is shown instead of the screen, in milliseconds.
const FULL_FROM: u32 = 3_000;

/// Where the synthetic camera's counter lies when its square picture fills the height of the screen, 1280×720.
fn face() -> Result<Layout> {
    let block = 36;
    let left = 720 - block * u32::try_from(BLOCKS)?;
    Ok(Layout {
        x: (1280 - 720) / 2 + left / 2,
        y: (720 - block) / 2,
        block,
        flash: (0, 0, 2),
    })
}

/// How far the counter is ahead of the clock of the file, in pictures: the middle of all that can be read.
fn ahead(frames: &[Frame], from: f64, to: f64) -> Result<f64> {
    let inside = frames.iter().filter(|f| (from..to).contains(&f.at_ms));
    let mut all: Vec<f64> = inside
        .filter_map(|f| Some(f64::from(f.counter?) - f.at_ms * FPS / 1000.0))
        .collect();
    ensure!(all.len() >= 20, "only {} counters can be read", all.len());
    all.sort_by(f64::total_cmp);
    Ok(all[all.len() / 2])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn screen_and_face_of_a_take_agree_within_one_picture_in_its_file() -> Result<()> {
    let setup = TestSetup::with(Settings {
        worker: true,
        ..Settings::default()
    })
    .await?;
    let more = ["--camera", "synthetic", "--duration", "6"];
    let args: Vec<&str> = SYNTHETIC.iter().chain(&more).copied().collect();
    let mut recorder = setup.home.record(&args)?;
    let link = recorder.link().await?;
    recorder.finished().await?;
    let viewer = setup.viewer(&link);
    let watch = viewer.watch().await?;
    let tracks = watch["tracks"].as_array().context("tracks")?;
    ensure!(tracks.iter().any(|t| t["name"] == "camera"), "{watch:#}");

    let moment = |at_ms: u32, face: &str| json!({ "at_ms": at_ms, "face": face, "corner": "bottom_left", "size": "medium" });
    let layout = json!({ "moments": [moment(0, "hidden"), moment(FULL_FROM, "full")] });
    let id = watch["id"].as_str().context("an id")?;
    let change = setup
        .owner
        .request(Method::PUT, &format!("/api/recordings/{id}/layout"));
    change.json(&layout).send().await?.error_for_status()?;
    let ask = format!("/api/watch/{}/download", link.slug);
    setup.owner.post(&ask, &json!({})).await?;
    let ready = viewer
        .watch_until("the file is made", |w| w["download"]["state"] == "ready")
        .await?;
    let url = ready["download"]["url"].as_str().context("an address")?;
    let bytes = viewer.bytes(&absolute(&setup.server.url, url)).await?;
    let place = |kind: &[u8]| bytes.windows(4).position(|w| w == kind);
    ensure!(
        place(b"moov") < place(b"mdat"),
        "the index stands behind the media"
    );

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("recording.mp4");
    std::fs::write(&file, &bytes)?;
    let screen = decode(&file, SCREEN).await?;
    let face = decode(&file, face()?).await?;
    let full_from = f64::from(FULL_FROM);
    let screen = ahead(&screen, 0.0, full_from - 50.0)?;
    let face = ahead(&face, full_from, f64::MAX)?;
    ensure!(
        (screen - face).abs() <= 1.0,
        "the screen is {screen:.2} pictures ahead of the file's clock, the face {face:.2}"
    );
    Ok(())
}
