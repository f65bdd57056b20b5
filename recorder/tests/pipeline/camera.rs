//! The camera as a track of its own, on the machine's clock.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use aside_recorder::clock::SystemClock;
use aside_recorder::pipeline::{
    Alarm, CameraChoice, CameraPlan, CameraShape, MicChoice, OpenCamera, OpenError, Output,
    Pipeline, Scene, ScreenChoice,
};
use aside_recorder::source::synthetic::read_camera_counter;
use aside_recorder::source::{Camera, Size};
use crossbeam_channel::{Receiver, bounded};

use super::cameras::Grey;
use super::decode::{self, Seen};
use super::take::Left;
use super::threads::{left, record_until};

const TIMEOUT: Duration = Duration::from_secs(30);

fn plan(choice: CameraChoice, shape: CameraShape) -> CameraPlan {
    CameraPlan { choice, shape }
}

/// The synthetic screen beside a camera.
pub(crate) fn beside(choice: CameraChoice) -> Scene {
    Scene::new(ScreenChoice::Synthetic, 30, MicChoice::None)
        .with_camera(plan(choice, CameraShape::Square), 30)
}

pub(crate) fn graph(graph: &str) -> CameraChoice {
    CameraChoice::Graph(graph.to_owned())
}

fn open(scene: &Scene) -> (Pipeline, Receiver<Output>) {
    let (out, outputs) = bounded(1000);
    let pipeline = Pipeline::open(scene, Arc::new(SystemClock), out).unwrap();
    (pipeline, outputs)
}

/// A take with cameras that are opened one after the other; `None`: it is not there.
pub(crate) fn scripted(
    cameras: Vec<Option<Box<dyn Camera + Send>>>,
) -> (Pipeline, Receiver<Output>) {
    let (out, outputs) = bounded(1000);
    let mut cameras = cameras.into_iter();
    let open: OpenCamera = Box::new(move || match cameras.next().flatten() {
        Some(camera) => Ok(camera as Box<dyn Camera>),
        None => Err(OpenError::NoCamera {
            notes: String::new(),
        }),
    });
    let scene = beside(CameraChoice::Default);
    let pipeline = Pipeline::open_with_camera(open, &scene, Arc::new(SystemClock), out).unwrap();
    (pipeline, outputs)
}

pub(crate) fn grey(luma: u8, left: u32) -> Option<Box<dyn Camera + Send>> {
    let size = Size::even(640, 480);
    Some(Box::new(Grey { luma, left, size }))
}

/// Ends the take, and hands back what it left and everything that was said.
pub(crate) fn end(
    pipeline: Pipeline,
    outputs: &Receiver<Output>,
    mut seen: Vec<Output>,
) -> (Left, Vec<Alarm>) {
    let tracks = pipeline.tracks();
    pipeline.stop();
    seen.extend(outputs.try_iter());
    let alarms = seen.iter().filter_map(|output| match output {
        // How busy this machine is does not matter here.
        Output::Alarm(Alarm::EffortLowered { .. } | Alarm::EffortRestored) => None,
        Output::Alarm(alarm) => Some(alarm.clone()),
        _ => None,
    });
    let alarms = alarms.collect();
    let left = left(tracks, seen);
    left.assert_parts_are_whole();
    (left, alarms)
}

pub(crate) fn until_alarm(
    outputs: &Receiver<Output>,
    seen: &mut Vec<Output>,
    wanted: impl Fn(&Alarm) -> bool,
) {
    loop {
        let output = outputs.recv_timeout(TIMEOUT).unwrap();
        let found = matches!(&output, Output::Alarm(alarm) if wanted(alarm));
        seen.push(output);
        if found {
            return;
        }
    }
}

pub(crate) fn end_of(left: &Left, track: TrackName) -> u64 {
    let last = left.parts(track).last().unwrap();
    last.start + last.duration
}

/// Counter of the frame that stands at the beginning of the take, as each picture says that shows another than the one before it.
fn zeros(pictures: &[Seen], counter: impl Fn(&Seen) -> Option<u32>) -> Vec<(f64, f64)> {
    let counters: Vec<(f64, u32)> = pictures
        .iter()
        .map(|p| {
            (
                p.at,
                counter(p).unwrap_or_else(|| panic!("no counter at {}", p.at)),
            )
        })
        .collect();
    let shown = counters.windows(2).filter(|w| w[0].1 != w[1].1);
    shown
        .map(|w| (w[1].0, f64::from(w[1].1) - w[1].0 * 30.0))
        .collect()
}

fn camera_counter(seen: &Seen) -> Option<u32> {
    let height = seen.luma.len() / seen.width;
    let side = |n: usize| u32::try_from(n).unwrap();
    read_camera_counter(&seen.luma, seen.width, side(seen.width), side(height))
}

