//! The threads, on the machine's clock.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use aside_recorder::clock::SystemClock;
use aside_recorder::encode::Encoders;
use aside_recorder::pipeline::{
    Alarm, MicChoice, OpenError, Output, Pipeline, Scene, ScreenChoice, SoundInput, StartError,
    TrackPlan, TrackSource,
};
use crossbeam_channel::{Receiver, bounded};

use super::decode::{self, Seen};
use super::take::Left;

pub(crate) fn scene(mic: MicChoice) -> Scene {
    Scene::new(ScreenChoice::Synthetic, 30, mic)
}

fn open(scene: &Scene) -> (Pipeline, Receiver<Output>) {
    let (out, outputs) = bounded(1000);
    (
        Pipeline::open(scene, Arc::new(SystemClock), out).unwrap(),
        outputs,
    )
}

/// Reads until the media of `track` reaches `seconds`.
pub(crate) fn record_until(
    outputs: &Receiver<Output>,
    track: TrackName,
    seconds: f64,
    into: &mut Vec<Output>,
) {
    loop {
        let output = outputs.recv_timeout(Duration::from_secs(20)).unwrap();
        let scale = if track == TrackName::Video {
            90_000.0
        } else {
            48_000.0
        };
        let reached = matches!(&output, Output::Part(p) if p.track == track
            && (p.start + p.duration) as f64 / scale >= seconds);
        into.push(output);
        if reached {
            return;
        }
    }
}

pub(crate) fn left(tracks: Vec<(TrackName, Vec<u8>)>, outputs: Vec<Output>) -> Left {
    let mut left = Left {
        tracks: tracks
            .into_iter()
            .map(|(t, init)| (t, init, Vec::new()))
            .collect(),
        replaced: Vec::new(),
        later_init: None,
    };
    for output in outputs {
        if let Output::Part(part) = output {
            left.tracks
                .iter_mut()
                .find(|(t, ..)| *t == part.track)
                .unwrap()
                .2
                .push(part);
        }
    }
    left
}

#[test]
fn picture_and_sound_end_on_the_same_tick() {
    for seconds in [0.3, 1.1] {
        let (pipeline, outputs) = open(&scene(MicChoice::Synthetic));
        let mut seen = Vec::new();
        pipeline.start();
        record_until(&outputs, TrackName::Video, seconds, &mut seen);
        let tracks = pipeline.tracks();
        pipeline.stop();
        seen.extend(outputs.try_iter());

        let left = left(tracks, seen);
        let end = |track| {
            let last = left.parts(track).last().unwrap();
            last.start + last.duration
        };
        assert_eq!(
            end(TrackName::Video) * 48_000,
            end(TrackName::Audio) * 90_000
        );
    }
}

#[test]
fn a_take_has_a_length_from_its_first_picture_on() {
    let (pipeline, outputs) = open(&scene(MicChoice::None));
    assert_eq!(pipeline.length(), None);
    pipeline.start();
    record_until(&outputs, TrackName::Video, 0.3, &mut Vec::new());
    assert!(pipeline.length() >= Some(Duration::from_millis(300)));
}

/// Which moment of the scene was on the screen at `at`, in seconds, by the picture before it: whatever a machine with more to do than it
/// has cores has dropped behind that.
fn scene_at(pictures: &[Seen], at: f64) -> f64 {
    let before = pictures.iter().rev().find(|p| p.at <= at).unwrap();
    f64::from(before.counter.unwrap()) / 30.0 + at - before.at
}

#[test]
fn what_is_recorded_by_the_threads_is_whole_and_in_time_across_a_pause() {
    let (pipeline, outputs) = open(&scene(MicChoice::Synthetic));
    let mut seen = Vec::new();
    pipeline.start();
    record_until(&outputs, TrackName::Video, 2.5, &mut seen);
    pipeline.pause();
    pipeline.resume();
    record_until(&outputs, TrackName::Audio, 5.0, &mut seen);
    let tracks = pipeline.tracks();
    let summary = pipeline.stop();
    seen.extend(outputs.try_iter());

    let left = left(tracks, seen);
    left.assert_parts_are_whole();
    for (track, parts) in &summary.parts {
        assert_eq!(
            left.parts(*track).len(),
            *parts as usize,
            "not every part of {track} had left when stop came back"
        );
    }
    let pictures = decode::pictures(&left.file(TrackName::Video));
    assert!(pictures.iter().all(|p| p.counter.is_some()));
    // A flash every two seconds, three pictures long, and with it a beep.
    for picture in &pictures {
        assert_eq!(
            picture.flash,
            picture.counter.unwrap() % 60 < 3,
            "{picture:?}"
        );
    }
    let beeps = decode::sound(&left.file(TrackName::Audio)).beeps();
    assert!(beeps.len() >= 2, "{beeps:?}");
    for beep in beeps {
        let scene = scene_at(&pictures, beep);
        let off = (scene - (scene / 2.0).round() * 2.0).abs();
        assert!(off < 1.0 / 30.0, "a beep at {beep}, {off} s from its flash");
    }
}

