//! A screen reader: the tree of AT-SPI, read and used by another program as Orca does.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use harness::program::{Program, output};
use harness::{Desktop, RecorderHome, TestSetup};
use serde_json::Value;
use tokio::process::Command;

use super::seat::Seat;

/// A session bus of its own, on which the bus of the screen readers is started when somebody asks for it.
pub(super) struct Bus {
    address: String,
    _daemon: Program,
}

impl Bus {
    pub(super) async fn start(desktop: &Desktop, home: &Path) -> Result<Self> {
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

    pub(super) fn env(&self) -> (String, String) {
        let name = "DBUS_SESSION_BUS_ADDRESS".to_owned();
        (name, self.address.clone())
    }
}

fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("e2e/app/tree.py")
}

/// The interpreter of the system: its packages bring the bindings for that one.
pub(super) const PYTHON: &str = "/usr/bin/python3";

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

/// Everything that is told, once these names are there.
pub(super) async fn tree(seat: &Seat, bus: &Bus, names: &[&str]) -> Result<Vec<Value>> {
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

/// Presses what has this name, as soon as it is there, as a screen reader does: without the pointer.
pub(super) async fn press(seat: &Seat, bus: &Bus, name: &str) -> Result<()> {
    tree(seat, bus, &["--press", name]).await?;
    Ok(())
}

/// Nobody reads what a machine says that runs the tests by itself: there a test that is left out is one that fails.
fn refuse(unattended: bool, why: &str, install: &str) -> Result<()> {
    ensure!(
        !unattended,
        "the tree of a screen reader cannot be read here: {why} {install}"
    );
    Ok(())
}

#[test]
fn a_test_without_a_screen_reader_fails_where_nobody_would_read_that_it_was_left_out() {
    assert!(refuse(true, "no module named gi.", "apt install").is_err());
    assert!(refuse(false, "no module named gi.", "apt install").is_ok());
}

/// Whether the tree cannot be read here; then that is said.
pub(super) async fn left_out() -> Result<bool> {
    let Some(why) = missing().await else {
        return Ok(false);
    };
    let install = "Debian: apt install at-spi2-core python3-gi gir1.2-atspi-2.0";
    refuse(std::env::var_os("CI").is_some(), &why, install)?;
    writeln!(
        std::io::stderr(),
        "left out: the tree of a screen reader cannot be read here: {why} {install}"
    )?;
    Ok(true)
}

/// The app of somebody who is signed in, on a desktop with a bus for screen readers.
pub(super) async fn seated(
    setup: &TestSetup,
    desktop: Desktop,
    settings: &str,
) -> Result<(Seat, Bus)> {
    let token = setup.owner.token.clone().context("token")?;
    let home = RecorderHome::new(&setup.server.url, &token)?;
    let bus = Bus::start(&desktop, home.path()).await?;
    let env = desktop.env().into_iter().chain([bus.env()]);
    let seat = Seat::settled(desktop, home.with_env(env), settings).await?;
    Ok((seat, bus))
}
