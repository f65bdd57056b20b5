//! Brings a pipeline up: every device and encoder on its own thread, all at once, errors back to the caller. And changes
//! one that does not record yet: what stays is not touched.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::camera_open::{self, CameraOpening, CameraSize};
use super::camera_thread::OpenCamera;
use super::error::{FailedTrack, StartError};
use super::meters::Meters;
use super::opening::{OpenScreen, Opening};
use super::running::Pipeline;
use super::scene::{Scene, TrackPlan, TrackSource};
use super::screen_thread::{CaptureControl, Frame};
use super::thread::{PipelineThread, Ready};
use super::track::{Capture, Order, Track};
use super::types::Output;
use crate::clock::Clock;
use crate::encode::{Content, VideoFormat};
use crate::source::{OpenError, Size};

/// Pictures between the screen and the encoder; the canvas knows how many there can be, this is more.
const PICTURES_QUEUED: usize = 32;
/// How long a microphone may take to come up.
const MIC_OPEN_TIMEOUT: Duration = Duration::from_secs(10);

impl Pipeline {
    /// Opens devices and encoders, each on its thread, and waits until all are ready or one has failed.
    ///
    /// Parts, alarms and the end go into `out`. It must be read by another thread than the one that calls `stop`, or have
    /// room for 8 more then.
    pub fn open(
        scene: &Scene,
        clock: Arc<dyn Clock>,
        out: Sender<Output>,
    ) -> Result<Self, StartError> {
        open(scene, clock, out, Devices::default()).map_err(|failed| failed.error)
    }

    /// Like `open`; of a failure it says which track it was.
    pub fn open_scene(
        scene: &Scene,
        clock: Arc<dyn Clock>,
        out: Sender<Output>,
    ) -> Result<Self, FailedTrack> {
        open(scene, clock, out, Devices::default())
    }

    /// Like `open`, with a screen of the caller's for the first track of pictures.
    pub fn open_with(
        screen: OpenScreen,
        scene: &Scene,
        clock: Arc<dyn Clock>,
        out: Sender<Output>,
    ) -> Result<Self, StartError> {
        let devices = Devices {
            screen: Some(screen),
            camera: None,
        };
        open(scene, clock, out, devices).map_err(|failed| failed.error)
    }

    /// Like `open`, with a camera of the caller's for the first track of a camera.
    pub fn open_with_camera(
        camera: OpenCamera,
        scene: &Scene,
        clock: Arc<dyn Clock>,
        out: Sender<Output>,
    ) -> Result<Self, StartError> {
        let devices = Devices {
            screen: None,
            camera: Some(camera),
        };
        open(scene, clock, out, devices).map_err(|failed| failed.error)
    }

    /// Before `start`: closes the tracks that `scene` has otherwise or not at all, and opens those that it has more. The others
    /// stay as they are, their devices open. After a failure those are all that is left; another change may follow.
    pub fn change(&mut self, scene: &Scene) -> Result<(), FailedTrack> {
        let leading = |scene: &Scene| scene.tracks.iter().find(|t| t.is_pictures()).cloned();
        let leads = |track: &TrackPlan, scene: &Scene| leading(scene).as_ref() == Some(track);
        let stays = |track: &&TrackPlan| {
            scene.tracks.contains(track) && leads(track, &self.scene) == leads(track, scene)
        };
        let kept: Vec<TrackPlan> = self.scene.tracks.iter().filter(stays).cloned().collect();
        self.close_all_but(&kept);
        self.opening.camera_patience = camera_open::CHOSEN_PATIENCE;
        let changed = self.build(scene, Devices::default());
        if changed.is_err() {
            self.close_all_but(&kept);
        }
        changed
    }

