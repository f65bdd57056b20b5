//! A real window on a real X server, and the keys of a person.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use harness::program::{Program, TIMEOUT, eventually, output};
use harness::{Desktop, RecorderHome, TestSetup};
use serde_json::Value;
use tokio::process::Command;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};
use x11rb::rust_connection::RustConnection;

/// A `PATH` on which web pages are opened by writing their address into the file `opened` in this folder.
pub(super) fn browser(home: &Path) -> Result<(String, String)> {
    let programs = home.join("bin");
    std::fs::create_dir_all(&programs)?;
    let browser = programs.join("xdg-open");
    let script = format!("#!/bin/sh\necho \"$1\" >> {}/opened\n", home.display());
    std::fs::write(&browser, script)?;
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755))?;
    let path = format!("{}:{}", programs.display(), std::env::var("PATH")?);
    Ok(("PATH".to_owned(), path))
}

/// A desktop with the app on it.
pub(super) struct Seat {
    pub(super) desktop: Desktop,
    pub(super) home: RecorderHome,
    pub(super) app: Program,
}

impl Seat {
    pub(super) async fn new(setup: &TestSetup, settings: &str) -> Result<Self> {
        let desktop = Desktop::new(1280, 720).await?;
        let token = setup.owner.token.clone().context("token")?;
        let env = desktop
            .env()
            .into_iter()
            .chain([("LIBGL_ALWAYS_SOFTWARE".to_owned(), "1".to_owned())]);
        let home = RecorderHome::new(&setup.server.url, &token)?.with_env(env);
        Self::settled(desktop, home, settings).await
    }

    /// With these settings from an earlier start.
    pub(super) async fn settled(
        desktop: Desktop,
        home: RecorderHome,
        settings: &str,
    ) -> Result<Self> {
        let config = home.path().join("config/aside");
        std::fs::create_dir_all(&config)?;
        std::fs::write(config.join("app.toml"), settings)?;
        Self::open(desktop, home).await
    }

    /// Of somebody who never started it before, whose desktop opens web pages by writing their address into the file `opened`.
    pub(super) async fn first_run() -> Result<Self> {
        let desktop = Desktop::new(1280, 720).await?;
        let home = RecorderHome::new("", "")?.without_account();
        let path = browser(home.path())?;
        let env = desktop.env().into_iter().chain([path]);
        let home = home.with_env(env);
        let seat = Self::open(desktop, home).await?;
        // Nothing is asked before it is known whether anybody has signed in; what is typed until then is lost.
        eventually("something to read", TIMEOUT, || async {
            Ok(seat.shows_something().await?.then_some(()))
        })
        .await
        .with_context(|| seat.app.said())?;
        Ok(seat)
    }

    /// The window is not all of one colour.
    async fn shows_something(&self) -> Result<bool> {
        let (x, _) = RustConnection::connect(Some(&self.desktop.display))?;
        let window = self.window("Aside").await?.parse()?;
        let size = x.get_geometry(window)?.reply()?;
        let (kind, all) = (ImageFormat::Z_PIXMAP, u32::MAX);
        let image = x.get_image(kind, window, 0, 0, size.width, size.height, all)?;
        let data = image.reply()?.data;
        Ok(data.chunks_exact(4).any(|pixel| pixel != &data[..4]))
    }

    async fn open(desktop: Desktop, home: RecorderHome) -> Result<Self> {
        let app = Program::start("aside-app", home.app()?)?;
        let seat = Self { desktop, home, app };
        seat.focus().await?;
        Ok(seat)
    }

    /// The page that was opened in the browser last, as soon as there is one.
    pub(super) async fn opened(&self) -> Result<String> {
        eventually("a web page", TIMEOUT, || async {
            let opened = std::fs::read_to_string(self.home.path().join("opened"));
            Ok(opened
                .ok()
                .and_then(|all| all.lines().last().map(str::to_owned)))
        })
        .await
        .with_context(|| self.app.said())
    }

    /// Types into whatever has the keyboard.
    pub(super) async fn type_text(&self, text: &str) -> Result<()> {
        output(&mut self.xdotool(&["type", "--delay", "20", text])).await?;
        Ok(())
    }

    pub(super) fn xdotool(&self, args: &[&str]) -> Command {
        let mut command = Command::new("xdotool");
        command.args(args).env("DISPLAY", &self.desktop.display);
        command
    }

    /// The id of the window with this title; `None`: there is none now.
    pub(super) async fn shown(&self, title: &str) -> Result<Option<String>> {
        let title = format!("^{title}$");
        let found = self
            .xdotool(&["search", "--onlyvisible", "--name", &title])
            .output()
            .await?;
        let ids = String::from_utf8(found.stdout)?;
        Ok(ids.lines().next().map(str::to_owned))
    }

    /// The id of the window, once there is one with this title.
    pub(super) async fn window(&self, title: &str) -> Result<String> {
        eventually("a window", TIMEOUT, || self.shown(title))
            .await
            .with_context(|| self.app.said())
    }

    /// Gives the window the keyboard, which a window manager would do.
    pub(super) async fn focus(&self) -> Result<()> {
        let window = self.window("Aside").await?;
        output(&mut self.xdotool(&["windowfocus", "--sync", &window])).await?;
        Ok(())
    }

    pub(super) async fn key(&self, keys: &str) -> Result<()> {
        output(&mut self.xdotool(&["key", keys])).await?;
        Ok(())
    }

    /// The recorder that runs, once it is so far.
    pub(super) async fn recorder(&self, state: &str) -> Result<Value> {
        eventually(state, TIMEOUT, || async {
            let rows = self.home.run(&["status", "--json"]).await?;
            let rows: Value = serde_json::from_str(rows.trim())?;
            let row = rows[0].clone();
            Ok((row["state"] == state).then_some(row))
        })
        .await
        .with_context(|| self.app.said())
    }

    /// The recorder of the test recording, once it is so far: it lives apart from those of the person.
    pub(super) async fn test_recorder(&self, state: &str) -> Result<Value> {
        let scratch = self.home.path().join("run/aside/test-recording");
        eventually(state, TIMEOUT, || async {
            let mut status = self.home.aside(&["status", "--json"])?;
            status.env("ASIDE_DATA_DIR", &scratch);
            let rows: Value = serde_json::from_slice(&output(&mut status).await?)?;
            let row = rows[0].clone();
            Ok((row["state"] == state).then_some(row))
        })
        .await
        .with_context(|| self.app.said())
    }

    /// The test recording was played back: the file that is played is there, sound comes out, and then both are gone.
    pub(super) async fn played(&self, scratch: &Path) -> Result<()> {
        let movie = || {
            let files = std::fs::read_dir(scratch.join("run")).into_iter().flatten();
            let mut names = files.flatten().map(|file| file.file_name());
            names.any(|name| name.to_string_lossy().ends_with("-take.mp4"))
        };
        eventually("the test is seen and heard", TIMEOUT, || async {
            Ok((movie() && self.desktop.is_played_to().await?).then_some(()))
        })
        .await
        .with_context(|| self.app.said())?;
        eventually("the end of the test", TIMEOUT, || async {
            Ok((!movie()).then_some(()))
        })
        .await
    }
}
