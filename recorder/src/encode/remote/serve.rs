//! The process's side: does what it is asked until nobody asks any more.

use std::io::{self, stdin, stdout};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use rustix::process::{Signal, set_parent_process_death_signal};
use rustix::stdio::dup2_stdout;

use super::memory::Memory;
use super::wire::{Answered, Request, answer, asked};
use crate::compose::{Picture, Size};
use crate::encode::{Candidate, EncodeError, Encoded, VideoEncoder, VideoFormat};

/// Encodes with `candidate`: requests come through standard output, which is a socket, and pictures through standard input, which is
/// memory.
pub fn serve(candidate: &Candidate) -> io::Result<()> {
    // A driver that hangs must not be left behind by a recorder that was killed.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let memory = Memory::of(stdin().as_fd().try_clone_to_owned()?);
    let mut socket = UnixStream::from(stdout().as_fd().try_clone_to_owned()?);
    // What a driver prints is no answer.
    dup2_stdout(std::fs::File::options().write(true).open("/dev/null")?)?;
    let mut encoder = None;
    while let Some(request) = asked(&mut socket)? {
        let answered = match (request, &mut encoder) {
            (Request::Open(format), None) => match (candidate.open)(format) {
                Ok(opened) => {
                    let config = Some(opened.config().clone());
                    encoder = Some(Encoder::new(opened, format));
                    Answered {
                        config,
                        done: Ok(()),
                        made: Vec::new(),
                    }
                }
                Err(why) => failed(why),
            },
            (request, Some(encoder)) => {
                let mut made = Vec::new();
                let done = encoder.do_it(request, &memory, &mut made);
                Answered {
                    config: None,
                    done,
                    made,
                }
            }
            (_, None) => failed(EncodeError::Unexpected("it is not open")),
        };
        answer(&mut socket, answered)?;
    }
    Ok(())
}

fn failed(why: EncodeError) -> Answered {
    Answered {
        config: None,
        done: Err(why),
        made: Vec::new(),
    }
}

struct Encoder {
    inner: Box<dyn VideoEncoder>,
    size: Size,
    /// The newest comes last; an encoder may hold some of them.
    pictures: Vec<Arc<Picture>>,
}

impl Encoder {
    fn new(inner: Box<dyn VideoEncoder>, format: VideoFormat) -> Self {
        Self {
            inner,
            size: Size {
                width: format.width,
                height: format.height,
            },
            pictures: Vec::new(),
        }
    }

    fn do_it(
        &mut self,
        request: Request,
        memory: &Memory,
        made: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        match request {
            Request::Open(_) => Err(EncodeError::Unexpected("it is open")),
            Request::Encode { pts, idr } => {
                let picture = self.take(memory)?;
                self.inner.encode(&picture, pts, idr, made)
            }
            Request::Repeat { pts, idr } => {
                let newest = self.pictures.last().map(Arc::clone);
                let newest = newest.ok_or(EncodeError::Unexpected("there is no picture yet"))?;
                self.inner.repeat(&newest, pts, idr, made)
            }
            Request::Flush => self.inner.flush(made),
            Request::Budget(budget) => self.inner.set_budget(budget),
        }
    }

    /// The picture in the memory, in a place that nobody holds any more.
    fn take(&mut self, memory: &Memory) -> Result<Arc<Picture>, EncodeError> {
        let free = self
            .pictures
            .iter()
            .position(|picture| Arc::strong_count(picture) == 1);
        let mut picture = match free {
            Some(place) => self.pictures.remove(place),
            None => Arc::new(Picture::black(self.size)),
        };
        let read = Arc::get_mut(&mut picture).map(|picture| memory.get(picture));
        match read {
            Some(Ok(())) => {}
            Some(Err(e)) => return Err(EncodeError::Failed(e.to_string())),
            None => return Err(EncodeError::Unexpected("a picture that is held")),
        }
        self.pictures.push(Arc::clone(&picture));
        Ok(picture)
    }
}
