//! What a mix of requests costs who asks: `mix [CONNECTIONS] [SECONDS] [RATE]`, 200 connections for 20 seconds and 400 requests a second in
//! all unless said otherwise. Nine of ten read (a watch page, a list, a search, in turn), one writes a comment, on a library of 2,000
//! recordings. Each connection sends when its time has come; an answer is late by the time since then, also where the connection was
//! still waiting for the one before. What the asking program takes of the processor is in these times.
//! `make bench` runs it on the optimised programs (`ASIDE_PROGRAMS`).

#![expect(clippy::disallowed_methods, reason = "it measures real time")]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use harness::server::Settings;
use harness::{Api, TestSetup};
use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

const RECORDINGS: u32 = 2_000;
/// Of so many requests one writes.
const ONE_WRITES: u64 = 10;
/// Requests of the first seconds are not counted: connections are opened, caches are filled.
const RUN_UP: Duration = Duration::from_secs(3);
const WANTED_MS: f64 = 20.0;
/// Until then the whole library can be searched for.
const INDEXED: Duration = Duration::from_secs(60);

const KINDS: [&str; 4] = ["watch page", "list", "search", "comment"];

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let connections: u32 = args.next().map_or(Ok(200), |n| n.parse())?;
    let seconds: u32 = args.next().map_or(Ok(20), |n| n.parse())?;
    let rate: u32 = args.next().map_or(Ok(400), |n| n.parse())?;
    let setup = TestSetup::with(Settings {
        worker: true,
        ..Settings::default()
    })
    .await?;
    fill(&setup.server.data().join("aside.sqlite")).await?;
    indexed(&setup.owner).await?;

    let each = Duration::from_secs(1) * connections / rate;
    let begin = Instant::now() + Duration::from_millis(500);
    let end = begin + RUN_UP + Duration::from_secs(seconds.into());
    let mut asking = JoinSet::new();
    for n in 0..connections {
        let api = Api::new(&setup.server.url, setup.owner.token.clone());
        asking.spawn(ask(api, n, begin + each * n / connections, each, end));
    }
    let mut all: [Vec<f64>; KINDS.len()] = Default::default();
    while let Some(asked) = asking.join_next().await {
        for (kind, late, at) in asked?? {
            if at >= begin + RUN_UP {
                all[kind].push(late.as_secs_f64() * 1000.0);
            }
        }
    }
    report(connections, &mut all)
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn report(connections: u32, all: &mut [Vec<f64>; KINDS.len()]) -> Result<()> {
    let load = std::fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default();
    let count: usize = all.iter().map(Vec::len).sum();
    println!("{connections} connections, {count} requests, load {load}");
    let mut whole: Vec<f64> = all.concat();
    for (name, times) in KINDS.iter().zip(all.iter_mut()) {
        println!("{name:<12}{}", percentiles(times));
    }
    println!(
        "{:<12}{} (wanted: p99 {WANTED_MS})",
        "all",
        percentiles(&mut whole)
    );
    Ok(())
}

fn percentiles(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| {
        times
            .get((times.len() * share / 100).min(times.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    };
    format!(
        "p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, last {:.1} ms",
        at(50),
        at(95),
        at(99),
        at(100)
    )
}

/// Requests of one connection, one each `each`, until `end`: which kind, how late its answer was, and when it was due.
async fn ask(
    api: Api,
    connection: u32,
    first: Instant,
    each: Duration,
    end: Instant,
) -> Result<Vec<(usize, Duration, Instant)>> {
    let mut asked = Vec::new();
    let mut due = first;
    // Otherwise all of them would write at the same moment.
    let mut n = u64::from(connection);
    while due < end {
        sleep_until(due).await;
        let slug = format!("{:022}", n * 7919 % u64::from(RECORDINGS) + 1);
        let (kind, request) = match n % ONE_WRITES {
            0 => {
                let said = json!({ "at_ms": 0, "body": format!("number {n} of {connection}") });
                let path = format!("/api/watch/{slug}/comments");
                (3, api.request(Method::POST, &path).json(&said))
            }
            read => {
                let kind = usize::try_from(read % 3)?;
                let path = match kind {
                    0 => format!("/api/watch/{slug}"),
                    1 => "/api/recordings?limit=48".to_owned(),
                    _ => format!("/api/search?q=checkout%20{}", n % 40),
                };
                (kind, api.request(Method::GET, &path))
            }
        };
        let answer = request.send().await?;
        ensure!(answer.status().is_success(), "{}", answer.text().await?);
        answer.bytes().await?;
        asked.push((kind, due.elapsed(), due));
        due += each;
        n += 1;
    }
    Ok(asked)
}

/// Writes the library into the database.
async fn fill(database: &Path) -> Result<()> {
    let sql = format!(
        "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON;
         INSERT INTO recordings (id, slug, owner_id, title, audience, started_at, created_at, last_part_at, finished_at, length_ms)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {RECORDINGS})
         SELECT randomblob(16), printf('%022d', i), (SELECT id FROM users LIMIT 1), 'Checkout ' || (i % 40) || ' of page ' || i, 'link',
         1767225600000000 + i, 1767225600000000 + i, 1767225600000000 + i, 1767225600000000 + i, 60000 FROM n;"
    );
    let mut child = Command::new("sqlite3")
        .arg(database)
        .stdin(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().context("a pipe")?;
    stdin.write_all(sql.as_bytes()).await?;
    drop(stdin);
    ensure!(
        child.wait().await?.success(),
        "sqlite3 could not write the rows"
    );
    Ok(())
}

/// Waits until all of them can be searched for.
async fn indexed(owner: &Api) -> Result<()> {
    let all = async {
        for n in [1, RECORDINGS / 2, RECORDINGS] {
            let path = format!("/api/search?q=page%20{n}");
            loop {
                let found = owner.get(&path).await?;
                if found["items"].as_array().is_some_and(|it| !it.is_empty()) {
                    break;
                }
                sleep(Duration::from_millis(200)).await;
            }
        }
        anyhow::Ok(())
    };
    let indexed = timeout(INDEXED, all).await;
    indexed.context("not all of the library could be searched for in time")?
}
