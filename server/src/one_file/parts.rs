//! The parts of a track as the composition asks for them: a few are fetched ahead.

use std::io;

use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;

use crate::media::composition::{Part, Parts};
use crate::objects::{ObjectError, ObjectKey, Objects};

/// Parts on their way at once, and parts that wait to be taken; one has at most 16 MiB, most have a hundredth of that.
const AHEAD: usize = 2;

/// Parts that are fetched by a task. It ends when this is dropped.
pub(super) struct Stored(mpsc::Receiver<Result<Part, ObjectError>>);

impl Stored {
    /// Begins to fetch. An object that is missing is left out.
    /// `keys`: with the version of the init that each part is decoded with.
    pub(super) fn fetch(objects: Objects, keys: Vec<(u32, ObjectKey)>) -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            let reads = stream::iter(keys).map(|(init, key)| {
                let objects = objects.clone();
                async move {
                    let read = objects.get(&key).await;
                    read.map(|bytes| Part { init, bytes })
                }
            });
            let mut reads = std::pin::pin!(reads.buffered(AHEAD));
            while let Some(read) = reads.next().await {
                if matches!(read, Err(ObjectError::NotFound(_))) {
                    continue;
                }
                if sender.send(read).await.is_err() {
                    return;
                }
            }
        });
        Self(receiver)
    }
}

impl Parts for Stored {
    fn next(&mut self) -> io::Result<Option<Part>> {
        self.0.blocking_recv().transpose().map_err(io::Error::other)
    }
}
