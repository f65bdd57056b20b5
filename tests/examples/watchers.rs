//! What live viewers cost the server: `watchers [VIEWERS] [SECONDS]`, 200 viewers for 30 seconds unless said otherwise.
//!
//! First a real take is uploaded at the pace of a recorder while many viewers follow it as the watch page does, and the
//! processor time of the server is read from the kernel. Then the cost of one playlist reload is measured on a take of a
//! minute and on one of eight hours. `make bench` runs it on the optimised programs (`ASIDE_PROGRAMS`); it also runs
//! against servers without delta updates, whose viewers then ask as the page of that time did.

#![expect(clippy::disallowed_methods, reason = "it measures real time")]

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use aside_protocol::cmaf::{Sample, write_part};
use aside_protocol::id::RecordingId;
use aside_protocol::recording::{Kind, TrackName};
use bytes::Bytes;
use futures_util::StreamExt as _;
use harness::take::Take;
use harness::viewer::absolute;
use harness::{Api, TestSetup};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::Instant as Runtime;

/// Seconds of the take before its viewers come, and until all of them have caught up.
const RUN_UP: u32 = 6;
/// Of the video track, in ticks.
const HALF: u64 = 45_000;
const MINUTE: u32 = 120;
const EIGHT_HOURS: u32 = 57_600;
/// Reloads that are measured for each length.
const RELOADS: u32 = 100;

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let viewers: u64 = args.next().map_or(Ok(200), |n| n.parse())?;
    let seconds: u32 = args.next().map_or(Ok(30), |n| n.parse())?;
    let setup = TestSetup::new().await?;
    let herd = herd(&setup, viewers, seconds).await?;
    let (short, long) = (
        reload(&setup, MINUTE).await?,
        reload(&setup, EIGHT_HOURS).await?,
    );
    #[expect(clippy::print_stdout, reason = "this is what the program is for")]
    {
        println!(
            "{viewers} viewers of one take  {:.1} % of one core, {:.0} requests a second, {} parts seen late or never",
            herd.cpu * 100.0,
            herd.requests,
            herd.missed
        );
        println!("reload after a minute    {short}");
        println!("reload after 8 hours     {long}");
        println!(
            "8 hours to a minute      time {:.2}, bytes {:.2}",
            long.millis / short.millis,
            long.bytes / short.bytes
        );
    }
    Ok(())
}

struct Herd {
    /// Seconds of processor time a second.
    cpu: f64,
    requests: f64,
    missed: u64,
}

async fn herd(setup: &TestSetup, viewers: u64, seconds: u32) -> Result<Herd> {
    let whole = RUN_UP * 2 + seconds;
    let (_, recorded) = setup.recorded(whole).await?;
    let counts = harness::setup::counts(&setup.owner, &recorded).await?;
    let take = Take::load(&recorded, &counts).await?.renamed()?;
    take.create(&setup.owner).send().await?.error_for_status()?;
    let pid = setup.server.program().pid().as_raw_nonzero().to_string();

    let upload = tokio::spawn(upload(take.clone(), setup.owner.clone(), whole));
    tokio::time::sleep(Duration::from_secs(RUN_UP.into())).await;
    let count = Arc::new(AtomicU64::new(0));
    let mut watching = JoinSet::new();
    for _ in 0..viewers {
        watching.spawn(watch(
            setup.server.stranger(),
            take.slug.to_string(),
            Arc::clone(&count),
        ));
    }
    tokio::time::sleep(Duration::from_secs(RUN_UP.into())).await;
    let (cpu, asked, at) = (
        cpu_seconds(&pid)?,
        count.load(Ordering::Relaxed),
        Instant::now(),
    );
    tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    let elapsed = at.elapsed().as_secs_f64();
    let used = cpu_seconds(&pid)? - cpu;
    let requests = count.load(Ordering::Relaxed) - asked;
    upload.await??;
    take.finish(&setup.owner).send().await?.error_for_status()?;
    let parts: u64 = counts.iter().map(|(_, n)| u64::from(*n)).sum();
    let mut missed = 0;
    while let Some(seen) = watching.join_next().await {
        missed += parts.saturating_sub(seen??);
    }
    Ok(Herd {
        cpu: used / elapsed,
        requests: requests as f64 / elapsed,
        missed,
    })
}

/// One take at the pace of a recorder, part by part.
async fn upload(take: Take, api: Api, seconds: u32) -> Result<()> {
    let began = Runtime::now();
    let mut due: Vec<(Duration, TrackName, u32)> = Vec::new();
    for track in &take.tracks {
        let count = u32::try_from(track.parts.len())?;
        let each = Duration::from_secs(seconds.into()) / count.max(1);
        due.extend((0..count).map(|n| (each * (n + 1), track.name, n)));
    }
    due.sort();
    for (at, track, number) in due {
        tokio::time::sleep_until(began + at).await;
        let answer = take.put(&api, track, number)?.send().await?;
        ensure!(answer.status() == 201, "{}", answer.text().await?);
    }
    Ok(())
}

