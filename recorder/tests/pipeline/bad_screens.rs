//! Screens that hang, go away or are faster than the encoder, on the machine's clock.

use std::sync::Arc;

use aside_protocol::recording::TrackName;
use aside_recorder::clock::SystemClock;
use aside_recorder::pipeline::{EndReason, MicChoice, Output, Pipeline, Scene, ScreenChoice};
use crossbeam_channel::bounded;

use super::decode;
use super::screens::{Hanging, Restless};
use super::threads::{left, scene};

#[test]
fn a_screen_that_hangs_in_its_device_does_not_hold_up_stop() {
    let ((out, outputs), (painted, was_painted), (let_go, hanging)) =
        (bounded(100), bounded(1), bounded(0));
    let screen = Box::new(move || {
        Ok(Box::new(Hanging {
            painted,
            let_go: hanging,
            shown: false,
        }) as Box<_>)
    });
    let pipeline =
        Pipeline::open_with(screen, &scene(MicChoice::None), Arc::new(SystemClock), out).unwrap();
    pipeline.start();
    was_painted.recv().unwrap();
    // The screen is let go only after stop has come back, so this returns or hangs for ever.
    let summary = pipeline.stop();
    assert_eq!(
        summary.parts,
        [(TrackName::Video, outputs.try_iter().count() as u32)]
    );
    assert!(summary.parts[0].1 >= 1);
    drop(let_go);
}

#[test]
fn a_screen_that_goes_away_ends_the_take_and_leaves_it_whole() {
    let (out, outputs) = bounded(1000);
    let screen = Box::new(|| Ok(Box::new(Restless { left: 20 }) as Box<_>));
    let pipeline =
        Pipeline::open_with(screen, &scene(MicChoice::None), Arc::new(SystemClock), out).unwrap();
    pipeline.start();
    let mut seen = Vec::new();
    loop {
        match outputs
            .recv_timeout(std::time::Duration::from_secs(20))
            .unwrap()
        {
            Output::Ended(reason) => {
                assert_eq!(reason, EndReason::ScreenLost("unplugged".to_owned()));
                break;
            }
            other => seen.push(other),
        }
    }
    let tracks = pipeline.tracks();
    pipeline.stop();
    seen.extend(outputs.try_iter());
    let left = left(tracks, seen);
    left.assert_parts_are_whole();
    assert!(decode::pictures(&left.file(TrackName::Video)).len() >= 20);
}

#[test]
fn pictures_that_nobody_has_time_for_are_dropped_and_counted() {
    // One place in the queue and no reader: the encoder's thread stands still after its second part.
    let (out, outputs) = bounded(1);
    let screen = Box::new(|| Ok(Box::new(Restless { left: u32::MAX }) as Box<_>));
    let fast = Scene::new(ScreenChoice::Synthetic, 120, MicChoice::None);
    let pipeline = Pipeline::open_with(screen, &fast, Arc::new(SystemClock), out).unwrap();
    pipeline.start();
    while pipeline.health().frames_dropped == 0 {
        std::thread::yield_now();
    }
    let tracks = pipeline.tracks();
    let reader = std::thread::Builder::new()
        .spawn(move || outputs.into_iter().collect::<Vec<_>>())
        .unwrap();
    let summary = pipeline.stop();
    let left = left(tracks, reader.join().unwrap());
    left.assert_parts_are_whole();
    let pictures = decode::pictures(&left.file(TrackName::Video)).len() as u64;
    assert_eq!(summary.health.frames_encoded, pictures);
    assert!(summary.health.frames_captured <= pictures);
}

#[test]
fn an_encoder_that_stands_still_for_eight_pictures_loses_none() {
    // As above, but the reader comes before the queue is full.
    let (out, outputs) = bounded(1);
    let screen = Box::new(|| Ok(Box::new(Restless { left: u32::MAX }) as Box<_>));
    let pipeline =
        Pipeline::open_with(screen, &scene(MicChoice::None), Arc::new(SystemClock), out).unwrap();
    pipeline.start();
    loop {
        let health = pipeline.health();
        if health.frames_captured >= health.frames_encoded + 8 || health.frames_dropped > 0 {
            break;
        }
        std::thread::yield_now();
    }
    let reader = std::thread::Builder::new()
        .spawn(move || outputs.into_iter().collect::<Vec<_>>())
        .unwrap();
    let summary = pipeline.stop();
    reader.join().unwrap();
    assert_eq!(summary.health.frames_dropped, 0);
    assert!(summary.health.frames_encoded >= summary.health.frames_captured);
}
