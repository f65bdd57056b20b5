//! What the machine plays is recorded beside the microphone, through a real sound server whose default output changes in the
//! middle, and nothing of the person's settings is touched.

use anyhow::{Context as _, Result, ensure};
use harness::RecorderHome;
use harness::sound::Sound;

use crate::microphone::{SoundSetup, alarms, begun, last_health};
use crate::microphone_lost::go_on;

/// Tones at half the full level: speech at 300 Hz, the first output at 440 Hz, the second at 1000 Hz. The server plays them itself. The defaults
/// come first: a server moves what plays on the old default output to the new one.
const SETUP: &str = "load-module module-null-sink sink_name=speakers rate=48000\n\
    load-module module-null-sink sink_name=headset rate=44100\n\
    load-module module-null-sink sink_name=voice rate=48000\n\
    load-module module-remap-source source_name=desk master=voice.monitor\n\
    set-default-source desk\n\
    set-default-sink speakers\n\
    load-module module-sine sink=voice frequency=300\n\
    load-module module-sine sink=speakers frequency=440\n\
    load-module module-sine sink=headset frequency=1000";

/// Volumes, mutes and the like, as the server lists them; not what changes by itself.
async fn settings(setup: &SoundSetup) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for what in ["sinks", "sources"] {
        let list = setup.sound.pactl(&["list", what]).await?;
        let kept = [
            "Name:",
            "Mute:",
            "Volume:",
            "Active Port:",
            "Sample Specification:",
        ];
        lines.extend(
            list.lines()
                .map(str::trim)
                .filter(|line| kept.iter().any(|k| line.starts_with(k)))
                .map(str::to_owned),
        );
    }
    let info = setup.sound.pactl(&["info"]).await?;
    lines.extend(
        info.lines()
            .filter(|l| l.starts_with("Default"))
            .map(str::to_owned),
    );
    Ok(lines)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn voice_and_system_sound_are_mixed_and_the_default_output_is_followed() -> Result<()> {
    let setup = SoundSetup::new(SETUP).await?;
    let mut recorder = setup.record("default", &["--system-audio", "on"])?;
    begun(&mut recorder).await?;
    go_on(&mut recorder, 4_000).await?;
    let health = last_health(&recorder).context("health")?;
    let level = |name: &str| health[name].as_f64().context("a level");
    ensure!((level("mic_level_db")? + 9.0).abs() < 2.0, "{health}");
    ensure!((level("system_level_db")? + 9.0).abs() < 2.0, "{health}");
    let before = settings(&setup).await?;
    setup.sound.pactl(&["set-default-sink", "headset"]).await?;
    go_on(&mut recorder, 5_000).await?;
    let after = settings(&setup).await?;
    recorder.stop()?;
    let file = setup.export(&mut recorder).await?;

    let unchanged = |l: &&String| !l.starts_with("Default Sink");
    ensure!(
        before
            .iter()
            .filter(unchanged)
            .eq(after.iter().filter(unchanged)),
        "{before:?} became {after:?}"
    );
    let sound = Sound::decode(&file).await?;
    let length = sound.duration_ms() / 1000.0;
    let heard = |from: f64, hz: f64| sound.between(from, from + 0.8).tone_db(hz);
    let (early, late) = (2.5, length - 1.2);
    // The sum is bent at its peaks. What played on the old output plays on the new one.
    for (at, hz) in [
        (early, 300.0),
        (early, 440.0),
        (late, 300.0),
        (late, 440.0),
        (late, 1000.0),
    ] {
        let db = heard(at, hz);
        ensure!(db > -12.0, "{hz} Hz at {at} s has {db} dB");
    }
    let db = heard(early, 1000.0);
    ensure!(db < -30.0, "1000 Hz at {early} s has {db} dB");
    let codes = alarms(&recorder);
    let known = ["sound_lost", "system_sound_lost", "system_sound_heard"];
    ensure!(
        codes.iter().all(|c| known.contains(&c.as_str())),
        "{codes:?}: the microphone was there all the time"
    );
    ensure!(
        codes
            .iter()
            .rfind(|c| c.starts_with("system"))
            .is_none_or(|c| c == "system_sound_heard"),
        "{codes:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn system_sound_is_recorded_without_a_microphone() -> Result<()> {
    let setup = SoundSetup::new(SETUP).await?;
    let mut recorder = setup.record("none", &["--system-audio", "on", "--duration", "4"])?;
    let file = setup.export(&mut recorder).await?;
    let health = last_health(&recorder).context("health")?;
    ensure!(health["mic_level_db"].is_null(), "{health}");
    ensure!(health["mic_silent"] == false, "{health}");
    ensure!(
        health["system_level_db"]
            .as_f64()
            .is_some_and(|l| l > -20.0),
        "{health}"
    );
    let sound = Sound::decode(&file).await?;
    let heard = |hz: f64| sound.between(2.6, 3.8).tone_db(hz);
    // FFmpeg makes one channel of two alike 3 dB louder.
    ensure!((heard(440.0) + 3.0).abs() < 1.5, "{} dB", heard(440.0));
    ensure!(
        heard(300.0) < -50.0,
        "{} dB of the microphone",
        heard(300.0)
    );
    ensure!(alarms(&recorder).is_empty(), "{:?}", alarms(&recorder));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_output_that_goes_away_leaves_the_voice_whole_and_is_recorded_again() -> Result<()> {
    let setup = SoundSetup::new(
        "load-module module-null-sink sink_name=other rate=48000\n\
         load-module module-null-sink sink_name=voice rate=48000\n\
         load-module module-remap-source source_name=desk master=voice.monitor\n\
         set-default-source desk\n\
         set-default-sink other\n\
         load-module module-sine sink=voice frequency=300",
    )
    .await?;
    let sink = ["module-null-sink", "sink_name=speakers", "rate=48000"];
    let tone = ["module-sine", "sink=speakers", "frequency=440"];
    let speakers = setup.sound.load(&sink).await?;
    let playing = setup.sound.load(&tone).await?;
    setup.sound.pactl(&["set-default-sink", "speakers"]).await?;
    let mut recorder = setup.record("default", &["--system-audio", "on"])?;
    begun(&mut recorder).await?;
    go_on(&mut recorder, 4_000).await?;
    // The server would move the tone to the other sink and back, where it meets the second one in any phase.
    setup.sound.unload(&playing).await?;
    setup.sound.unload(&speakers).await?;
    // The server makes another sink its default.
    go_on(&mut recorder, 3_000).await?;
    setup.sound.load(&sink).await?;
    setup.sound.load(&tone).await?;
    setup.sound.pactl(&["set-default-sink", "speakers"]).await?;
    // A new sink has rendered ahead, and what it plays comes with that delay; on a busy machine later still.
    recorder
        .until("the tone of the output that is back", |r| {
            let level = last_health(r).and_then(|h| h["system_level_db"].as_f64());
            level.is_some_and(|level| level > -20.0)
        })
        .await?;
    go_on(&mut recorder, 3_000).await?;
    recorder.stop()?;
    let file = setup.export(&mut recorder).await?;
    let sound = Sound::decode(&file).await?;
    let length = sound.duration_ms() / 1000.0;
    let heard = |from: f64, hz: f64| sound.between(from, from + 0.8).tone_db(hz);
    ensure!(heard(2.5, 440.0) > -9.0, "{}", heard(2.5, 440.0));
    ensure!(
        heard(length - 1.2, 440.0) > -9.0,
        "{}",
        heard(length - 1.2, 440.0)
    );
    let mut at = 0.5;
    while at + 1.0 < length {
        ensure!(
            heard(at, 300.0) > -10.0,
            "the voice at {at} s: {}",
            heard(at, 300.0)
        );
        at += 0.4;
    }
    let codes = alarms(&recorder);
    ensure!(
        !codes.iter().any(|c| c.starts_with("microphone")),
        "{codes:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_output_that_plays_and_cannot_be_heard_is_told_and_so_is_its_return() -> Result<()> {
    let setup = SoundSetup::new(
        "load-module module-null-sink sink_name=speakers rate=48000\n\
         set-default-sink speakers",
    )
    .await?;
    let mut recorder = setup.record("none", &["--system-audio", "on"])?;
    begun(&mut recorder).await?;
    // Nothing plays: that is nobody's fault.
    go_on(&mut recorder, 5_000).await?;
    let told = |r: &harness::RecorderProcess, code: &str| alarms(r).iter().any(|c| c == code);
    ensure!(
        !told(&recorder, "system_sound_silent"),
        "{:?}",
        alarms(&recorder)
    );
    setup
        .sound
        .load(&["module-sine", "sink=speakers", "frequency=440"])
        .await?;
    recorder
        .until("the tone", |r| {
            let level = last_health(r).and_then(|h| h["system_level_db"].as_f64());
            level.is_some_and(|level| level > -20.0)
        })
        .await?;
    setup
        .sound
        .pactl(&["set-sink-mute", "speakers", "1"])
        .await?;
    recorder
        .until("the alarm", |r| told(r, "system_sound_silent"))
        .await?;
    ensure!(!told(&recorder, "system_sound_back"));
    setup
        .sound
        .pactl(&["set-sink-mute", "speakers", "0"])
        .await?;
    recorder
        .until("its end", |r| told(r, "system_sound_back"))
        .await?;
    recorder.stop()?;
    setup.export(&mut recorder).await?;
    let report = recorder.seen("stopped");
    let report = &report.last().context("stopped")?["report"];
    ensure!(report["alarms"]["system_sound_silent"] == 1, "{report}");
    let offset = report["system_timing"]["most_offset_ms"].as_f64();
    ensure!(offset.is_some(), "{report}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_sound_server_system_sound_is_refused_with_a_next_step() -> Result<()> {
    let home = RecorderHome::new("", "")?.without_account().with_env(vec![(
        "PULSE_SERVER".to_owned(),
        "unix:/nonexistent/pulse".to_owned(),
    )]);
    let args = [
        "record",
        "--offline",
        "--screen",
        "synthetic",
        "--mic",
        "none",
        "--system-audio",
        "on",
    ];
    let (status, said) = home.refused(&args).await?;
    ensure!(status.code() == Some(3), "{status}: {said}");
    ensure!(said.contains("--system-audio off"), "{said}");
    Ok(())
}
