//! What uploads cost the server in memory: `load [TAKES] [SECONDS]`, 50 takes of 20 seconds unless
//! said otherwise. Records one real take, then sends it under many names at once, each at the pace
//! of a recorder, and reads the server's own resident memory before, during and after.
//! `make bench` runs it on the optimised programs (`ASIDE_PROGRAMS`).

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use aside_protocol::recording::TrackName;
use harness::take::Take;
use harness::{Api, TestSetup};
use tokio::task::JoinSet;

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let takes: u32 = args.next().map_or(Ok(50), |n| n.parse())?;
    let seconds: u32 = args.next().map_or(Ok(20), |n| n.parse())?;

    let setup = TestSetup::new().await?;
    let (_, viewer) = setup.recorded(seconds).await?;
    let counts = harness::setup::counts(&setup.owner, &viewer).await?;
    let take = Take::load(&viewer, &counts).await?;
    let bytes: usize = take
        .tracks
        .iter()
        .flat_map(|t| &t.parts)
        .map(bytes::Bytes::len)
        .sum();
    let pid = setup.server.program().pid().as_raw_nonzero().to_string();
    let before = resident_kib(&pid)?;

    let mut uploads = JoinSet::new();
    for _ in 0..takes {
        uploads.spawn(upload(take.renamed()?, setup.owner.clone(), seconds));
    }
    let mut peak = before;
    let mut ticks = tokio::time::interval(Duration::from_millis(250));
    while !uploads.is_empty() {
        tokio::select! {
            done = uploads.join_next() => done.context("not empty")???,
            _ = ticks.tick() => peak = peak.max(resident_kib(&pid)?),
        }
    }
    let after = resident_kib(&pid)?;
    let growth = peak.saturating_sub(before) / u64::from(takes);
    #[expect(clippy::print_stdout, reason = "this is what the program is for")]
    {
        println!(
            "takes at once       {takes} (each {seconds} s, {} KiB, {} parts)",
            bytes / 1024,
            counts.iter().map(|(_, n)| n).sum::<u32>()
        );
        println!("server before       {before} KiB");
        println!("server at its peak  {peak} KiB");
        println!("server after        {after} KiB");
        println!("growth a take       {growth} KiB   (wanted: at most 512)");
    }
    Ok(())
}

/// One take at the pace of a recorder: every second what belongs to that second.
async fn upload(take: Take, api: Api, seconds: u32) -> Result<()> {
    take.create(&api).send().await?.error_for_status()?;
    let mut pace = tokio::time::interval(Duration::from_secs(1));
    for second in 0..seconds {
        pace.tick().await;
        for name in [TrackName::Video, TrackName::Audio] {
            let count = u32::try_from(take.track(name).context("both tracks")?.parts.len())?;
            let until = |s: u32| count * s / seconds;
            for number in until(second)..until(second + 1) {
                let answer = take.put(&api, name, number)?.send().await?;
                ensure!(answer.status() == 201, "{}", answer.text().await?);
            }
        }
    }
    take.finish(&api).send().await?.error_for_status()?;
    Ok(())
}

fn resident_kib(pid: &str) -> Result<u64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid).join("status"))?;
    let line = status
        .lines()
        .find(|l| l.starts_with("VmRSS:"))
        .context("VmRSS")?;
    Ok(line
        .split_whitespace()
        .nth(1)
        .context("a number")?
        .parse()?)
}
