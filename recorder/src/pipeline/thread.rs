//! A named thread that tells when it has finished.
//!
//! Finished and ended are two things: a thread that has sent everything may still block in a device that does not
//! close. That is not waited for.

use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::error::StartError;
use crate::source::OpenError;

/// What a thread reports when it is up.
pub(super) type Ready<T> = Receiver<Result<T, StartError>>;

/// Dropped by a thread when it has nothing left to send; a panic drops it as well.
pub(super) struct Finished {
    _held: Sender<()>,
}

/// Owns a thread.
pub(super) struct PipelineThread {
    name: &'static str,
    finished: Receiver<()>,
    ended: Receiver<()>,
    handle: Option<JoinHandle<()>>,
}

impl PipelineThread {
    pub(super) fn spawn(
        name: &'static str,
        body: impl FnOnce(Finished) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let (held, finished) = bounded(0);
        let (alive, ended) = bounded(0);
        let handle = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let _alive: Sender<()> = alive;
                body(Finished { _held: held });
            })
            .map_err(|e| OpenError::Internal(e.to_string()))?;
        Ok(Self {
            name,
            finished,
            ended,
            handle: Some(handle),
        })
    }

    /// Waits until the thread has sent everything.
    pub(super) fn wait_finished(&self) {
        let _ = self.finished.recv();
    }

    /// The same, but not for longer than `limit`; whether it has.
    pub(super) fn wait_finished_for(&self, limit: Duration) -> bool {
        let waited = self.finished.recv_timeout(limit);
        !matches!(waited, Err(crossbeam_channel::RecvTimeoutError::Timeout))
    }

    /// Joins the thread, or leaves it to itself if it has not ended after `limit`.
    pub(super) fn join_timeout(&mut self, limit: Duration) {
        let Some(handle) = self.handle.take() else {
            return;
        };
        if let Err(crossbeam_channel::RecvTimeoutError::Timeout) = self.ended.recv_timeout(limit) {
            tracing::warn!(
                thread = self.name,
                "a device blocks its thread at the end; the thread is not joined"
            );
            return;
        }
        if handle.join().is_err() {
            tracing::error!(thread = self.name, "a thread of the recorder panicked");
        }
    }
}
