//! Real microphones, through cpal.
//!
//! PulseAudio's protocol first (PipeWire speaks it as well), since its devices can all be opened and its blocks come
//! with their age. Without a wish for small blocks a sound server hands out two seconds at a time. ALSA where
//! there is no sound server, and of ALSA only sound cards: its other devices are names that cannot be opened, or a
//! `null` that delivers silence as fast as it can. A device whose default format is an error is never shown.

#[cfg(target_os = "linux")]
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{
    BufferSize, Data, ErrorKind, FromSample as _, InputCallbackInfo, SampleFormat, StreamConfig,
};
use crossbeam_channel::{Sender, TrySendError};

#[cfg(target_os = "linux")]
use super::cookie;
use crate::clock::Clock;
#[cfg(target_os = "linux")]
use crate::entropy::SystemEntropy;
use crate::source::sound::{Microphone, SoundBlock, SoundEvent, SoundFormat};
use crate::source::{MicrophoneInfo, OpenError};

/// The buffer that is asked for, as a fraction of a second. PulseAudio hands it out in halves, and what
/// does not fit into it while the machine is busy is lost: so not smaller.
const BUFFERS_PER_SECOND: u32 = 25;
/// How long a device may take to come up.
const OPENS_WITHIN: Duration = Duration::from_secs(5);
/// Sources with this ending are what a PulseAudio sink plays.
const MONITOR: &str = ".monitor";

/// A microphone that is open. Dropping it closes the stream.
pub(super) struct Device {
    name: String,
    format: SoundFormat,
    lost: Arc<AtomicU64>,
    _stream: cpal::Stream,
}

/// The microphones that can be opened, the default first among equals.
pub fn list() -> Result<Vec<MicrophoneInfo>, OpenError> {
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
        let monitor = id.id().ends_with(MONITOR);
        let info = MicrophoneInfo {
            name,
            default: Some(&id) == default.as_ref(),
            monitor,
            id: id.id().to_owned(),
        };
        list.push((info, device));
    }
    Ok(list)
}

#[cfg(target_os = "linux")]
fn host() -> Option<cpal::Host> {
    if let Some(home) = std::env::home_dir() {
        let chosen = std::env::var_os("PULSE_COOKIE").map(PathBuf::from);
        if let Err(e) = cookie::make_if_missing(&home, chosen.as_deref(), &SystemEntropy) {
            tracing::debug!("no cookie for the sound server: {e}");
        }
    }
    if let Ok(host) = cpal::host_from_id(cpal::HostId::PulseAudio) {
        return Some(host);
    }
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

/// Of ALSA's names only those of a card; `plughw` converts what the card cannot do.
#[cfg(target_os = "linux")]
fn is_device(id: &cpal::DeviceId) -> bool {
    id.host() == cpal::HostId::PulseAudio || id.id().starts_with("plughw:CARD=")
}

#[cfg(not(target_os = "linux"))]
fn is_device(_id: &cpal::DeviceId) -> bool {
    true
}

/// By id or name; without a wish the default, but never the echo of what the machine itself plays.
fn choose(wanted: Option<&str>) -> Result<(MicrophoneInfo, cpal::Device), OpenError> {
    let list = found()?;
    let names = list
        .iter()
        .map(|(i, _)| i.id.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let place = match wanted {
        Some(wanted) => list
            .iter()
            .position(|(i, _)| i.id == wanted || i.name == wanted),
        None => {
            let heard = |(i, _): &(MicrophoneInfo, cpal::Device)| !i.monitor;
            list.iter()
                .position(|d| d.0.default && heard(d))
                .or_else(|| list.iter().position(heard))
        }
    };
    match (place, wanted) {
        (Some(place), _) => list.into_iter().nth(place).ok_or(OpenError::NoMicrophone),
        (None, Some(wanted)) => {
            let list = if names.is_empty() {
                "there is none".to_owned()
            } else {
                format!("there are: {names}")
            };
            Err(OpenError::NoSuchMicrophone {
                wanted: wanted.to_owned(),
                list,
            })
        }
        (None, None) => Err(OpenError::NoMicrophone),
    }
}

impl Device {
    pub(super) fn open(
        wanted: Option<&str>,
        clock: &Arc<dyn Clock>,
        out: &Sender<SoundEvent>,
    ) -> Result<Self, OpenError> {
        let (info, device) = choose(wanted)?;
        let failed = |e: cpal::Error| OpenError::Microphone {
            name: info.name.clone(),
            detail: e.to_string(),
        };
        let offered = device.default_input_config().map_err(failed)?;
        let format = SoundFormat {
            rate: offered.sample_rate(),
            channels: offered.channels(),
        };
        let config = StreamConfig {
            channels: format.channels,
            sample_rate: format.rate,
            buffer_size: BufferSize::Fixed(format.rate / BUFFERS_PER_SECOND),
        };
        let lost = Arc::new(AtomicU64::new(0));
        let open = |config: StreamConfig| {
            let deliver = Deliver {
                format,
                clock: Arc::clone(clock),
                out: out.clone(),
                lost: Arc::clone(&lost),
            };
            let gone = out.clone();
            device.build_input_stream_raw(
                config,
                offered.sample_format(),
                move |data: &Data, info: &InputCallbackInfo| deliver.block(data, info),
                move |e: cpal::Error| failure(&e, &gone),
                Some(OPENS_WITHIN),
            )
        };
        // A device that cannot do small blocks gets its own size.
        let stream = open(config)
            .or_else(|_| {
                open(StreamConfig {
                    buffer_size: BufferSize::Default,
                    ..config
                })
            })
            .map_err(failed)?;
        stream.play().map_err(failed)?;
        Ok(Self {
            name: info.name,
            format,
            lost,
            _stream: stream,
        })
    }
}

impl Microphone for Device {
    fn format(&self) -> SoundFormat {
        self.format
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn lost_ms(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// Carries blocks from the device's thread to ours.
struct Deliver {
    format: SoundFormat,
    clock: Arc<dyn Clock>,
    out: Sender<SoundEvent>,
    lost: Arc<AtomicU64>,
}

impl Deliver {
    fn block(&self, data: &Data, info: &InputCallbackInfo) {
        let arrived = self.clock.now();
        // The device's clock has a zero of its own; what counts is how old it says the block is.
        let stamp = info.timestamp();
        let captured = arrived.before(stamp.callback.duration_since(stamp.capture));
        let Some(samples) = floats(data) else { return };
        let frames = (samples.len() / usize::from(self.format.channels.max(1))) as u64;
        let block = SoundEvent::Block(SoundBlock {
            captured,
            arrived,
            samples,
        });
        if let Err(TrySendError::Full(_)) = self.out.try_send(block) {
            self.lost.fetch_add(
                frames * 1000 / u64::from(self.format.rate.max(1)),
                Ordering::Relaxed,
            );
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

/// A hiccup is for the source clock to see; anything else ends the device.
fn failure(e: &cpal::Error, out: &Sender<SoundEvent>) {
    match e.kind() {
        ErrorKind::Xrun
        | ErrorKind::DeviceChanged
        | ErrorKind::RealtimeDenied
        | ErrorKind::DeviceBusy => {
            tracing::debug!(error = %e, "the microphone hiccuped");
        }
        _ => {
            let _ = out.try_send(SoundEvent::Lost(e.to_string()));
        }
    }
}
