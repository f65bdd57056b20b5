//! A recorder that vanishes leaves no "processing…".

use std::time::Duration;

use anyhow::Result;
use harness::TestSetup;
use harness::setup::{SYNTHETIC, parts};

/// After a minute without a part the take is shown as interrupted and plays to its last part;
/// when the recorder comes back it is finished. (This test waits for that minute.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorder_that_vanishes_leaves_an_interrupted_take_that_plays() -> Result<()> {
    let setup = TestSetup::new().await?;
    let mut recorder = setup.home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    recorder
        .until("parts on the server", |r| parts(r, "received").len() >= 6)
        .await?;
    recorder.kill().await?;
    let viewer = setup.viewer(&link);
    assert_eq!(viewer.watch().await?["state"], "recording", "not yet");
    let patience = Duration::from_secs(90);
    let view = viewer
        .watch_within("the take interrupted", patience, |v| {
            v["state"] == "interrupted"
        })
        .await?;
    assert_eq!(view["live"], false);
    let (_, playlist) = viewer.playlist("video").await?;
    assert!(
        playlist.ended,
        "a player must not wait for what does not come"
    );
    viewer.play_with_ffmpeg().await?;

    setup.home.run(&["takes", "resume"]).await?;
    assert_eq!(viewer.watch().await?["state"], "finished");
    viewer.play_with_ffmpeg().await?;
    Ok(())
}
