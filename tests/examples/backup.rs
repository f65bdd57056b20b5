//! What a backup costs those who upload: `backup [TAKES] [SECONDS] [ROUNDS]`, 20 takes of 20 seconds, three rounds unless said otherwise.
//! Records one real take and sends it under many names at once, as fast as the server takes it: a round without a backup, one while a
//! backup into a bucket (an S3 server on this machine) is made again and again. `make bench` runs it on the optimised programs
//! (`ASIDE_PROGRAMS`).
#![expect(clippy::disallowed_methods, reason = "it measures real time")]

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use aside_protocol::recording::TrackName;
use harness::take::Take;
use harness::{Api, TestSetup};
use tokio::task::JoinSet;

#[path = "../e2e/cluster/bucket.rs"]
#[expect(dead_code, reason = "the cluster uses more of it")]
mod bucket;

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let takes: u32 = args.next().map_or(Ok(20), |n| n.parse())?;
    let seconds: u32 = args.next().map_or(Ok(20), |n| n.parse())?;
    let rounds: usize = args.next().map_or(Ok(3), |n| n.parse())?;

    let setup = TestSetup::new().await?;
    let (_, viewer) = setup.recorded(seconds).await?;
    let counts = harness::setup::counts(&setup.owner, &viewer).await?;
    let take = Take::load(&viewer, &counts).await?;
    let bucket = bucket::Bucket::start().await?;
    let url = bucket.url().replace("/team?", "/backup?");
    let (mut alone, mut beside, mut backups) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        alone.push(round(&setup, &take, takes).await?);
        let uploads = round(&setup, &take, takes);
        let mut uploads = std::pin::pin!(uploads);
        beside.push(loop {
            let mut verb = setup.server.verb(&["backup", &url])?;
            let mut running = std::pin::pin!(harness::program::output(&mut verb));
            tokio::select! {
                took = &mut uploads => {
                    running.await?;
                    break took?;
                }
                made = &mut running => {
                    made?;
                    backups += 1;
                    // A point is named by its second.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        });
    }
    let (alone, beside) = (middle(&mut alone)?, middle(&mut beside)?);
    #[expect(clippy::print_stdout, reason = "this is what the program is for")]
    {
        println!(
            "takes at once           {takes} (each {seconds} s), {rounds} rounds, {backups} backups ended meanwhile"
        );
        println!("uploads alone           {:.2} s", alone.as_secs_f64());
        println!("uploads beside a backup {:.2} s", beside.as_secs_f64());
        println!(
            "speed beside it         {:.2}   (wanted: at least 0.9)",
            alone.as_secs_f64() / beside.as_secs_f64()
        );
    }
    Ok(())
}

fn middle(times: &mut [Duration]) -> Result<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("no round")
}

/// How long all take from the first part to the last receipt.
async fn round(setup: &TestSetup, take: &Take, takes: u32) -> Result<Duration> {
    let begun = Instant::now();
    let mut uploads = JoinSet::new();
    for _ in 0..takes {
        uploads.spawn(upload(take.renamed()?, setup.owner.clone()));
    }
    while let Some(done) = uploads.join_next().await {
        done??;
    }
    Ok(begun.elapsed())
}

async fn upload(take: Take, api: Api) -> Result<()> {
    take.create(&api).send().await?.error_for_status()?;
    for name in [TrackName::Video, TrackName::Audio] {
        let count = u32::try_from(take.track(name).context("both tracks")?.parts.len())?;
        for number in 0..count {
            let answer = take.put(&api, name, number)?.send().await?;
            ensure!(answer.status() == 201, "{}", answer.text().await?);
        }
    }
    take.finish(&api).send().await?.error_for_status()?;
    Ok(())
}