#[test]
fn counters_of_face_and_screen_agree_within_one_frame_over_pauses() {
    let scene = Scene::new(ScreenChoice::Synthetic, 30, MicChoice::Synthetic)
        .with_camera(plan(CameraChoice::Synthetic, CameraShape::Square), 30);
    let (pipeline, outputs) = open(&scene);
    let names: Vec<TrackName> = pipeline.tracks().iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [TrackName::Video, TrackName::Audio, TrackName::Camera]
    );
    pipeline.start();
    let (mut seen, mut pauses) = (Vec::new(), Vec::new());
    for seconds in [1.0, 2.0, 3.0] {
        record_until(&outputs, TrackName::Camera, seconds, &mut seen);
        pipeline.pause();
        pauses.push(pipeline.length().unwrap().as_secs_f64());
        // A pause of as long as it takes for what was recorded to leave.
        let end = pauses[pauses.len() - 1];
        record_until(&outputs, TrackName::Camera, end - 0.001, &mut seen);
        pipeline.resume();
    }
    record_until(&outputs, TrackName::Camera, 4.0, &mut seen);
    let (left, alarms) = end(pipeline, &outputs, seen);
    assert_eq!(alarms, []);
    assert_eq!(left.parts(TrackName::Camera)[0].start, 0);
    assert_eq!(
        end_of(&left, TrackName::Camera),
        end_of(&left, TrackName::Video)
    );

    let screen = zeros(&decode::pictures(&left.file(TrackName::Video)), |p| {
        p.counter
    });
    let faces = decode::pictures(&left.file(TrackName::Camera));
    let face = zeros(&faces, camera_counter);
    assert!(
        face.len() > 30,
        "only {} pictures of the camera",
        face.len()
    );
    // A pause lies on a tick of the track, a little before its instant.
    let section = |at: f64| pauses.iter().filter(|p| **p <= at + 1e-4).count();
    for n in 0..=pauses.len() {
        // The first picture of a section is shown from its beginning, whenever it was captured.
        let of = |zeros: &[(f64, f64)]| -> Vec<f64> {
            let here = zeros.iter().filter(|(at, _)| section(*at) == n);
            here.skip(1).map(|(_, zero)| *zero).collect()
        };
        let (screen, face) = (of(&screen), of(&face));
        for zero in &face {
            assert!(
                screen.iter().all(|s| (s - zero).abs() < 1.0),
                "section {n}: {screen:?} and {face:?}"
            );
        }
    }
}

#[test]
fn a_graph_is_read_as_a_device_in_its_own_time_and_colours_and_is_opened_again_when_it_ends() {
    // Red in BT.601, as cameras give it; 1.2 seconds long.
    let red = "color=red:size=640x480:rate=30:duration=1.2";
    let (pipeline, outputs) = open(&beside(graph(red)));
    pipeline.start();
    let mut seen = Vec::new();
    until_alarm(&outputs, &mut seen, |a| {
        matches!(a, Alarm::CameraLost { .. })
    });
    let ended = pipeline.length().unwrap();
    until_alarm(&outputs, &mut seen, |a| {
        matches!(a, Alarm::CameraBack { .. })
    });
    record_until(
        &outputs,
        TrackName::Camera,
        ended.as_secs_f64() + 1.5,
        &mut seen,
    );
    let (left, _) = end(pipeline, &outputs, seen);
    assert!(
        ended > Duration::from_millis(900),
        "it ran faster than time: {ended:?}"
    );
    let pictures = decode::pictures(&left.file(TrackName::Camera));
    assert_eq!(
        (pictures[0].width, pictures[0].luma.len()),
        (480, 480 * 480)
    );
    // Red in BT.709, limited range (ITU-R BT.709 §3 and §4).
    let red = pictures[5].luma[480 * 240 + 240];
    assert!(red.abs_diff(63) <= 2, "{red}");
    let moving = pictures
        .windows(2)
        .filter(|w| w[1].at - w[0].at < 0.1)
        .count();
    assert!(moving > 15, "{moving}");
}

#[test]
fn the_camera_alone_is_the_video_track_and_its_whole_picture() {
    let scene = Scene::new(ScreenChoice::Auto, 30, MicChoice::Synthetic)
        .camera_only(&plan(CameraChoice::Synthetic, CameraShape::Large), 30);
    let (pipeline, outputs) = open(&scene);
    pipeline.start();
    let mut seen = Vec::new();
    record_until(&outputs, TrackName::Video, 1.0, &mut seen);
    let (left, _) = end(pipeline, &outputs, seen);
    let pictures = decode::pictures(&left.file(TrackName::Video));
    assert_eq!(pictures[0].width, 1920);
    let zeros = zeros(&pictures, camera_counter);
    assert!(!zeros.is_empty());
    assert!(
        zeros.iter().all(|(_, z)| (z - zeros[0].1).abs() < 1.0),
        "{zeros:?}"
    );
}

#[test]
fn where_the_encoder_is_behind_the_oldest_picture_makes_room_and_is_counted() {
    // One place in the queue and no reader: the encoders' threads stand still.
    let (out, outputs) = bounded(1);
    let scene = beside(CameraChoice::Synthetic);
    let pipeline = Pipeline::open(&scene, Arc::new(SystemClock), out).unwrap();
    pipeline.start();
    while pipeline.health().camera.unwrap().dropped < 30 {
        std::thread::yield_now();
    }
    let tracks = pipeline.tracks();
    let reader = std::thread::Builder::new()
        .spawn(move || outputs.into_iter().collect::<Vec<_>>())
        .unwrap();
    let summary = pipeline.stop();
    let left = left(tracks, reader.join().unwrap());
    left.assert_parts_are_whole();
    let pictures = decode::pictures(&left.file(TrackName::Camera));
    assert_eq!(
        summary.health.camera.unwrap().encoded,
        pictures.len() as u64
    );
    // What is missing lies before the newest pictures, which were still queued.
    let counters: Vec<u32> = pictures.iter().filter_map(camera_counter).collect();
    let gaps: Vec<u32> = counters.windows(2).map(|w| w[1] - w[0]).collect();
    let widest = (0..gaps.len()).max_by_key(|n| gaps[*n]).unwrap();
    assert!(gaps[widest] > 20 && gaps.len() - widest > 4, "{gaps:?}");
}
