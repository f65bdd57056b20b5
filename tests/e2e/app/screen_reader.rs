//! What a screen reader is told of each page.

use anyhow::{Result, ensure};
use harness::program::{TIMEOUT, eventually};
use harness::{Desktop, TestSetup};
use serde_json::Value;

use super::keys::Other;
use super::reader::{left_out, seated, tree};

/// The bar is seen, and only a key ends the countdown.
const SETTINGS: &str = "bar = \"shown\"\n[choice]\ncountdown = 60\n";

/// Roles of what is pressed, typed into or chosen (atspi-constants.h).
const CONTROLS: [&str; 12] = [
    "push button",
    "button",
    "toggle button",
    "check box",
    "radio button",
    "combo box",
    "entry",
    "text",
    "slider",
    "spin button",
    "list item",
    "link",
];

fn named(nodes: &[Value], page: &str) -> Result<()> {
    let controls: Vec<&Value> = nodes
        .iter()
        .filter(|node| CONTROLS.iter().any(|role| node["role"] == *role))
        .collect();
    ensure!(controls.len() >= 5, "{page}: hardly a control: {nodes:#?}");
    let without: Vec<_> = controls.iter().filter(|node| node["name"] == "").collect();
    ensure!(without.is_empty(), "{page}: without a name: {without:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_reader_is_told_the_name_of_every_control() -> Result<()> {
    if left_out().await? {
        return Ok(());
    }
    let setup = TestSetup::new().await?;
    let desktop = Desktop::new(1280, 720).await?;
    let (seat, bus) = seated(&setup, desktop, SETTINGS).await?;
    seat.recorder("ready").await?;

    let home = [
        "Record",
        "Screen",
        "Camera",
        "Microphone",
        "System sound",
        "Take out noise",
    ];
    named(&tree(&seat, &bus, &home).await?, "record")?;
    seat.key("ctrl+3").await?;
    let settings = [
        "Countdown",
        "Make a test recording",
        "Speaker notes",
        "Start and stop",
    ];
    named(&tree(&seat, &bus, &settings).await?, "settings")?;
    seat.key("ctrl+1").await?;
    seat.recorder("ready").await?;
    seat.key("ctrl+shift+l").await?;
    seat.recorder("countdown").await?;
    seat.key("space").await?;
    seat.recorder("recording").await?;
    let bar = [
        "Pause",
        "Stop",
        "Set a mark",
        "Start over",
        "Cancel the recording",
        "Mute",
    ];
    named(&tree(&seat, &bus, &bar).await?, "bar")?;
    seat.key("ctrl+shift+l").await?;
    eventually("the card", TIMEOUT, || async {
        let nodes = tree(&seat, &bus, &["New recording"]).await?;
        Ok(Some(named(&nodes, "card")?))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_another_program_has_are_named_in_the_settings() -> Result<()> {
    if left_out().await? {
        return Ok(());
    }
    let setup = TestSetup::new().await?;
    let desktop = Desktop::new(1280, 720).await?;
    let other = Other::new(&desktop.display)?;
    ensure!(other.takes('m')?, "nobody else is here yet");
    let (seat, bus) = seated(&setup, desktop, SETTINGS).await?;
    seat.recorder("ready").await?;
    seat.key("ctrl+3").await?;
    let words = "Another program has Ctrl+Shift+M (Mute the microphone). Choose other keys.";
    tree(&seat, &bus, &[words]).await?;
    Ok(())
}
