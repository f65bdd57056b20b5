//! A connection to a PulseAudio server (PipeWire speaks its protocol as well): messages out, messages in.
//!
//! Never blocks but in `wait`, which an order ends. A signal that interrupts a call (a stop and a continue) only makes it
//! look again.

use std::collections::VecDeque;
use std::ffi::CString;
use std::io::{self, Cursor, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use pulseaudio::protocol::{
    self, AuthParams, AuthReply, Command, CommandReply, DESCRIPTOR_SIZE, MAX_VERSION, Prop, Props,
    ProtocolError, PulseError, SetClientNameReply, TagStructReader,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::address;
use super::control::Control;
use crate::clock::{Clock, Mono};
use crate::source::Woken;

/// What a server may take to answer.
pub(super) const REPLY_TIMEOUT: Duration = Duration::from_secs(2);
/// No message of a server is longer (its own limit).
const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// Read at once.
const CHUNK: usize = 64 * 1024;

/// What a server says.
#[derive(Debug)]
pub(super) enum Message {
    /// Sound of a stream.
    Sound { channel: u32, bytes: Vec<u8> },
    /// The answer to the request with this number.
    Answer {
        request: u32,
        answer: Result<Vec<u8>, PulseError>,
    },
    /// Something nobody asked for.
    News(Box<Command>),
}

/// Why a connection cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("there is no sound server")]
    NoServer,
    #[error("the sound server does not accept this program")]
    Refused,
    #[error("the sound server is gone ({0})")]
    Gone(io::Error),
    #[error("the sound server did not answer within two seconds")]
    NoAnswer,
    #[error("the sound server says: {0}")]
    Error(PulseError),
    #[error("the sound server cannot be understood ({0})")]
    Protocol(String),
    #[error("the device was removed")]
    Removed,
    /// There was an order to stop.
    #[error("it was stopped")]
    Stopped,
}

impl From<ProtocolError> for Broken {
    fn from(e: ProtocolError) -> Self {
        match e {
            ProtocolError::ServerError(e) => Self::Error(e),
            e => Self::Protocol(e.to_string()),
        }
    }
}

/// A connection that was let in.
pub(super) struct Connection {
    socket: UnixStream,
    version: u16,
    /// Where bytes are read to.
    chunk: Box<[u8]>,
    /// Bytes received and not yet taken apart, from `begin` on.
    received: Vec<u8>,
    begin: usize,
    next_request: u32,
    /// Messages that came while an answer was waited for.
    passed_over: VecDeque<Message>,
}

impl Connection {
    /// Connects to the server of the environment. An order to stop ends it early.
    pub(super) fn open(clock: &dyn Clock, control: &Control) -> Result<Self, Broken> {
        let path = address::socket().ok_or(Broken::NoServer)?;
        let socket = UnixStream::connect(path).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => Broken::NoServer,
            _ => Broken::Gone(e),
        })?;
        socket.set_nonblocking(true).map_err(Broken::Gone)?;
        let mut connection = Self {
            socket,
            version: MAX_VERSION,
            chunk: vec![0; CHUNK].into_boxed_slice(),
            received: Vec::new(),
            begin: 0,
            next_request: 0,
            passed_over: VecDeque::new(),
        };
        connection.introduce(clock, control)?;
        Ok(connection)
    }

    fn introduce(&mut self, clock: &dyn Clock, control: &Control) -> Result<(), Broken> {
        let cookie = pulseaudio::cookie_path_from_env().and_then(|p| std::fs::read(p).ok());
        let auth = AuthParams {
            version: MAX_VERSION,
            supports_shm: false,
            supports_memfd: false,
            cookie: cookie.unwrap_or_default(),
        };
        let answer: AuthReply =
            self.ask(&Command::Auth(auth), clock, control)
                .map_err(|e| match e {
                    Broken::Error(PulseError::AccessDenied) => Broken::Refused,
                    e => e,
                })?;
        self.version = answer.version.min(MAX_VERSION);
        let mut props = Props::new();
        props.set(Prop::ApplicationName, c"Aside");
        if let Ok(id) = CString::new(std::process::id().to_string()) {
            props.set(Prop::ApplicationProcessId, id.as_c_str());
        }
        let _: SetClientNameReply = self.ask(&Command::SetClientName(props), clock, control)?;
        Ok(())
    }

    /// Sends a request; the answer carries the number that is returned.
    pub(super) fn send(&mut self, command: &Command) -> Result<u32, Broken> {
        let request = self.next_request;
        self.next_request = request.wrapping_add(1);
        let mut bytes = Vec::new();
        protocol::encode_command_message(&mut bytes, request, command, self.version)?;
        let mut left = bytes.as_slice();
        while !left.is_empty() {
            match self.socket.write(left) {
                Ok(n) => left = &left[n..],
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // Requests are small and answered one by one: a full socket is a server that stands still.
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.wait_writable()?,
                Err(e) => return Err(Broken::Gone(e)),
            }
        }
        Ok(request)
    }

    fn wait_writable(&self) -> Result<(), Broken> {
        let mut fds = [PollFd::new(&self.socket, PollFlags::OUT)];
        match poll(&mut fds, Timespec::try_from(REPLY_TIMEOUT).ok().as_ref()) {
            Ok(0) => Err(Broken::NoAnswer),
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(e) => Err(Broken::Gone(e.into())),
        }
    }

    /// Sends a request and waits for its answer; other messages are kept for `next`.
    pub(super) fn ask<R: CommandReply>(
        &mut self,
        command: &Command,
        clock: &dyn Clock,
        control: &Control,
    ) -> Result<R, Broken> {
        let body = self.ask_raw(command, clock, control)?;
        self.read(&body)
    }

    /// The same, for a request whose answer says nothing.
    pub(super) fn tell(
        &mut self,
        command: &Command,
        clock: &dyn Clock,
        control: &Control,
    ) -> Result<(), Broken> {
        self.ask_raw(command, clock, control).map(|_| ())
    }

    fn ask_raw(
        &mut self,
        command: &Command,
        clock: &dyn Clock,
        control: &Control,
    ) -> Result<Vec<u8>, Broken> {
        let request = self.send(command)?;
        let until = clock.now() + REPLY_TIMEOUT;
        loop {
            while let Some(message) = self.parse()? {
                match message {
                    Message::Answer { request: r, answer } if r == request => {
                        return answer.map_err(Broken::Error);
                    }
                    other => self.passed_over.push_back(other),
                }
            }
            let left = until - clock.now();
            if left.is_zero() {
                return Err(Broken::NoAnswer);
            }
            let woken = control.wait(Some(self.socket.as_fd()), left);
            if woken == Woken::Waker && control.is_stopped() {
                return Err(Broken::Stopped);
            }
            self.receive()?;
        }
    }

    /// Reads an answer's body.
    pub(super) fn read<R: CommandReply>(&self, body: &[u8]) -> Result<R, Broken> {
        let mut body = body;
        Ok(TagStructReader::new(&mut body, self.version).read()?)
    }

    /// Sleeps until the server says something, there is an order or `limit` has passed.
    pub(super) fn wait(&self, control: &Control, limit: Duration) {
        control.wait(Some(self.socket.as_fd()), limit);
    }

    /// Takes in everything that has come. Returns whether there was anything.
    pub(super) fn receive(&mut self) -> Result<bool, Broken> {
        let before = self.received.len();
        loop {
            let read = self.socket.read(&mut self.chunk);
            let bytes = read.as_ref().ok().and_then(|n| self.chunk.get(..*n));
            self.received.extend_from_slice(bytes.unwrap_or_default());
            match read {
                Ok(0) => return Err(Broken::Gone(io::ErrorKind::UnexpectedEof.into())),
                Ok(n) if n < CHUNK => return Ok(true),
                // The rest is taken apart first, so that a long queue does not become one long buffer.
                Ok(_) if self.received.len() > MAX_MESSAGE => return Ok(true),
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(self.received.len() > before);
                }
                Err(e) => return Err(Broken::Gone(e)),
            }
        }
    }

    /// The next whole message that was received.
    pub(super) fn next(&mut self) -> Result<Option<Message>, Broken> {
        match self.passed_over.pop_front() {
            Some(message) => Ok(Some(message)),
            None => self.parse(),
        }
    }

    fn parse(&mut self) -> Result<Option<Message>, Broken> {
        loop {
            let bytes = &self.received[self.begin..];
            if bytes.len() < DESCRIPTOR_SIZE {
                break;
            }
            let descriptor = protocol::read_descriptor(&mut Cursor::new(bytes))?;
            let length = usize::try_from(descriptor.length).unwrap_or(usize::MAX);
            if length > MAX_MESSAGE {
                return Err(Broken::Protocol(format!("a message of {length} bytes")));
            }
            let Some(body) = bytes.get(DESCRIPTOR_SIZE..DESCRIPTOR_SIZE + length) else {
                break;
            };
            let message = if descriptor.channel == u32::MAX {
                self.control(body)
            } else {
                Some(Message::Sound {
                    channel: descriptor.channel,
                    bytes: body.to_vec(),
                })
            };
            self.begin += DESCRIPTOR_SIZE + length;
            if message.is_some() {
                return Ok(message);
            }
        }
        self.received.drain(..self.begin);
        self.begin = 0;
        Ok(None)
    }

    /// A message that cannot be read is passed over: newer servers say more than this program knows.
    fn control(&self, body: &[u8]) -> Option<Message> {
        let mut cursor = Cursor::new(body);
        match Command::read_tag_prefixed(&mut cursor, self.version) {
            Ok((request, Command::Reply)) => {
                let read = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
                Some(Message::Answer {
                    request,
                    answer: Ok(body.get(read..).unwrap_or_default().to_vec()),
                })
            }
            Ok((request, Command::Error(e))) => Some(Message::Answer {
                request,
                answer: Err(e),
            }),
            Ok((_, news)) => Some(Message::News(Box::new(news))),
            Err(e) => {
                tracing::debug!("a message of the sound server is passed over: {e}");
                None
            }
        }
    }
}

/// When a request was sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) request: u32,
    pub(super) at: Mono,
    /// The wall clock's time since 1970.
    pub(super) wall: Duration,
}
