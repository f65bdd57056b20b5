//! An encoder on a thread of its own, with a limit to how long a call may take: a driver that hangs must not end a take.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use aside_protocol::cmaf::VideoConfig;

use super::{Budget, EncodeError, Encoded, VideoEncoder};
use crate::compose::Picture;

/// How long a driver may take to come up.
const OPEN_LIMIT: Duration = Duration::from_secs(3);
/// How long a call may take: long enough for a machine that is busy, short enough for the pictures that wait meanwhile.
const CALL_LIMIT: Duration = Duration::from_secs(1);

/// Opens the encoder, on the thread that will use it.
pub(super) type Open = Box<dyn FnOnce() -> Result<Box<dyn VideoEncoder>, EncodeError> + Send>;

enum Call {
    Encode(Arc<Picture>, u64, bool),
    Repeat(Arc<Picture>, u64, bool),
    Flush,
    Budget(Budget),
}

type Answer = (Result<(), EncodeError>, Vec<Encoded>);

/// Hands calls to the thread.
pub(super) struct Guarded {
    config: VideoConfig,
    calls: Option<SyncSender<Call>>,
    answers: Receiver<Answer>,
    thread: Option<JoinHandle<()>>,
    limit: Duration,
}

impl Guarded {
    pub(super) fn open(open: Open) -> Result<Self, EncodeError> {
        Self::within(open, OPEN_LIMIT, CALL_LIMIT)
    }

    fn within(open: Open, open_limit: Duration, limit: Duration) -> Result<Self, EncodeError> {
        let (calls, to_do) = sync_channel(1);
        let (say_opened, opened) = sync_channel(1);
        let (answer, answers) = sync_channel(1);
        let work = move || {
            let mut encoder = match open() {
                Ok(encoder) => {
                    let _ = say_opened.send(Ok(encoder.config().clone()));
                    encoder
                }
                Err(error) => return drop(say_opened.send(Err(error))),
            };
            while let Ok(call) = to_do.recv() {
                let mut out = Vec::new();
                let done = match call {
                    Call::Encode(picture, pts, idr) => encoder.encode(&picture, pts, idr, &mut out),
                    Call::Repeat(picture, pts, idr) => encoder.repeat(&picture, pts, idr, &mut out),
                    Call::Flush => encoder.flush(&mut out),
                    Call::Budget(budget) => encoder.set_budget(budget),
                };
                if answer.send((done, out)).is_err() {
                    return;
                }
            }
        };
        let thread = Builder::new()
            .name("aside-encoder".to_owned())
            .spawn(work)
            .map_err(|e| EncodeError::Open(e.to_string()))?;
        match opened.recv_timeout(open_limit) {
            Ok(Ok(config)) => Ok(Self {
                config,
                calls: Some(calls),
                answers,
                thread: Some(thread),
                limit,
            }),
            Ok(Err(error)) => {
                let _ = thread.join();
                Err(error)
            }
            Err(RecvTimeoutError::Timeout) => Err(EncodeError::Stalled),
            Err(RecvTimeoutError::Disconnected) => {
                Err(EncodeError::Open("its thread ended".to_owned()))
            }
        }
    }

    fn call(&mut self, call: Call, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        let calls = self.calls.as_ref().ok_or(EncodeError::Stalled)?;
        if calls.send(call).is_err() {
            self.calls = None;
            return Err(EncodeError::Failed("its thread ended".to_owned()));
        }
        match self.answers.recv_timeout(self.limit) {
            Ok((done, ready)) => {
                out.extend(ready);
                done
            }
            Err(RecvTimeoutError::Timeout) => {
                // Nothing ends a thread inside of a driver: it is left to itself, and with it what it holds.
                (self.calls, self.thread) = (None, None);
                Err(EncodeError::Stalled)
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.calls = None;
                Err(EncodeError::Failed("its thread ended".to_owned()))
            }
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.calls = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl VideoEncoder for Guarded {
    fn config(&self) -> &VideoConfig {
        &self.config
    }

    fn encode(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        self.call(Call::Encode(Arc::clone(picture), pts, idr), out)
    }

    fn repeat(
        &mut self,
        picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        self.call(Call::Repeat(Arc::clone(picture), pts, idr), out)
    }

    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        self.call(Call::Flush, out)
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError> {
        self.call(Call::Budget(budget), &mut Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use super::super::probe::{Call, Fake, x264};
    use super::super::self_test::{CLIP, clip};
    use super::*;

    /// libx264, whose second picture hangs until it is let go.
    fn hanging(let_go: Receiver<()>) -> Open {
        let mut taken = 0;
        Box::new(move || {
            Ok(Fake::boxed(x264(CLIP)?, move |inner, call, out| {
                if let Call::Picture { .. } = call {
                    taken += 1;
                    if taken == 2 {
                        let _ = let_go.recv();
                    }
                }
                call.pass(inner, out)
            }))
        })
    }

    #[test]
    fn a_call_that_does_not_return_is_given_up_and_so_is_every_later_one() {
        let (let_go, hangs) = sync_channel(1);
        let hour = Duration::from_secs(3600);
        let mut encoder = Guarded::within(hanging(hangs), hour, hour).unwrap();
        let pictures = clip().unwrap();
        let mut out = Vec::new();
        encoder.encode(&pictures[0], 0, true, &mut out).unwrap();
        assert_eq!((out.len(), out[0].idr), (1, true));
        // Whatever the limit is, this call never returns by itself.
        encoder.limit = Duration::from_millis(1);
        let second = encoder.encode(&pictures[1], 3000, false, &mut out);
        assert_eq!(second, Err(EncodeError::Stalled));
        assert_eq!(encoder.flush(&mut out), Err(EncodeError::Stalled));
        drop(encoder);
        let_go.send(()).unwrap();
    }

    #[test]
    fn what_cannot_be_opened_says_why_and_what_hangs_while_opening_is_given_up() {
        let open: Open = Box::new(|| Err(EncodeError::Open("no card".to_owned())));
        let error = Guarded::open(open).err();
        assert_eq!(error, Some(EncodeError::Open("no card".to_owned())));
        let (let_go, hangs) = sync_channel::<()>(1);
        let open: Open = Box::new(move || {
            let _ = hangs.recv();
            Err(EncodeError::Open("late".to_owned()))
        });
        let limit = Duration::from_millis(1);
        assert_eq!(
            Guarded::within(open, limit, limit).err(),
            Some(EncodeError::Stalled)
        );
        drop(let_go);
    }
}
