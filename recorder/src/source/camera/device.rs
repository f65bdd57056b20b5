//! A camera that libavdevice reads: `v4l2` on Linux, `avfoundation` and `dshow` elsewhere (see `input`), and `lavfi` graphs that stand
//! for one.

#![expect(
    unsafe_code,
    reason = "ffmpeg-next opens inputs only with a look at their first frames, and sets no flags before"
)]

use std::ffi::CString;
use std::sync::{Arc, Once};
use std::time::Duration;

use ffmpeg::format::context::Input;
use ffmpeg::{Dictionary, Packet, Rational};
use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;

use super::convert::Converter;
use super::input::Opening;
use super::stamps::Stamps;
use crate::avdevice;
use crate::clock::{Clock, Mono};
use crate::compose::{Picture, Size};
use crate::source::{Camera, CameraLost, OpenError, Waker, Woken};

/// A device is asked again after this long while its next frame is due; a frame's stamp does not depend on it.
const ASK_AGAIN: Duration = Duration::from_millis(4);
/// A graph that is this far behind the clock goes on from now.
const MAX_BEHIND: Duration = Duration::from_secs(1);

/// An open device. Fields are dropped in this order: packets and frames lie in the device's buffers, and go before it.
pub(super) struct DeviceCamera {
    decoded: ffmpeg::frame::Video,
    packet: Packet,
    decoder: ffmpeg::decoder::Video,
    input: Input,
    converter: Converter,
    name: String,
    size: Size,
    interval: Duration,
    clock: Arc<dyn Clock>,
    pacing: Pacing,
    /// When the newest frame arrived.
    arrived: Option<Mono>,
}

/// Where a frame's time comes from.
enum Pacing {
    /// The device stamps it.
    Device(Stamps),
    /// The graph counts from zero and runs as fast as it is read: its frames are due at their time from here.
    Graph {
        begin: Option<Mono>,
        held: Option<Mono>,
    },
}

impl DeviceCamera {
    /// Opens a camera in the first of these ways that it takes. `name`: for people.
    pub(super) fn open(
        name: &str,
        openings: &[Opening],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let mut failed = ffmpeg::Error::DemuxerNotFound;
        for opening in openings {
            let mut options = Dictionary::new();
            for (option, value) in &opening.options {
                options.set(option, value);
            }
            match open_input(opening.format, &opening.url, options) {
                Ok(input) => {
                    let pacing = Pacing::Device(Stamps::default());
                    return Self::new(name.to_owned(), input, pacing, clock);
                }
                Err(error) => failed = error,
            }
        }
        Err(refused(name, failed))
    }

    /// Opens a graph of libavfilter, such as `testsrc2=size=1280x720:rate=30`.
    pub(super) fn graph(graph: &str, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let name = format!("lavfi:{graph}");
        let input = open_input("lavfi", graph, Dictionary::new()).map_err(|e| refused(&name, e))?;
        let pacing = Pacing::Graph {
            begin: None,
            held: None,
        };
        Self::new(name, input, pacing, clock)
    }

    fn new(
        name: String,
        input: Input,
        pacing: Pacing,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let failed = |e: ffmpeg::Error| refused(&name, e);
        let stream = input
            .stream(0)
            .ok_or(ffmpeg::Error::StreamNotFound)
            .map_err(failed)?;
        let rate = f64::from(stream.avg_frame_rate());
        let interval = if rate.is_finite() && rate > 0.0 {
            Duration::from_secs_f64(1.0 / rate.clamp(1.0, 1000.0))
        } else {
            Duration::from_millis(33)
        };
        let context =
            ffmpeg::codec::Context::from_parameters(stream.parameters()).map_err(failed)?;
        let decoder = context.decoder().video().map_err(failed)?;
        let size = Size::even(decoder.width(), decoder.height());
        Ok(Self {
            decoded: ffmpeg::frame::Video::empty(),
            packet: Packet::empty(),
            decoder,
            input,
            converter: Converter::default(),
            name,
            size,
            interval,
            clock,
            pacing,
            arrived: None,
        })
    }

    /// Reads what the device has ready; `None` if nothing is.
    fn read(&mut self) -> Result<Option<Mono>, CameraLost> {
        loop {
            self.packet = Packet::empty();
            match self.packet.read(&mut self.input) {
                Ok(()) => {}
                Err(ffmpeg::Error::Other { errno }) if errno == ffmpeg::error::EAGAIN => {
                    return Ok(None);
                }
                Err(ffmpeg::Error::Eof) => return Err(CameraLost("it ended".to_owned())),
                Err(ffmpeg::Error::Other { errno }) if errno == ffmpeg::error::ENODEV => {
                    return Err(CameraLost("it was unplugged".to_owned()));
                }
                Err(e) => return Err(CameraLost(e.to_string())),
            }
            // The kernel marks a damaged frame; libavdevice then gives an empty packet.
            if self.packet.size() > 0 && self.packet.stream() == 0 {
                break;
            }
        }
        let now = self.clock.now();
        self.arrived = Some(now);
        let base = self.input.stream(0).map(|s| s.time_base());
        let stamp = self
            .packet
            .pts()
            .zip(base)
            .map(|(pts, base)| nanos(pts, base));
        Ok(Some(match &mut self.pacing {
            Pacing::Device(stamps) => stamps.place(stamp, now),
            Pacing::Graph { begin, .. } => {
                let since = Duration::from_nanos(u64::try_from(stamp.unwrap_or(0)).unwrap_or(0));
                let due = *begin.get_or_insert(now) + since;
                if now - due > MAX_BEHIND {
                    *begin = Some(now.before(since));
                    now
                } else {
                    due
                }
            }
        }))
    }

