//! The thread that makes previews: looks a few times a second, and only while somebody wants to see something.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::file::PreviewFile;
use super::{Order, Shown};
use crate::clock::{Clock, Mono};
use crate::pipeline::{LevelReader, PreviewSlot, Thumbnail};
use crate::session::command::MAX_PER_SECOND;
use crate::session::notice::{Notice, PreviewSource};

/// Longest side of a preview, in pixels.
const SIDE: u32 = 320;
/// Nothing is shown: only an order wakes the thread.
const NOTHING_DUE: Duration = Duration::from_secs(3600);

/// `slots`: of the screen and of the camera.
pub(super) fn spawn(
    folder: PathBuf,
    slots: [Arc<PreviewSlot>; 2],
    clock: Arc<dyn Clock>,
    orders: Receiver<Order>,
    tell: Sender<Notice>,
) -> io::Result<JoinHandle<()>> {
    Builder::new()
        .name("previews".to_owned())
        .spawn(move || run(&folder, slots, clock.as_ref(), &orders, tell))
}

/// A source and the file of its pictures.
struct Window {
    source: PreviewSource,
    slot: Arc<PreviewSlot>,
    file: PreviewFile,
    /// What stands in the file.
    shown: Option<Thumbnail>,
    /// Pictures so far.
    sequence: u64,
}

struct Viewer {
    windows: [Window; 2],
    shown: Shown,
    levels: Option<LevelReader>,
    tell: Sender<Notice>,
    /// That pictures cannot be written was told.
    failed: bool,
}

/// Ends when nobody gives orders any more.
fn run(
    folder: &Path,
    [screen, camera]: [Arc<PreviewSlot>; 2],
    clock: &dyn Clock,
    orders: &Receiver<Order>,
    tell: Sender<Notice>,
) {
    let process = std::process::id();
    let window = |source, slot, name| Window {
        source,
        slot,
        file: PreviewFile::new(folder, process, name),
        shown: None,
        sequence: 0,
    };
    let mut viewer = Viewer {
        windows: [
            window(PreviewSource::Screen, screen, "screen"),
            window(PreviewSource::Camera, camera, "camera"),
        ],
        shown: Shown {
            screen: false,
            camera: false,
            levels: false,
            per_second: MAX_PER_SECOND,
            mirror: false,
        },
        levels: None,
        tell,
        failed: false,
    };
    let (mut tidied, mut next) = (false, clock.now());
    loop {
        let due = match viewer.is_needed() {
            true => next - clock.now(),
            false => NOTHING_DUE,
        };
        match orders.recv_timeout(due) {
            Ok(Order::Show(shown)) => {
                if !std::mem::replace(&mut tidied, true) {
                    // A folder that cannot be made is told with the first picture.
                    let _ = PreviewFile::tidy(folder);
                }
                viewer.show(shown);
            }
            Ok(Order::Levels(levels)) => viewer.levels = levels,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                viewer.look();
                next = following(next, clock.now(), viewer.shown.per_second);
            }
        }
    }
}

/// When the look after the one of `due`, made at `now`, is due.
fn following(due: Mono, now: Mono, per_second: u32) -> Mono {
    let interval = Duration::from_secs(1) / per_second.max(1);
    (due + interval).max(now + interval / 2)
}

impl Viewer {
    const fn is_needed(&self) -> bool {
        self.shown.screen || self.shown.camera || (self.shown.levels && self.levels.is_some())
    }

    fn show(&mut self, shown: Shown) {
        self.shown = shown;
        for (window, wanted) in self.windows.iter_mut().zip([shown.screen, shown.camera]) {
            // Who asks anew may have forgotten what was shown.
            window.shown = None;
            if !wanted {
                window.file.remove();
            }
        }
    }

    fn look(&mut self) {
        for window in &mut self.windows {
            let Some(picture) = window.slot.take() else {
                continue;
            };
            let mirror = self.shown.mirror && window.source == PreviewSource::Camera;
            let small = Thumbnail::of(&picture, SIDE, mirror);
            drop(picture);
            // A screen that is drawn over with the same has not changed to the eye: most of all one that shows the preview itself.
            if window.shown.as_ref() == Some(&small) {
                continue;
            }
            if let Err(error) = window.file.write(&small) {
                if !std::mem::replace(&mut self.failed, true) {
                    let _ = self.tell.try_send(Notice::Alarm {
                        code: "preview_failed",
                        message: format!(
                            "there is no preview ({error}); the recording is not affected"
                        ),
                    });
                }
                continue;
            }
            window.sequence += 1;
            let told = Notice::Preview {
                source: window.source,
                file: window.file.path().display().to_string(),
                width: small.size.width,
                height: small.size.height,
                sequence: window.sequence,
            };
            // Where nobody reads, the next one is told.
            window.shown = self.tell.try_send(told).is_ok().then_some(small);
        }
        if let (true, Some(levels)) = (self.shown.levels, &self.levels) {
            let _ = self.tell.try_send(Notice::Levels(levels.read()));
        }
    }
}
