//! A microphone that goes away: it is said, silence of that length stands in its place, and it is recorded again when it is
//! back, whether the device or the whole sound server was gone.

use anyhow::{Context as _, Result, ensure};
use harness::RecorderProcess;
use harness::setup::parts;
use harness::sound::Sound;
use rustix::process::Signal;
use serde_json::Value;

use crate::microphone::{SoundSetup, alarms, last_health};

const SINK: &[&str] = &["module-null-sink", "sink_name=desk", "rate=48000"];
const TONE: &[&str] = &["module-sine", "sink=desk", "frequency=440"];

async fn alarm(recorder: &mut RecorderProcess, code: &str) -> Result<()> {
    let known = alarms(recorder).len();
    let is_new = |r: &RecorderProcess| alarms(r)[known..].iter().any(|c| c == code);
    recorder.until(code, is_new).await
}

/// So much more of the take.
pub(crate) async fn go_on(recorder: &mut RecorderProcess, millis: u64) -> Result<()> {
    let length = |r: &RecorderProcess| {
        last_health(r)
            .and_then(|h| h["media_ms"].as_u64())
            .unwrap_or(0)
    };
    recorder.event("health").await?;
    let until = length(recorder) + millis;
    recorder
        .until("the take to go on", |r| length(r) >= until)
        .await
}

fn end_ms(recorder: &RecorderProcess, track: &str) -> Option<i64> {
    parts(recorder, "sealed")
        .into_iter()
        .filter(|p| p["track"] == track)
        .map(|p| p["start_ms"].as_i64().unwrap_or(0) + p["duration_ms"].as_i64().unwrap_or(0))
        .max()
}

/// One hole, as long as is said, and sound on both sides of it.
async fn check_one_hole(setup: &SoundSetup, recorder: &mut RecorderProcess) -> Result<()> {
    recorder.stop()?;
    let file = setup.export(recorder).await?;
    let sound = Sound::decode(&file).await?;
    let length = sound.duration_ms();
    let holes = sound.between(0.1, length / 1000.0 - 0.1).holes_ms();
    // A device that starts may begin with a moment of silence of its own.
    let (begin, end) = match (holes.first(), holes.last()) {
        (Some(first), Some(last)) => (first.0, last.0 + last.1),
        _ => (0.0, 0.0),
    };
    let lost = last_health(recorder).and_then(|h| h["sound_lost_ms"].as_f64());
    let lost = lost.context("sound_lost_ms")?;
    let said = recorder.program().said();
    ensure!(
        begin > 500.0 && end < length - 500.0,
        "{holes:?} of {length}\n{said}"
    );
    ensure!(
        (end - begin - lost).abs() < 250.0,
        "{holes:?} are silent, {lost} ms are said to be lost\n{said}"
    );
    let (picture, heard) = (end_ms(recorder, "video"), end_ms(recorder, "audio"));
    ensure!(
        picture.zip(heard).is_some_and(|(a, b)| (a - b).abs() <= 1),
        "the picture ends at {picture:?}, the sound at {heard:?}"
    );
    Ok(())
}

