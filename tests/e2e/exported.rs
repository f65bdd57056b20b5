//! Recordings leave a server as a folder and come to another one: the programs themselves, killed in between.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use harness::program::output;
use harness::{Database, ServerProcess, Settings, TestSetup, Viewer};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// The same link, the same bytes and the same comment; and a file that any player plays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_exported_plays_offline_and_on_another_server_under_its_link() -> Result<()> {
    let setup = TestSetup::new().await?;
    let (link, before) = setup.recorded(3).await?;
    before.comment(1000, "Ana", "exported?").await?;
    let (video, audio) = (before.load("video").await?, before.load("audio").await?);
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    let path = out.display().to_string();
    let said = output(&mut setup.server.verb(&["export", &path])?).await?;
    let said = String::from_utf8(said)?;
    ensure!(
        said.contains("1 of 1: ") && said.contains("1 recordings"),
        "{said}"
    );

    let manifest: Value = serde_json::from_slice(&std::fs::read(out.join("aside-export.json"))?)?;
    let of = manifest["recordings"][0]["folder"]
        .as_str()
        .context("a folder")?;
    for file in ["recording.mp4", "tracks/video.mp4"] {
        let file = out.join("recordings").join(of).join(file);
        let probed = tokio::process::Command::new("ffprobe")
            .args([
                "-v",
                "error",
                "-count_frames",
                "-select_streams",
                "v",
                "-show_entries",
                "stream=nb_read_frames",
                "-of",
                "csv=p=0",
            ])
            .arg(&file)
            .output()
            .await?;
        let frames: u32 = String::from_utf8(probed.stdout)?
            .trim()
            .trim_end_matches(',')
            .parse()?;
        ensure!(
            frames > 60 && probed.stderr.is_empty(),
            "{}: {frames} pictures",
            file.display()
        );
    }

    let settings = Settings {
        database: Database::postgres().await?,
        data: Some(folder.path().join("new")),
        ..Settings::default()
    };
    let server = ServerProcess::start_with(settings).await?;
    let refused = server.verb(&["import", &path])?.output().await?;
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    ensure!(!refused.status.success() && why.contains("owner"), "{why}");
    server.account("sam@example.org", "owner").await?;
    output(&mut server.verb(&["import", &path])?).await?;
    let after = Viewer::new(server.stranger(), &link.slug);
    ensure!(after.load("video").await?.bytes == video.bytes);
    ensure!(after.load("audio").await?.bytes == audio.bytes);
    ensure!(after.comments().await?.len() == 1);
    Ok(())
}

/// Runs a verb and kills it when it has said a line about its first recording.
async fn killed(server: &ServerProcess, args: &[&str]) -> Result<()> {
    let mut child = server
        .verb(args)?
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
    let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await??;
    ensure!(line.context("no line")?.contains("1 of"));
    child.kill().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_neither_export_nor_import_leaves_anything_half() -> Result<()> {
    let setup = TestSetup::new().await?;
    let mut links = Vec::new();
    for _ in 0..3 {
        links.push(setup.recorded(1).await?.0);
    }
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    let path = out.display().to_string();
    killed(&setup.server, &["export", &path]).await?;
    let names = || -> Result<Vec<_>> {
        Ok(std::fs::read_dir(folder.path())?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<std::io::Result<_>>()?)
    };
    // A kill that came too late finds it whole.
    if names()? != ["out"] {
        ensure!(names()? == ["out.partial"], "{:?}", names()?);
        output(&mut setup.server.verb(&["export", &path])?).await?;
    }
    ensure!(names()? == ["out"], "{:?}", names()?);
    let manifest: Value = serde_json::from_slice(&std::fs::read(out.join("aside-export.json"))?)?;
    ensure!(
        manifest["recordings"].as_array().map(Vec::len) == Some(3),
        "{manifest}"
    );

    let server = ServerProcess::start().await?;
    server.account("olga@example.org", "owner").await?;
    killed(&server, &["import", &path]).await?;
    let mut whole = 0;
    for link in &links {
        let viewer = Viewer::new(server.stranger(), &link.slug);
        // There and whole, or not there at all.
        if viewer.watch().await.is_ok() {
            let before = setup.viewer(link).load("video").await?;
            ensure!(viewer.load("video").await?.bytes == before.bytes);
            whole += 1;
        }
    }
    ensure!(whole >= 1, "the first was imported before the kill");
    let said = String::from_utf8(output(&mut server.verb(&["import", &path])?).await?)?;
    ensure!(
        said.contains(&format!("{whole} were there already")),
        "{said}"
    );
    for link in &links {
        let viewer = Viewer::new(server.stranger(), &link.slug);
        ensure!(viewer.load("video").await?.bytes == setup.viewer(link).load("video").await?.bytes);
    }
    Ok(())
}
