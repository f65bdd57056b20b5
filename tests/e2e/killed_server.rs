//! The server is killed in the middle of a take: a receipt is a promise, and the recorder goes on.

use anyhow::{Context as _, Result, ensure};
use harness::setup::{SCREEN, SYNTHETIC, check_whole, part_key, parts};
use harness::{Database, Settings, TestSetup, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_still_has_every_part_it_acknowledged_on_sqlite() -> Result<()> {
    killed_and_started_again(Database::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_still_has_every_part_it_acknowledged_on_postgres() -> Result<()> {
    killed_and_started_again(Database::postgres().await?).await
}

async fn killed_and_started_again(database: Database) -> Result<()> {
    let mut setup = TestSetup::with(Settings {
        database,
        ..Settings::default()
    })
    .await?;
    let mut recorder = setup.home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    let viewer = setup.viewer(&link);
    for round in 1..=3 {
        recorder
            .until("parts on the server", |r| {
                parts(r, "received").len() >= round * 6
            })
            .await?;
        setup.server.kill().await?;
        let acknowledged: Vec<(String, u64)> = parts(&recorder, "received")
            .iter()
            .map(|e| part_key(e))
            .collect::<Result<_>>()?;
        setup.server.start_again().await?;
        let id = viewer.watch().await?["id"]
            .as_str()
            .context("id")?
            .to_owned();
        let status = setup.owner.upload_status(&id).await?;
        for (track, number) in acknowledged {
            let held = status
                .received
                .iter()
                .filter(|t| t.name.as_str() == track)
                .flat_map(|t| &t.ranges);
            let mut held =
                held.filter(|r| (u64::from(r.first)..=u64::from(r.last)).contains(&number));
            ensure!(
                held.next().is_some(),
                "round {round}: {track} {number} was acknowledged and is gone: {status:?}"
            );
        }
    }
    let so_far = parts(&recorder, "received").len();
    recorder
        .until("the upload going on", |r| {
            parts(r, "received").len() >= so_far + 4
        })
        .await?;
    recorder.stop()?;
    recorder.finished().await?;
    assert_eq!(viewer.watch().await?["state"], "finished");
    viewer.play_with_ffmpeg().await?;
    check_whole(
        &picture::decode(&viewer.load("video").await?.path, SCREEN).await?,
        &recorder,
    )
}
