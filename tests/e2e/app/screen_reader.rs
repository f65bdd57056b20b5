//! What a screen reader is told: the tree of AT-SPI, read by another program as Orca does.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use harness::program::{PATIENCE, Program, eventually, output};
use harness::{Desktop, RecorderHome, TestSetup};
use serde_json::Value;
use tokio::process::Command;

use super::keys::Other;
use super::seat::Seat;

/// A session bus of its own, on which the bus of the screen readers is started when somebody asks for it.
struct Bus {
    address: String,
    _daemon: Program,
}

impl Bus {
    async fn start(desktop: &Desktop, home: &Path) -> Result<Self> {
        let mut command = Command::new("dbus-daemon");
        command
            .args(["--session", "--nofork", "--nosyslog", "--print-address=1"])
            .envs(desktop.env())
            .env("XDG_RUNTIME_DIR", home);
        let mut daemon = Program::start("dbus-daemon", command)?;
        let address = daemon.line().await?.context("no address")?;
        Ok(Self {
            address,
            _daemon: daemon,
        })
    }

    fn env(&self) -> (String, String) {
        let name = "DBUS_SESSION_BUS_ADDRESS".to_owned();
        (name, self.address.clone())
    }
}

fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("e2e/app/tree.py")
}

/// The interpreter of the system: its packages bring the bindings for that one.
const PYTHON: &str = "/usr/bin/python3";

/// What is missing here to read the tree.
async fn missing() -> Option<String> {
    let reads = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi";
    let ended = Command::new(PYTHON).args(["-c", reads]).output().await;
    match ended {
        Ok(ended) if ended.status.success() => None,
        Ok(ended) => Some(String::from_utf8_lossy(&ended.stderr).into_owned()),
        Err(error) => Some(error.to_string()),
    }
}

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

async fn tree(seat: &Seat, bus: &Bus, names: &[&str]) -> Result<Vec<Value>> {
    let mut read = Command::new(PYTHON);
    read.arg(script())
        .args(names)
        .envs(seat.desktop.env())
        .envs([bus.env()])
        .env("XDG_RUNTIME_DIR", seat.home.path());
    let printed = output(&mut read).await.with_context(|| seat.app.said())?;
    let printed = String::from_utf8(printed)?;
    let nodes = printed.lines().map(serde_json::from_str);
    Ok(nodes.collect::<Result<_, _>>()?)
}

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

/// Whether the tree cannot be read here; then that is said.
async fn left_out() -> Result<bool> {
    let Some(why) = missing().await else {
        return Ok(false);
    };
    let install = "Debian: apt install at-spi2-core python3-gi gir1.2-atspi-2.0";
    writeln!(
        std::io::stderr(),
        "left out: the tree of a screen reader cannot be read here: {why} {install}"
    )?;
    Ok(true)
}

/// The app of somebody who is signed in, on a desktop with a bus for screen readers.
async fn seated(setup: &TestSetup, desktop: Desktop) -> Result<(Seat, Bus)> {
    let token = setup.owner.token.clone().context("token")?;
    let home = RecorderHome::new(&setup.server.url, &token)?;
    let bus = Bus::start(&desktop, home.path()).await?;
    let env = desktop.env().into_iter().chain([bus.env()]);
    let settings = "bar = \"shown\"\n[choice]\ncountdown = 60\n";
    let seat = Seat::settled(desktop, home.with_env(env), settings).await?;
    Ok((seat, bus))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_reader_is_told_the_name_of_every_control() -> Result<()> {
    if left_out().await? {
        return Ok(());
    }
    let setup = TestSetup::new().await?;
    let desktop = Desktop::new(1280, 720).await?;
    let (seat, bus) = seated(&setup, desktop).await?;
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
    eventually("the card", PATIENCE, || async {
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
    let (seat, bus) = seated(&setup, desktop).await?;
    seat.recorder("ready").await?;
    seat.key("ctrl+3").await?;
    let words = "Another program has Ctrl+Shift+M (Mute the microphone). Choose other keys.";
    tree(&seat, &bus, &[words]).await?;
    Ok(())
}
