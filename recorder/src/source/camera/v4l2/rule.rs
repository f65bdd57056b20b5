//! Which nodes are cameras, and in which mode one is opened. Pure.

use std::fmt;

use super::super::CameraWish;
use super::super::input::DeviceMode;
use crate::compose::Size;
use crate::source::{CameraInfo, OpenError};

/// A pixel format by its four letters, lowest byte first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct FourCc(pub(super) u32);

impl FourCc {
    #[cfg(test)]
    pub(super) const fn of(letters: &[u8; 4]) -> Self {
        Self(u32::from_le_bytes(*letters))
    }

    /// How libavdevice calls it; `None`: not read by us. Infrared cameras give `GREY`, sensors Bayer patterns.
    const fn input_format(self) -> Option<&'static str> {
        Some(match &self.0.to_le_bytes() {
            b"MJPG" | b"JPEG" => "mjpeg",
            b"YUYV" => "yuyv422",
            b"UYVY" => "uyvy422",
            b"NV12" => "nv12",
            b"YU12" => "yuv420p",
            b"422P" => "yuv422p",
            b"RGB3" => "rgb24",
            b"BGR3" => "bgr24",
            _ => return None,
        })
    }

    const fn is_compressed(self) -> bool {
        matches!(&self.0.to_le_bytes(), b"MJPG" | b"JPEG")
    }

    /// Raw numbers of a sensor behind a colour filter: `BA81`, `GBRG`, `RGGB`, `pBAA`, `BG10` …
    fn is_sensor(self) -> bool {
        let letters = self.0.to_le_bytes();
        let colours = |l: &[u8]| l.iter().filter(|b| b"RGB".contains(b)).count();
        match &letters {
            b"BA81" | b"BYR2" => true,
            [b'p', rest @ ..] => rest.iter().any(|b| b"RGB".contains(b)) && rest != b"RG3",
            [a, b, ..] => {
                let pattern = matches!(&[*a, *b], b"BG" | b"GB" | b"GR" | b"RG" | b"BA");
                let deep = letters[2..].iter().all(u8::is_ascii_digit);
                pattern && (deep || colours(&letters) == 4)
            }
        }
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = self.0.to_le_bytes();
        f.write_str(String::from_utf8_lossy(&letters).trim_end())
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A format at one size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NodeMode {
    pub(super) format: FourCc,
    pub(super) size: Size,
    /// Frames a second; empty where the node does not say.
    pub(super) rates: Vec<f64>,
}

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) path: String,
    /// What a person calls the device.
    pub(super) card: String,
    pub(super) driver: String,
    /// It captures and streams.
    pub(super) usable: bool,
    pub(super) formats: Vec<FourCc>,
    pub(super) modes: Vec<NodeMode>,
}

impl Node {
    /// Whether its frames can be read.
    fn is_camera(&self) -> bool {
        self.usable && self.formats.iter().any(|f| f.input_format().is_some())
    }

    /// A sensor behind an image processor (Intel IPU and others): only libcamera makes pictures of what it gives.
    fn is_raw_sensor(&self) -> bool {
        let processor = ["ipu", "isys", "rkisp", "unicam"];
        let formats = || self.formats.iter().copied();
        self.usable
            && !self.is_camera()
            && (formats().any(FourCc::is_sensor)
                || processor.iter().any(|p| self.driver.contains(p)))
    }

    pub(super) fn info(&self) -> CameraInfo {
        CameraInfo {
            id: self.path.clone(),
            name: self.card.clone(),
            default: false,
        }
    }
}

/// The cameras among the nodes, and words about those that are none though people think so.
pub(super) fn cameras(nodes: &[Node]) -> (Vec<CameraInfo>, Vec<String>) {
    let mut cameras: Vec<CameraInfo> = nodes
        .iter()
        .filter(|n| n.is_camera())
        .map(Node::info)
        .collect();
    if let Some(first) = cameras.first_mut() {
        first.default = true;
    }
    let mut notes = Vec::new();
    if nodes.iter().any(Node::is_raw_sensor) {
        notes.push(RAW_SENSOR.to_owned());
    }
    for node in nodes {
        if node.usable && !node.is_camera() && !node.is_raw_sensor() {
            notes.push(format!(
                "the camera {} ({}) offers only {}, which aside does not read",
                node.card,
                node.path,
                list(&node.formats)
            ));
        }
    }
    (cameras, notes)
}

