//! Bytes of a take of four desktops (still, typed on, scrolled, in full motion) and of FFmpeg's recording of the same (libx264 veryfast, CRF
//! 23, 30 pictures a second): `bytes [SECONDS]`, 20 unless said otherwise. One after the other, each from the scene's beginning.
//! `make bench` runs it on the optimised programs (`ASIDE_PROGRAMS`). How good the pictures are is not measured here
//! (docs/decisions/0035 has that).

mod scene;

use anyhow::{Context as _, Result, ensure};
use harness::{Desktop, RecorderHome};
use scene::{HEIGHT, Load, Painting, WIDTH};
use tokio::process::Command;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
async fn main() -> Result<()> {
    let seconds: u64 = std::env::args().nth(1).map_or(Ok(20), |n| n.parse())?;
    println!("  scene      aside KiB  ffmpeg KiB  ratio");
    for load in Load::ALL {
        let desktop = Desktop::without_microphone(WIDTH.into(), HEIGHT.into()).await?;
        let ours = ours(&desktop, load, seconds).await?;
        let theirs = theirs(&desktop, load, seconds).await?;
        println!(
            "  {:<10} {:9.0}  {:10.0}  {:5.2}",
            load.name(),
            ours / 1024.0,
            theirs / 1024.0,
            ours / theirs
        );
    }
    Ok(())
}

async fn ours(desktop: &Desktop, load: Load, seconds: u64) -> Result<f64> {
    let home = RecorderHome::new("", "")?
        .without_account()
        .with_env(desktop.env());
    let _painting = Painting::begin(&desktop.display, load)?;
    let seconds = seconds.to_string();
    let args = [
        "--offline",
        "--screen",
        "x11",
        "--mic",
        "none",
        "--duration",
        &seconds,
    ];
    let mut recorder = home.record(&args)?;
    recorder.finished().await?;
    let stopped = recorder.seen("stopped");
    stopped
        .last()
        .and_then(|e| e["size"].as_f64())
        .context("no size")
}

async fn theirs(desktop: &Desktop, load: Load, seconds: u64) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("peer.mp4");
    let _painting = Painting::begin(&desktop.display, load)?;
    let done = Command::new("ffmpeg")
        .args([
            "-v",
            "error",
            "-nostdin",
            "-f",
            "x11grab",
            "-framerate",
            "30",
        ])
        .args([
            "-video_size",
            &format!("{WIDTH}x{HEIGHT}"),
            "-i",
            &desktop.display,
        ])
        .args(["-t", &seconds.to_string(), "-c:v", "libx264"])
        .args(["-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"])
        .arg(&file)
        .status()
        .await?;
    ensure!(done.success(), "ffmpeg: {done}");
    Ok(std::fs::metadata(&file)?.len() as f64)
}
