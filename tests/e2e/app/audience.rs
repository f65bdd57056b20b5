//! Who may see a recording, chosen in the app before it begins.

use anyhow::{Context as _, Result, ensure};
use harness::program::{TIMEOUT, eventually};
use harness::{Desktop, TestSetup};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::finished;
use super::reader::{left_out, press, seated};

/// What the recorder tells, up to the line that says that the link is on the clipboard.
async fn until_copied(socket: &str) -> Result<Vec<Value>> {
    let mut socket = UnixStream::connect(socket).await?;
    socket.write_all(b"{\"command\":\"follow\"}\n").await?;
    let mut lines = BufReader::new(socket).lines();
    let mut told: Vec<Value> = Vec::new();
    while told.last().is_none_or(|line| line["event"] != "copied") {
        let line = tokio::time::timeout(TIMEOUT, lines.next_line()).await;
        let line = line.with_context(|| format!("no link on the clipboard: {told:?}"))??;
        told.push(serde_json::from_str(
            &line.context("the recorder is gone")?,
        )?);
    }
    Ok(told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_see_it_is_said_before_the_link_is_copied_and_so_on_the_server_from_the_first()
-> Result<()> {
    if left_out().await? {
        return Ok(());
    }
    let setup = TestSetup::new().await?;
    let desktop = Desktop::new(1280, 720).await?;
    let (seat, bus) = seated(&setup, desktop, "[choice]\ncountdown = 60\n").await?;
    seat.recorder("ready").await?;
    press(&seat, &bus, "Visible to").await?;
    press(&seat, &bus, "Everyone here").await?;
    let settings = seat.home.path().join("config/aside/app.toml");
    eventually("the choice is remembered", TIMEOUT, || async {
        let text = std::fs::read_to_string(&settings)?;
        Ok(text.contains("share = \"members\"").then_some(()))
    })
    .await
    .with_context(|| seat.app.said())?;

    seat.key("ctrl+shift+l").await?;
    let running = seat.recorder("countdown").await?;
    let told = until_copied(running["socket"].as_str().context("a socket")?).await?;
    let said = told.iter().find(|line| line["event"] == "audience");
    ensure!(
        said.is_some_and(|line| line["audience"] == "members"),
        "the link was copied before it was said who may see it: {told:?}"
    );
    // Whenever the server hears of it: it was never anybody else's.
    let audience = eventually("the recording on the server", TIMEOUT, || async {
        let list = setup.owner.get("/api/recordings").await?;
        Ok(list["items"][0]["audience"].as_str().map(str::to_owned))
    })
    .await?;
    assert_eq!(audience, "members");
    let usual = setup.owner.get("/api/me/sharing").await?;
    ensure!(
        usual["server"] != "members",
        "it would have been so anyway: {usual}"
    );

    seat.key("space").await?;
    seat.recorder("recording").await?;
    seat.home.run(&["mark", "here"]).await?;
    seat.key("ctrl+shift+l").await?;
    let stranger = finished(&setup).await?;
    ensure!(stranger.watch().await.is_err(), "a stranger may see it");
    Ok(())
}
