//! A real X server and a real sound server: what was on the screen and what was said is what
//! is watched.

use anyhow::{Context as _, Result, ensure};
use harness::painter::{LAYOUT, Painter};
use harness::setup::{parts, spoken};
use harness::{Desktop, RecorderHome, TestSetup, picture};

use crate::microphone::begun;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desktop_and_a_voice_are_recorded_as_they_were() -> Result<()> {
    let setup = TestSetup::with_transcripts().await?;
    let desktop = Desktop::new(1280, 720).await?;
    let _painter = Painter::start(&desktop.display, 10, 20)?;
    let token = setup.owner.token.clone().context("token")?;
    let home = RecorderHome::new(&setup.server.url, &token)?.with_env(desktop.env());
    let mut recorder = home.record(&["--screen", "x11", "--mic", "default"])?;
    let link = recorder.link().await?;
    begun(&mut recorder).await?;
    desktop.speak(&spoken("hello.wav")).await?;
    let so_far = parts(&recorder, "sealed").len();
    recorder
        .until("a second of silence", |r| {
            parts(r, "sealed").len() >= so_far + 4
        })
        .await?;
    recorder.stop()?;
    recorder.finished().await?;

    let viewer = setup.viewer(&link);
    viewer.play_with_ffmpeg().await?;
    let frames = picture::decode(&viewer.load("video").await?.path, LAYOUT).await?;
    let counters: Vec<u16> = frames.iter().filter_map(|f| f.counter).collect();
    ensure!(
        counters.len() * 100 >= frames.len() * 99,
        "{} of {} pictures are readable",
        counters.len(),
        frames.len()
    );
    let steps: Vec<u16> = counters
        .windows(2)
        .map(|w| w[1].wrapping_sub(w[0]))
        .collect();
    ensure!(
        steps.iter().all(|s| *s <= 10),
        "a second without a picture: {counters:?}"
    );
    let missing: u16 = steps.iter().map(|s| s.saturating_sub(1)).sum();
    ensure!(
        usize::from(missing) * 20 <= counters.len(),
        "{missing} steps are in no picture: {counters:?}"
    );
    viewer
        .watch_until("the transcript done", |v| {
            v["transcript"]["state"] == "done"
        })
        .await?;
    assert_eq!(viewer.words().await?, "hello team welcome");
    Ok(())
}

/// Nothing moves: the picture is repeated once a part, and stop does not wait for a change.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_still_screen_costs_a_picture_a_part_and_stops_at_once() -> Result<()> {
    let setup = TestSetup::new().await?;
    let desktop = Desktop::without_microphone(640, 360).await?;
    let token = setup.owner.token.clone().context("token")?;
    let home = RecorderHome::new(&setup.server.url, &token)?.with_env(desktop.env());
    let mut recorder = home.record(&["--screen", "x11", "--mic", "none"])?;
    let link = recorder.link().await?;
    recorder
        .until("some seconds", |r| parts(r, "received").len() >= 5)
        .await?;
    recorder.stop()?;
    recorder.finished().await?;
    let viewer = setup.viewer(&link);
    let ms = viewer.play_with_ffmpeg().await?;
    let stopped = recorder.seen("stopped");
    let encoded = stopped
        .last()
        .and_then(|e| e["frames_encoded"].as_u64())
        .context("frames_encoded")?;
    ensure!(
        encoded <= ms / 1000 * 2 + 4,
        "{encoded} pictures of a still screen in {ms} ms"
    );
    Ok(())
}
