//! An encoder in a process of its own: a driver that breaks down or hangs takes that process with it and not the take, which goes on
//! with the next encoder at the first picture that this one has not given back. Decision 62.

mod memory;
mod serve;
mod wire;

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use aside_protocol::cmaf::VideoConfig;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use self::memory::Memory;
use self::wire::{Answered, Request, answered, ask};
use super::{Budget, EncodeError, Encoded, VideoEncoder, VideoFormat};
use crate::compose::Picture;

pub use serve::serve;

/// The hidden verb with which `aside` starts itself.
pub const VERB: &str = "encode-pictures";

/// How long a driver may take to come up.
const OPEN_LIMIT: Duration = Duration::from_secs(3);
/// How long a call may take: long enough for a machine that is busy, short enough for the pictures that wait meanwhile.
const CALL_LIMIT: Duration = Duration::from_secs(1);
/// How long a process that is to end may take.
const REAP_LIMIT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 500_000_000,
};

/// Opens the encoder called `name` in a process of its own.
pub(super) fn open(
    name: &'static str,
    format: VideoFormat,
) -> Result<Box<dyn VideoEncoder>, EncodeError> {
    let program = std::env::current_exe().map_err(|e| not_started(&e))?;
    let mut command = Command::new(program);
    command.args([VERB, name]);
    Ok(Box::new(Remote::start(
        &mut command,
        format,
        OPEN_LIMIT,
        CALL_LIMIT,
    )?))
}

fn not_started(error: &io::Error) -> EncodeError {
    EncodeError::Open(format!("its process could not be started ({error})"))
}

/// The recorder's side.
struct Remote {
    /// Closed before the process is waited for: that tells it to end.
    socket: UnixStream,
    memory: Memory,
    process: Process,
    config: VideoConfig,
    /// Why nothing more is asked.
    over: Option<EncodeError>,
}

impl Remote {
    fn start(
        command: &mut Command,
        format: VideoFormat,
        open_limit: Duration,
        limit: Duration,
    ) -> Result<Self, EncodeError> {
        let (socket, memory, process) =
            begin(command, open_limit, limit).map_err(|e| not_started(&e))?;
        let mut remote = Self {
            socket,
            memory,
            process,
            config: VideoConfig {
                width: 0,
                height: 0,
                timescale: 0,
                avcc: Vec::new(),
            },
            over: None,
        };
        let opened = remote.ask(Request::Open(format))?;
        opened.done?;
        remote.config = opened
            .config
            .ok_or(EncodeError::Unexpected("it is open and has no init"))?;
        let limited = remote.socket.set_read_timeout(Some(limit));
        limited.map_err(|e| not_started(&e))?;
        Ok(remote)
    }

    fn ask(&mut self, request: Request) -> Result<Answered, EncodeError> {
        if let Some(over) = &self.over {
            return Err(over.clone());
        }
        let heard = ask(&mut self.socket, request).and_then(|()| answered(&mut self.socket));
        heard.map_err(|error| {
            let why = match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => EncodeError::Stalled,
                _ => EncodeError::BrokeDown(self.process.end().map_or_else(
                    || error.to_string(),
                    |status| match (status.signal(), status.code()) {
                        (Some(signal), _) => format!("signal {signal}"),
                        (None, code) => format!("exit code {}", code.unwrap_or_default()),
                    },
                )),
            };
            self.process.kill();
            self.over = Some(why.clone());
            why
        })
    }

    fn call(&mut self, request: Request, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        let answered = self.ask(request)?;
        out.extend(answered.made);
        answered.done
    }
}

impl VideoEncoder for Remote {
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
        // It is read before the answer to this request comes, and no other is made before that.
        let put = self.memory.put(picture);
        put.map_err(|e| EncodeError::Failed(e.to_string()))?;
        self.call(Request::Encode { pts, idr }, out)
    }

    fn repeat(
        &mut self,
        _picture: &Arc<Picture>,
        pts: u64,
        idr: bool,
        out: &mut Vec<Encoded>,
    ) -> Result<(), EncodeError> {
        self.call(Request::Repeat { pts, idr }, out)
    }

    fn flush(&mut self, out: &mut Vec<Encoded>) -> Result<(), EncodeError> {
        self.call(Request::Flush, out)
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), EncodeError> {
        self.call(Request::Budget(budget), &mut Vec::new())
    }
}

fn begin(
    command: &mut Command,
    open_limit: Duration,
    limit: Duration,
) -> io::Result<(UnixStream, Memory, Process)> {
    let (socket, theirs) = UnixStream::pair()?;
    socket.set_read_timeout(Some(open_limit))?;
    socket.set_write_timeout(Some(limit))?;
    let memory = Memory::new()?;
    command
        .stdin(Stdio::from(memory.share()?))
        .stdout(Stdio::from(OwnedFd::from(theirs)))
        .stderr(Stdio::null())
        // Ctrl-C in the terminal is meant for the recorder.
        .process_group(0);
    let process = Process(Some(command.spawn()?));
    // The command still holds the other end of the socket; that the process has closed it tells that it is gone.
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Ok((socket, memory, process))
}

/// Waited for when it is dropped, without keeping anybody.
struct Process(Option<Child>);

impl Process {
    fn end(&mut self) -> Option<ExitStatus> {
        self.0.as_mut().and_then(end)
    }

    fn kill(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
        }
    }
}

/// How it ended, if it does within half a second; what hangs inside of the kernel does not. Where the system gives no descriptor
/// of a process (Linux before 5.3) it is looked at once.
fn end(child: &mut Child) -> Option<ExitStatus> {
    if let Ok(descriptor) = pidfd_open(Pid::from_child(child), PidfdFlags::empty()) {
        // Without an answer the look below says that it is still there.
        let _ = poll(
            &mut [PollFd::new(&descriptor, PollFlags::IN)],
            Some(&REAP_LIMIT),
        );
    }
    child.try_wait().ok().flatten()
}

impl Drop for Process {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else {
            return;
        };
        if matches!(child.try_wait(), Ok(Some(_))) {
            return;
        }
        // A driver may take its time to close.
        let reap = move || {
            if end(&mut child).is_none() {
                let _ = child.kill();
                // On a thread of its own: one that hangs inside of the kernel holds up nobody.
                let _ = child.wait();
            }
        };
        let _ = Builder::new().name("encoder-end".to_owned()).spawn(reap);
    }
}

#[cfg(test)]
mod tests;