    fn close_all_but(&mut self, kept: &[TrackPlan]) {
        let stays = |name: TrackName| kept.iter().any(|track| track.name == name);
        let split = |gone: &mut Vec<Track>, track: Track| match stays(track.name) {
            true => Some(track),
            false => {
                gone.push(track);
                None
            }
        };
        let mut gone = Vec::new();
        self.tracks = std::mem::take(&mut self.tracks)
            .into_iter()
            .filter_map(|track| split(&mut gone, track))
            .collect();
        let (captures, closing) = std::mem::take(&mut self.captures)
            .into_iter()
            .partition(|capture| stays(capture.name));
        self.captures = captures;
        self.close(gone, closing);
        self.scene.tracks.retain(|track| stays(track.name));
    }

    /// Opens what `scene` has more than is open.
    fn build(&mut self, scene: &Scene, mut devices: Devices) -> Result<(), FailedTrack> {
        for track in &scene.tracks {
            if let TrackSource::Pictures { fps, .. } | TrackSource::Camera { fps, .. } =
                track.source
                && !(1..=120).contains(&fps)
            {
                return Err(StartError::Fps(fps).of(track.name));
            }
        }
        let kept: Vec<TrackName> = self.tracks.iter().map(|t| t.name).collect();
        self.meters = Arc::new(self.meters.of(scene, &kept));
        let opening = Opening {
            meters: Arc::clone(&self.meters),
            candidates: scene.encoder.candidates().to_vec(),
            ..self.opening.clone()
        };
        let new = || scene.tracks.iter().filter(|t| !kept.contains(&t.name));

        // Sound first: its devices take longest, and they are better known the longer they have run.
        let mut sound = Vec::new();
        for track in new() {
            if let TrackSource::Sound { devices } = &track.source {
                let (orders, from_session) = bounded(4);
                let (thread, ready) = opening
                    .sound(track.name, devices.clone(), from_session)
                    .map_err(|e| e.of(track.name))?;
                sound.push((track.name, orders, thread, ready));
            }
        }
        let mut pictures = Vec::new();
        for track in new() {
            let source = match &track.source {
                TrackSource::Sound { .. } => continue,
                source => source,
            };
            let (capture, coming) = capture(&opening, track.name, source, &mut devices)
                .map_err(|e| e.of(track.name))?;
            self.captures.push(capture);
            pictures.push((track.name, coming));
        }
        let leading = scene.tracks.iter().find(|t| t.is_pictures());
        let mut encoders = Vec::new();
        for (name, coming) in pictures {
            let leads = leading.is_some_and(|track| track.name == name);
            let encoder = Encoder::begin(&opening, name, leads, coming);
            encoders.push((name, encoder.map_err(|e| e.of(name))?));
        }
        for (name, encoder) in encoders {
            let track = encoder.wait(name).map_err(|e| e.of(name))?;
            self.tracks.push(track);
        }
        for (name, orders, thread, ready) in sound {
            let init = sound_ready(&ready).map_err(|e| e.of(name))?;
            self.tracks.push(Track {
                name,
                init,
                orders,
                thread,
            });
        }
        let place = |name: TrackName| scene.tracks.iter().position(|t| t.name == name);
        self.tracks.sort_by_key(|track| place(track.name));
        self.captures.sort_by_key(|capture| place(capture.name));
        self.scene = scene.clone();
        Ok(())
    }
}

/// Devices in place of those that the scene names.
#[derive(Default)]
struct Devices {
    screen: Option<OpenScreen>,
    camera: Option<OpenCamera>,
}

fn open(
    scene: &Scene,
    clock: Arc<dyn Clock>,
    out: Sender<Output>,
    devices: Devices,
) -> Result<Pipeline, FailedTrack> {
    let (meters, begin) = (Arc::<Meters>::default(), clock.now());
    let opening = Opening {
        timeline: Arc::default(),
        file: Arc::default(),
        meters: Arc::clone(&meters),
        clock: Arc::clone(&clock),
        begin,
        camera_patience: camera_open::OPEN_TIMEOUT,
        out,
        candidates: Vec::new(),
    };
    let mut pipeline = Pipeline {
        timeline: Arc::clone(&opening.timeline),
        file: Arc::clone(&opening.file),
        meters,
        scene: Scene {
            tracks: Vec::new(),
            ..scene.clone()
        },
        captures: Vec::new(),
        tracks: Vec::new(),
        stopped: false,
        ends: None,
        clock,
        opening,
    };
    pipeline.build(scene, devices)?;
    Ok(pipeline)
}

