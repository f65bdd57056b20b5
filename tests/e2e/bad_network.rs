//! The line is bad in every way a line can be: the take goes on and nothing is lost.

use std::time::Duration;

use anyhow::{Result, ensure};
use harness::house::{SCREEN, SYNTHETIC, check_whole, parts};
use harness::{BadNetwork, House, Weather, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_network_is_cut_for_a_while() -> Result<()> {
    weathered(Weather::Cut).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_line_goes_silent() -> Result<()> {
    weathered(Weather::HalfOpen).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_server_answers_500_for_a_while() -> Result<()> {
    weathered(Weather::Answers500).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_answers_are_lost() -> Result<()> {
    weathered(Weather::LosesAnswers).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_bodies_stop_half_way() -> Result<()> {
    weathered(Weather::ResetAfter(2_000)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_far_away_server_keeps_in_step() -> Result<()> {
    let mut house = House::new().await?;
    let network = BadNetwork::before(&house.server.address).await?;
    network.set(Weather::Delayed(Duration::from_millis(150)));
    house.home.talk_to(&network.url);
    let (_, viewer) = house.recorded(5).await?;
    assert_eq!(viewer.watch().await?["state"], "finished");
    viewer.play_with_ffmpeg().await?;
    Ok(())
}

/// Bad weather in the middle of a take, with the recorder saying so, then fine weather again.
async fn weathered(weather: Weather) -> Result<()> {
    let mut house = House::new().await?;
    let network = BadNetwork::before(&house.server.address).await?;
    house.home.talk_to(&network.url);
    let mut recorder = house.home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    recorder
        .until("parts on the server", |r| parts(r, "received").len() >= 4)
        .await?;
    network.set(weather);
    recorder
        .until("the trouble told", |r| !r.seen("trouble").is_empty())
        .await?;
    let so_far = parts(&recorder, "sealed").len();
    recorder
        .until("the take going on", |r| {
            parts(r, "sealed").len() >= so_far + 4
        })
        .await?;
    network.set(Weather::Clear);
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
    let viewer = house.viewer(&link);
    assert_eq!(viewer.watch().await?["state"], "finished");
    viewer.play_with_ffmpeg().await?;
    check_whole(
        &picture::decode(&viewer.load("video").await?.path, SCREEN).await?,
        &recorder,
    )
}
