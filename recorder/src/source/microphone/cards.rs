//! Microphones where there is no sound server: sound cards through cpal.
//!
//! Of ALSA's names only cards count: the others cannot be opened, or are a `null` that delivers silence as fast as it can. A
//! device whose default format is an error is not listed. A card that fails is opened again once it is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{
    BufferSize, Data, ErrorKind, FromSample as _, InputCallbackInfo, SampleFormat, StreamConfig,
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::choose::choose;
use crate::clock::Clock;
use crate::source::sound::{Layout, Microphone, SoundBlock, SoundEvent, SoundFormat};
use crate::source::{MicrophoneInfo, OpenError};

/// The buffer that is asked for, as a fraction of a second.
const BUFFERS_PER_SECOND: u32 = 20;
/// How long a device may take to come up.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a lost card is looked for.
const REOPEN_INTERVAL: Duration = Duration::from_secs(1);

/// A card that is open. Dropping it closes the stream.
pub(super) struct CardMicrophone {
    name: String,
    format: SoundFormat,
    /// Dropped to end the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The cards that can be opened.
pub(super) fn list() -> Result<Vec<MicrophoneInfo>, OpenError> {
    Ok(found()?.into_iter().map(|(info, _)| info).collect())
}

fn found() -> Result<Vec<(MicrophoneInfo, cpal::Device)>, OpenError> {
    let Some(host) = host() else {
        return Ok(Vec::new());
    };
    let default = host.default_input_device().and_then(|d| d.id().ok());
    let failed = |e: cpal::Error| OpenError::SoundServer(e.to_string());
    let mut list = Vec::new();
    for device in host.input_devices().map_err(failed)? {
        let Some(id) = device.id().ok().filter(is_device) else {
            continue;
        };
        if device.default_input_config().is_err() {
            continue;
        }
        let name = device
            .description()
            .ok()
            .and_then(|d| d.name().lines().next().map(str::to_owned))
            .unwrap_or_else(|| id.id().to_owned());
        let info = MicrophoneInfo {
            name,
            default: Some(&id) == default.as_ref(),
            monitor: false,
            id: id.id().to_owned(),
        };
        list.push((info, device));
    }
    Ok(list)
}

#[cfg(target_os = "linux")]
fn host() -> Option<cpal::Host> {
    // Without a card libasound has nothing to say, and says it on the terminal.
    let cards = std::fs::read_dir("/proc/asound").ok()?;
    let card = |name: &std::ffi::OsStr| {
        let number = name.to_str().and_then(|n| n.strip_prefix("card"));
        number.is_some_and(|n| n.parse::<u32>().is_ok())
    };
    cards
        .flatten()
        .any(|entry| card(&entry.file_name()))
        .then(cpal::default_host)
}

#[cfg(not(target_os = "linux"))]
fn host() -> Option<cpal::Host> {
    Some(cpal::default_host())
}

/// `plughw` converts what the card cannot do.
#[cfg(target_os = "linux")]
fn is_device(id: &cpal::DeviceId) -> bool {
    id.id().starts_with("plughw:CARD=")
}

#[cfg(not(target_os = "linux"))]
fn is_device(_id: &cpal::DeviceId) -> bool {
    true
}

impl CardMicrophone {
    /// Opens the card `wanted`, or the default; it delivers into `out`.
    pub(super) fn open(
        wanted: Option<&str>,
        clock: &Arc<dyn Clock>,
        out: &Sender<SoundEvent>,
    ) -> Result<Self, OpenError> {
        let opening = Opening {
            wanted: wanted.map(str::to_owned),
            clock: Arc::clone(clock),
            out: out.clone(),
        };
        let (stop, stopped) = bounded(0);
        let (say, opened) = bounded(1);
        // A stream stays on the thread that opened it: not every host allows it to be moved.
        let thread = std::thread::Builder::new()
            .name("aside-mic".to_owned())
            .spawn(move || opening.run(&say, &stopped))
            .map_err(|e| OpenError::Internal(e.to_string()))?;
        let ended = || OpenError::Internal("the thread of the microphone ended".to_owned());
        let (name, format) = opened.recv().map_err(|_| ended())??;
        Ok(Self {
            name,
            format,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Microphone for CardMicrophone {
    fn format(&self) -> SoundFormat {
        self.format
    }
    fn layout(&self) -> Layout {
        Layout::unnamed(self.format.channels)
    }
    fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for CardMicrophone {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A stream, and how it is known that it failed.
struct Open {
    name: String,
    format: SoundFormat,
    failed: Receiver<String>,
    _stream: cpal::Stream,
}

struct Opening {
    wanted: Option<String>,
    clock: Arc<dyn Clock>,
    out: Sender<SoundEvent>,
}

impl Opening {
    fn run(&self, say: &Sender<Result<(String, SoundFormat), OpenError>>, stopped: &Receiver<()>) {
        let first = match self.open(None) {
            Ok(open) => open,
            Err(e) => return drop(say.send(Err(e))),
        };
        let rate = first.format.rate;
        let _ = say.send(Ok((first.name.clone(), first.format)));
        let mut open = first;
        loop {
            let reason = crossbeam_channel::select! {
                recv(open.failed) -> reason => reason.unwrap_or_else(|_| "it closed".to_owned()),
                recv(stopped) -> _ => return,
            };
            drop(open);
            if self.out.send(SoundEvent::Lost(reason)).is_err() {
                return;
            }
            open = loop {
                match stopped.recv_timeout(REOPEN_INTERVAL) {
                    Err(RecvTimeoutError::Timeout) => {}
                    _ => return,
                }
                match self.open(Some(rate)) {
                    Ok(open) => break open,
                    Err(e) => tracing::debug!("no microphone yet: {e}"),
                }
            };
            let back = SoundEvent::Reopened(Layout::unnamed(open.format.channels));
            if self.out.send(back).is_err() {
                return;
            }
        }
    }

    /// At `rate`, if the device was open before.
    fn open(&self, rate: Option<u32>) -> Result<Open, OpenError> {
        let found = found()?;
        let infos: Vec<MicrophoneInfo> = found.iter().map(|(info, _)| info.clone()).collect();
        let place = choose(&infos, self.wanted.as_deref())?;
        let (info, device) = found
            .into_iter()
            .nth(place)
            .ok_or(OpenError::NoMicrophone)?;
        let refused = |e: cpal::Error| OpenError::Microphone {
            name: info.name.clone(),
            detail: e.to_string(),
        };
        let offered = device.default_input_config().map_err(refused)?;
        let format = SoundFormat {
            rate: rate.unwrap_or(offered.sample_rate()),
            channels: offered.channels(),
        };
        let config = StreamConfig {
            channels: format.channels,
            sample_rate: format.rate,
            buffer_size: BufferSize::Fixed(format.rate / BUFFERS_PER_SECOND),
        };
        let (say_failed, failed) = bounded(1);
        let open = |config: StreamConfig| {
            let deliver = Deliver {
                clock: Arc::clone(&self.clock),
                out: self.out.clone(),
                format,
                full: AtomicBool::new(false),
            };
            let failed = say_failed.clone();
            device.build_input_stream_raw(
                config,
                offered.sample_format(),
                move |data: &Data, info: &InputCallbackInfo| deliver.block(data, info),
                move |e: cpal::Error| failure(&e, &failed),
                Some(OPEN_TIMEOUT),
            )
        };
        // A device that cannot do blocks of this size gets its own.
        let stream = open(config)
            .or_else(|_| {
                open(StreamConfig {
                    buffer_size: BufferSize::Default,
                    ..config
                })
            })
            .map_err(refused)?;
        stream.play().map_err(refused)?;
        Ok(Open {
            name: info.name,
            format,
            failed,
            _stream: stream,
        })
    }
}

/// Carries blocks from the device's thread to ours.
struct Deliver {
    clock: Arc<dyn Clock>,
    out: Sender<SoundEvent>,
    format: SoundFormat,
    full: AtomicBool,
}

impl Deliver {
    fn block(&self, data: &Data, info: &InputCallbackInfo) {
        let arrived = self.clock.now();
        // The device's clock has a zero of its own; what counts is how old it says the block is.
        let stamp = info.timestamp();
        let Some(samples) = floats(data) else { return };
        let frames = samples.len() / usize::from(self.format.channels.max(1));
        let length = Duration::from_secs_f64(frames as f64 / f64::from(self.format.rate.max(1)));
        // The last sample cannot have been captured after the block was handed over.
        let age = stamp.callback.duration_since(stamp.capture).max(length);
        let block = SoundEvent::Block(SoundBlock {
            captured: arrived.before(age),
            samples,
        });
        // A card has no queue of its own to wait in: what finds no room is a hole, which the source clock sees.
        let full = self.out.try_send(block).is_err();
        if full && !self.full.swap(true, Ordering::Relaxed) {
            tracing::warn!("sound is not taken as fast as it comes");
        } else if !full {
            self.full.store(false, Ordering::Relaxed);
        }
    }
}

fn floats(data: &Data) -> Option<Vec<f32>> {
    macro_rules! from {
        ($sample:ty) => {
            data.as_slice::<$sample>()?
                .iter()
                .map(|x| f32::from_sample_(*x))
                .collect()
        };
    }
    Some(match data.sample_format() {
        SampleFormat::F32 => data.as_slice::<f32>()?.to_vec(),
        SampleFormat::I8 => from!(i8),
        SampleFormat::I16 => from!(i16),
        SampleFormat::I24 => from!(cpal::I24),
        SampleFormat::I32 => from!(i32),
        SampleFormat::U8 => from!(u8),
        SampleFormat::U16 => from!(u16),
        SampleFormat::F64 => from!(f64),
        _ => return None,
    })
}

/// What passes is for the source clock to see; anything else ends the stream.
fn failure(e: &cpal::Error, failed: &Sender<String>) {
    match e.kind() {
        ErrorKind::Xrun
        | ErrorKind::DeviceChanged
        | ErrorKind::RealtimeDenied
        | ErrorKind::DeviceBusy => {
            tracing::debug!(error = %e, "the microphone reports a passing fault");
        }
        _ => {
            let _ = failed.try_send(e.to_string());
        }
    }
}
