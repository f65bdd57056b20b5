//! The desktop app as a person uses it: a real window on a real X server, real keys, the built recorder and server.

mod audience;
mod displays;
mod drawing;
mod first_run;
mod keys;
mod notifications;
mod picker;
mod reader;
mod screen_reader;
mod seat;
mod tray;

use anyhow::{Context as _, Result, ensure};
use harness::program::{Program, TIMEOUT, eventually};
use harness::{Desktop, RecorderHome, TestSetup, Viewer};
use rustix::process::{Pid, Signal, kill_process};
use seat::Seat;
use tokio::process::Command;

/// The recording of the owner, once it is finished.
async fn finished(setup: &TestSetup) -> Result<Viewer> {
    let slug = eventually("a finished recording", TIMEOUT, || async {
        let list = setup.owner.get("/api/recordings").await?;
        let first = &list["items"][0];
        let slug = first["slug"].as_str().map(str::to_owned);
        Ok(slug.filter(|_| first["state"] == "finished"))
    })
    .await?;
    Ok(Viewer::new(setup.server.stranger(), &slug))
}

/// The recording of the owner is finished and playable.
async fn plays(setup: &TestSetup) -> Result<()> {
    let length = finished(setup).await?.play_with_ffmpeg().await?;
    ensure!(length > 0, "nothing plays");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_keyboard_alone_a_take_is_recorded_stopped_and_its_link_plays() -> Result<()> {
    let setup = TestSetup::new().await?;
    // Longer than anybody waits here: only the key can end it.
    let seat = Seat::new(&setup, "[choice]\ncountdown = 60\n").await?;
    seat.recorder("ready").await?;
    // Record has the focus when the window opens; the next key starts in the middle of the countdown.
    seat.key("Return").await?;
    seat.recorder("countdown").await?;
    seat.key("space").await?;
    let running = seat.recorder("recording").await?;
    ensure!(running["id"].is_string(), "{running}");
    seat.home.run(&["mark", "here"]).await?;
    // Of the whole desktop, whoever has the keyboard.
    seat.key("ctrl+shift+l").await?;
    plays(&setup).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_that_is_killed_does_not_end_the_take_and_the_next_one_finds_it() -> Result<()> {
    let setup = TestSetup::new().await?;
    let mut seat = Seat::new(&setup, "[choice]\ncountdown = 0\n").await?;
    seat.recorder("ready").await?;
    seat.key("ctrl+shift+l").await?;
    let before = seat.recorder("recording").await?;
    seat.app.kill().await?;
    // The recorder opens the app again, which knows what is being recorded.
    eventually("a window of another process", TIMEOUT, || async {
        let window = seat.window("Aside: recording").await?;
        let pid = seat.xdotool(&["getwindowpid", &window]).output().await?;
        let pid = String::from_utf8(pid.stdout)?;
        let old = seat.app.pid().as_raw_nonzero().to_string();
        Ok((!pid.trim().is_empty() && pid.trim() != old).then_some(()))
    })
    .await?;
    let after = seat.recorder("recording").await?;
    assert_eq!(
        (&after["id"], &after["pid"]),
        (&before["id"], &before["pid"])
    );
    seat.key("ctrl+shift+l").await?;
    plays(&setup).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorder_that_is_killed_leaves_its_take_and_the_window_that_says_so() -> Result<()> {
    let setup = TestSetup::new().await?;
    let mut seat = Seat::new(&setup, "[choice]\ncountdown = 0\n").await?;
    seat.recorder("ready").await?;
    seat.key("ctrl+shift+l").await?;
    let running = seat.recorder("recording").await?;
    seat.window("Aside: recording").await?;
    // Something that can be watched is on disk.
    eventually("parts of picture and sound", TIMEOUT, || async {
        let parts = seat.home.spooled_parts()?;
        let second = |track: &str| {
            parts
                .iter()
                .any(|p| p.ends_with(format!("{track}-000001.m4s")))
        };
        Ok((second("video") && second("audio")).then_some(()))
    })
    .await?;
    let pid: i32 = running["pid"].as_str().context("a pid")?.parse()?;
    kill_process(Pid::from_raw(pid).context("a pid")?, Signal::KILL)?;
    seat.window("Aside").await?;
    ensure!(!seat.app.has_ended()?, "{}", seat.app.said());
    // Looking at the takes brings it to the server.
    seat.home.run(&["takes"]).await?;
    plays(&setup).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_app_shows_the_first_and_ends() -> Result<()> {
    let setup = TestSetup::new().await?;
    let seat = Seat::new(&setup, "").await?;
    let mut second = Program::start("a second aside-app", seat.home.app()?)?;
    let said = second.line().await?.unwrap_or_default();
    ensure!(said.contains("open already"), "{said}");
    ensure!(second.ended().await?.success());
    seat.window("Aside").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_desktop_or_without_opengl_the_app_says_so_and_what_goes_on_working() -> Result<()>
{
    let home = RecorderHome::new("", "")?.without_account();
    says(home.app()?, "aside record").await?;

    let desktop = Desktop::without_microphone(640, 480).await?;
    let home = home.with_env(desktop.env());
    let mut command = home.app()?;
    // Mesa finds no driver there.
    command
        .env("LIBGL_DRIVERS_PATH", "/nonexistent")
        .env("__EGL_VENDOR_LIBRARY_DIRS", "/nonexistent")
        .env("GALLIUM_DRIVER", "none");
    says(command, "OpenGL").await
}

/// The app ends with these words and without a panic.
async fn says(mut command: Command, words: &str) -> Result<()> {
    let ended = command.output().await?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(!ended.status.success(), "{said}");
    ensure!(said.contains(words) && !said.contains("panicked"), "{said}");
    Ok(())
}
