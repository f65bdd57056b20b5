//! What single words of the command line, and of the command `choose`, mean. Pure.

use std::path::PathBuf;
use std::time::Duration;

use aside_protocol::text::{MAX_TITLE, clean_title};

use crate::pipeline::{
    CameraChoice, EncoderChoice, MicChoice, NoSuchEncoder, ScreenArea, WindowChoice,
};

/// Longer than any take should be, and short enough for every clock.
const MAX_SECONDS: f64 = 48.0 * 3600.0;

pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "expected a number of seconds, such as 90 or 2.5".to_owned())?;
    if seconds > 0.0 && seconds <= MAX_SECONDS {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!(
            "expected more than 0 and at most {MAX_SECONDS} seconds"
        ))
    }
}

pub(in crate::control) fn parse_window(text: &str) -> Result<WindowChoice, String> {
    if text == "active" {
        return Ok(WindowChoice::Active);
    }
    let id = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    };
    id.ok()
        .filter(|id| *id > 0)
        .map(WindowChoice::Id)
        .ok_or_else(|| {
            "expected the id of a window, such as 0x1a00007 (see `aside sources`), or active"
                .to_owned()
        })
}

pub(in crate::control) fn parse_area(text: &str) -> Result<ScreenArea, String> {
    let wrong = || "expected four whole numbers, such as 100,80,1280,720".to_owned();
    let numbers: Vec<i32> = text
        .split(',')
        .map(|n| n.trim().parse().map_err(|_| wrong()))
        .collect::<Result<_, _>>()?;
    let [x, y, width, height] = numbers[..] else {
        return Err(wrong());
    };
    let side = |n: i32| u32::try_from(n).ok().filter(|n| *n > 0);
    match (side(width), side(height)) {
        (Some(width), Some(height)) => Ok(ScreenArea {
            x,
            y,
            width,
            height,
        }),
        _ => Err("expected a width and a height of more than 0".to_owned()),
    }
}

pub(super) fn parse_encoder(text: &str) -> Result<EncoderChoice, String> {
    text.parse().map_err(|e: NoSuchEncoder| e.to_string())
}

pub(in crate::control) fn parse_mic(text: &str) -> Result<MicChoice, String> {
    Ok(match text {
        "" => {
            return Err(
                "expected a device, or one of default, none, synthetic, file:PATH".to_owned(),
            );
        }
        "none" => MicChoice::None,
        "default" => MicChoice::Default,
        "synthetic" => MicChoice::Synthetic,
        _ => match text.strip_prefix("file:") {
            Some("") => return Err("expected the path of a WAV file behind file:".to_owned()),
            Some(path) => MicChoice::File(PathBuf::from(path)),
            None => MicChoice::Device(text.to_owned()),
        },
    })
}

/// What `--camera` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraWanted {
    None,
    Camera(CameraChoice),
}

pub(in crate::control) fn parse_camera(text: &str) -> Result<CameraWanted, String> {
    let choice = match text {
        "" => {
            return Err(
                "expected a camera, or one of default, none, synthetic, lavfi:GRAPH".to_owned(),
            );
        }
        "none" => return Ok(CameraWanted::None),
        "default" => CameraChoice::Default,
        "synthetic" => CameraChoice::Synthetic,
        _ => match text.strip_prefix("lavfi:") {
            Some("") => {
                return Err("expected a graph behind lavfi:, such as lavfi:testsrc2".to_owned());
            }
            Some(graph) => CameraChoice::Graph(graph.to_owned()),
            None => CameraChoice::Device(text.to_owned()),
        },
    };
    Ok(CameraWanted::Camera(choice))
}

pub(in crate::control) fn parse_title(text: &str) -> Result<String, String> {
    clean_title(text).map_err(|_| format!("expected at most {MAX_TITLE} characters"))
}
