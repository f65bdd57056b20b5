//! The icon in the tray: a real bus, and a tray that another program has on it. All other tests of the app have a desktop without one.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use harness::program::{Program, TIMEOUT, eventually, output};
use harness::{Desktop, RecorderHome, TestSetup};
use serde_json::{Value, json};
use tokio::process::Command;

use super::plays;
use super::reader::{Bus, PYTHON, left_out};
use super::seat::Seat;

fn tray(bus: &Bus, args: &[&str]) -> Command {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("e2e/app/tray.py");
    let mut command = Command::new(PYTHON);
    command.arg(script).args(args).envs([bus.env()]);
    command
}

/// What stands in the tray, once it is this; `press`: this entry is pressed then.
async fn shows(seat: &Seat, bus: &Bus, shown: &Value, press: Option<&str>) -> Result<()> {
    eventually("the icon as it should be", TIMEOUT, || async {
        let now: Value = serde_json::from_slice(&output(&mut tray(bus, &["look"])).await?)?;
        ensure!(now == *shown, "{now}");
        Ok(Some(()))
    })
    .await
    .with_context(|| seat.app.said())?;
    if let Some(entry) = press {
        output(&mut tray(bus, &["look", entry])).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_tray_a_take_is_started_paused_and_stopped_and_its_icon_says_which() -> Result<()>
{
    if left_out().await? {
        return Ok(());
    }
    let setup = TestSetup::new().await?;
    let desktop = Desktop::new(1280, 720).await?;
    let token = setup.owner.token.clone().context("token")?;
    let home = RecorderHome::new(&setup.server.url, &token)?;
    let bus = Bus::start(&desktop, home.path()).await?;
    let mut there = Program::start("a tray", tray(&bus, &["watch"]))?;
    there.line().await?.context("no tray")?;
    let home = home.with_env(desktop.env().into_iter().chain([bus.env()]));
    let seat = Seat::settled(desktop, home, "[choice]\ncountdown = 0\n").await?;
    seat.recorder("ready").await?;

    let idle = json!({ "title": "Aside", "menu": ["Show Aside", "Start recording", "Quit"] });
    shows(&seat, &bus, &idle, Some("Start recording")).await?;
    seat.recorder("recording").await?;
    let live =
        json!({ "title": "Aside: recording", "menu": ["Show Aside", "Stop recording", "Pause"] });
    shows(&seat, &bus, &live, Some("Pause")).await?;
    seat.recorder("paused").await?;
    let paused =
        json!({ "title": "Aside: paused", "menu": ["Show Aside", "Stop recording", "Go on"] });
    shows(&seat, &bus, &paused, Some("Go on")).await?;
    seat.recorder("recording").await?;
    shows(&seat, &bus, &live, Some("Stop recording")).await?;
    plays(&setup).await?;
    shows(&seat, &bus, &idle, None).await
}