/// Pictures on their way to an encoder.
struct Coming {
    frames: Receiver<Frame>,
    size: ComingSize,
    fps: u32,
    content: Content,
}

/// The size of a track's pictures, known when its device is open.
enum ComingSize {
    Screen(Ready<Size>),
    Camera(CameraSize),
}

impl ComingSize {
    fn wait(self) -> Result<Size, StartError> {
        match self {
            Self::Screen(size) => size
                .recv()
                .map_err(|_| StartError::thread_ended("screen"))?,
            Self::Camera(size) => size.wait(),
        }
    }
}

/// Begins to open a screen or a camera.
fn capture(
    opening: &Opening,
    name: TrackName,
    source: &TrackSource,
    devices: &mut Devices,
) -> Result<(Capture, Coming), StartError> {
    let control = Arc::new(CaptureControl::new().map_err(StartError::internal)?);
    let steered = Arc::clone(&control);
    let capture = |thread: PipelineThread| Capture {
        name,
        control,
        thread,
    };
    match source {
        TrackSource::Camera { camera, fps } => {
            let given = devices.camera.take();
            let open = given.unwrap_or_else(|| opening.camera_of(camera, *fps));
            let (thread, frames, size) = camera_open::spawn(CameraOpening {
                shape: camera.shape,
                fps: *fps,
                clock: Arc::clone(&opening.clock),
                meters: opening.meters.pictures(name),
                control: steered,
                open,
                patience: opening.camera_patience,
            })?;
            let coming = Coming {
                frames,
                size: ComingSize::Camera(size),
                fps: *fps,
                content: Content::Camera,
            };
            Ok((capture(thread), coming))
        }
        TrackSource::Pictures { screen, fps } => {
            let given = devices.screen.take();
            let open = given.unwrap_or_else(|| opening.screen_of(screen, *fps));
            let (out, frames) = bounded(PICTURES_QUEUED);
            let (thread, size) = opening.screen(name, open, *fps, steered, out)?;
            let coming = Coming {
                frames,
                size: ComingSize::Screen(size),
                fps: *fps,
                content: Content::Screen,
            };
            Ok((capture(thread), coming))
        }
        TrackSource::Sound { .. } => Err(StartError::internal("sound is no picture")),
    }
}

/// The encoder of a track, being opened.
struct Encoder {
    orders: Sender<Order>,
    thread: PipelineThread,
    ready: Ready<Vec<u8>>,
}

impl Encoder {
    /// Begins to open it, once the device says how large the pictures are.
    fn begin(
        opening: &Opening,
        name: TrackName,
        leads: bool,
        coming: Coming,
    ) -> Result<Self, StartError> {
        let size = coming.size.wait()?;
        let format = VideoFormat {
            width: size.width,
            height: size.height,
            fps: coming.fps,
            content: coming.content,
        };
        let (orders, from_session) = bounded(4);
        let (thread, ready) = opening.pictures(name, leads, format, coming.frames, from_session)?;
        Ok(Self {
            orders,
            thread,
            ready,
        })
    }

    fn wait(self, name: TrackName) -> Result<Track, StartError> {
        let init = self
            .ready
            .recv()
            .map_err(|_| StartError::thread_ended("encoder"))??;
        Ok(Track {
            name,
            init,
            orders: self.orders,
            thread: self.thread,
        })
    }
}

fn sound_ready(ready: &Ready<Vec<u8>>) -> Result<Vec<u8>, StartError> {
    match ready.recv_timeout(MIC_OPEN_TIMEOUT) {
        Ok(init) => init,
        Err(RecvTimeoutError::Timeout) => {
            let detail = "no answer within ten seconds".to_owned();
            Err(OpenError::SoundServer(detail).into())
        }
        Err(RecvTimeoutError::Disconnected) => Err(StartError::thread_ended("microphone")),
    }
}