/// Whatever is dropped on a busy machine: each picture stands where its frame was on the screen, and frames follow each other at 60 a
/// second.
#[test]
fn sixty_pictures_a_second_stand_where_they_were_seen() {
    let scene = Scene::new(ScreenChoice::Synthetic, 60, MicChoice::None);
    let (pipeline, outputs) = open(&scene);
    let mut seen = Vec::new();
    pipeline.start();
    record_until(&outputs, TrackName::Video, 3.0, &mut seen);
    let tracks = pipeline.tracks();
    pipeline.stop();
    seen.extend(outputs.try_iter());
    let pictures = decode::pictures(&left(tracks, seen).file(TrackName::Video));
    let counted: Vec<(f64, f64)> = pictures
        .iter()
        .map(|p| (p.at, f64::from(p.counter.unwrap())))
        .collect();
    // A part that ends while no picture comes repeats the last one, and the next, which was on its way, then stands behind it.
    let repeats = |n: usize| n > 0 && counted[n].1 == counted[n - 1].1;
    let moved = |n: usize| repeats(n) || n > 0 && repeats(n - 1);
    let mut neighbours = 0;
    for (n, pair) in counted.windows(2).enumerate() {
        if moved(n) || moved(n + 1) {
            continue;
        }
        let (passed, frames) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
        // The first one may be older than the take, which begins when it was asked for.
        let late = frames / 60.0 - passed;
        assert!(late.abs() < 0.001 || n == 0 && late > 0.0, "{pair:?}");
        neighbours += u32::from(frames == 1.0);
    }
    assert!(neighbours > 0, "no two frames of 1/60 s follow each other");
}

/// A machine that has more to do than it can lowers its effort and says so.
fn is_of_a_busy_machine(output: &Output) -> bool {
    matches!(
        output,
        Output::Alarm(Alarm::EffortLowered { .. } | Alarm::EffortRestored)
    )
}

#[test]
fn a_muted_microphone_is_silence_until_it_is_heard_again_and_no_alarm() {
    let (pipeline, outputs) = open(&scene(MicChoice::Synthetic));
    let mut seen = Vec::new();
    pipeline.start();
    record_until(&outputs, TrackName::Audio, 2.2, &mut seen);
    let length = || pipeline.length().unwrap().as_secs_f64();
    pipeline.mute(true);
    let muted = length();
    // Longer than a microphone may be silent without an alarm, and than two beeps are apart.
    record_until(&outputs, TrackName::Audio, muted + 4.3, &mut seen);
    let health = pipeline.health();
    assert!(health.mic_muted && !health.mic_silent);
    assert_eq!(health.mic_level_db, None);
    pipeline.mute(false);
    let heard = length();
    record_until(&outputs, TrackName::Audio, heard + 2.3, &mut seen);
    assert!(!pipeline.health().mic_muted);
    assert!(pipeline.health().mic_level_db.is_some());
    let tracks = pipeline.tracks();
    pipeline.stop();
    seen.extend(outputs.try_iter());
    let told = |o: &&Output| matches!(o, Output::Alarm(_)) && !is_of_a_busy_machine(o);
    assert_eq!(seen.iter().filter(told).count(), 0);

    let sound = decode::sound(&left(tracks, seen).file(TrackName::Audio));
    let beeps = sound.beeps();
    assert!(beeps.iter().any(|b| *b < muted), "{beeps:?}");
    assert!(beeps.iter().any(|b| *b > heard), "{beeps:?}");
    let at = |seconds: f64| {
        let millis = Duration::from_secs_f64(seconds).as_millis();
        usize::try_from(millis).unwrap() * 48
    };
    let silent = &sound.samples[at(muted + 0.1)..at(heard - 0.1)];
    assert!(silent.iter().all(|x| x.abs() < 1e-3), "{beeps:?}");
}

#[test]
fn a_file_is_spoken_from_the_first_picture_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tone.wav");
    std::fs::write(&path, tone_wav()).unwrap();
    let (pipeline, outputs) = open(&scene(MicChoice::File(path)));
    let mut seen = Vec::new();
    pipeline.start();
    record_until(&outputs, TrackName::Audio, 1.0, &mut seen);
    let tracks = pipeline.tracks();
    pipeline.stop();
    seen.extend(outputs.try_iter());
    let beeps = decode::sound(&left(tracks, seen).file(TrackName::Audio)).beeps();
    assert_eq!(beeps.len(), 1, "{beeps:?}");
    assert!((0.15..0.25).contains(&beeps[0]), "{beeps:?}");
}

/// 20 ms of 1 kHz at 16 kHz, 16 bits, mono.
fn tone_wav() -> Vec<u8> {
    let samples = (0..320).map(|n| (f64::from(n) * std::f64::consts::TAU / 16.0).sin() * 16_000.0);
    let data: Vec<u8> = samples.flat_map(|x| (x as i16).to_le_bytes()).collect();
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wav.extend(16_000_u32.to_le_bytes());
    wav.extend(32_000_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    wav.extend(data);
    wav
}

#[test]
fn silence_is_noticed_while_the_take_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tone.wav");
    std::fs::write(&path, tone_wav()).unwrap();
    let (pipeline, outputs) = open(&scene(MicChoice::File(path)));
    pipeline.start();
    let alarm = outputs
        .iter()
        .find(|o| matches!(o, Output::Alarm(Alarm::MicrophoneSilent { .. })));
    assert!(alarm.is_some());
    assert!(pipeline.health().mic_silent);
}

