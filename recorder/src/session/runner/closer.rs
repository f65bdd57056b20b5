//! Closes the devices on a thread of its own: the last parts have to be taken in meanwhile.

use std::io;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, never};

use crate::pipeline::{Pipeline, Summary};

/// A thread that waits to stop the pipeline. It is there before the take begins, because a pipeline that is stopped
/// on the thread that takes its parts in would wait for itself.
pub(in crate::session) struct Closer {
    /// Closed when there is nothing to stop (any more).
    pipeline_in: Option<Sender<Pipeline>>,
    /// The outcome; never, before the pipeline was handed over.
    pub(super) closed: Receiver<Summary>,
    outcome: Receiver<Summary>,
    thread: Option<JoinHandle<()>>,
}

impl Closer {
    pub(in crate::session) fn spawn() -> io::Result<Self> {
        let (pipeline_in, pipeline_out) = bounded::<Pipeline>(1);
        let (say_closed, outcome) = bounded(1);
        let stop = move || {
            if let Ok(pipeline) = pipeline_out.recv() {
                let _ = say_closed.send(pipeline.stop());
            }
        };
        Ok(Self {
            pipeline_in: Some(pipeline_in),
            closed: never(),
            outcome,
            thread: Some(Builder::new().name("stop".to_owned()).spawn(stop)?),
        })
    }

    pub(super) fn close(&mut self, pipeline: Pipeline) {
        if let Some(pipeline_in) = self.pipeline_in.take() {
            // The thread waits for exactly this.
            let _ = pipeline_in.send(pipeline);
            self.closed = self.outcome.clone();
        }
    }

    /// After the outcome was heard.
    pub(super) fn join(&mut self) {
        self.closed = never();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
