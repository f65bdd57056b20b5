//! Opens a camera on its thread. A take does not wait long for it: a camera that is slow to open joins later.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::camera_thread::{CameraThread, OpenCamera, QUEUED};
use super::error::StartError;
use super::meters::PictureMeters;
use super::rate::Rate;
use super::screen_thread::{CaptureControl, Frame};
use super::thread::{PipelineThread, Ready};
use crate::clock::Clock;
use crate::source::{CameraShape, Size};

/// How long the start of a take waits for a camera. Most need a part of it, and one that is missing, busy or forbidden says so at
/// once.
pub(super) const OPEN_TIMEOUT: Duration = Duration::from_millis(400);
/// The same for one that is chosen while nothing is recorded yet: whoever chose it is to know whether it works.
pub(super) const CHOSEN_PATIENCE: Duration = Duration::from_secs(8);

pub(super) struct CameraOpening {
    pub shape: CameraShape,
    pub fps: u32,
    pub clock: Arc<dyn Clock>,
    pub meters: Arc<PictureMeters>,
    pub control: Arc<CaptureControl>,
    pub open: OpenCamera,
    /// How long its size is waited for.
    pub patience: Duration,
}

/// The size of the recorded pictures, decided once: by the camera, or, where that is not open in time, without it.
pub(super) struct CameraSize {
    shape: CameraShape,
    /// `None`: the camera cannot be opened, and the error is on its way.
    decided: Arc<OnceLock<Option<Size>>>,
    ready: Ready<()>,
    patience: Duration,
}

impl CameraSize {
    pub(super) fn wait(self) -> Result<Size, StartError> {
        // Whether it opened, failed or said nothing in time is in `decided`.
        let early = self.ready.recv_timeout(self.patience);
        let unknown = || Some(self.shape.picture(self.shape.device_size()));
        match *self.decided.get_or_init(unknown) {
            Some(size) => Ok(size),
            None => {
                let error = early.unwrap_or_else(|_| {
                    let late = self.ready.recv();
                    late.unwrap_or_else(|_| Err(StartError::thread_ended("camera")))
                });
                Err(error
                    .err()
                    .unwrap_or_else(|| StartError::thread_ended("camera")))
            }
        }
    }
}

/// The thread, its pictures, and their size.
pub(super) fn spawn(
    opening: CameraOpening,
) -> Result<(PipelineThread, Receiver<Frame>, CameraSize), StartError> {
    let ((tell, ready), (out, queued)) = (bounded(1), bounded(QUEUED));
    let decided = Arc::new(OnceLock::new());
    let size = CameraSize {
        shape: opening.shape,
        decided: Arc::clone(&decided),
        ready,
        patience: opening.patience,
    };
    let frames = queued.clone();
    let thread = PipelineThread::spawn("aside-camera", move |finished| {
        let camera = opening.run(&decided, &tell, out, queued);
        drop(finished);
        drop(camera);
    })?;
    Ok((thread, frames, size))
}

impl CameraOpening {
    fn run(
        mut self,
        decided: &OnceLock<Option<Size>>,
        tell: &Sender<Result<(), StartError>>,
        out: Sender<Frame>,
        queued: Receiver<Frame>,
    ) -> Option<Box<dyn crate::source::Camera>> {
        let opened = (self.open)();
        let size = *decided.get_or_init(|| {
            let camera = opened.as_ref().ok()?;
            Some(self.shape.picture(camera.size()))
        });
        let (camera, refused) = match (opened, size) {
            (Err(error), None) => {
                let _ = tell.send(Err(error.into()));
                return None;
            }
            // The take has begun: this camera is one that went away.
            (Err(error), Some(_)) => (None, Some(error)),
            (Ok(camera), _) => (Some(camera), None),
        };
        let _ = tell.send(Ok(()));
        let size = size?;
        let reader = CameraThread {
            open: self.open,
            camera,
            size,
            rate: Rate::new(self.fps),
            clock: self.clock,
            control: self.control,
            meters: self.meters,
            out,
            queued,
        };
        reader.run(refused.as_ref())
    }
}
