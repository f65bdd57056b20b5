//! The server's objects are deleted in the middle of a take: the recorder still has them in its spool, and the end is
//! a whole recording.

use std::path::Path;

use anyhow::{Result, ensure};
use harness::program::output;
use harness::setup::{SCREEN, SYNTHETIC, check_whole, parts};
use harness::{TestSetup, picture};

fn objects(folder: &Path) -> Result<usize> {
    let mut found = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found += usize::from(path.extension().is_some_and(|e| e == "m4s"));
            }
        }
    }
    Ok(found)
}

/// Records, deletes all objects half way, and expects a whole recording. With `restart` the server is killed first,
/// and refuses to start again until an operator says that the objects are lost.
async fn deleted_half_way(restart: bool) -> Result<()> {
    let mut setup = TestSetup::new().await?;
    let mut recorder = setup.home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    recorder
        .until("parts on the server", |r| parts(r, "received").len() >= 10)
        .await?;
    let folder = setup.server.data().join("objects");
    if restart {
        setup.server.kill().await?;
        std::fs::remove_dir_all(&folder)?;
        ensure!(
            setup.server.start_again().await.is_err(),
            "the server must not take an empty folder for its own"
        );
        output(&mut setup.server.verb(&["pair", "--yes"])?).await?;
        setup.server.start_again().await?;
    } else {
        std::fs::remove_dir_all(&folder)?;
    }
    let so_far = parts(&recorder, "received").len();
    recorder
        .until("the upload going on", |r| {
            parts(r, "received").len() >= so_far + 6
        })
        .await?;
    recorder.stop()?;
    recorder.finished().await?;

    let viewer = setup.viewer(&link);
    let watch = viewer.watch().await?;
    ensure!(watch["state"] == "finished", "{watch}");
    let id = watch["id"].as_str().unwrap_or_default();
    let status = setup.owner.upload_status(id).await?;
    let held: u32 = status
        .received
        .iter()
        .flat_map(|t| &t.ranges)
        .map(|r| r.last - r.first + 1)
        .sum();
    let files = objects(&folder)?;
    ensure!(
        files == usize::try_from(held)?,
        "{held} parts have rows, {files} have objects"
    );
    viewer.play_with_ffmpeg().await?;
    check_whole(
        &picture::decode(&viewer.load("video").await?.path, SCREEN).await?,
        &recorder,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_whose_objects_were_deleted_half_way_ends_with_every_part() -> Result<()> {
    deleted_half_way(false).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_whose_objects_were_deleted_while_the_server_was_down_ends_with_every_part()
-> Result<()> {
    deleted_half_way(true).await
}
