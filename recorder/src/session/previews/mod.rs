//! Small pictures of what is recorded, and the levels of its sound, for a program that steers the take: on and off at any time,
//! beside the take and without slowing it (docs/decisions/0043).

mod file;
mod thread;

pub(crate) use file::PreviewFile;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, never};

use super::command::{MAX_PER_SECOND, PreviewChange};
use super::notice::Notice;
use crate::clock::Clock;
use crate::pipeline::{LevelReader, Pipeline, PreviewSlot};

/// The thread takes an order within the time of one picture.
const ORDERS_QUEUED: usize = 16;
/// What was shown and not told yet; then the next look tells more.
const TOLD_QUEUED: usize = 64;

/// What is shown now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shown {
    screen: bool,
    camera: bool,
    levels: bool,
    per_second: u32,
    mirror: bool,
}

/// What the thread is told.
enum Order {
    Show(Shown),
    Levels(Option<LevelReader>),
}

/// Shows takes, one after the other, until it is dropped.
pub(super) struct Previews {
    shown: Shown,
    screen: Arc<PreviewSlot>,
    camera: Arc<PreviewSlot>,
    /// `None`: there is no program to show anything to.
    thread: Option<(Sender<Order>, JoinHandle<()>)>,
    /// What is to be told.
    pub(super) told: Receiver<Notice>,
}

impl Previews {
    /// `folder`: where pictures are put; `None`: nobody wants to see any.
    pub(super) fn new(folder: Option<PathBuf>, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let mut previews = Self {
            shown: Shown {
                screen: false,
                camera: false,
                levels: false,
                per_second: MAX_PER_SECOND,
                mirror: false,
            },
            screen: Arc::default(),
            camera: Arc::default(),
            thread: None,
            told: never(),
        };
        if let Some(folder) = folder {
            let (orders, taken) = bounded(ORDERS_QUEUED);
            let (tell, told) = bounded(TOLD_QUEUED);
            let slots = [Arc::clone(&previews.screen), Arc::clone(&previews.camera)];
            let thread = thread::spawn(folder, slots, clock, taken, tell)?;
            previews.thread = Some((orders, thread));
            previews.told = told;
        }
        Ok(previews)
    }

    /// Shows what this pipeline records.
    pub(super) fn show(&self, pipeline: &Pipeline) {
        if self.thread.is_none() {
            return;
        }
        pipeline.show_in(&self.screen, &self.camera);
        self.order(Order::Levels(Some(pipeline.level_reader())));
        // What was shown of another source before is not shown any more.
        self.want();
        pipeline.wake_previews();
    }

    /// The devices are closed: nothing is shown until the next take has some.
    pub(super) fn over(&self) {
        self.screen.want(false);
        self.camera.want(false);
        self.order(Order::Levels(None));
        self.order(Order::Show(Shown {
            screen: false,
            camera: false,
            ..self.shown
        }));
    }

    pub(super) fn change(&mut self, change: PreviewChange, pipeline: Option<&Pipeline>) {
        let before = self.shown;
        self.shown = Shown {
            screen: change.screen.unwrap_or(before.screen),
            camera: change.camera.unwrap_or(before.camera),
            levels: change.levels.unwrap_or(before.levels),
            per_second: change.per_second.unwrap_or(before.per_second),
            ..before
        };
        self.want();
        if let Some(pipeline) = pipeline {
            pipeline.wake_previews();
        }
    }

    /// The camera is shown mirrored.
    pub(super) fn mirror(&mut self, mirror: bool) {
        self.shown.mirror = mirror;
        self.order(Order::Show(self.shown));
    }

    fn want(&self) {
        for (slot, wanted) in [
            (&self.screen, self.shown.screen),
            (&self.camera, self.shown.camera),
        ] {
            slot.look(self.shown.per_second);
            slot.want(wanted);
        }
        self.order(Order::Show(self.shown));
    }

    fn order(&self, order: Order) {
        if let Some((orders, _)) = &self.thread {
            let _ = orders.send(order);
        }
    }
}

impl Drop for Previews {
    fn drop(&mut self) {
        if let Some((orders, thread)) = self.thread.take() {
            drop(orders);
            let _ = thread.join();
        }
    }
}
