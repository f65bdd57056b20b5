//! A camera that the desktop hands out: through its portal and PipeWire, which has those of libcamera too.

#[cfg(test)]
mod changes;

use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ashpd::desktop::ResponseError;
use ashpd::desktop::camera::Camera as CameraPortal;
use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use ffmpeg_next as ffmpeg;

use super::CameraWish;
use super::convert::Converter;
use super::stamps::Stamps;
use crate::clock::{Clock, Mono};
use crate::compose::{Picture, Size};
use crate::source::pipewire::{
    self, CAMERA_FORMATS, CameraNode, PixelFormat, Role, Shape, Sink, Stream, StreamFrame,
    StreamWish,
};
use crate::source::portal;
use crate::source::{Camera, CameraInfo, CameraLost, OpenError, Waker, Woken};

/// For `--camera`.
pub(super) const ID: &str = "pipewire";
const NAME: &str = "camera of the desktop (PipeWire)";
/// A list is not held up by a desktop that does not answer.
const LIST_TIMEOUT: Duration = Duration::from_secs(1);
/// The person has this long to allow it.
const ACCESS_TIMEOUT: Duration = Duration::from_secs(120);
/// A camera that was opened sends its first frame within this.
const FIRST_FRAME_TIMEOUT: Duration = Duration::from_secs(10);

/// The desktop's camera, if it has one. Nobody is asked for leave.
pub(super) fn list() -> Option<CameraInfo> {
    let present = block_on(LIST_TIMEOUT, async {
        let camera = portal().await?;
        camera.is_present().await.map_err(|e| lost(&e))
    });
    present.ok()?.then(|| CameraInfo {
        id: ID.to_owned(),
        name: NAME.to_owned(),
        default: true,
    })
}

/// What the threads share.
struct Shared {
    state: Mutex<State>,
    waker: Waker,
}

#[derive(Default)]
struct State {
    newest: Option<(Mono, Video)>,
    ended: Option<String>,
}

impl Shared {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The first camera that the desktop has.
pub(super) struct DesktopCamera {
    shared: Arc<Shared>,
    name: String,
    size: Size,
    current: Video,
    converter: Converter,
    clock: Arc<dyn Clock>,
    _stream: Stream,
}

impl DesktopCamera {
    pub(super) fn open(wish: CameraWish, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let (for_list, remote) = block_on(ACCESS_TIMEOUT, access())?;
        let cameras = pipewire::cameras(for_list).map_err(|e| lost(&e))?;
        let Some(node) = cameras.into_iter().next() else {
            return Err(OpenError::NoCamera {
                notes: String::new(),
            });
        };
        Self::record(remote, node, wish, clock)
    }

    /// Records a camera of the PipeWire behind `remote`.
    fn record(
        remote: OwnedFd,
        node: CameraNode,
        wish: CameraWish,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let waker = Waker::new().map_err(|e| OpenError::Internal(e.to_string()))?;
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            waker,
        });
        let sink = FrameSink {
            shared: Arc::clone(&shared),
            clock: Arc::clone(&clock),
            stamps: Stamps::default(),
            shape: None,
        };
        let wanted = StreamWish {
            role: Role::Camera,
            formats: CAMERA_FORMATS,
            size: wish.size,
            fps: wish.fps,
        };
        let stream = Stream::open(remote, node.id, wanted, Box::new(sink))
            .map_err(|e| OpenError::Internal(e.to_string()))?;
        let failed = |detail: String| OpenError::Camera {
            name: node.name.clone(),
            detail,
        };
        let until = clock.now() + FIRST_FRAME_TIMEOUT;
        loop {
            let (newest, ended) = shared.with(|s| (s.newest.take(), s.ended.clone()));
            if let Some((at, frame)) = newest {
                let size = Size::even(frame.width(), frame.height());
                shared.with(|s| s.newest.get_or_insert((at, frame)).0);
                return Ok(Self {
                    shared,
                    name: node.name,
                    size,
                    current: Video::empty(),
                    converter: Converter::default(),
                    clock,
                    _stream: stream,
                });
            }
            let now = clock.now();
            match ended {
                Some(why) => return Err(failed(why)),
                None if now >= until => return Err(failed("it sends no picture".to_owned())),
                None => shared.waker.wait(None, Some(until - now)),
            };
        }
    }
}

impl Camera for DesktopCamera {
    fn name(&self) -> &str {
        &self.name
    }

