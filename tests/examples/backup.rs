//! What a backup costs those who upload: `backup [TAKES] [SECONDS] [ROUNDS]`, 20 takes of 20 seconds, three rounds unless said otherwise.
//! Records one real take and sends it under many names at once, as fast as the server takes it: a round without a backup, one while a
//! backup into a bucket is made again and again. The bucket is an S3 server on a thread of its own, which gets the processor's time that is
//! left and keeps its objects in memory, as it stands for another machine. In the end the newest point is restored, and the hash of every part is compared. `make bench` runs it
//! on the optimised programs (`ASIDE_PROGRAMS`).
#![expect(clippy::disallowed_methods, reason = "it measures real time")]

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use aside_protocol::recording::{Sha256, TrackName};
use harness::take::Take;
use harness::{Api, ServerProcess, Settings, TestSetup};
use tokio::task::JoinSet;

/// The bucket's objects: on the disk of the server, each upload's fsync would wait for what the bucket writes as well.
const MEMORY: &str = "/dev/shm";

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
    let bucket = elsewhere()?;
    let url = bucket.url().replace("/team?", "/backup?");
    let (mut alone, mut beside, mut backups) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        alone.push(round(&setup, &take, takes).await?);
        let uploads = round(&setup, &take, takes);
        let mut uploads = std::pin::pin!(uploads);
        beside.push(loop {
            let mut verb = setup.server.verb(&["backup", &url])?;
            let mut running = std::pin::pin!(verb.output());
            tokio::select! {
                took = &mut uploads => {
                    ensure!(running.await?.status.success(), "a backup failed");
                    break took?;
                }
                made = &mut running => {
                    ensure!(made?.status.success(), "a backup failed");
                    backups += 1;
                    // A point is named by its second.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        });
    }
    // Whatever came last is in it.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let last = setup.server.verb(&["backup", &url])?.output().await?;
    ensure!(last.status.success(), "the last backup failed");
    let restored = restored(&url).await?;
    let sent = 2 * rounds * usize::try_from(takes)? * parts(&take);
    ensure!(restored >= sent, "{restored} parts of {sent} were restored");
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
        println!("restored                {restored} parts, the hash of every one is right");
    }
    Ok(())
}

async fn bucket_in_memory() -> Result<bucket::Bucket> {
    let folder = if Path::new(MEMORY).is_dir() {
        tempfile::tempdir_in(MEMORY)?
    } else {
        #[expect(clippy::print_stdout, reason = "who reads the figures is to know it")]
        {
            println!("there is no {MEMORY}: the bucket is on the disk, and uploads wait for it");
        }
        tempfile::tempdir()?
    };
    bucket::Bucket::start_in(folder).await
}

/// A bucket on a thread of the least priority, for as long as the program runs.
fn elsewhere() -> Result<bucket::Bucket> {
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    std::thread::Builder::new()
        .name("bucket".to_owned())
        .spawn(move || {
            _ = rustix::process::setpriority_process(None, 19);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            match runtime {
                Ok(runtime) => runtime.block_on(async {
                    _ = tell.send(bucket_in_memory().await);
                    std::future::pending::<()>().await;
                }),
                Err(error) => _ = tell.send(Err(error.into())),
            }
        })?;
    told.recv()?
}

fn parts(take: &Take) -> usize {
    take.tracks.iter().map(|track| track.parts.len()).sum()
}

/// Brings the newest point back into another folder; answers how many parts are there, each with the hash that its name says.
async fn restored(url: &str) -> Result<usize> {
    let folder = tempfile::tempdir()?;
    let settings = Settings {
        data: Some(folder.path().join("data")),
        ..Settings::default()
    };
    let mut verb = ServerProcess::verb_with(&settings, &["restore", url])?;
    let done = verb.output().await?;
    let said = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "{said}");
    let mut left = vec![folder.path().join("data/objects/recordings")];
    let mut parts = 0;
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                left.push(path);
                continue;
            }
            let name = path.file_stem().and_then(|it| it.to_str());
            let name = name.context("a name")?;
            let (number, hash) = name.rsplit_once('-').context("a hash in the name")?;
            let bytes = std::fs::read(&path)?;
            let right = Sha256::of(&bytes).to_string() == hash;
            ensure!(right, "{} is damaged", path.display());
            parts += usize::from(number.parse::<u32>().is_ok());
        }
    }
    Ok(parts)
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
