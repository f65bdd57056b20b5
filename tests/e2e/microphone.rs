//! Sound is whole: a steady tone through a real sound server, by the plainest way there is (a null sink's monitor, a player
//! that asks for no latency), in every layout of channels, and while the recorder is stopped and continued.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use harness::pulse::SoundServer;
use harness::setup::parts;
use harness::sound::{Sound, tone};
use harness::{RecorderHome, RecorderProcess};
use rustix::process::Signal;
use serde_json::Value;

const HZ: f64 = 440.0;
/// Before this the encoder is not yet in step, and the end is cut in the middle of a frame.
const EDGE: f64 = 0.1;

/// A home and a sound server that plays a tone.
pub(crate) struct SoundSetup {
    pub(crate) home: RecorderHome,
    pub(crate) sound: SoundServer,
}

impl SoundSetup {
    pub(crate) async fn new(script: &str) -> Result<Self> {
        let home = RecorderHome::new("", "")?.without_account();
        let sound = SoundServer::start(&home.path().join("sound"), script).await?;
        let home = home.with_env(sound.env());
        Ok(Self { home, sound })
    }

    pub(crate) fn record(&self, mic: &str, more: &[&str]) -> Result<RecorderProcess> {
        let fixed = [
            "--offline",
            "--screen",
            "synthetic",
            "--fps",
            "5",
            "--mic",
            mic,
        ];
        let args: Vec<&str> = fixed.iter().chain(more).copied().collect();
        self.home.record(&args)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The take as a file, once the recorder has ended well.
    pub(crate) async fn export(&self, recorder: &mut RecorderProcess) -> Result<PathBuf> {
        recorder.finished().await?;
        let id = recorder
            .seen("kept")
            .last()
            .and_then(|e| e["id"].as_str())
            .context("the take is kept")?
            .to_owned();
        let file = self.file(&format!("{id}.mp4"));
        let path = file.display().to_string();
        self.home.run(&["takes", "export", &id, &path]).await?;
        Ok(file)
    }
}

/// Waits until the take has begun: what lies before its first picture is not recorded, and the devices run long before.
pub(crate) async fn begun(recorder: &mut RecorderProcess) -> Result<()> {
    let sound = |r: &RecorderProcess| parts(r, "sealed").iter().any(|p| p["track"] == "audio");
    recorder.until("a part of the sound", sound).await
}

/// The codes of all alarms of the sound so far. What a busy machine does to the picture is not asked here.
pub(crate) fn alarms(recorder: &RecorderProcess) -> Vec<String> {
    let of_sound = |code: &String| code.starts_with("microphone_") || code.contains("sound_");
    let code = |e: &&Value| e["code"].as_str().unwrap_or_default().to_owned();
    let seen = recorder.seen("alarm");
    seen.iter().map(code).filter(of_sound).collect()
}

pub(crate) fn last_health(recorder: &RecorderProcess) -> Option<&Value> {
    recorder.seen("health").last().copied()
}

fn inner(sound: &Sound) -> Sound {
    sound.between(EDGE, sound.duration_ms() / 1000.0 - EDGE)
}

/// What is wrong with a steady tone; empty: nothing.
fn faults(sound: &Sound) -> String {
    told(&sound.holes_ms(), &sound.jumps_ms(HZ))
}

/// What is wrong with a recorded tone and not with what another program heard of it: a sound server or a player that the
/// system starves makes holes for all who listen.
fn faults_of_its_own(sound: &Sound, heard: &Sound) -> String {
    let (mut holes, mut jumps) = (sound.holes_ms(), sound.jumps_ms(HZ));
    for (_, length) in heard.holes_ms() {
        let same = |(_, ours): &(f64, f64)| (ours - length).abs() <= 10.0;
        if let Some(n) = holes.iter().position(same) {
            holes.remove(n);
        }
    }
    // A hole has a jump at each of its ends.
    if jumps.len() <= heard.jumps_ms(HZ).len() {
        jumps.clear();
    }
    told(&holes, &jumps)
}

fn told(holes: &[(f64, f64)], jumps: &[f64]) -> String {
    if holes.is_empty() && jumps.is_empty() {
        return String::new();
    }
    format!("holes (begin, length in ms) {holes:?}; jumps at {jumps:?} ms")
}

/// `ASIDE_TONE_SECONDS=600` is the long form.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_steady_tone_through_a_plain_monitor_has_not_one_hole() -> Result<()> {
    let seconds: u32 = std::env::var("ASIDE_TONE_SECONDS")
        .map_or(Ok(25), |s| s.parse())
        .context("ASIDE_TONE_SECONDS")?;
    let setup = SoundSetup::new("load-module module-null-sink sink_name=plain").await?;
    let played = setup.file("tone.raw");
    std::fs::write(&played, tone(HZ, seconds + 60, 44_100, 2, &[0, 1]))?;
    let player = setup
        .sound
        .play("plain", &played, 44_100, "front-left,front-right")?;
    let truth = setup.file("truth.wav");
    let mut listener = setup.sound.listen("plain.monitor", &truth)?;
    heard(&setup).await?;