    fn size(&self) -> Size {
        self.size
    }

    fn next(&mut self, waker: &Waker, limit: Duration) -> Result<Option<Mono>, CameraLost> {
        let until = self.clock.now() + limit;
        loop {
            let (newest, ended) = self.shared.with(|s| (s.newest.take(), s.ended.clone()));
            if let Some((at, frame)) = newest {
                self.current = frame;
                return Ok(Some(at));
            }
            if let Some(why) = ended {
                return Err(CameraLost(why));
            }
            let now = self.clock.now();
            if now >= until {
                return Ok(None);
            }
            match waker.wait(Some(self.shared.waker.as_fd()), Some(until - now)) {
                Woken::Waker => return Ok(None),
                Woken::Source => self.shared.waker.clear(),
                Woken::Timeout => {}
            }
        }
    }

    fn paint(&mut self, picture: &mut Picture) -> Result<bool, CameraLost> {
        let painted = self.converter.paint(&self.current, picture);
        painted.map_err(CameraLost).map(|()| true)
    }
}

/// Copies frames out of the stream's buffers; the newest is kept.
struct FrameSink {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    stamps: Stamps,
    shape: Option<Shape>,
}

impl Sink for FrameSink {
    fn shape(&mut self, shape: Shape) {
        self.shape = Some(shape);
    }

    fn frame(&mut self, frame: &StreamFrame<'_>) {
        let Some(shape) = self.shape else { return };
        let at = self.stamps.place(frame.pts, self.clock.now());
        let mut copy = Video::new(pixel(shape.format), shape.width, shape.height);
        for (n, part) in parts(shape, frame.planes[0].stride).into_iter().enumerate() {
            // Several planes lie in one memory, or each in its own.
            let (bytes, part) = match frame.planes.get(n) {
                Some(own) if frame.planes.len() > 1 => {
                    let stride = if own.stride == 0 {
                        part.stride
                    } else {
                        own.stride
                    };
                    (
                        own.bytes,
                        Part {
                            begin: 0,
                            stride,
                            ..part
                        },
                    )
                }
                _ => (frame.planes[0].bytes, part),
            };
            let to = copy.stride(n);
            let rows = copy.data_mut(n).chunks_exact_mut(to).take(part.rows);
            for (y, row) in rows.enumerate() {
                let from = part.begin + y * part.stride;
                let Some(from) = bytes.get(from..from + part.row) else {
                    return;
                };
                row[..part.row].copy_from_slice(from);
            }
        }
        self.shared.with(|s| s.newest = Some((at, copy)));
        self.shared.waker.wake();
    }

    fn ended(&mut self, why: String) {
        self.shared.with(|s| s.ended.get_or_insert(why).len());
        self.shared.waker.wake();
    }
}

/// A plane, in bytes of the memory that holds all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    begin: usize,
    stride: usize,
    /// Bytes of a row that mean something.
    row: usize,
    rows: usize,
}

/// Where the planes of a frame lie. `stride`: of the first; 0: as narrow as can be.
fn parts(shape: Shape, stride: usize) -> Vec<Part> {
    let (width, rows) = (shape.width as usize, shape.height as usize);
    let row = match shape.format {
        PixelFormat::Nv12 | PixelFormat::I420 => width,
        PixelFormat::Yuy2 | PixelFormat::Uyvy => width.next_multiple_of(2) * 2,
        PixelFormat::Rgb | PixelFormat::Bgr => width * 3,
        PixelFormat::Bgrx | PixelFormat::Bgra | PixelFormat::Rgbx | PixelFormat::Rgba => width * 4,
    };
    let stride = if stride == 0 { row } else { stride };
    let first = Part {
        begin: 0,
        stride,
        row,
        rows,
    };
    let half = rows.div_ceil(2);
    match shape.format {
        PixelFormat::Nv12 => {
            let row = width.next_multiple_of(2);
            let chroma = Part {
                begin: stride * rows,
                row,
                rows: half,
                ..first
            };
            vec![first, chroma]
        }
        PixelFormat::I420 => {
            let chroma = |begin| Part {
                begin,
                stride: stride / 2,
                row: width.div_ceil(2),
                rows: half,
            };
            let begin = stride * rows;
            vec![first, chroma(begin), chroma(begin + stride / 2 * half)]
        }
        _ => vec![first],
    }
}

