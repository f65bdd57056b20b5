//! Microphones and outputs of a sound server: PulseAudio, or PipeWire, which speaks its protocol.
//!
//! One thread reads a stream's sound some eight times a second, and when the end of a part has come, however often the server sends:
//! who else listens to the same device does not wake this program. A device that goes away is looked for until it is there again; `default` follows
//! the server's default. docs/decisions/0015 says why this is not cpal.

mod address;
mod capture;
mod connection;
mod control;
mod cookie;
mod format;
mod list;
mod reading;
mod timing;

use std::ffi::CString;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender};
use pulseaudio::protocol::{Command, SourceInfo, SubscriptionMask};

use super::choose::{Wanted, choose, choose_monitor};
use crate::clock::{Clock, Mono};
use crate::entropy::SystemEntropy;
use crate::source::sound::{Layout, Microphone, SoundEvent, SoundFormat};
use crate::source::{MicrophoneInfo, OpenError};
use capture::{Capture, StreamState};
use connection::{Broken, Connection};
use control::Control;
use list::sources;
use reading::Wait;

pub(super) use list::list;

/// How often sound is read while a stream's place in time is not known well, sound is wanted at once, or much has gathered, here or in the
/// server.
const QUICK_READ_INTERVAL: Duration = Duration::from_millis(8);
/// More than so many bytes at once nearly fill the socket: the server may have more, and waits for room.
const SOCKET_NEARLY_FULL: usize = 128 * 1024;
/// Quick reads after `deliver_now`.
const QUICK_READS: u32 = 12;
/// A stream that gives no sound for so long is asked whether its source is still there.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(3);
/// How often a lost device is looked for.
const REOPEN_INTERVAL: Duration = Duration::from_secs(1);
/// A server that has just started may not have its devices yet: so long they are waited for …
const DEVICES_TIMEOUT: Duration = Duration::from_millis(1500);
/// … and looked for so often.
const DEVICES_INTERVAL: Duration = Duration::from_millis(150);
/// How long a full queue is waited for before the order to stop is looked at.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// A microphone that is open. Dropping it closes the stream and joins its thread.
pub(super) struct PulseMicrophone {
    name: String,
    format: SoundFormat,
    layout: Layout,
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

fn connect(clock: &dyn Clock, control: &Control) -> Result<Connection, Broken> {
    if let Some(home) = std::env::home_dir() {
        let chosen = std::env::var_os("PULSE_COOKIE").map(PathBuf::from);
        if let Err(e) = cookie::make_if_missing(&home, chosen.as_deref(), &SystemEntropy) {
            tracing::debug!("no cookie for the sound server: {e}");
        }
    }
    Connection::open(clock, control)
}

/// Why a stream could not be opened.
enum NotOpened {
    Broken(Broken),
    /// The server has no such source.
    Missing(OpenError),
}

impl From<Broken> for NotOpened {
    fn from(e: Broken) -> Self {
        Self::Broken(e)
    }
}

impl PulseMicrophone {
    /// Opens the source `wanted`; it delivers into `out`. `None`: there is no server.
    pub(super) fn open(
        wanted: Wanted,
        clock: &Arc<dyn Clock>,
        out: &Sender<SoundEvent>,
    ) -> Result<Option<Self>, OpenError> {
        let mut reader = Reader {
            wanted,
            clock: Arc::clone(clock),
            control: Arc::new(Control::new()?),
            out: out.clone(),
            rate: None,
        };
        let until = clock.now() + DEVICES_TIMEOUT;
        let (name, stream) = loop {
            let failed = match reader.open() {
                Ok(opened) => break opened,
                Err(NotOpened::Broken(Broken::NoServer)) => return Ok(None),
                Err(failed) => failed,
            };
            if clock.now() < until {
                reader.control.wait(None, DEVICES_INTERVAL);
                continue;
            }
            return Err(match failed {
                NotOpened::Missing(e) => e,
                NotOpened::Broken(Broken::Error(e)) => OpenError::Microphone {
                    name: reader.wanted.name().unwrap_or("default").to_owned(),
                    detail: Broken::Error(e).to_string(),
                },
                NotOpened::Broken(e) => OpenError::SoundServer(e.to_string()),
            });
        };
        let format = SoundFormat {
            rate: stream.capture.spec.sample_rate,
            channels: u16::from(stream.capture.spec.channels),
        };
        reader.rate = Some(format.rate);
        let thread_name = match reader.wanted {
            Wanted::DefaultOutput => "aside-system",
            _ => "aside-mic",
        };
        let (layout, control) = (stream.capture.layout.clone(), Arc::clone(&reader.control));
        let thread = std::thread::Builder::new()
            .name(thread_name.to_owned())
            .spawn(move || reader.run(stream))
            .map_err(|e| OpenError::Internal(e.to_string()))?;
        Ok(Some(Self {
            name,
            format,
            layout,
            control,
            thread: Some(thread),
        }))
    }
}

impl Microphone for PulseMicrophone {
    fn format(&self) -> SoundFormat {
        self.format
    }
    fn layout(&self) -> Layout {
        self.layout.clone()
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn latency(&self) -> Option<Duration> {
        self.control.latency()
    }
    fn deliver_now(&self) {
        self.control.deliver_now();
    }
    fn wanted_until(&self, at: Mono) {
        self.control.want(at);
    }
}

impl Drop for PulseMicrophone {
    fn drop(&mut self) {
        self.control.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A connection and the stream on it.
struct Stream {
    connection: Connection,
    capture: Capture,
}

/// The thread's side.
struct Reader {
    wanted: Wanted,
    clock: Arc<dyn Clock>,
    control: Arc<Control>,
    out: Sender<SoundEvent>,
    /// Rate of the first opening; later ones are asked for the same.
    rate: Option<u32>,
}

impl Reader {
    fn open(&self) -> Result<(String, Stream), NotOpened> {
        let (clock, control) = (self.clock.as_ref(), &self.control);
        let mut connection = connect(clock, control)?;
        if self.wanted.follows_default() {
            let news = Command::Subscribe(SubscriptionMask::SERVER);
            connection.tell(&news, clock, control)?;
        }
        let (info, source) = self.choose(&mut connection)?;
        let capture = Capture::open(&mut connection, &source, self.rate, clock, control)?;
        let stream = Stream {
            connection,
            capture,
        };
        Ok((info.name, stream))
    }

    fn choose(
        &self,
        connection: &mut Connection,
    ) -> Result<(MicrophoneInfo, SourceInfo), NotOpened> {
        let (server, found) = sources(connection, self.clock.as_ref(), &self.control)?;
        let place = match &self.wanted {
            Wanted::DefaultOutput => {
                let text = |name: &Option<CString>| {
                    let name = name.as_ref()?;
                    Some(name.to_string_lossy().into_owned())
                };
                let outputs: Vec<Option<String>> = found
                    .iter()
                    .map(|(_, source)| text(&source.monitor_of_sink_name))
                    .collect();
                let monitored: Vec<(Option<&str>, &str)> = outputs
                    .iter()
                    .zip(&found)
                    .map(|(output, (info, _))| (output.as_deref(), info.id.as_str()))
                    .collect();
                choose_monitor(&monitored, text(&server.default_sink_name).as_deref())
            }
            wanted => {
                let infos: Vec<MicrophoneInfo> =
                    found.iter().map(|(info, _)| info.clone()).collect();
                choose(&infos, wanted.name())
            }
        }
        .map_err(NotOpened::Missing)?;
        found
            .into_iter()
            .nth(place)
            .ok_or(NotOpened::Missing(OpenError::NoMicrophone))
    }

    /// Reads until it is stopped or nobody takes the sound.
    fn run(self, stream: Stream) {
        let mut stream = stream;
        loop {
            let broken = self.read(&mut stream);
            if matches!(broken, Broken::Stopped) || self.control.is_stopped() {
                stream.capture.close(&mut stream.connection);
                return;
            }
            tracing::debug!("the microphone is lost: {broken}");
            // What the old stream still had was delivered; the connection goes before a new one is made.
            drop(stream);
            if !self.deliver(SoundEvent::Lost(broken.to_string())) {
                return;
            }
            stream = match self.reopen() {
                Some(found) => found,
                None => return,
            };
            if !self.deliver(SoundEvent::Reopened(stream.capture.layout.clone())) {
                return;
            }
        }
    }

    /// Looks for the device until it is there; `None`: it was stopped.
    fn reopen(&self) -> Option<Stream> {
        loop {
            match self.open() {
                Ok((_, stream)) => return Some(stream),
                Err(NotOpened::Broken(e)) => tracing::debug!("no microphone yet: {e}"),
                Err(NotOpened::Missing(e)) => tracing::debug!("no microphone yet: {e}"),
            }
            let until = self.clock.now() + REOPEN_INTERVAL;
            while !self.control.is_stopped() && self.clock.now() < until {
                // `deliver_now` ends the wait as well.
                self.control.wait(None, until - self.clock.now());
            }
            if self.control.is_stopped() {
                return None;
            }
        }
    }

    /// Reads until something ends the stream.
    fn read(&self, stream: &mut Stream) -> Broken {
        let (mut quick_reads, mut checked) = (0, self.clock.now());
        loop {
            match self.turn(stream, &mut quick_reads, &mut checked) {
                Ok(()) => {}
                Err(broken) => return broken,
            }
        }
    }

    fn turn(
        &self,
        stream: &mut Stream,
        quick_reads: &mut u32,
        checked: &mut Mono,
    ) -> Result<(), Broken> {
        let Stream {
            connection,
            capture,
        } = stream;
        let (clock, control) = (self.clock.as_ref(), &self.control);
        connection.receive()?;
        let (sound, state) = capture.take(connection, clock)?;
        while let Some(block) = capture.block() {
            if !self.deliver(SoundEvent::Block(block)) {
                return Err(Broken::Stopped);
            }
        }
        match state {
            StreamState::Nothing => {}
            StreamState::Killed => return Err(Broken::Removed),
            StreamState::Changed => self.follow_default(connection, capture)?,
        }
        if let Some(playing) = capture.playing()
            && !self.deliver(SoundEvent::Playing(playing))
        {
            return Err(Broken::Stopped);
        }
        if sound > 0 {
            control.set_latency(capture.latency());
            capture.ask_time(connection, clock)?;
            if self.wanted == Wanted::DefaultOutput {
                capture.ask_players(connection, clock)?;
            }
        }

        let now = clock.now();
        if now - capture.heard().max(*checked) > SILENCE_TIMEOUT {
            *checked = now;
            capture.is_there(connection, clock, control)?;
        }
        *quick_reads = match control.take_deliver_now() {
            true => QUICK_READS,
            false => quick_reads.saturating_sub(1),
        };
        if sound == 0 {
            // Nothing comes at this rate: the next sound wakes the thread.
            connection.wait(control, SILENCE_TIMEOUT);
        } else if sound > SOCKET_NEARLY_FULL
            || *quick_reads > 0
            || !capture.is_known()
            || capture.is_behind()
        {
            control.wait(None, QUICK_READ_INTERVAL);
        } else {
            let (delivered, age) = (capture.delivered(), capture.latency());
            match reading::wait(clock.now(), delivered, control.wanted(), age) {
                Wait::For(span) => {
                    control.wait(None, span);
                }
                Wait::Sound(span) => connection.wait(control, span),
            }
        }
        match control.is_stopped() {
            true => Err(Broken::Stopped),
            false => Ok(()),
        }
    }

    /// Goes over to the server's new default source or output.
    fn follow_default(
        &self,
        connection: &mut Connection,
        capture: &mut Capture,
    ) -> Result<(), Broken> {
        let (info, source) = match self.choose(connection) {
            Ok(found) => found,
            Err(NotOpened::Broken(e)) => return Err(e),
            // The old one goes on, as long as it is there.
            Err(NotOpened::Missing(_)) => return Ok(()),
        };
        if info.id == capture.id {
            return Ok(());
        }
        let (clock, control) = (self.clock.as_ref(), &self.control);
        let new = Capture::open(connection, &source, self.rate, clock, control)?;
        tracing::debug!(source = info.id, "the default device is another one now");
        let layout = new.layout.clone();
        std::mem::replace(capture, new).close(connection);
        if self.deliver(SoundEvent::Reopened(layout)) {
            Ok(())
        } else {
            Err(Broken::Stopped)
        }
    }

    /// Waits while the queue is full: the server keeps what comes meanwhile. `false`: nobody takes it, or it was stopped.
    fn deliver(&self, event: SoundEvent) -> bool {
        let mut event = event;
        loop {
            match self.out.send_timeout(event, STOP_CHECK_INTERVAL) {
                Ok(()) => return true,
                Err(SendTimeoutError::Timeout(back)) if !self.control.is_stopped() => event = back,
                Err(_) => return false,
            }
        }
    }
}
