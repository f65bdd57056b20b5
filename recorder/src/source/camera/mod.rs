//! Cameras: which one, and how it is opened.
//!
//! A camera is asked for its next frame and paints only those that are wanted, on a thread of its own (`pipeline`). The
//! devices of Linux are listed by us and read through libavdevice; `lavfi` graphs go the same way, and so would cameras of macOS and
//! Windows. Where none of them gives pictures (laptops whose cameras work through libcamera only), the desktop is asked for its cameras.

mod convert;
mod crop;
mod device;
// Elsewhere; for the tests here as well.
#[cfg(any(test, not(target_os = "linux")))]
mod elsewhere;
mod input;
#[cfg(all(target_os = "linux", feature = "portal"))]
mod portal;
mod stamps;
#[cfg(target_os = "linux")]
mod v4l2;

use std::env::consts::OS;
use std::sync::Arc;

use super::synthetic::SyntheticCamera;
use super::{Camera, CameraChoice, CameraInfo, CameraPlan, OpenError};
use crate::clock::{Clock, Mono};
use crate::compose::Size;
use device::DeviceCamera;
use input::{Opening, System, openings};

/// What a device is asked for; it gives the nearest it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameraWish {
    /// Pixels.
    pub size: Size,
    /// Frames a second.
    pub fps: u32,
}

/// The cameras that can be recorded, and why others cannot.
pub fn list() -> (Vec<CameraInfo>, Vec<String>) {
    #[cfg(target_os = "linux")]
    {
        let (mut cameras, notes) = v4l2::list();
        #[cfg(feature = "portal")]
        if cameras.is_empty() {
            cameras.extend(portal::list());
        }
        (cameras, notes)
    }
    #[cfg(not(target_os = "linux"))]
    {
        System::of(OS).map_or_else(Default::default, elsewhere::list)
    }
}

/// Opens the chosen camera on the calling thread. `begin`: zero of the synthetic one.
pub fn open(
    plan: &CameraPlan,
    fps: u32,
    clock: Arc<dyn Clock>,
    begin: Mono,
) -> Result<Box<dyn Camera>, OpenError> {
    let wish = CameraWish {
        size: plan.shape.device_size(),
        fps,
    };
    match &plan.choice {
        CameraChoice::Synthetic => {
            let size = plan.shape.picture(wish.size);
            Ok(Box::new(SyntheticCamera::new(size, fps, clock, begin)))
        }
        CameraChoice::Graph(graph) => Ok(Box::new(DeviceCamera::graph(graph, clock)?)),
        CameraChoice::Default => open_device(None, wish, clock),
        CameraChoice::Device(id) => open_device(Some(id), wish, clock),
    }
}

fn open_device(
    wanted: Option<&str>,
    wish: CameraWish,
    clock: Arc<dyn Clock>,
) -> Result<Box<dyn Camera>, OpenError> {
    #[cfg(all(target_os = "linux", feature = "portal"))]
    if wanted == Some(portal::ID) {
        return Ok(Box::new(portal::DesktopCamera::open(wish, clock)?));
    }
    match choose(wanted, wish) {
        Ok((camera, openings)) => Ok(Box::new(DeviceCamera::open(
            &camera.name,
            &openings,
            clock,
        )?)),
        #[cfg(all(target_os = "linux", feature = "portal"))]
        Err(none) if wanted.is_none() => match portal::DesktopCamera::open(wish, clock) {
            Ok(camera) => Ok(Box::new(camera)),
            Err(error) => {
                tracing::debug!(%error, "the desktop gives no camera");
                Err(none)
            }
        },
        Err(none) => Err(none),
    }
}

/// The camera that is meant, and what libavdevice is told to open it.
fn choose(wanted: Option<&str>, wish: CameraWish) -> Result<(CameraInfo, Vec<Opening>), OpenError> {
    let system = System::of(OS).ok_or_else(|| OpenError::Camera {
        name: wanted.unwrap_or("default").to_owned(),
        detail: "cameras of this system are not supported".to_owned(),
    })?;
    #[cfg(target_os = "linux")]
    let (camera, mode) = v4l2::choose(wanted, wish)?;
    #[cfg(not(target_os = "linux"))]
    let (camera, mode) = elsewhere::choose(system, wanted, wish)?;
    let openings = openings(system, &camera.id, mode);
    Ok((camera, openings))
}
