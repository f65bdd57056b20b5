//! Notifications of the desktop: a real bus, and another program that shows them. All other tests of the app have a desktop without.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use harness::program::{Program, TIMEOUT, eventually, output};
use harness::{Desktop, RecorderHome, TestSetup};
use serde_json::{Value, json};
use tokio::process::Command;

use super::plays;
use super::reader::{Bus, PYTHON, left_out};
use super::seat::{self, Seat};

const RECORDING: &str = "Aside is recording";
const PAUSED: &str = "Aside is paused";

fn script(bus: &Bus, args: &[&str]) -> Command {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("e2e/app/notifications.py");
    let mut command = Command::new(PYTHON);
    command.arg(script).args(args).envs([bus.env()]);
    command
}

/// The one notification that stands there, once it has this title.
async fn shown(seat: &Seat, bus: &Bus, title: &str) -> Result<Value> {
    eventually("the notification", TIMEOUT, || async {
        let now: Value = serde_json::from_slice(&output(&mut script(bus, &["look"])).await?)?;
        let all = now["shown"].as_array().context("a list")?;
        ensure!(all.len() == 1 && all[0]["title"] == title, "{now}");
        Ok(Some(all[0].clone()))
    })
    .await
    .with_context(|| seat.app.said())
}

async fn press(bus: &Bus, title: &str, key: &str) -> Result<()> {
    output(&mut script(bus, &["press", title, key])).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_without_a_window_in_view_is_paused_and_stopped_in_its_notification_and_its_link_opened()
-> Result<()> {
    if left_out().await? {
        return Ok(());
    }
    let setup = TestSetup::new().await?;
    let desktop = Desktop::new(1280, 720).await?;
    let token = setup.owner.token.clone().context("token")?;
    let home = RecorderHome::new(&setup.server.url, &token)?;
    let bus = Bus::start(&desktop, home.path()).await?;
    let mut there = Program::start("notifications", script(&bus, &["watch"]))?;
    there.line().await?.context("no notifications")?;
    let path = seat::browser(home.path())?;
    let env = desktop.env().into_iter().chain([bus.env(), path]);
    let home = home.with_env(env);
    // The whole desktop is recorded: the bar has no place.
    let seat = Seat::settled(desktop, home, "[choice]\ncountdown = 0\n").await?;
    seat.recorder("ready").await?;
    seat.key("ctrl+shift+l").await?;
    seat.recorder("recording").await?;
    let first = shown(&seat, &bus, RECORDING).await?;
    let buttons = json!({ "default": "Show Aside", "stop": "Stop", "pause": "Pause" });
    ensure!(first["buttons"] == buttons, "{first}");
    ensure!(
        first["urgency"] == 0,
        "it is laid over the recorded screen: {first}"
    );

    press(&bus, RECORDING, "pause").await?;
    seat.recorder("paused").await?;
    shown(&seat, &bus, PAUSED).await?;
    press(&bus, PAUSED, "go_on").await?;
    seat.recorder("recording").await?;
    shown(&seat, &bus, RECORDING).await?;
    press(&bus, RECORDING, "stop").await?;
    plays(&setup).await?;
    // What told of the take is gone; its link is there.
    let end = shown(&seat, &bus, "Link copied").await?;
    ensure!(
        end["text"]
            .as_str()
            .is_some_and(|t| t.starts_with("Watchable now")),
        "{end}"
    );
    let now: Value = serde_json::from_slice(&output(&mut script(&bus, &["look"])).await?)?;
    ensure!(now["taken_back"] == json!([RECORDING]), "{now}");
    press(&bus, "Link copied", "open").await?;
    let page = seat.opened().await?;
    ensure!(page.starts_with(&setup.server.url), "{page}");
    Ok(())
}
