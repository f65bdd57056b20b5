//! What a node of V4L2 says of itself (linux/videodev2.h). No frame is read here.

#![expect(unsafe_code, reason = "V4L2 is spoken in ioctls")]

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use nix::errno::Errno;
use nix::libc::O_NONBLOCK;

use super::rule::{FourCc, Node, NodeMode};
use crate::compose::Size;

const CAPTURE: u32 = 0x0000_0001;
const STREAMING: u32 = 0x0400_0000;
const DEVICE_CAPS: u32 = 0x8000_0000;
const BUFFER_CAPTURE: u32 = 1;
const DISCRETE: u32 = 1;
/// More than any node answers; a driver that never says "no more" is left.
const MAX_INDEX: u32 = 256;
/// Sizes tried where a node gives any size: the usual ones.
const USUAL: [(u32, u32); 6] = [
    (640, 360),
    (640, 480),
    (960, 540),
    (1280, 720),
    (1280, 960),
    (1920, 1080),
];

#[repr(C)]
#[derive(Clone, Copy)]
struct Capability {
    driver: [u8; 16],
    card: [u8; 32],
    bus_info: [u8; 32],
    version: u32,
    capabilities: u32,
    device_caps: u32,
    reserved: [u32; 3],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct FormatDescription {
    index: u32,
    kind: u32,
    flags: u32,
    description: [u8; 32],
    pixel_format: u32,
    mbus_code: u32,
    reserved: [u32; 3],
}

/// `data`: width and height, or minimum, maximum and step of both.
#[repr(C)]
#[derive(Clone, Copy)]
struct FrameSize {
    index: u32,
    pixel_format: u32,
    kind: u32,
    data: [u32; 6],
    reserved: [u32; 2],
}

/// `data`: numerator and denominator, or minimum, maximum and step of both.
#[repr(C)]
#[derive(Clone, Copy)]
struct FrameInterval {
    index: u32,
    pixel_format: u32,
    width: u32,
    height: u32,
    kind: u32,
    data: [u32; 6],
    reserved: [u32; 2],
}

// The sizes are part of the request numbers: another size would be another request.
const _: () = assert!(size_of::<Capability>() == 104);
const _: () = assert!(size_of::<FormatDescription>() == 64);
const _: () = assert!(size_of::<FrameSize>() == 44);
const _: () = assert!(size_of::<FrameInterval>() == 52);

nix::ioctl_read!(query_capability, b'V', 0, Capability);
nix::ioctl_readwrite!(enumerate_formats, b'V', 2, FormatDescription);
nix::ioctl_readwrite!(enumerate_sizes, b'V', 74, FrameSize);
nix::ioctl_readwrite!(enumerate_intervals, b'V', 75, FrameInterval);

/// Looks at a node.
pub(super) fn look(path: &Path) -> io::Result<Node> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(O_NONBLOCK)
        .open(path)?;
    let mut capability = Capability {
        driver: [0; 16],
        card: [0; 32],
        bus_info: [0; 32],
        version: 0,
        capabilities: 0,
        device_caps: 0,
        reserved: [0; 3],
    };
    // SAFETY: the descriptor is open, and the kernel fills the struct, whose layout is that of `v4l2_capability`.
    unsafe { query_capability(file.as_raw_fd(), &raw mut capability) }?;
    // `capabilities` speaks for all nodes of a device, `device_caps` for this one.
    let caps = if capability.capabilities & DEVICE_CAPS != 0 {
        capability.device_caps
    } else {
        capability.capabilities
    };
    let usable = caps & CAPTURE != 0 && caps & STREAMING != 0;
    let formats = if usable { formats(&file) } else { Vec::new() };
    let mut modes = Vec::new();
    for format in &formats {
        for size in sizes(&file, *format) {
            let rates = rates(&file, *format, size);
            modes.push(NodeMode {
                format: *format,
                size,
                rates,
            });
        }
    }
    Ok(Node {
        path: path.display().to_string(),
        card: text(&capability.card),
        driver: text(&capability.driver),
        usable,
        formats,
        modes,
    })
}

fn formats(file: &File) -> Vec<FourCc> {
    let ask = |index| {
        let mut answer = FormatDescription {
            index,
            kind: BUFFER_CAPTURE,
            flags: 0,
            description: [0; 32],
            pixel_format: 0,
            mbus_code: 0,
            reserved: [0; 3],
        };
        // SAFETY: as above, with `v4l2_fmtdesc`.
        let asked = unsafe { enumerate_formats(file.as_raw_fd(), &raw mut answer) };
        asked.is_ok().then_some(FourCc(answer.pixel_format))
    };
    (0..MAX_INDEX).map_while(ask).collect()
}

fn sizes(file: &File, format: FourCc) -> Vec<Size> {
    let mut sizes = Vec::new();
    for index in 0..MAX_INDEX {
        let mut answer = FrameSize {
            index,
            pixel_format: format.0,
            kind: 0,
            data: [0; 6],
            reserved: [0; 2],
        };
        // SAFETY: as above, with `v4l2_frmsizeenum`.
        if unsafe { enumerate_sizes(file.as_raw_fd(), &raw mut answer) }.is_err() {
            break;
        }
        if answer.kind != DISCRETE {
            let [least_w, most_w, _, least_h, most_h, _] = answer.data;
            let fits = |(w, h): &(u32, u32)| {
                (least_w..=most_w).contains(w) && (least_h..=most_h).contains(h)
            };
            let usual = USUAL.iter().filter(|size| fits(size));
            sizes.extend(usual.map(|(w, h)| Size::even(*w, *h)));
            break;
        }
        sizes.push(Size::even(answer.data[0], answer.data[1]));
    }
    sizes
}

/// Frames a second, each; empty where the node does not say.
fn rates(file: &File, format: FourCc, size: Size) -> Vec<f64> {
    let mut rates = Vec::new();
    for index in 0..MAX_INDEX {
        let mut answer = FrameInterval {
            index,
            pixel_format: format.0,
            width: size.width,
            height: size.height,
            kind: 0,
            data: [0; 6],
            reserved: [0; 2],
        };
        // SAFETY: as above, with `v4l2_frmivalenum`.
        match unsafe { enumerate_intervals(file.as_raw_fd(), &raw mut answer) } {
            Ok(_) => {}
            Err(Errno::EINVAL | Errno::ENOTTY) | Err(_) => break,
        }
        // The shortest interval comes first where a range is given: the highest rate.
        let [numerator, denominator, ..] = answer.data;
        if numerator > 0 {
            rates.push(f64::from(denominator) / f64::from(numerator));
        }
        if answer.kind != DISCRETE {
            break;
        }
    }
    rates
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
}