#[test]
fn what_cannot_be_opened_is_an_error_with_a_next_step() {
    let (out, _outputs) = bounded(10);
    let open = |scene: &Scene| {
        Pipeline::open(scene, Arc::new(SystemClock), out.clone())
            .err()
            .unwrap()
    };
    let missing = open(&scene(MicChoice::File(PathBuf::from(
        "/nowhere/speech.wav",
    ))));
    assert!(
        matches!(missing, StartError::Device(OpenError::SoundFile { .. })),
        "{missing}"
    );
    let fast = open(&Scene::new(ScreenChoice::Synthetic, 1000, MicChoice::None));
    assert_eq!(fast, StartError::Fps(1000));
    assert!(fast.to_string().contains("--fps"));
}

/// Two screens and two devices: what the camera and the sound of the system will be.
#[test]
fn tracks_of_their_own_begin_at_zero_end_together_and_pause_at_one_place() {
    let pictures = |name| TrackPlan {
        name,
        source: TrackSource::Pictures {
            screen: ScreenChoice::Synthetic,
            fps: 30,
        },
    };
    let sound = |name, devices| TrackPlan {
        name,
        source: TrackSource::Sound { devices },
    };
    let beeps = || SoundInput::Microphone {
        device: MicChoice::Synthetic,
        denoise: false,
    };
    let scene = Scene {
        tracks: vec![
            pictures(TrackName::Video),
            pictures(TrackName::Camera),
            sound(TrackName::Audio, vec![beeps(), beeps()]),
            sound(TrackName::System, vec![beeps()]),
        ],
        encoder: Encoders::default(),
    };
    let (pipeline, outputs) = open(&scene);
    let tracks = pipeline.tracks();
    let names: Vec<TrackName> = tracks.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            TrackName::Video,
            TrackName::Camera,
            TrackName::Audio,
            TrackName::System
        ]
    );
    pipeline.start();
    let mut seen = Vec::new();
    record_until(&outputs, TrackName::Camera, 1.0, &mut seen);
    pipeline.pause();
    // What was recorded leaves with a pause; the take goes on from there.
    pipeline.resume();
    record_until(&outputs, TrackName::System, 3.0, &mut seen);
    let summary = pipeline.stop();
    seen.extend(outputs.try_iter());
    let wrong = seen
        .iter()
        .find(|o| !matches!(o, Output::Part(_)) && !is_of_a_busy_machine(o));
    assert!(wrong.is_none(), "{wrong:?}");
    let left = left(tracks, seen);
    left.assert_parts_are_whole();

    let ends: Vec<f64> = names
        .iter()
        .map(|name| {
            let scale = match name {
                TrackName::Video | TrackName::Camera => 90_000.0,
                _ => 48_000.0,
            };
            let parts = left.parts(*name);
            assert_eq!(parts[0].start, 0, "{name}");
            let made = summary.parts.iter().find(|(n, _)| n == name).unwrap().1;
            assert_eq!(parts.len(), made as usize, "{name}");
            let last = parts.last().unwrap();
            (last.start + last.duration) as f64 / scale
        })
        .collect();
    assert!(
        ends.iter().all(|end| (end - ends[0]).abs() < 1e-4),
        "{ends:?}"
    );

    // The same beeps from two devices, added up, are as loud as they may be, and at the same places.
    let (mixed, alone) = (
        decode::sound(&left.file(TrackName::Audio)),
        decode::sound(&left.file(TrackName::System)),
    );
    let (mixed, alone) = (mixed.beeps(), alone.beeps());
    assert!(
        !alone.is_empty() && mixed.len() == alone.len(),
        "{mixed:?} {alone:?}"
    );
    for (a, b) in mixed.iter().zip(&alone) {
        assert!((a - b).abs() < 0.01, "{mixed:?} {alone:?}");
    }
    // Both screens show the counter of the same clock: that of the picture that stands at zero, as the later ones say. Some of
    // them may have been dropped, and the first one of the camera is shown from zero, whenever it was taken.
    let counter_at_zero = |track| {
        let pictures = decode::pictures(&left.file(track));
        let shown = pictures.windows(2).filter(|w| w[0].counter != w[1].counter);
        let mut zeros: Vec<f64> = shown
            .filter(|w| w[1].at < 0.9)
            .filter_map(|w| Some(f64::from(w[1].counter?) - w[1].at * 30.0))
            .collect();
        zeros.sort_by(f64::total_cmp);
        zeros[zeros.len() / 2]
    };
    let (screen, camera) = (
        counter_at_zero(TrackName::Video),
        counter_at_zero(TrackName::Camera),
    );
    assert!((screen - camera).abs() < 1.5, "{screen} and {camera}");
}
