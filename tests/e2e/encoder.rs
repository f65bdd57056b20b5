//! The encoder of a take fails in the middle and another one goes on: nothing of the picture is missing, wherever it is seen.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use harness::picture::decode;
use harness::setup::{SCREEN, SYNTHETIC, check_counters, check_whole, parts, spoken};
use harness::viewer::absolute;
use harness::{RecorderProcess, Settings, TestSetup, Viewer};
use serde_json::{Value, json};

/// Fails after ninety pictures, about three seconds.
const FAILING: [&str; 2] = ["--encoder", "synthetic"];

fn args<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SYNTHETIC
        .iter()
        .chain(&FAILING)
        .chain(more)
        .copied()
        .collect()
}

/// The picture's list: from one segment on with the second init, and no break in the timeline.
async fn changes_once(viewer: &Viewer) -> Result<()> {
    let (_, list) = viewer.playlist("video").await?;
    let maps: Vec<&str> = list.segments.iter().map(|s| s.map.as_str()).collect();
    let mut different = maps.clone();
    different.dedup();
    ensure!(
        different == ["video/init.mp4", "video/init-2.mp4"],
        "{maps:?}"
    );
    Ok(())
}

fn was_told(recorder: &RecorderProcess) -> Result<()> {
    let alarms = recorder.seen("alarm");
    let replaced = alarms.iter().filter(|a| a["code"] == "encoder_replaced");
    ensure!(replaced.count() == 1, "{alarms:?}");
    let stopped = recorder.seen("stopped");
    let report = &stopped.last().context("stopped")?["report"];
    ensure!(report["alarms"]["encoder_replaced"] == 1, "{report}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_whose_encoder_fails_has_every_picture_in_the_list_and_in_its_file() -> Result<()> {
    let setup = TestSetup::with(Settings {
        worker: true,
        ..Settings::default()
    })
    .await?;
    let mut recorder = setup.home.record(&args(&["--duration", "6"]))?;
    let link = recorder.link().await?;
    recorder.finished().await?;
    was_told(&recorder)?;
    assert_eq!(
        recorder.seen("uploaded").last().context("uploaded")?["missing"],
        0
    );
    assert!(setup.home.spooled_parts()?.is_empty());

    let viewer = setup.viewer(&link);
    changes_once(&viewer).await?;
    let shown_ms = viewer.watch().await?["duration_ms"]
        .as_u64()
        .context("a length")?;
    let played_ms = viewer.play_with_ffmpeg().await?;
    ensure!(
        played_ms.abs_diff(shown_ms) <= 100,
        "{shown_ms} and {played_ms} ms"
    );
    let url = viewer.master_url().await?;
    let listed = decode(Path::new(&url), SCREEN).await?;
    check_whole(&listed, &recorder)?;
    let encoded = recorder.seen("stopped").last().context("stopped")?["frames_encoded"].clone();
    ensure!(
        listed.len() as u64 == encoded.as_u64().context("a count")?,
        "{} of {encoded}",
        listed.len()
    );

    let ask = format!("/api/watch/{}/download", link.slug);
    setup.owner.post(&ask, &json!({})).await?;
    let ready = viewer
        .watch_until("the file is made", |w| w["download"]["state"] == "ready")
        .await?;
    let url = ready["download"]["url"].as_str().context("an address")?;
    let bytes = viewer.bytes(&absolute(&setup.server.url, url)).await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("recording.mp4");
    std::fs::write(&file, &bytes)?;
    check_whole(&decode(&file, SCREEN).await?, &recorder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_whose_encoder_failed_is_exported_whole() -> Result<()> {
    let setup = TestSetup::new().await?;
    let mut recorder = setup
        .home
        .record(&args(&["--duration", "5", "--offline"]))?;
    recorder.finished().await?;
    was_told(&recorder)?;
    let kept = recorder.seen("kept");
    let id = kept
        .last()
        .and_then(|e| e["id"].as_str())
        .context("an id")?;
    let file = setup.home.path().join("take.mp4");
    let to = file.display().to_string();
    setup.home.run(&["takes", "export", id, &to]).await?;
    check_whole(&decode(&file, SCREEN).await?, &recorder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorder_that_is_killed_behind_the_change_is_finished_with_both_inits() -> Result<()> {
    let setup = TestSetup::new().await?;
    let mut recorder = setup.home.record(&args(&[]))?;
    let link = recorder.link().await?;
    let replaced = |r: &RecorderProcess| {
        let alarms = r.seen("alarm");
        alarms.iter().any(|a| a["code"] == "encoder_replaced")
    };
    recorder.until("another encoder", replaced).await?;
    let before = parts(&recorder, "sealed").len();
    recorder
        .until("parts of it", |r| parts(r, "sealed").len() >= before + 6)
        .await?;
    recorder.kill().await?;
    setup.home.run(&["takes", "resume"]).await?;
    let viewer = setup.viewer(&link);
    assert_eq!(viewer.watch().await?["state"], "finished");
    changes_once(&viewer).await?;
    viewer.play_with_ffmpeg().await?;
    let url = viewer.master_url().await?;
    check_counters(&decode(Path::new(&url), SCREEN).await?)?;
    assert!(setup.home.spooled_parts()?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_in_a_take_whose_encoder_fails_can_be_read_and_it_has_a_poster() -> Result<()>
{
    let setup = TestSetup::with_transcripts().await?;
    let mic = format!("file:{}", spoken("screen.wav").display());
    let screen = ["--screen", "synthetic", "--mic", &mic, "--duration", "11"];
    let args: Vec<&str> = screen.iter().chain(&FAILING).copied().collect();
    let mut recorder = setup.home.record(&args)?;
    let link = recorder.link().await?;
    recorder.finished().await?;
    was_told(&recorder)?;
    let viewer = setup.viewer(&link);
    changes_once(&viewer).await?;
    viewer
        .watch_until("the transcript done", |v| {
            v["transcript"]["state"] == "done"
        })
        .await?;
    let all: Value = serde_json::from_str(&std::fs::read_to_string(spoken("expected.json"))?)?;
    let expected = all["files"].get("screen.wav").or(all.get("screen.wav"));
    let expected = expected.context("expected.json speaks of screen.wav")?;
    assert_eq!(
        viewer.words().await?,
        expected["text"].as_str().context("text")?
    );
    let shown = viewer
        .watch_until("a poster", |v| v["poster_url"].is_string())
        .await?;
    let poster = shown["poster_url"].as_str().context("an address")?;
    let poster = viewer.bytes(&absolute(&setup.server.url, poster)).await?;
    ensure!(poster.starts_with(&[0xff, 0xd8]), "a JPEG");
    Ok(())
}
