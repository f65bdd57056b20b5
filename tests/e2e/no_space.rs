//! No space left: on the recorder's disk the take ends cleanly and plays; on the server's the
//! recorder waits, tells, and goes on when there is room.

use anyhow::{Context as _, Result, ensure};
use harness::disk::SmallDisk;
use harness::setup::{SCREEN, SYNTHETIC, check_whole, parts};
use harness::{RecorderHome, Settings, TestSetup, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_spool_ends_the_take_cleanly_and_what_there_is_reaches_the_server() -> Result<()> {
    let setup = TestSetup::new().await?;
    let disk = SmallDisk::new(600).await?;
    let token = setup.owner.token.clone().context("token")?;
    let at = disk.path().display().to_string();
    let home = RecorderHome::new(&setup.server.url, &token)?
        .within(disk.wrapper())
        .with_env(["XDG_DATA_HOME", "XDG_STATE_HOME"].map(|name| (name.to_owned(), at.clone())));
    let mut recorder = home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    let stopping = recorder.event("stopping").await?;
    ensure!(
        stopping["message"]
            .as_str()
            .is_some_and(|m| m.contains("space")),
        "{stopping}"
    );
    recorder.ended().await?;
    let viewer = setup.viewer(&link);
    let view = viewer
        .watch_until("the take finished", |v| v["state"] == "finished")
        .await?;
    ensure!(
        view["duration_ms"].as_u64().is_some_and(|ms| ms > 500),
        "{view}"
    );
    viewer.play_with_ffmpeg().await?;
    check_whole(
        &picture::decode(&viewer.load("video").await?.path, SCREEN).await?,
        &recorder,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_server_answers_507_and_the_recorder_goes_on_when_there_is_room() -> Result<()> {
    let disk = SmallDisk::new(1_500).await?;
    let settings = Settings {
        within: disk.wrapper(),
        data: Some(disk.path().join("data")),
        ..Settings::default()
    };
    let setup = TestSetup::with(settings).await?;
    let mut recorder = setup.home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    recorder
        .until("the trouble told", |r| !r.seen("trouble").is_empty())
        .await?;
    let trouble = recorder
        .seen("trouble")
        .last()
        .map(|e| e["message"].to_string())
        .unwrap_or_default();
    ensure!(trouble.contains("space"), "{trouble}");
    let so_far = parts(&recorder, "sealed").len();
    recorder
        .until("the take going on", |r| {
            parts(r, "sealed").len() >= so_far + 4
        })
        .await?;
    // Watching what is there is none of the full disk's business.
    ensure!(setup.viewer(&link).watch().await?["playback"]["url"].is_string());

    disk.grow(60_000).await?;
    recorder
        .until("the line being back", |r| !r.seen("line_back").is_empty())
        .await?;
    recorder.stop()?;
    recorder.finished().await?;
    let viewer = setup.viewer(&link);
    assert_eq!(viewer.watch().await?["state"], "finished");
    viewer.play_with_ffmpeg().await?;
    check_whole(
        &picture::decode(&viewer.load("video").await?.path, SCREEN).await?,
        &recorder,
    )
}
