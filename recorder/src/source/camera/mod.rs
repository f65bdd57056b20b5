//! Cameras: which one, and how it is opened.
//!
//! A camera is asked for its next frame and paints only those that are wanted, on a thread of its own (`pipeline`). The
//! devices of Linux are listed by us and read through libavdevice; `lavfi` graphs go the same way. Where none of them gives
//! pictures (laptops whose cameras work through libcamera only), the desktop is asked for its cameras.

mod convert;
mod crop;
mod device;
#[cfg(all(target_os = "linux", feature = "portal"))]
mod portal;
mod stamps;
#[cfg(target_os = "linux")]
mod v4l2;

use std::sync::Arc;

use super::synthetic::SyntheticCamera;
use super::{Camera, CameraChoice, CameraInfo, CameraPlan, OpenError};
use crate::clock::{Clock, Mono};
use crate::compose::Size;
use device::DeviceCamera;

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
        let note = "cameras of this system are not listed yet".to_owned();
        (Vec::new(), vec![note])
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

#[cfg(target_os = "linux")]
fn open_device(
    wanted: Option<&str>,
    wish: CameraWish,
    clock: Arc<dyn Clock>,
) -> Result<Box<dyn Camera>, OpenError> {
    #[cfg(feature = "portal")]
    if wanted == Some(portal::ID) {
        return Ok(Box::new(portal::DesktopCamera::open(wish, clock)?));
    }
    match v4l2::choose(wanted, wish) {
        Ok((node, mode)) => Ok(Box::new(DeviceCamera::v4l2(&node, mode, clock)?)),
        #[cfg(feature = "portal")]
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

#[cfg(not(target_os = "linux"))]
fn open_device(
    wanted: Option<&str>,
    _wish: CameraWish,
    _clock: Arc<dyn Clock>,
) -> Result<Box<dyn Camera>, OpenError> {
    Err(OpenError::Camera {
        name: wanted.unwrap_or("default").to_owned(),
        detail: "cameras of this system are not supported yet".to_owned(),
    })
}