/// The fourth byte of a pixel means nothing here.
fn pixel(format: PixelFormat) -> Pixel {
    match format {
        PixelFormat::Bgrx | PixelFormat::Bgra => Pixel::BGRA,
        PixelFormat::Rgbx | PixelFormat::Rgba => Pixel::RGBA,
        PixelFormat::Rgb => Pixel::RGB24,
        PixelFormat::Bgr => Pixel::BGR24,
        PixelFormat::Yuy2 => Pixel::YUYV422,
        PixelFormat::Uyvy => Pixel::UYVY422,
        PixelFormat::Nv12 => Pixel::NV12,
        PixelFormat::I420 => Pixel::YUV420P,
    }
}

async fn portal() -> Result<CameraPortal, OpenError> {
    let connection = portal::connect().await?;
    CameraPortal::with_connection(connection)
        .await
        .map_err(|e| lost(&e))
}

/// Asks for leave, and opens two ways to PipeWire: one to look round, one to record.
async fn access() -> Result<(OwnedFd, OwnedFd), OpenError> {
    let camera = portal().await?;
    if !camera.is_present().await.map_err(|e| lost(&e))? {
        return Err(OpenError::NoCamera {
            notes: String::new(),
        });
    }
    let asked = camera.request_access(Default::default()).await;
    match asked.and_then(|request| request.response()) {
        Ok(()) => {}
        Err(ashpd::Error::Response(ResponseError::Cancelled)) => {
            return Err(lost(&"the desktop was not allowed to give it"));
        }
        Err(e) => return Err(lost(&e)),
    }
    let first = camera.open_pipe_wire_remote(Default::default()).await;
    let second = camera.open_pipe_wire_remote(Default::default()).await;
    Ok((first.map_err(|e| lost(&e))?, second.map_err(|e| lost(&e))?))
}

fn lost(detail: &dyn std::fmt::Display) -> OpenError {
    OpenError::Camera {
        name: NAME.to_owned(),
        detail: detail.to_string(),
    }
}

fn block_on<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, OpenError>>,
) -> Result<T, OpenError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| OpenError::Internal(e.to_string()))?;
    // Clocks of tokio belong to a runtime, so the limit is set inside of it.
    let done = runtime.block_on(Box::pin(async { tokio::time::timeout(limit, work).await }));
    runtime.shutdown_background();
    done.unwrap_or_else(|_| Err(lost(&"the desktop does not answer")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(format: PixelFormat) -> Shape {
        Shape {
            format,
            width: 6,
            height: 4,
        }
    }

    fn part(begin: usize, stride: usize, row: usize, rows: usize) -> Part {
        Part {
            begin,
            stride,
            row,
            rows,
        }
    }

    #[test]
    fn planes_lie_one_behind_the_other() {
        assert_eq!(parts(shape(PixelFormat::Yuy2), 0), [part(0, 12, 12, 4)]);
        assert_eq!(
            parts(shape(PixelFormat::Nv12), 8),
            [part(0, 8, 6, 4), part(32, 8, 6, 2)]
        );
        assert_eq!(
            parts(shape(PixelFormat::I420), 8),
            [part(0, 8, 6, 4), part(32, 4, 3, 2), part(40, 4, 3, 2)]
        );
    }

    #[test]
    fn a_frame_is_copied_plane_by_plane_and_a_short_one_is_passed_over() {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            waker: Waker::new().unwrap(),
        });
        let mut sink = FrameSink {
            shared: Arc::clone(&shared),
            clock: Arc::new(crate::clock::SystemClock),
            stamps: Stamps::default(),
            shape: Some(shape(PixelFormat::Nv12)),
        };
        let bytes: Vec<u8> = (0..48).collect();
        let frame = |bytes| StreamFrame {
            planes: vec![pipewire::Plane { bytes, stride: 8 }],
            pts: None,
            crop: None,
            damage: None,
        };
        sink.frame(&frame(&bytes[..40]));
        assert!(shared.with(|s| s.newest.is_none()));
        sink.frame(&frame(&bytes));
        let (_, copy) = shared.with(|s| s.newest.take()).unwrap();
        assert_eq!(copy.data(0)[..6], bytes[..6]);
        assert_eq!(copy.data(0)[copy.stride(0)..][..6], bytes[8..14]);
        assert_eq!(copy.data(1)[copy.stride(1)..][..6], bytes[40..46]);
    }
}
