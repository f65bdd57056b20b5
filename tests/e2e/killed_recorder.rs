//! The recorder is killed, or its disk is full: what was sealed reaches the server, and no part
//! travels twice.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use aside_protocol::upload::UploadStatus;
use harness::setup::{SCREEN, SYNTHETIC, check_counters, counts, part_key, parts};
use harness::{BadNetwork, NetworkFault, TestSetup, picture};

/// Killed by SIGKILL while the server is out of reach: the next start brings what is missing,
/// only what is missing, and everything that was sealed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_recorder_resumes_with_the_missing_parts_only() -> Result<()> {
    let mut setup = TestSetup::new().await?;
    let network = BadNetwork::before(&setup.server.address).await?;
    setup.home.talk_to(&network.url);
    let mut recorder = setup.home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    recorder
        .until("parts on the server", |r| parts(r, "received").len() >= 6)
        .await?;
    network.set(NetworkFault::Cut);
    let so_far = parts(&recorder, "sealed").len();
    recorder
        .until("parts only on disk", |r| {
            parts(r, "sealed").len() >= so_far + 6
        })
        .await?;
    recorder.kill().await?;
    let sealed: Vec<(String, u64)> = parts(&recorder, "sealed")
        .iter()
        .map(|e| part_key(e))
        .collect::<Result<_>>()?;

    let viewer = setup.viewer(&link);
    let id = viewer.watch().await?["id"]
        .as_str()
        .context("id")?
        .to_owned();
    let before = keys(&setup.owner.upload_status(&id).await?);
    network.set(NetworkFault::None);
    network.forget();
    setup.home.run(&["takes", "resume"]).await?;

    let sent: Vec<(String, u64)> = network
        .requests()
        .iter()
        .filter_map(|r| put_part(r))
        .collect();
    ensure!(
        !sent.is_empty(),
        "the cut came too late: nothing was missing"
    );
    let twice: Vec<_> = sent.iter().filter(|k| before.contains(k)).collect();
    ensure!(
        twice.is_empty(),
        "sent again although the server had them: {twice:?}"
    );
    ensure!(
        sent.len() == sent.iter().collect::<BTreeSet<_>>().len(),
        "sent twice: {sent:?}"
    );

    let after = keys(&setup.owner.upload_status(&id).await?);
    let lost: Vec<_> = sealed.iter().filter(|k| !after.contains(k)).collect();
    ensure!(lost.is_empty(), "sealed, but not on the server: {lost:?}");
    assert_eq!(viewer.watch().await?["state"], "finished");
    viewer.play_with_ffmpeg().await?;
    check_counters(&picture::decode(&viewer.load("video").await?.path, SCREEN).await?)?;
    assert!(setup.home.spooled_parts()?.is_empty());
    Ok(())
}

/// The next recording finishes the killed one without being asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_start_finishes_a_killed_take_unasked() -> Result<()> {
    let setup = TestSetup::new().await?;
    let mut recorder = setup.home.record(SYNTHETIC)?;
    let first = recorder.link().await?;
    recorder
        .until("parts on the server", |r| parts(r, "received").len() >= 4)
        .await?;
    recorder.kill().await?;
    let (_, second) = setup.recorded(3).await?;
    setup
        .viewer(&first)
        .watch_until("the killed take finished", |v| v["state"] == "finished")
        .await?;
    assert_eq!(second.watch().await?["state"], "finished");
    let held: u32 = counts(&setup.owner, &setup.viewer(&first))
        .await?
        .iter()
        .map(|(_, n)| n)
        .sum();
    ensure!(held >= 4);
    Ok(())
}

fn keys(status: &UploadStatus) -> BTreeSet<(String, u64)> {
    let one = |t: &aside_protocol::upload::TrackRanges| {
        let name = t.name.as_str().to_owned();
        let numbers = t.ranges.iter().flat_map(|r| r.first..=r.last);
        numbers
            .map(move |n| (name.clone(), u64::from(n)))
            .collect::<Vec<_>>()
    };
    status.received.iter().flat_map(one).collect()
}

/// `PUT …/tracks/video/parts/7` as track and number.
fn put_part(request: &str) -> Option<(String, u64)> {
    let (_, rest) = request.strip_prefix("PUT ")?.split_once("/tracks/")?;
    let (track, number) = rest.split_once("/parts/")?;
    Some((track.to_owned(), number.parse().ok()?))
}
