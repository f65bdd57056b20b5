//! Cameras that go away, hang or cannot be opened.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use aside_recorder::clock::SystemClock;
use aside_recorder::pipeline::{Alarm, CameraChoice, OpenCamera, OpenError, Pipeline, StartError};
use aside_recorder::source::Size;
use crossbeam_channel::bounded;

use super::camera::{beside, end, end_of, graph, grey, scripted, until_alarm};
use super::cameras::{Grey, Mute, Stuck};
use super::decode;
use super::threads::record_until;

#[test]
fn a_camera_that_is_unplugged_becomes_a_still_and_comes_back() {
    let (pipeline, outputs) = scripted(vec![grey(60, 40), None, grey(200, u32::MAX)]);
    pipeline.start();
    let mut seen = Vec::new();
    until_alarm(&outputs, &mut seen, |a| {
        matches!(a, Alarm::CameraLost { .. })
    });
    assert!(pipeline.health().camera.unwrap().lost);
    let (at, captured) = (
        pipeline.length().unwrap(),
        pipeline.health().frames_captured,
    );
    until_alarm(&outputs, &mut seen, |a| {
        matches!(a, Alarm::CameraBack { .. })
    });
    let gone = pipeline.length().unwrap() - at;
    assert!(
        pipeline.health().frames_captured > captured,
        "the screen waited for the camera"
    );
    let back = pipeline.length().unwrap().as_secs_f64();
    record_until(&outputs, TrackName::Camera, back + 1.0, &mut seen);
    let camera = pipeline.health().camera.unwrap();
    assert!(!camera.lost && camera.losses == 1, "{camera:?}");
    assert!(camera.lost_ms >= 1000, "{camera:?}");
    let (left, alarms) = end(pipeline, &outputs, seen);
    assert!(
        gone >= Duration::from_secs(1),
        "{gone:?}: it was not looked for in vain"
    );
    assert_eq!(
        alarms[0],
        Alarm::CameraLost {
            detail: "Grey Camera: it was unplugged".to_owned()
        }
    );
    assert!(
        matches!(alarms[1..], [Alarm::CameraBack { millis }] if millis >= 1000),
        "{alarms:?}"
    );
    assert_eq!(
        end_of(&left, TrackName::Camera),
        end_of(&left, TrackName::Video)
    );

    // Dark, a still dark picture for as long as it was gone, then light.
    let pictures = decode::pictures(&left.file(TrackName::Camera));
    let luma: Vec<(f64, u8)> = pictures
        .iter()
        .map(|p| (p.at, p.luma[p.luma.len() / 2]))
        .collect();
    let light = luma.iter().position(|(_, y)| *y > 150).unwrap();
    assert!(
        luma[..light].iter().all(|(_, y)| y.abs_diff(60) < 5),
        "{luma:?}"
    );
    assert!(
        luma[light..].iter().all(|(_, y)| y.abs_diff(200) < 5),
        "{luma:?}"
    );
    let sections: Vec<&(f64, u8)> = luma[..light].iter().collect();
    let longest = sections
        .windows(2)
        .map(|w| w[1].0 - w[0].0)
        .fold(0.0, f64::max);
    assert!(longest > 0.4, "{luma:?}");
}

#[test]
fn a_camera_that_gives_nothing_is_lost_and_the_take_has_a_black_one() {
    let (pipeline, outputs) = scripted(vec![Some(Box::new(Mute))]);
    pipeline.start();
    let mut seen = Vec::new();
    until_alarm(&outputs, &mut seen, |a| {
        matches!(a, Alarm::CameraLost { .. })
    });
    let length = pipeline.length().unwrap().as_secs_f64();
    record_until(&outputs, TrackName::Camera, length.max(1.5), &mut seen);
    let (left, _) = end(pipeline, &outputs, seen);
    assert_eq!(left.parts(TrackName::Camera)[0].start, 0);
    let pictures = decode::pictures(&left.file(TrackName::Camera));
    assert!(pictures.iter().all(|p| p.luma[0] < 20));
}

#[test]
fn a_camera_that_hangs_holds_up_neither_start_nor_stop() {
    // In its driver.
    let (let_go, stuck) = bounded(0);
    let (pipeline, outputs) = scripted(vec![Some(Box::new(Stuck { let_go: stuck }))]);
    pipeline.start();
    let mut seen = Vec::new();
    record_until(&outputs, TrackName::Video, 1.0, &mut seen);
    // It is let go only after stop has come back, so this returns or hangs for ever.
    pipeline.stop();
    drop(let_go);

    // While it is opened.
    let (let_go, stuck) = bounded::<()>(0);
    let (out, outputs) = bounded(1000);
    let open: OpenCamera = Box::new(move || {
        let _ = stuck.recv();
        Ok(Box::new(Grey {
            luma: 100,
            left: u32::MAX,
            size: Size::even(640, 480),
        }))
    });
    let scene = beside(CameraChoice::Default);
    let pipeline = Pipeline::open_with_camera(open, &scene, Arc::new(SystemClock), out).unwrap();
    pipeline.start();
    let mut seen = Vec::new();
    record_until(&outputs, TrackName::Video, 0.5, &mut seen);
    drop(let_go);
    record_until(&outputs, TrackName::Camera, 1.5, &mut seen);
    let (left, alarms) = end(pipeline, &outputs, seen);
    assert_eq!(alarms, []);
    let pictures = decode::pictures(&left.file(TrackName::Camera));
    assert_eq!(pictures[0].at, 0.0);
    assert!(pictures.iter().all(|p| p.luma[0].abs_diff(100) < 5));
}

#[test]
fn a_camera_that_is_not_there_or_busy_is_an_error_with_a_next_step() {
    let (out, _outputs) = bounded(10);
    for refused in [
        OpenError::NoCamera {
            notes: String::new(),
        },
        OpenError::CameraBusy {
            name: "HD Webcam".to_owned(),
        },
        OpenError::CameraForbidden {
            name: "/dev/video0".to_owned(),
        },
    ] {
        let error = refused.clone();
        let open: OpenCamera = Box::new(move || Err(error.clone()));
        let scene = beside(CameraChoice::Default);
        let opened = Pipeline::open_with_camera(open, &scene, Arc::new(SystemClock), out.clone());
        let error = opened.err().unwrap();
        assert_eq!(error, StartError::Device(refused));
        assert!(error.to_string().contains("--camera none"), "{error}");
    }
    for choice in [
        CameraChoice::Device("/dev/video99".to_owned()),
        graph("nosuchfilter"),
    ] {
        let opened = Pipeline::open(&beside(choice), Arc::new(SystemClock), out.clone());
        let error = opened.err().unwrap().to_string();
        assert!(error.contains("--camera none"), "{error}");
    }
}