/// While it is lost there is no level to show.
fn level_is_gone(recorder: &RecorderProcess) -> bool {
    last_health(recorder)
        .is_some_and(|h| h["mic_level_db"] == Value::Null && h["mic_silent"] == true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_unplugged_is_recorded_again_when_it_is_back() -> Result<()> {
    // Another source is there all the time, and is not taken instead.
    let setup = SoundSetup::new(
        "load-module module-null-sink sink_name=other\nload-module module-sine sink=other frequency=1000",
    )
    .await?;
    let sink = setup.sound.load(SINK).await?;
    setup.sound.load(TONE).await?;
    let mut recorder = setup.record("desk.monitor", &[])?;
    go_on(&mut recorder, 1_500).await?;
    setup.sound.unload(&sink).await?;
    alarm(&mut recorder, "microphone_lost").await?;
    recorder
        .until("the level to be gone", level_is_gone)
        .await?;
    go_on(&mut recorder, 2_000).await?;
    setup.sound.load(SINK).await?;
    setup.sound.load(TONE).await?;
    alarm(&mut recorder, "microphone_heard").await?;
    go_on(&mut recorder, 2_000).await?;
    ensure!(!level_is_gone(&recorder));
    check_one_hole(&setup, &mut recorder).await?;
    let codes = alarms(&recorder);
    ensure!(
        codes == ["microphone_lost", "microphone_heard"],
        "{codes:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_server_that_is_killed_and_started_again_is_recorded_again() -> Result<()> {
    let mut setup = SoundSetup::new(
        "load-module module-null-sink sink_name=desk rate=48000\nload-module module-sine sink=desk frequency=440",
    )
    .await?;
    let mut recorder = setup.record("desk.monitor", &[])?;
    go_on(&mut recorder, 1_500).await?;
    setup.sound.kill().await?;
    alarm(&mut recorder, "microphone_lost").await?;
    go_on(&mut recorder, 1_500).await?;
    setup.sound.restart().await?;
    alarm(&mut recorder, "microphone_heard").await?;
    go_on(&mut recorder, 2_000).await?;
    check_one_hole(&setup, &mut recorder).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_server_that_stands_still_is_said_and_taken_back() -> Result<()> {
    let setup = SoundSetup::new(
        "load-module module-null-sink sink_name=desk rate=48000\nload-module module-sine sink=desk frequency=440",
    )
    .await?;
    let mut recorder = setup.record("desk.monitor", &[])?;
    go_on(&mut recorder, 1_500).await?;
    setup.sound.signal(Signal::STOP)?;
    alarm(&mut recorder, "microphone_lost").await?;
    go_on(&mut recorder, 1_000).await?;
    setup.sound.signal(Signal::CONT)?;
    alarm(&mut recorder, "microphone_heard").await?;
    go_on(&mut recorder, 1_500).await?;
    check_one_hole(&setup, &mut recorder).await
}

/// `default` is the server's default, also when that is another one in the middle of the take.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn default_follows_the_servers_default() -> Result<()> {
    let setup = SoundSetup::new(
        "load-module module-null-sink sink_name=one rate=48000\n\
         load-module module-null-sink sink_name=two rate=44100 channels=8 channel_map=aux0,aux1,aux2,aux3,aux4,aux5,aux6,aux7\n\
         load-module module-remap-source source_name=desk master=one.monitor\n\
         load-module module-remap-source source_name=headset master=two.monitor\n\
         load-module module-sine sink=one frequency=440\n\
         load-module module-sine sink=two frequency=1000\n\
         set-default-source desk",
    )
    .await?;
    let mut recorder = setup.record("default", &[])?;
    go_on(&mut recorder, 2_000).await?;
    setup
        .sound
        .pactl(&["set-default-source", "headset"])
        .await?;
    go_on(&mut recorder, 4_500).await?;
    recorder.stop()?;
    let file = setup.export(&mut recorder).await?;
    let sound = Sound::decode(&file).await?;
    let length = sound.duration_ms() / 1000.0;
    let pitch = |from: f64, to: f64, hz: f64| sound.between(from, to).pitch_hz(hz);
    let before = pitch(0.2, 1.2, 440.0);
    let after = pitch(length - 1.2, length - 0.2, 1000.0);
    ensure!((before - 440.0).abs() < 1.0, "{before} Hz before");
    ensure!((after - 1000.0).abs() < 2.0, "{after} Hz after");
    // A sink that nobody listened to renders two seconds ahead: its monitor may take that long to be heard.
    let codes = alarms(&recorder);
    let last = codes.iter().rfind(|c| c.starts_with("microphone"));
    ensure!(last.is_none_or(|c| c == "microphone_heard"), "{codes:?}");
    Ok(())
}
