//! A server moves: its database through `backup` and `restore`, its media through `copy-objects`, while takes go on.

use anyhow::{Context as _, Result, ensure};
use harness::program::output;
use harness::{Database, ServerProcess, Settings, TestSetup, Viewer};

/// The same link, the same bytes, the same comment and the same sign-in, from another kind of database and another folder.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_recorded_on_sqlite_plays_from_postgresql_after_a_move() -> Result<()> {
    let mut setup = TestSetup::new().await?;
    let (link, before) = setup.recorded(3).await?;
    before.comment(1000, "Ana", "moved?").await?;
    let (video, audio) = (before.load("video").await?, before.load("audio").await?);

    let folder = tempfile::tempdir()?;
    let backup = folder.path().join("aside.backup").display().to_string();
    // While the server runs; what comes later is not in it.
    let rows = ["backup", &backup, "--rows-only"];
    output(&mut setup.server.verb(&rows)?).await?;
    let refused = setup.server.verb(&rows)?.output().await?;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    ensure!(
        !refused.status.success() && said.contains("exists already"),
        "a second backup took the place of the first: {said}"
    );
    let (later, _) = setup.recorded(2).await?;

    let data = folder.path().join("new");
    let media = data.join("objects").display().to_string();
    output(&mut setup.server.verb(&["copy-objects", "--to", &media])?).await?;
    let settings = Settings {
        database: Database::postgres().await?,
        data: Some(data),
        ..Settings::default()
    };
    setup.server.kill().await?;
    let mut restore = ServerProcess::verb_with(&settings, &["restore", &backup])?;
    output(&mut restore).await?;
    let again = ServerProcess::verb_with(&settings, &["restore", &backup])?
        .output()
        .await?;
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    ensure!(
        !again.status.success() && said.contains("already"),
        "a backup was restored over what was there: {said}"
    );

    let server = ServerProcess::start_with(settings).await?;
    let after = Viewer::new(server.stranger(), &link.slug);
    ensure!(after.load("video").await?.bytes == video.bytes);
    ensure!(after.load("audio").await?.bytes == audio.bytes);
    let comments = after.comments().await?;
    ensure!(comments.len() == 1, "{comments:?}");
    let token = setup.owner.token.clone().context("a token")?;
    let owner = harness::Api::new(&server.url, Some(token));
    let me = owner.get("/api/me").await?;
    ensure!(me["user"]["email"] == "sam@example.org", "{me}");
    let newer = Viewer::new(server.stranger(), &later.slug).watch().await;
    ensure!(newer.is_err(), "it was recorded after the backup");
    Ok(())
}