    /// How long until the device is worth asking again.
    fn nap(&self) -> Duration {
        let Some(arrived) = self.arrived else {
            return ASK_AGAIN;
        };
        let due = arrived + self.interval;
        // A little early, and then often: frames do not come exactly on time.
        (due - self.clock.now())
            .saturating_sub(ASK_AGAIN)
            .max(ASK_AGAIN)
    }
}

impl Camera for DeviceCamera {
    fn name(&self) -> &str {
        &self.name
    }

    fn size(&self) -> Size {
        self.size
    }

    fn next(&mut self, waker: &Waker, limit: Duration) -> Result<Option<Mono>, CameraLost> {
        let until = self.clock.now() + limit;
        loop {
            let held = match &mut self.pacing {
                Pacing::Graph { held, .. } => held.take(),
                Pacing::Device(_) => None,
            };
            let frame = match held {
                Some(at) => Some(at),
                None => self.read()?,
            };
            let now = self.clock.now();
            let wait = match (frame, &mut self.pacing) {
                (Some(at), Pacing::Graph { held, .. }) if at > now => {
                    *held = Some(at);
                    at - now
                }
                (Some(at), _) => return Ok(Some(at)),
                (None, _) => self.nap(),
            };
            if now >= until || waker.wait(None, Some(wait.min(until - now))) == Woken::Waker {
                return Ok(None);
            }
        }
    }

    fn paint(&mut self, picture: &mut Picture) -> Result<bool, CameraLost> {
        let decoded = self
            .decoder
            .send_packet(&self.packet)
            .and_then(|()| self.decoder.receive_frame(&mut self.decoded));
        if let Err(error) = decoded {
            tracing::debug!(camera = self.name, %error, "a frame cannot be decoded");
            return Ok(false);
        }
        self.converter
            .paint(&self.decoded, picture)
            .map_err(CameraLost)?;
        Ok(true)
    }
}

fn nanos(pts: i64, base: Rational) -> i64 {
    let (ticks, scale) = (
        i128::from(base.numerator()),
        i128::from(base.denominator().max(1)),
    );
    i64::try_from(i128::from(pts) * ticks * 1_000_000_000 / scale).unwrap_or(i64::MAX)
}

/// Opens an input without looking for its first frames, which takes a camera up to a second.
fn open_input(format: &str, url: &str, options: Dictionary<'_>) -> Result<Input, ffmpeg::Error> {
    static QUIET: Once = Once::new();
    // FFmpeg speaks to the terminal by default; that belongs to the person.
    QUIET.call_once(|| ffmpeg::util::log::set_level(ffmpeg::util::log::Level::Quiet));
    avdevice::register()?;
    let (Ok(format), Ok(url)) = (CString::new(format), CString::new(url)) else {
        return Err(ffmpeg::Error::InvalidData);
    };
    // SAFETY: the strings and the dictionary live until the call returns; `context` is null or owned by us, is freed by
    // `avformat_open_input` when that fails, and is handed to `Input`, which closes it, when it succeeds.
    unsafe {
        let input = ffi::av_find_input_format(format.as_ptr());
        if input.is_null() {
            return Err(ffmpeg::Error::DemuxerNotFound);
        }
        let mut context = ffi::avformat_alloc_context();
        if context.is_null() {
            return Err(ffmpeg::Error::Other {
                errno: ffmpeg::error::ENOMEM,
            });
        }
        // A device that delivers nothing must not hold its thread.
        (*context).flags |= ffi::AVFMT_FLAG_NONBLOCK;
        let mut options = options.disown();
        let opened =
            ffi::avformat_open_input(&raw mut context, url.as_ptr(), input, &raw mut options);
        drop(Dictionary::own(options));
        if opened < 0 {
            return Err(opened.into());
        }
        Ok(Input::wrap(context))
    }
}

/// Why a device was not opened, and what to do.
fn refused(name: &str, error: ffmpeg::Error) -> OpenError {
    let name = name.to_owned();
    match error {
        ffmpeg::Error::Other { errno } if errno == ffmpeg::error::EBUSY => {
            OpenError::CameraBusy { name }
        }
        ffmpeg::Error::Other { errno } if errno == ffmpeg::error::EACCES => {
            OpenError::CameraForbidden { name }
        }
        error => OpenError::Camera {
            name,
            detail: error.to_string(),
        },
    }
}