/// Follows a take to its end as the watch page does; answers how many parts it has loaded.
async fn watch(api: Api, slug: String, count: Arc<AtomicU64>) -> Result<u64> {
    let api = Api::new(&api.url, None);
    let view = api.get(&format!("/api/watch/{slug}")).await?;
    let master = absolute(
        &api.url,
        view["playback"]["url"]
            .as_str()
            .context("something to play")?,
    );
    let events = format!("/api/watch/{slug}/events?after={}", view["last_event"]);
    let stream = api.request(reqwest::Method::GET, &events).send().await?;
    let listening = tokio::spawn(async move {
        let mut stream = stream.bytes_stream();
        while stream.next().await.is_some() {}
    });
    let page = Page { api, master, count };
    page.text("master.m3u8").await?;
    let first = List::read(&page.text("video.m3u8").await?.0);
    let loaded = if first.delta {
        let (video, audio) = tokio::join!(page.follow("video"), page.follow("audio"));
        video? + audio?
    } else {
        page.follow_the_picture().await?
    };
    listening.abort();
    Ok(loaded)
}

struct Page {
    api: Api,
    master: String,
    count: Arc<AtomicU64>,
}

/// What a viewer makes of a playlist.
struct List {
    /// The part that comes next: segment and index in it.
    next: (u64, u64),
    /// Number behind the newest part.
    parts: u32,
    delta: bool,
    ended: bool,
}

impl List {
    fn read(text: &str) -> Self {
        let mut list = Self {
            next: (1, 0),
            parts: 0,
            delta: text.contains("CAN-SKIP-UNTIL"),
            ended: text.contains("#EXT-X-ENDLIST"),
        };
        for line in text.lines() {
            if let Some(skipped) = line.strip_prefix("#EXT-X-SKIP:SKIPPED-SEGMENTS=") {
                list.next.0 += skipped.parse::<u64>().unwrap_or(0);
            } else if line.starts_with("#EXT-X-PART:") {
                list.next.1 += 1;
            } else if line.starts_with("#EXTINF") {
                list.next = (list.next.0 + 1, 0);
            }
            let uri = line.split("URI=\"").nth(1).unwrap_or(line);
            let last = uri
                .split(".m4s")
                .next()
                .and_then(|name| name.rsplit('-').next());
            if !line.starts_with("#EXT-X-PRELOAD") && uri.contains(".m4s") {
                list.parts = last
                    .and_then(|n| n.parse().ok())
                    .map_or(list.parts, |n: u32| n + 1);
            }
        }
        list
    }
}

impl Page {
    async fn get(&self, path: &str) -> Result<(Bytes, bool)> {
        self.count.fetch_add(1, Ordering::Relaxed);
        let url = absolute(&self.master, path);
        let answer = self
            .api
            .http
            .get(url)
            .header(ACCEPT_ENCODING, "gzip")
            .send()
            .await?;
        let answer = answer.error_for_status()?;
        let gzip = answer
            .headers()
            .get(CONTENT_ENCODING)
            .is_some_and(|v| v == "gzip");
        Ok((answer.bytes().await?, gzip))
    }

    /// The text, and how many bytes it came in.
    async fn text(&self, path: &str) -> Result<(String, usize)> {
        let (bytes, gzip) = self.get(path).await?;
        let mut text = String::new();
        if gzip {
            flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text)?;
        } else {
            text = String::from_utf8(bytes.to_vec())?;
        }
        Ok((text, bytes.len()))
    }

    async fn list(&self, path: &str) -> Result<List> {
        Ok(List::read(&self.text(path).await?.0))
    }

    async fn load(&self, track: &str, from: u32, to: u32) -> Result<u64> {
        for number in from..to {
            self.get(&format!("{track}/{number}-{number}.m4s")).await?;
        }
        Ok(u64::from(to.saturating_sub(from)))
    }

    /// Today's page: each track waits for its own next part.
    async fn follow(&self, track: &str) -> Result<u64> {
        let mut list = self.list(&format!("{track}.m3u8")).await?;
        let mut loaded = u64::from(list.parts);
        while !list.ended {
            let (msn, part) = list.next;
            let query = format!("{track}.m3u8?_HLS_msn={msn}&_HLS_part={part}&_HLS_skip=YES");
            let before = list.parts;
            list = self.list(&query).await?;
            loaded += self.load(track, before, list.parts).await?;
        }
        Ok(loaded)
    }

    /// The page before delta updates: the picture waits, the sound is read after it.
    async fn follow_the_picture(&self) -> Result<u64> {
        let mut video = self.list("video.m3u8").await?;
        let mut audio = self.list("audio.m3u8").await?;
        let mut loaded = u64::from(video.parts + audio.parts);
        while !(video.ended && audio.ended) {
            let before = (video.parts, audio.parts);
            if !video.ended {
                let (msn, part) = video.next;
                video = self
                    .list(&format!("video.m3u8?_HLS_msn={msn}&_HLS_part={part}"))
                    .await?;
            }
            audio = self
                .list(&format!("audio.m3u8?_HLS_msn={}&_HLS_part=0", audio.next.0))
                .await?;
            loaded += self.load("video", before.0, video.parts).await?;
            loaded += self.load("audio", before.1, audio.parts).await?;
        }
        Ok(loaded)
    }
}