const RAW_SENSOR: &str = "a camera of this computer sits behind an image processor (such as Intel's IPU) and gives raw sensor \
     data only. It works through libcamera: where the desktop has it, `--camera pipewire` records it; a USB camera works too, and \
     so does a v4l2loopback device that v4l2-relayd feeds";

/// The node that is meant, and how to open it.
pub(super) fn choose<'a>(
    nodes: &'a [Node],
    wanted: Option<&str>,
    wish: CameraWish,
) -> Result<(&'a Node, DeviceMode), OpenError> {
    let node = match wanted {
        None => nodes.iter().find(|n| n.is_camera()).ok_or_else(|| {
            let (_, notes) = cameras(nodes);
            OpenError::NoCamera {
                notes: notes.iter().map(|n| format!(" ({n})")).collect(),
            }
        })?,
        Some(wanted) => {
            let named = |n: &&Node| n.path == wanted;
            let called = |n: &&Node| n.is_camera() && n.card == wanted;
            let found = nodes.iter().find(named);
            found
                .or_else(|| nodes.iter().find(called))
                .ok_or_else(|| OpenError::NoSuchCamera {
                    wanted: wanted.to_owned(),
                    list: names(&cameras(nodes).0),
                })?
        }
    };
    if let Some(mode) = best(&node.modes, wish) {
        return Ok((node, mode));
    }
    // Some drivers list formats and no sizes: the device is asked for what is wanted, and gives what it has.
    if let Some(input_format) = node.formats.iter().find_map(|f| f.input_format()) {
        let mode = DeviceMode {
            input_format,
            size: wish.size,
            fps: f64::from(wish.fps),
        };
        return Ok((node, mode));
    }
    Err(OpenError::CameraFormat {
        name: format!("{} ({})", node.card, node.path),
        formats: list(&node.formats),
    })
}

/// The nearest mode: first one that is fast enough, then one that is large enough, then the cheapest to read.
fn best(modes: &[NodeMode], wish: CameraWish) -> Option<DeviceMode> {
    let wanted = f64::from(wish.fps);
    let pixels = |size: Size| i64::from(size.width) * i64::from(size.height);
    let candidates = modes.iter().filter_map(|mode| {
        let input_format = mode.format.input_format()?;
        let fps = nearest(&mode.rates, wanted);
        let slow = match fps {
            fps if fps >= wanted * 0.95 => 0,
            fps if fps >= 20.0 => 1,
            fps if fps >= 14.0 => 2,
            _ => 3,
        };
        let small = mode.size.width < wish.size.width || mode.size.height < wish.size.height;
        let distance = (pixels(mode.size) - pixels(wish.size)).abs();
        let key = (slow, small, distance, mode.format.is_compressed());
        let mode = DeviceMode {
            input_format,
            size: mode.size,
            fps,
        };
        Some((key, mode))
    });
    candidates.min_by_key(|(key, _)| *key).map(|(_, mode)| mode)
}

/// The lowest rate that is enough, or else the highest.
fn nearest(rates: &[f64], wanted: f64) -> f64 {
    let enough = rates.iter().copied().filter(|r| *r >= wanted * 0.95);
    enough
        .min_by(f64::total_cmp)
        .or_else(|| rates.iter().copied().max_by(f64::total_cmp))
        .unwrap_or(wanted)
}

fn list(formats: &[FourCc]) -> String {
    if formats.is_empty() {
        return "no format".to_owned();
    }
    let names: Vec<String> = formats.iter().map(FourCc::to_string).collect();
    names.join(", ")
}

fn names(cameras: &[CameraInfo]) -> String {
    if cameras.is_empty() {
        return "there is none".to_owned();
    }
    let ids: Vec<&str> = cameras.iter().map(|c| c.id.as_str()).collect();
    format!("there are: {}", ids.join(", "))
}

#[cfg(test)]
mod tests;
