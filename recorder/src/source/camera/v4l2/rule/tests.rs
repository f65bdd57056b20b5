use super::*;

const WISH: CameraWish = CameraWish {
    size: Size {
        width: 1280,
        height: 720,
    },
    fps: 30,
};

fn mode(format: &[u8; 4], width: u32, height: u32, rates: &[f64]) -> NodeMode {
    NodeMode {
        format: FourCc::of(format),
        size: Size::even(width, height),
        rates: rates.to_vec(),
    }
}

fn node(path: &str, card: &str, driver: &str, modes: Vec<NodeMode>) -> Node {
    let mut formats: Vec<FourCc> = modes.iter().map(|m| m.format).collect();
    formats.dedup();
    Node {
        path: path.to_owned(),
        card: card.to_owned(),
        driver: driver.to_owned(),
        usable: true,
        formats,
        modes,
    }
}

/// A webcam on USB 2 as uvcvideo lists it: raw frames are slow where they are large.
fn webcam(path: &str) -> Node {
    let modes = vec![
        mode(b"YUYV", 640, 480, &[30.0, 15.0]),
        mode(b"YUYV", 1280, 720, &[10.0, 5.0]),
        mode(b"YUYV", 1920, 1080, &[5.0]),
        mode(b"MJPG", 640, 480, &[60.0, 30.0]),
        mode(b"MJPG", 1280, 720, &[60.0, 30.0, 15.0]),
        mode(b"MJPG", 1920, 1080, &[30.0]),
    ];
    node(path, "HD Webcam", "uvcvideo", modes)
}

/// The second node of every UVC camera: metadata, no pictures.
fn metadata(path: &str) -> Node {
    Node {
        usable: false,
        ..node(path, "HD Webcam", "uvcvideo", Vec::new())
    }
}

fn ipu6(number: u32) -> Node {
    let path = format!("/dev/video{number}");
    let modes = vec![mode(b"BA10", 4096, 3072, &[])];
    node(&path, "ipu6", "isys", modes)
}

#[test]
fn nodes_without_pictures_are_left_out_and_the_first_camera_is_the_default() {
    let nodes = [
        metadata("/dev/video1"),
        webcam("/dev/video0"),
        webcam("/dev/video2"),
    ];
    let (cameras, notes) = cameras(&nodes);
    let ids: Vec<(&str, bool)> = cameras.iter().map(|c| (c.id.as_str(), c.default)).collect();
    assert_eq!(ids, [("/dev/video0", true), ("/dev/video2", false)]);
    assert_eq!(notes, [] as [&str; 0]);
}

#[test]
fn a_laptop_camera_behind_an_image_processor_is_named_once_and_not_offered() {
    let nodes: Vec<Node> = (0..24).map(ipu6).collect();
    let (none, notes) = cameras(&nodes);
    assert_eq!(none, []);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("libcamera"), "{notes:?}");
    let refused = choose(&nodes, None, WISH).unwrap_err().to_string();
    assert!(
        refused.contains("no camera") && refused.contains("libcamera"),
        "{refused}"
    );
}

#[test]
fn a_camera_with_an_exotic_format_only_is_refused_with_its_formats() {
    let infrared = node(
        "/dev/video2",
        "IR Camera",
        "uvcvideo",
        vec![mode(b"GREY", 640, 360, &[15.0])],
    );
    let (none, notes) = cameras(std::slice::from_ref(&infrared));
    assert!(none.is_empty() && notes[0].contains("GREY"), "{notes:?}");
    let refused = choose(&[infrared], Some("/dev/video2"), WISH).unwrap_err();
    assert!(
        matches!(&refused, OpenError::CameraFormat { formats, .. } if formats == "GREY"),
        "{refused}"
    );
    assert!(refused.to_string().contains("aside sources"), "{refused}");
}

#[test]
fn the_nearest_mode_is_fast_enough_before_it_is_large_enough() {
    let nodes = [webcam("/dev/video0")];
    let chosen = |wish| choose(&nodes, None, wish).unwrap().1;
    let wanted = chosen(WISH);
    assert_eq!(
        (wanted.input_format, wanted.size, wanted.fps),
        ("mjpeg", Size::even(1280, 720), 30.0)
    );
    let large = chosen(CameraWish {
        size: Size::even(1920, 1080),
        ..WISH
    });
    assert_eq!(large.size, Size::even(1920, 1080));
    let small = chosen(CameraWish {
        size: Size::even(640, 480),
        ..WISH
    });
    assert_eq!(
        small.input_format, "yuyv422",
        "raw frames need no decoding where they are as fast"
    );
    let slow = [node(
        "/dev/video0",
        "Old",
        "uvcvideo",
        vec![
            mode(b"YUYV", 640, 480, &[30.0]),
            mode(b"YUYV", 1280, 720, &[10.0]),
        ],
    )];
    let (_, mode) = choose(&slow, None, WISH).unwrap();
    assert_eq!(mode.size, Size::even(640, 480));
}

#[test]
fn a_camera_is_chosen_by_its_node_or_its_name_and_a_missing_one_lists_what_is_there() {
    let nodes = [
        webcam("/dev/video0"),
        node(
            "/dev/video4",
            "Document Camera",
            "uvcvideo",
            vec![mode(b"NV12", 1280, 720, &[30.0])],
        ),
    ];
    let path = |wanted| choose(&nodes, Some(wanted), WISH).unwrap().0.path.clone();
    assert_eq!(path("/dev/video4"), "/dev/video4");
    assert_eq!(path("Document Camera"), "/dev/video4");
    let missing = choose(&nodes, Some("/dev/video9"), WISH).unwrap_err();
    assert!(
        missing.to_string().contains("/dev/video0, /dev/video4"),
        "{missing}"
    );
}
