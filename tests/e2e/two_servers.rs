//! Two servers and two workers on one PostgreSQL and one bucket behind nginx: what one takes in the other shows, and one
//! that is killed costs nobody anything.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join;
use harness::setup::{SCREEN, SYNTHETIC, check_whole, parts};
use harness::viewer::absolute;
use harness::{Api, RecorderHome, TIMEOUT, Viewer, eventually, picture};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::cluster::Cluster;

fn home(url: &str, owner: &Api) -> Result<RecorderHome> {
    RecorderHome::new(url, owner.token.as_deref().context("a token")?)
}

/// A take goes to the first server; each part is asked for on both, as live players do, and the difference is printed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_takes_in_the_other_shows_live() -> Result<()> {
    const PARTS: usize = 24;
    let cluster = Cluster::start(&[]).await?;
    let owner = cluster.person("sam@example.org").await?;
    let (first, second) = (&cluster.servers[0], &cluster.servers[1]);
    let home = home(&first.url, &owner)?;
    let mut recorder = home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    let here = Viewer::new(first.stranger(), &link.slug);
    let there = Viewer::new(second.stranger(), &link.slug);

    here.first_picture().await?;
    there.first_picture().await?;
    let (url_here, mut list) = here.playlist("video").await?;
    let (url_there, _) = there.playlist("video").await?;
    let mut later = Vec::new();
    while later.len() < PARTS {
        let next = list.next();
        let arrived = async |viewer: &Viewer, url: &str| {
            let list = viewer.reload(url, next).await?;
            #[expect(
                clippy::disallowed_methods,
                reason = "a measurement, printed and not judged"
            )]
            anyhow::Ok((list, Instant::now()))
        };
        let ((list_here, at_here), (list_there, at_there)) =
            try_join(arrived(&here, &url_here), arrived(&there, &url_there)).await?;
        ensure!(list_here.next() > next && list_there.next() > next);
        later.push(millis(at_here, at_there));
        list = list_here;
    }
    later.sort_by(f64::total_cmp);
    println!(
        "a part is listed on the other server {:.0} ms after the first (median of {PARTS}; least {:.0}, most {:.0})",
        later[PARTS / 2],
        later[0],
        later[PARTS - 1]
    );

    comments_both_ways(&here, &there, &link.slug).await?;
    recorder.stop()?;
    recorder.finished().await?;
    there
        .watch_until("the end of the take", |view| view["state"] == "finished")
        .await?;
    let viewer = Viewer::new(cluster.stranger(), &link.slug);
    check_whole(
        &picture::decode(&viewer.load("video").await?.path, SCREEN).await?,
        &recorder,
    )?;
    viewer.load("audio").await?;
    Ok(())
}

/// How much later `b` is than `a`, in milliseconds.
fn millis(a: Instant, b: Instant) -> f64 {
    let span = |d: Duration| d.as_secs_f64() * 1000.0;
    if b >= a { span(b - a) } else { -span(a - b) }
}

async fn comments_both_ways(here: &Viewer, there: &Viewer, slug: &str) -> Result<()> {
    let mut at_here = here.api.events(slug, None).await?;
    let mut at_there = there.api.events(slug, None).await?;
    let written = here.comment(500, "Ana", "from the first").await?;
    ensure!(at_there.next("comment").await?.data["id"] == written["id"]);
    at_here.next("comment").await?;
    let answer = json!({ "at_ms": 500, "parent_id": written["id"], "body": "from the second", "guest_name": "Ben" });
    let answer = there
        .api
        .post(&format!("/api/watch/{slug}/comments"), &answer)
        .await?;
    ensure!(at_here.next("comment").await?.data["id"] == answer["id"]);
    Ok(())
}

/// An open page: begins after what the watch view told, and comes back as a browser does when its stream breaks, with the
/// number of the last event it saw.
async fn heard_through_everything(
    viewer: Viewer,
    mut last: String,
    wanted: usize,
) -> Result<Vec<Value>> {
    let mut heard = Vec::new();
    while heard.len() < wanted {
        let mut events = eventually("the page's stream", TIMEOUT, || async {
            Ok(Some(viewer.api.events(&viewer.slug, Some(&last)).await?))
        })
        .await?;
        while heard.len() < wanted {
            let Ok(event) = events.next("comment").await else {
                break;
            };
            if let Some(id) = event.id {
                last = id;
            }
            heard.push(event.data);
        }
    }
    Ok(heard)
}