    let length = seconds.to_string();
    let mut recorder = setup.record("plain.monitor", &["--duration", &length])?;
    let file = setup.export(&mut recorder).await?;
    listener.kill().await?;
    drop(player);
    let sound = inner(&Sound::decode(&file).await?);
    let truth = Sound::decode(&truth).await?;
    // The listener is there before the player.
    let truth = truth.between(1.0, truth.duration_ms() / 1000.0 - EDGE);
    let found = faults_of_its_own(&sound, &truth);
    ensure!(
        found.is_empty(),
        "{found}; the listener beside it: {}; alarms {:?}",
        faults(&truth),
        alarms(&recorder)
    );
    let lost = last_health(&recorder).map(|h| h["sound_lost_ms"].clone());
    ensure!(lost == Some(0.into()), "sound_lost_ms {lost:?}");
    ensure!(alarms(&recorder).is_empty(), "{:?}", alarms(&recorder));
    let pitch = sound.pitch_hz(HZ);
    ensure!((pitch - HZ).abs() < 0.5, "{pitch} Hz");
    Ok(())
}

/// Waits until the player is heard on the sink's monitor.
async fn heard(setup: &SoundSetup) -> Result<()> {
    harness::eventually("the player", harness::TIMEOUT, || async {
        let inputs = setup.sound.pactl(&["list", "sink-inputs"]).await?;
        Ok(inputs.contains("Corked: no").then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorder_that_is_stopped_and_continued_loses_no_sound() -> Result<()> {
    let setup = SoundSetup::new(
        "load-module module-null-sink sink_name=plain\nload-module module-sine sink=plain frequency=440",
    )
    .await?;
    let mut recorder = setup.record("plain.monitor", &["--duration", "14"])?;
    begun(&mut recorder).await?;
    for millis in [30, 50, 60, 100, 100, 3_000] {
        recorder.program().signal(Signal::STOP)?;
        tokio::time::sleep(Duration::from_millis(millis)).await;
        recorder.program().signal(Signal::CONT)?;
        recorder.event("health").await?;
    }
    let file = setup.export(&mut recorder).await?;
    let found = faults(&inner(&Sound::decode(&file).await?));
    ensure!(found.is_empty(), "{found}; alarms {:?}", alarms(&recorder));
    ensure!(alarms(&recorder).is_empty(), "{:?}", alarms(&recorder));
    Ok(())
}

/// The server keeps what comes for as long as its queue holds: what is missing after a longer stop is silence of that length,
/// and it is said why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_long_stop_costs_is_counted_and_blamed_on_the_stop() -> Result<()> {
    // 32 channels fill the queue within one and a half seconds.
    let setup = SoundSetup::new(
        "load-module module-null-sink sink_name=wide channels=32 rate=48000\n\
         load-module module-sine sink=wide frequency=440",
    )
    .await?;
    let mut recorder = setup.record("wide.monitor", &["--duration", "12"])?;
    begun(&mut recorder).await?;
    recorder.program().signal(Signal::STOP)?;
    tokio::time::sleep(Duration::from_secs(6)).await;
    recorder.program().signal(Signal::CONT)?;
    let file = setup.export(&mut recorder).await?;
    let codes = alarms(&recorder);
    ensure!(codes == ["sound_lost"], "{codes:?}");
    let message = recorder.seen("alarm")[0]["message"].to_string();
    ensure!(message.contains("suspended"), "{message}");
    let sound = inner(&Sound::decode(&file).await?);
    let silent: f64 = sound.holes_ms().iter().map(|(_, length)| length).sum();
    let lost = last_health(&recorder).and_then(|h| h["sound_lost_ms"].as_f64());
    let lost = lost.context("sound_lost_ms")?;
    ensure!(
        lost > 1000.0 && (silent - lost).abs() < 120.0,
        "{silent} ms are silent, {lost} ms are said to be lost"
    );
    Ok(())
}

/// A sink, and the channels that sound in it.
struct Layout {
    name: &'static str,
    rate: u32,
    map: &'static str,
    on: &'static [usize],
}

impl Layout {
    /// Makes the sink, and lets the server itself play a tone in those channels: no player can be late.
    async fn sound(&self, setup: &SoundSetup) -> Result<()> {
        let channels: Vec<&str> = self.map.split(',').collect();
        let named = |key: &str, value: &str| format!("{key}={value}");
        setup
            .sound
            .load(&[
                "module-null-sink",
                &named("sink_name", self.name),
                &named("rate", &self.rate.to_string()),
                &named("channels", &channels.len().to_string()),
                &named("channel_map", self.map),
            ])
            .await?;
        for on in self.on {
            let input = format!("{}-{on}", self.name);
            setup
                .sound
                .load(&[
                    "module-remap-sink",
                    &named("sink_name", &input),
                    &named("master", self.name),
                    "channels=1",
                    "channel_map=mono",
                    &named("master_channel_map", channels[*on]),
                    "remix=no",
                ])
                .await?;
            setup
                .sound
                .load(&["module-sine", &named("sink", &input), "frequency=440"])
                .await?;
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_is_heard_on_both_sides_whichever_input_it_comes_in_on() -> Result<()> {
    let aux: &str = "aux0,aux1,aux2,aux3,aux4,aux5,aux6,aux7";
    let layouts = [
        Layout {
            name: "quad",
            rate: 96_000,
            map: "front-left,front-right,rear-left,rear-right",
            on: &[2],
        },
        Layout {
            name: "four",
            rate: 48_000,
            map: "aux0,aux1,aux2,aux3",
            on: &[2],
        },
        Layout {
            name: "eight",
            rate: 192_000,
            map: aux,
            on: &[5],
        },
        Layout {
            name: "first",
            rate: 48_000,
            map: aux,
            on: &[0],
        },
        Layout {
            name: "surround",
            rate: 48_000,
            map: "front-left,front-right,front-center,lfe,rear-left,rear-right,side-left,side-right",
            on: &[5],
        },
        Layout {
            name: "eighteen",
            rate: 48_000,
            map: "aux0,aux1,aux2,aux3,aux4,aux5,aux6,aux7,aux8,aux9,aux10,aux11,aux12,aux13,aux14,aux15,aux16,aux17",
            on: &[17],
        },
        Layout {
            name: "left",
            rate: 44_100,
            map: "front-left,front-right",
            on: &[0],
        },
        Layout {
            name: "telephone",
            rate: 8_000,
            map: "mono",
            on: &[0],
        },
        Layout {
            name: "studio",
            rate: 192_000,
            map: "front-left,front-right",
            on: &[0, 1],
        },
    ];
    let setup = SoundSetup::new("load-module module-null-sink sink_name=unused").await?;
    for layout in layouts {
        let channels = layout.map.split(',').count();
        layout.sound(&setup).await?;
        let source = format!("{}.monitor", layout.name);
        let mut recorder = setup.record(&source, &["--duration", "6"])?;
        let file = setup.export(&mut recorder).await?;
        let wrong = |what: String| format!("{}: {what}; {:?}", layout.name, alarms(&recorder));
        ensure!(alarms(&recorder).is_empty(), wrong(String::new()));
        let meter = last_health(&recorder).and_then(|h| h["mic_level_db"].as_f64());
        for side in 0..channels.min(2) {
            // A sink that nobody listened to renders two seconds ahead, and takes some of it back when somebody does: the
            // tone then jumps in its phase before it reaches any recorder, so only holes are looked for here.
            let sound = Sound::decode_channel(&file, side).await?;
            let sound = sound.between(3.0, sound.duration_ms() / 1000.0 - EDGE);
            ensure!(sound.holes_ms().is_empty(), wrong(faults(&sound)));
            let (level, pitch) = (f64::from(sound.rms_db()), sound.pitch_hz(HZ));
            // Half of the full level, of a sine.
            ensure!(
                (level + 9.03).abs() < 1.0,
                wrong(format!("{side} is at {level} dB"))
            );
            ensure!((pitch - HZ).abs() < 0.5, wrong(format!("{pitch} Hz")));
            ensure!(
                meter.is_some_and(|m| (m - level).abs() < 1.0),
                wrong(format!("{level} dB are shown as {meter:?}"))
            );
            ensure!(sound.duration_ms() > 2_500.0, wrong("too short".to_owned()));
        }
        eprintln!("{} is heard as it was played", layout.name);
    }
    Ok(())
}
