//! No network at all: record now, upload later.

use anyhow::{Result, ensure};
use harness::setup::{SCREEN, SYNTHETIC, check_counters};
use harness::{BadNetwork, NetworkFault, RecorderHome, TestSetup, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_recorded_offline_is_uploaded_by_takes_resume() -> Result<()> {
    let mut setup = TestSetup::new().await?;
    let network = BadNetwork::before(&setup.server.address).await?;
    network.set(NetworkFault::Cut);
    setup.home.talk_to(&network.url);
    let args: Vec<&str> = SYNTHETIC
        .iter()
        .copied()
        .chain(["--duration", "3", "--offline"])
        .collect();
    let mut recorder = setup.home.record(&args)?;
    let link = recorder.link().await?;
    recorder.finished().await?;
    ensure!(
        recorder
            .seen("kept")
            .last()
            .is_some_and(|e| e["why"] == "offline"),
        "the end says that the take stays here"
    );
    ensure!(
        network.requests().is_empty(),
        "--offline means that nobody is asked: {:?}",
        network.requests()
    );
    ensure!(!setup.home.spooled_parts()?.is_empty());

    network.set(NetworkFault::None);
    setup.home.run(&["takes", "resume"]).await?;
    let viewer = setup.viewer(&link);
    assert_eq!(
        viewer.watch().await?["state"],
        "finished",
        "the link from before is the link"
    );
    viewer.play_with_ffmpeg().await?;
    check_counters(&picture::decode(&viewer.load("video").await?.path, SCREEN).await?)?;
    assert!(setup.home.spooled_parts()?.is_empty());
    Ok(())
}

/// A server that is not there stops nobody from recording, and the take can be had as a file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_without_any_server_is_kept_and_can_be_exported() -> Result<()> {
    let home = RecorderHome::new("http://127.0.0.1:9", "nobody-knows-this-token")?;
    let args: Vec<&str> = SYNTHETIC
        .iter()
        .copied()
        .chain(["--duration", "3", "--offline"])
        .collect();
    let mut recorder = home.record(&args)?;
    recorder.finished().await?;
    let kept = recorder.seen("kept");
    let id = kept
        .last()
        .and_then(|e| e["id"].as_str())
        .unwrap_or_default()
        .to_owned();
    let listed = home.run(&["takes"]).await?;
    ensure!(listed.contains(&id[..8]), "{listed}");
    let file = home.path().join("take.mp4");
    home.run(&["takes", "export", &id, &file.display().to_string()])
        .await?;
    check_counters(&picture::decode(&file, SCREEN).await?)?;
    let heard = harness::sound::Sound::decode(&file).await?;
    ensure!(heard.onsets_ms().len() >= 1);
    home.run(&["takes", "discard", &id, "--yes"]).await?;
    assert!(home.spooled_parts()?.is_empty());
    Ok(())
}
