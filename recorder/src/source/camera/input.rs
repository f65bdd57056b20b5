//! What libavdevice is told to open a camera, by the system it runs on. Pure.
//!
//! The names of formats and options, and what a name of a device looks like, are those of its documentation (ffmpeg-devices(1): `video4linux2`,
//! `avfoundation`, `dshow`). Those of macOS and Windows were never tried there.

use crate::compose::Size;

/// A system whose cameras libavdevice reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Linux,
    MacOs,
    Windows,
}

impl System {
    /// By the name that Rust has for it (`std::env::consts::OS`).
    pub(super) fn of(os: &str) -> Option<Self> {
        match os {
            "linux" => Some(Self::Linux),
            "macos" => Some(Self::MacOs),
            "windows" => Some(Self::Windows),
            _ => None,
        }
    }
}

/// How a camera is opened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DeviceMode {
    /// libavdevice's name of the pixel format or codec.
    pub(super) input_format: &'static str,
    pub(super) size: Size,
    /// Frames a second.
    pub(super) fps: f64,
}

/// What libavformat is called with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opening {
    /// Its input format.
    pub(super) format: &'static str,
    pub(super) url: String,
    pub(super) options: Vec<(&'static str, String)>,
}

/// Raw frames of 1920×1080 have 4 MB: so many bytes wait in DirectShow's queue, for which the default is less than one frame.
const QUEUE_BYTES: u32 = 64 * 1024 * 1024;

/// What is tried one after the other to open `device` in this mode. Only on Linux is it known what a device can do; elsewhere one that
/// has no such size gives the size it likes.
///
/// `device`: a node on Linux; a name, an index or `default` on macOS; a name, or what libavdevice lists it as, on Windows.
pub(super) fn openings(system: System, device: &str, mode: DeviceMode) -> Vec<Opening> {
    let size = (
        "video_size",
        format!("{}x{}", mode.size.width, mode.size.height),
    );
    let rate = ("framerate", format!("{:.3}", mode.fps));
    match system {
        System::Linux => vec![Opening {
            format: "v4l2",
            url: device.to_owned(),
            options: vec![
                ("input_format", mode.input_format.to_owned()),
                size,
                rate,
                // As the kernel gives them: CLOCK_MONOTONIC with nearly every driver.
                ("timestamps", "default".to_owned()),
            ],
        }],
        System::MacOs => {
            // A colon ends the name of the camera, and the beginning of a name is enough. The sound is recorded elsewhere.
            let name = device.split(':').next().unwrap_or_default();
            let url = format!("{name}:none");
            let pixels = ("pixel_format", mode.input_format.to_owned());
            let with = |options| Opening {
                format: "avfoundation",
                url: url.clone(),
                options,
            };
            vec![
                with(vec![pixels.clone(), size, rate.clone()]),
                with(vec![pixels, rate]),
            ]
        }
        System::Windows => {
            // No pixel format: with one no camera gives JPEG, and many have nothing else that is fast enough.
            let queue = ("rtbufsize", QUEUE_BYTES.to_string());
            let with = |options| Opening {
                format: "dshow",
                url: format!("video={device}"),
                options,
            };
            vec![
                with(vec![size, rate.clone(), queue.clone()]),
                with(vec![rate, queue.clone()]),
                with(vec![queue]),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODE: DeviceMode = DeviceMode {
        input_format: "nv12",
        size: Size {
            width: 1280,
            height: 720,
        },
        fps: 30.0,
    };

    fn option<'a>(opening: &'a Opening, name: &str) -> Option<&'a str> {
        let found = opening.options.iter().find(|(it, _)| *it == name);
        found.map(|(_, value)| value.as_str())
    }

    #[test]
    fn linux_opens_a_node_of_v4l2_in_the_mode_that_was_found() {
        let linux = openings(System::Linux, "/dev/video2", MODE);
        let [opening] = &linux[..] else {
            panic!("{linux:?}");
        };
        assert_eq!((opening.format, &*opening.url), ("v4l2", "/dev/video2"));
        assert_eq!(option(opening, "input_format"), Some("nv12"));
        assert_eq!(option(opening, "video_size"), Some("1280x720"));
        assert_eq!(option(opening, "framerate"), Some("30.000"));
        assert_eq!(option(opening, "timestamps"), Some("default"));
    }

    #[test]
    fn macos_opens_a_name_or_an_index_of_avfoundation_without_sound() {
        for (device, url) in [
            ("default", "default:none"),
            ("0", "0:none"),
            ("FaceTime HD Camera", "FaceTime HD Camera:none"),
            ("Cam: left", "Cam:none"),
        ] {
            let openings = openings(System::MacOs, device, MODE);
            let of = |it: &Opening| (it.format, it.url.clone());
            assert!(
                openings
                    .iter()
                    .all(|it| of(it) == ("avfoundation", url.to_owned()))
            );
            let sizes: Vec<_> = openings.iter().map(|it| option(it, "video_size")).collect();
            assert_eq!(sizes, [Some("1280x720"), None], "another size at last");
            // Without a rate it asks for 29.97, which many cameras do not have.
            let rate = |it: &Opening| option(it, "framerate") == Some("30.000");
            assert!(openings.iter().all(rate));
            let nv12 = |it: &Opening| option(it, "pixel_format") == Some("nv12");
            assert!(openings.iter().all(nv12));
        }
    }

    #[test]
    fn windows_opens_a_name_of_dshow_and_takes_what_it_gives_at_last() {
        let openings = openings(System::Windows, "Integrated Camera", MODE);
        for opening in &openings {
            assert_eq!(
                (opening.format, &*opening.url),
                ("dshow", "video=Integrated Camera")
            );
            assert_eq!(option(opening, "rtbufsize"), Some("67108864"));
            assert_eq!(option(opening, "pixel_format"), None, "JPEG is welcome");
        }
        let asked = |name| {
            openings
                .iter()
                .map(|it| option(it, name))
                .collect::<Vec<_>>()
        };
        assert_eq!(asked("video_size"), [Some("1280x720"), None, None]);
        assert_eq!(asked("framerate"), [Some("30.000"), Some("30.000"), None]);
    }

    #[test]
    fn a_system_is_known_by_rusts_name_of_it() {
        let known = ["linux", "macos", "windows", "freebsd"].map(System::of);
        let [linux, macos, windows, other] = known;
        assert_eq!((linux, macos), (Some(System::Linux), Some(System::MacOs)));
        assert_eq!((windows, other), (Some(System::Windows), None));
        assert!(System::of(std::env::consts::OS).is_some());
    }
}
