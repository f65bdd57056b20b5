//! The reader of V4L2 cameras, on a node that a preloaded library answers for (`media/v4l2/device.c`): this machine's kernel has
//! none. The ioctls, buffers and stamps are those of linux/videodev2.h; no driver is tried.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use harness::setup::{FACE, parts};
use harness::{RecorderHome, TestSetup, picture};
use tokio::process::Command;

const RECORD: &[&str] = &[
    "--screen",
    "synthetic",
    "--mic",
    "none",
    "--camera",
    "default",
];
/// Frames are due this many milliseconds apart.
const INTERVAL: f64 = 33.333;

/// A setup whose recorder finds the node.
async fn with_node() -> Result<TestSetup> {
    let mut setup = TestSetup::new().await?;
    let token = setup.owner.token.clone().context("a token")?;
    let home = RecorderHome::new(&setup.server.url, &token)?;
    let (library, faults) = (home.path().join("device.so"), home.path().join("v4l2"));
    std::fs::create_dir(&faults)?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("media/v4l2/device.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .output()
        .await?;
    ensure!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    setup.home = home.with_env([
        ("LD_PRELOAD".to_owned(), library.display().to_string()),
        ("FAKE_V4L2".to_owned(), faults.display().to_string()),
    ]);
    Ok(setup)
}

fn fault(setup: &TestSetup, name: &str) -> std::path::PathBuf {
    setup.home.path().join("v4l2").join(name)
}

/// A JPEG of the size that the node gives.
async fn jpeg_frames(setup: &TestSetup) -> Result<()> {
    let file = fault(setup, "frame.jpg");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1280x720"])
        .args(["-frames:v", "1", "-pix_fmt", "yuvj422p"])
        .arg(&file)
        .output()
        .await?;
    ensure!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webcam_is_listed_and_recorded_at_the_kernels_stamps_raw_and_as_jpeg() -> Result<()> {
    let setup = with_node().await?;
    let sources = setup.home.run(&["sources", "--json"]).await?;
    let sources: serde_json::Value = serde_json::from_str(&sources)?;
    assert_eq!(
        sources["cameras"],
        serde_json::json!([{ "id": "/dev/video77", "name": "Fake Webcam", "default": true }])
    );
    for jpeg in [false, true] {
        if jpeg {
            jpeg_frames(&setup).await?;
        }
        let mut recorder = setup
            .home
            .record(&[RECORD, &["--duration", "3"]].concat())?;
        let link = recorder.link().await?;
        recorder.finished().await?;
        let face = setup.viewer(&link).load("camera").await?;
        let times: Vec<f64> = picture::decode(&face.path, FACE)
            .await?
            .iter()
            .map(|f| f.at_ms)
            .collect();
        ensure!(times.len() > 10, "jpeg {jpeg}: {times:?}");
        // The first picture is shown from zero, and the last one may be repeated at the end; between them pictures lie where they
        // were due, though they arrived later and not evenly.
        let steps: Vec<f64> = times[1..].windows(2).map(|w| w[1] - w[0]).collect();
        let even = |step: &&f64| {
            let frames = (*step / INTERVAL).round();
            frames >= 1.0 && (*step - frames * INTERVAL).abs() < 0.2
        };
        let even = steps.iter().filter(even).count();
        ensure!(
            even + 3 >= steps.len(),
            "jpeg {jpeg}: {even} of {} steps are even: {times:?}",
            steps.len()
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webcam_that_is_busy_or_forbidden_is_exit_code_three_with_a_next_step() -> Result<()> {
    let setup = with_node().await?;
    let record = [&["record"], RECORD].concat();
    for (name, advice) in [("busy", "another program"), ("forbidden", "group `video`")] {
        std::fs::write(fault(&setup, name), "")?;
        let (status, said) = setup.home.refused(&record).await?;
        assert_eq!(status.code(), Some(3), "{said}");
        ensure!(
            said.contains(advice) && said.contains("--camera none"),
            "{said}"
        );
        std::fs::remove_file(fault(&setup, name))?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webcam_that_is_unplugged_or_silent_is_told_and_comes_back() -> Result<()> {
    let setup = with_node().await?;
    let mut recorder = setup.home.record(RECORD)?;
    let link = recorder.link().await?;
    for (n, name) in ["unplugged", "silent"].into_iter().enumerate() {
        let told = |r: &harness::RecorderProcess, code: &str| {
            let alarms = r.seen("alarm");
            alarms.iter().filter(|a| a["code"] == code).count()
        };
        let so_far = parts(&recorder, "received").len();
        recorder
            .until("the take to go on", |r| {
                parts(r, "received").len() >= so_far + 4
            })
            .await?;
        std::fs::write(fault(&setup, name), "")?;
        recorder
            .until("the camera to be lost", |r| told(r, "camera_lost") > n)
            .await?;
        std::fs::remove_file(fault(&setup, name))?;
        recorder
            .until("the camera to be back", |r| told(r, "camera_back") > n)
            .await?;
    }
    recorder.stop()?;
    recorder.finished().await?;
    let viewer = setup.viewer(&link);
    assert_eq!(viewer.watch().await?["state"], "finished");
    let (face, screen) = (
        viewer.load("camera").await?.playlist.duration(),
        viewer.load("video").await?.playlist.duration(),
    );
    ensure!((face - screen).abs() < 0.1, "{face} s of {screen} s");
    Ok(())
}