/// Recorder, page and player all go through nginx; the server that serves them is killed, then the other one after the
/// first is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_in_the_middle_of_everything_costs_nothing() -> Result<()> {
    let mut cluster = Cluster::start(&[]).await?;
    let owner = cluster.person("sam@example.org").await?;
    let home = home(&cluster.url, &owner)?;
    let mut recorder = home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    let viewer = Viewer::new(cluster.stranger(), &link.slug);
    viewer.first_picture().await?;
    let last = viewer.watch().await?["last_event"].to_string();
    let page = tokio::spawn(heard_through_everything(viewer.clone(), last, 4));

    let say = async |n: u32| {
        // A page sends a comment again when no server answered.
        eventually("a comment taken", TIMEOUT, || async {
            Ok(Some(
                viewer.comment(0, "Ana", &format!("number {n}")).await?,
            ))
        })
        .await
    };
    say(0).await?;
    for round in 0..2_u32 {
        let so_far = parts(&recorder, "received").len();
        cluster.servers[round as usize].kill().await?;
        say(round * 2 + 1).await?;
        recorder
            .until("the upload going on", |r| {
                parts(r, "received").len() >= so_far + 8
            })
            .await?;
        // Every request of a viewer is answered meanwhile: playlists, parts, the page's own.
        let (url, list) = viewer.playlist("video").await?;
        let newest = list.uris().last().copied().context("a part")?;
        viewer.bytes(&absolute(&url, newest)).await?;
        cluster.servers[round as usize].start_again().await?;
        if round == 0 {
            say(2).await?;
        }
    }
    let heard = page.await??;
    let bodies: Vec<&str> = heard.iter().filter_map(|c| c["body"].as_str()).collect();
    ensure!(
        bodies == ["number 0", "number 1", "number 2", "number 3"],
        "each once and in order: {bodies:?}"
    );

    recorder.stop()?;
    recorder.finished().await?;
    let view = viewer
        .watch_until("a poster, made by one of the workers", |view| {
            view["state"] == "finished" && view["poster_url"].is_string()
        })
        .await?;
    ensure!(view["comments"] == 4, "{view:#}");
    check_whole(
        &picture::decode(&viewer.load("video").await?.path, SCREEN).await?,
        &recorder,
    )?;
    viewer.play_with_ffmpeg().await?;
    Ok(())
}

/// Loads every part of a finished take through `cluster`, each by itself, and compares it with what the object store holds.
async fn every_single_part_arrives(cluster: &Cluster) -> Result<()> {
    let owner = cluster.person("sam@example.org").await?;
    let home = home(&cluster.url, &owner)?;
    let mut recorder = home.record(&[SYNTHETIC, &["--duration", "3"]].concat())?;
    let link = recorder.link().await?;
    recorder.finished().await?;
    let viewer = Viewer::new(cluster.stranger(), &link.slug);
    let (url, list) = viewer.playlist("video").await?;
    for uri in list.uris().into_iter().skip(1) {
        let whole = viewer.bytes(&absolute(&url, uri)).await?;
        let (first, last) = uri
            .trim_start_matches("video/")
            .trim_end_matches(".m4s")
            .split_once('-')
            .context("a run of parts")?;
        let mut one_by_one = Vec::new();
        for number in first.parse::<u32>()?..=last.parse()? {
            let address = absolute(&url, &format!("video/{number}-{number}.m4s"));
            let part = viewer.bytes(&address).await?;
            let ranged = viewer
                .api
                .http
                .get(&address)
                .header("range", "bytes=8-15")
                .send()
                .await?;
            ensure!(ranged.status() == 206, "{}", ranged.status());
            ensure!(ranged.bytes().await? == part[8..16], "a range of {address}");
            one_by_one.extend_from_slice(&part);
        }
        ensure!(one_by_one == whole, "{uri} differs from its parts");
    }
    viewer.play_with_ffmpeg().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_sends_single_parts_from_its_disk() -> Result<()> {
    let cluster = Cluster::start(&["--media", "x-accel-redirect=/objects/"]).await?;
    every_single_part_arrives(&cluster).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_sends_single_parts_by_signed_links() -> Result<()> {
    let cluster = Cluster::start(&["--media", "presigned"]).await?;
    every_single_part_arrives(&cluster).await
}