/// What one reload costs, on average.
struct Reload {
    /// Processor time of the server.
    millis: f64,
    bytes: f64,
}

impl std::fmt::Display for Reload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.2} ms of the server's processor time, {:.0} bytes",
            self.millis, self.bytes
        )
    }
}

/// A running take of `parts` half seconds of picture, and one more before each reload.
async fn reload(setup: &TestSetup, parts: u32) -> Result<Reload> {
    let (_, recorded) = setup.recorded(2).await?;
    let counts: HashMap<_, _> = harness::setup::counts(&setup.owner, &recorded)
        .await?
        .into_iter()
        .collect();
    let video = counts
        .get(&TrackName::Video)
        .map(|n| (TrackName::Video, *n))
        .context("a picture")?;
    let take = Take::load(&recorded, &[video]).await?;
    take.create(&setup.owner).send().await?.error_for_status()?;
    fill(&setup.server.data().join("aside.sqlite"), take.id, parts).await?;
    let api = setup.server.stranger();
    // The first part of the rows has no object: nobody asks for it.
    let id = take.id.to_string();
    let send = async |number: u32| -> Result<()> {
        let sample = Sample {
            duration: u32::try_from(HALF)?,
            sync: number.is_multiple_of(12),
            data: Bytes::from_static(&[0, 0, 0, 1, 0x65]),
        };
        let body = write_part(number, u64::from(number) * HALF, Kind::Video, &[sample])?;
        let answer = setup
            .owner
            .put_part(&id, "video", number, &body)
            .send()
            .await?;
        ensure!(answer.status() == 201, "{}", answer.text().await?);
        Ok(())
    };
    send(parts).await?;
    let view = api.get(&format!("/api/watch/{}", take.slug)).await?;
    let master = absolute(
        &api.url,
        view["playback"]["url"]
            .as_str()
            .context("something to play")?,
    );
    let page = Page {
        api,
        master,
        count: Arc::default(),
    };
    let mut list = page.list("video.m3u8").await?;
    let pid = setup.server.program().pid().as_raw_nonzero().to_string();
    let (mut spent, mut bytes) = (0.0, 0);
    for number in parts + 1..=parts + RELOADS {
        send(number).await?;
        let (msn, part) = list.next;
        let skip = if list.delta { "&_HLS_skip=YES" } else { "" };
        let before = cpu_seconds(&pid)?;
        let (text, size) = page
            .text(&format!("video.m3u8?_HLS_msn={msn}&_HLS_part={part}{skip}"))
            .await?;
        spent += cpu_seconds(&pid)? - before;
        bytes += size;
        list = List::read(&text);
        ensure!(list.parts == number + 1, "the newest part is listed");
    }
    Ok(Reload {
        millis: spent * 1000.0 / f64::from(RELOADS),
        bytes: bytes as f64 / f64::from(RELOADS),
    })
}

/// Writes rows of parts 0 to `parts` − 1 into the database: as many real uploads would take an hour.
async fn fill(database: &PathBuf, id: RecordingId, parts: u32) -> Result<()> {
    let key = id.0.simple();
    let sql = format!(
        "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON;
         INSERT INTO parts (recording_id, track, number, start, duration, independent, size, sha256, created_at)
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {parts})
         SELECT x'{key}', 'video', i, i * {HALF}, {HALF}, i % 12 = 0, 5000, randomblob(32), 0 FROM n;"
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

/// Processor time that the threads of a process have used. Exact to the microsecond, unlike the ticks of `stat`; threads
/// that have ended are not in it, and a server that is under load ends none.
fn cpu_seconds(pid: &str) -> Result<f64> {
    let mut nanos = 0;
    for thread in std::fs::read_dir(Path::new("/proc").join(pid).join("task"))? {
        let used = std::fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        let used = used
            .split_whitespace()
            .next()
            .map_or(Ok(0), str::parse::<u64>);
        nanos += used.context("schedstat")?;
    }
    Ok(Duration::from_nanos(nanos).as_secs_f64())
}
