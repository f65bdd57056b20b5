//! Records into a folder without a spool or a server: `video.mp4` and `audio.mp4`, each an init and its parts.
//!
//! `cargo run -p aside-recorder --example record_file -- FOLDER SECONDS SCREEN MIC`, SCREEN one of auto, x11, x11:N, portal, synthetic,
//! MIC one of none, default, synthetic, file:PATH or a device's id. SECONDS 0 waits for Ctrl-C. Then
//! `ffmpeg -i FOLDER/video.mp4 -i FOLDER/audio.mp4 -c copy OUT.mp4` joins the two.

#![expect(clippy::print_stdout, reason = "an example speaks to its user")]

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use aside_protocol::recording::TrackName;
use aside_recorder::clock::SystemClock;
use aside_recorder::pipeline::{
    MicChoice, Output, Pipeline, PortalWish, Scene, ScreenChoice, ScreenPart,
};
use crossbeam_channel::bounded;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seconds, screen, mic] = arguments.as_slice() else {
        bail!("usage: record_file FOLDER SECONDS SCREEN MIC");
    };
    let scene = Scene::new(screen_choice(screen)?, 30, mic_choice(mic));
    let (out, parts) = bounded(64);
    let pipeline = Pipeline::open(&scene, Arc::new(SystemClock), out)?;

    std::fs::create_dir_all(folder)?;
    let mut files = Vec::new();
    for (track, init) in pipeline.tracks() {
        let mut file = File::create(Path::new(folder).join(format!("{track}.mp4")))?;
        file.write_all(&init)?;
        files.push((track, file));
    }
    let writer = std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || write(&parts, files))?;

    pipeline.start();
    let limit: u64 = seconds.parse().context("SECONDS")?;
    let interrupted = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    interrupted.block_on(async {
        let stop = tokio::signal::ctrl_c();
        if limit == 0 {
            let _ = stop.await;
        } else {
            let _ = tokio::time::timeout(Duration::from_secs(limit), stop).await;
        }
    });
    let summary = pipeline.stop();
    println!("{summary:#?}");
    writer
        .join()
        .map_err(|_| anyhow::anyhow!("the writer panicked"))?
}

fn write(
    parts: &crossbeam_channel::Receiver<Output>,
    mut files: Vec<(TrackName, File)>,
) -> anyhow::Result<()> {
    for output in parts {
        match output {
            Output::Part(part) => {
                if let Some((_, file)) = files.iter_mut().find(|(t, _)| *t == part.track) {
                    file.write_all(&part.bytes)?;
                }
            }
            Output::Init { track, .. } => {
                bail!("the encoder of {track} was replaced; one file cannot hold both inits")
            }
            // Who speaks when is for the events track.
            Output::Heard { .. } => {}
            Output::Alarm(alarm) => println!("{alarm}"),
            Output::Ended(reason) => println!("{reason}"),
        }
    }
    Ok(())
}

fn screen_choice(text: &str) -> anyhow::Result<ScreenChoice> {
    Ok(match text.split_once(':') {
        Some(("x11", n)) => ScreenChoice::X11(ScreenPart::Displays(vec![n.parse()?])),
        _ => match text {
            "auto" => ScreenChoice::Auto,
            "x11" => ScreenChoice::X11(ScreenPart::Whole),
            "portal" => ScreenChoice::Portal(PortalWish::default()),
            "synthetic" => ScreenChoice::Synthetic,
            other => bail!("no such screen: {other}"),
        },
    })
}

fn mic_choice(text: &str) -> MicChoice {
    match text.split_once(':') {
        Some(("file", path)) => MicChoice::File(path.into()),
        _ => match text {
            "none" => MicChoice::None,
            "default" => MicChoice::Default,
            "synthetic" => MicChoice::Synthetic,
            id => MicChoice::Device(id.to_owned()),
        },
    }
}
