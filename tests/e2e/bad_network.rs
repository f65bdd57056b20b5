//! The line is bad in every way a line can be: the take goes on and nothing is lost.

use std::time::Duration;

use anyhow::{Result, ensure};
use harness::setup::{SCREEN, SYNTHETIC, check_whole, parts};
use harness::{BadNetwork, NetworkFault, RecorderProcess, TestSetup, picture};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_network_is_cut_for_a_while() -> Result<()> {
    weathered(NetworkFault::Cut).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_line_goes_silent() -> Result<()> {
    weathered(NetworkFault::HalfOpen).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_server_answers_500_for_a_while() -> Result<()> {
    weathered(NetworkFault::Answers500).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_answers_are_lost() -> Result<()> {
    weathered(NetworkFault::LosesAnswers).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_bodies_stop_half_way() -> Result<()> {
    weathered(NetworkFault::ResetAfter(2_000)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_far_away_server_keeps_in_step() -> Result<()> {
    let mut setup = TestSetup::new().await?;
    let network = BadNetwork::before(&setup.server.address).await?;
    network.set(NetworkFault::Delayed(Duration::from_millis(150)));
    setup.home.talk_to(&network.url);
    let (_, viewer) = setup.recorded(5).await?;
    assert_eq!(viewer.watch().await?["state"], "finished");
    viewer.play_with_ffmpeg().await?;
    Ok(())
}

/// A network fault in the middle of a take, with the recorder saying so, then none.
async fn weathered(fault: NetworkFault) -> Result<()> {
    let mut setup = TestSetup::new().await?;
    let network = BadNetwork::before(&setup.server.address).await?;
    setup.home.talk_to(&network.url);
    let mut recorder = setup.home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    recorder
        .until("parts on the server", |r| parts(r, "received").len() >= 4)
        .await?;
    network.set(fault);
    recorder
        .until("the trouble told", |r| !r.seen("trouble").is_empty())
        .await?;
    let so_far = parts(&recorder, "sealed").len();
    recorder
        .until("the take going on", |r| {
            parts(r, "sealed").len() >= so_far + 4
        })
        .await?;
    network.set(NetworkFault::None);
    recorder
        .until("the line being back", |r| !r.seen("line_back").is_empty())
        .await?;
    recorder.stop()?;
    recorder.finished().await?;
    let end = recorder.seen("uploaded");
    ensure!(
        end.last().is_some_and(|e| e["missing"] == 0),
        "{:?}",
        recorder.seen("kept")
    );
    let viewer = setup.viewer(&link);
    assert_eq!(viewer.watch().await?["state"], "finished");
    viewer.play_with_ffmpeg().await?;
    check_whole(
        &picture::decode(&viewer.load("video").await?.path, SCREEN).await?,
        &recorder,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_too_slow_lowers_the_quality_and_loses_nothing() -> Result<()> {
    let mut setup = TestSetup::new().await?;
    let network = BadNetwork::before(&setup.server.address).await?;
    setup.home.talk_to(&network.url);
    let mut recorder = setup.home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    recorder
        .until("parts on the server", |r| parts(r, "received").len() >= 12)
        .await?;
    // Less than is made once the first IDR is through, on all of the recorder's connections together: each is slowed down by
    // itself.
    let (mut size, mut length) = (0, 0);
    let video = |part: &&Value| part["track"] == "video" && part["number"] != 0;
    for part in parts(&recorder, "sealed").into_iter().filter(video) {
        size += part["size"].as_u64().unwrap_or(0);
        length += part["duration_ms"].as_u64().unwrap_or(0);
    }
    let rate = u32::try_from(size * 1000 / length.max(1))?;
    network.set(NetworkFault::Throttled(rate / 8));
    recorder
        .until("a lower quality", |r| told(r, "quality_lowered"))
        .await?;
    recorder
        .until("a step in the health", |r| {
            let steps = r.seen("health");
            steps.iter().any(|h| h["quality_step"].as_u64() > Some(0))
        })
        .await?;
    network.set(NetworkFault::None);
    recorder.stop()?;
    recorder.finished().await?;
    let end = recorder.seen("uploaded");
    ensure!(end.last().is_some_and(|e| e["missing"] == 0), "{end:?}");
    let viewer = setup.viewer(&link);
    viewer.play_with_ffmpeg().await?;
    check_whole(
        &picture::decode(&viewer.load("video").await?.path, SCREEN).await?,
        &recorder,
    )
}

fn told(recorder: &RecorderProcess, code: &str) -> bool {
    recorder.seen("alarm").iter().any(|a| a["code"] == code)
}
