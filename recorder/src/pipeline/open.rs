//! Brings a pipeline up: every device and encoder on its own thread, all at once, errors back to the caller.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::audio::AudioTrack;
use super::byte_budget::ByteBudget;
use super::camera_open::{self, CameraOpening, CameraSize};
use super::camera_thread::OpenCamera;
use super::effort::EffortRule;
use super::error::StartError;
use super::meters::{Meters, PictureMeters};
use super::pace::Pace;
use super::running::Pipeline;
use super::scene::{Scene, SoundInput, TrackSource};
use super::screen_thread::{CaptureControl, Frame, ScreenThread};
use super::sound_device::{Role, SoundDevice};
use super::sound_losses::SoundLosses;
use super::sound_thread::SoundThread;
use super::thread::{Finished, PipelineThread, Ready};
use super::track::{Capture, Order, Track};
use super::types::{LossCause, Output};
use super::video::VideoTrack;
use super::video_thread::VideoThread;
use crate::clock::{Clock, Mono, Timeline};
use crate::compose::Canvas;
use crate::encode::{self, Budget, Content, VIDEO_CANDIDATES, VideoFormat};
use crate::mix::{self, Level};
use crate::source::sound::{Microphone, SoundEvent};
use crate::source::synthetic::FileStart;
use crate::source::{self, CameraPlan, OpenError, Screen, Size};

/// Pictures between the screen and the encoder; the canvas knows how many there can be, this is more.
const PICTURES_QUEUED: usize = 32;
/// Bytes of parts that wait for the disk; with more the encoder waits, and pictures are dropped and counted.
const PARTS_QUEUED_BYTES: usize = 64 << 20;
/// Ten seconds of blocks of 50 ms; then the device's thread waits, and the sound server keeps what comes.
const BLOCKS_QUEUED: usize = 200;
/// How long a microphone may take to come up.
const MIC_OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// A camera's picture is with its encoder this long after its instant of capture, at most: exposure, compression and USB take
/// their time, and so does a queue of eight on a machine that is behind.
const CAMERA_LATENCY: Duration = Duration::from_millis(600);
/// Blocks heard before a microphone counts as ready: what it says about time settles meanwhile.
const PRIMING_BLOCKS: usize = 3;

/// Opens a screen on the thread that will read it.
pub type OpenScreen = Box<dyn FnOnce() -> Result<Box<dyn Screen>, OpenError> + Send>;

/// A device, and what it delivers.
type Opened = (Role, Box<dyn Microphone>, Receiver<SoundEvent>);

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
        open(scene, clock, out, devices)
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
        open(scene, clock, out, devices)
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
    mut devices: Devices,
) -> Result<Pipeline, StartError> {
    let meters = Arc::new(Meters::new(scene));
    let mut pipeline = Pipeline {
        timeline: Arc::default(),
        meters: Arc::clone(&meters),
        captures: Vec::new(),
        tracks: Vec::new(),
        file: Arc::default(),
        stopped: false,
        clock: Arc::clone(&clock),
    };
    let opening = Opening {
        timeline: Arc::clone(&pipeline.timeline),
        file: Arc::clone(&pipeline.file),
        begin: clock.now(),
        meters,
        clock,
        out,
    };
    for track in &scene.tracks {
        if let TrackSource::Pictures { fps, .. } | TrackSource::Camera { fps, .. } = track.source
            && !(1..=120).contains(&fps)
        {
            return Err(StartError::Fps(fps));
        }
    }

    // Sound first: its devices take longest, and they are better known the longer they have run.
    let mut sound = Vec::new();
    for track in &scene.tracks {
        if let TrackSource::Sound { devices } = &track.source {
            let (orders, from_session) = bounded(4);
            let (thread, ready) = opening.sound(track.name, devices.clone(), from_session)?;
            sound.push((track.name, orders, thread, ready));
        }
    }
    let mut pictures = Vec::new();
    for track in &scene.tracks {
        let control = Arc::new(CaptureControl::new().map_err(StartError::internal)?);
        let (name, steered) = (track.name, Arc::clone(&control));
        let (thread, frames, size, fps, content) = match &track.source {
            TrackSource::Sound { .. } => continue,
            TrackSource::Pictures {
                screen: choice,
                fps,
            } => {
                let given = devices.screen.take();
                let open = given.unwrap_or_else(|| opening.screen_of(choice, *fps));
                let (frames, from_screen) = bounded(PICTURES_QUEUED);
                let (thread, size) = opening.screen(name, open, *fps, steered, frames)?;
                (
                    thread,
                    from_screen,
                    Coming::Size(size),
                    *fps,
                    Content::Screen,
                )
            }
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
                })?;
                (thread, frames, Coming::Camera(size), *fps, Content::Camera)
            }
        };
        pipeline.captures.push(Capture { control, thread });
        pictures.push((name, content, fps, frames, size));
    }
    for (n, (name, content, fps, frames, size)) in pictures.into_iter().enumerate() {
        let size = size.wait()?;
        let format = VideoFormat {
            width: size.width,
            height: size.height,
            fps,
            content,
        };
        let (orders, from_session) = bounded(4);
        let leads = n == 0;
        let (thread, ready) = opening.pictures(name, leads, format, frames, from_session)?;
        let init = ready
            .recv()
            .map_err(|_| StartError::thread_ended("encoder"))??;
        pipeline.tracks.push(Track {
            name,
            init,
            orders,
            thread,
        });
    }
    for (name, orders, thread, ready) in sound {
        let init = match ready.recv_timeout(MIC_OPEN_TIMEOUT) {
            Ok(init) => init?,
            Err(RecvTimeoutError::Timeout) => {
                let detail = "no answer within ten seconds".to_owned();
                return Err(OpenError::SoundServer(detail).into());
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(StartError::thread_ended("microphone"));
            }
        };
        pipeline.tracks.push(Track {
            name,
            init,
            orders,
            thread,
        });
    }
    let place = |track: &Track| scene.tracks.iter().position(|t| t.name == track.name);
    pipeline.tracks.sort_by_key(place);
    Ok(pipeline)
}

/// The size of a track's pictures, known when its device is open.
enum Coming {
    Size(Ready<Size>),
    Camera(CameraSize),
}

impl Coming {
    fn wait(self) -> Result<Size, StartError> {
        match self {
            Self::Size(size) => size
                .recv()
                .map_err(|_| StartError::thread_ended("screen"))?,
            Self::Camera(size) => size.wait(),
        }
    }
}

struct Opening {
    timeline: Arc<Timeline>,
    meters: Arc<Meters>,
    file: Arc<FileStart>,
    clock: Arc<dyn Clock>,
    out: Sender<Output>,
    begin: Mono,
}

impl Opening {
    fn screen_of(&self, choice: &source::ScreenChoice, fps: u32) -> OpenScreen {
        let (choice, clock, begin) = (choice.clone(), Arc::clone(&self.clock), self.begin);
        Box::new(move || source::screen::open(&choice, fps, clock, begin))
    }

    fn camera_of(&self, plan: &CameraPlan, fps: u32) -> OpenCamera {
        let (plan, clock, begin) = (plan.clone(), Arc::clone(&self.clock), self.begin);
        Box::new(move || source::camera::open(&plan, fps, Arc::clone(&clock), begin))
    }

    fn screen(
        &self,
        track: TrackName,
        open: OpenScreen,
        fps: u32,
        control: Arc<CaptureControl>,
        out: Sender<Frame>,
    ) -> Result<(PipelineThread, Ready<Size>), StartError> {
        let (tell, ready) = bounded(1);
        let (clock, meters) = (Arc::clone(&self.clock), self.meters.pictures(track));
        let name = match track {
            TrackName::Video => "aside-screen",
            _ => "aside-capture",
        };
        let thread = PipelineThread::spawn(name, move |finished| {
            let screen = match open() {
                Ok(screen) => screen,
                Err(e) => return drop(tell.send(Err(e.into()))),
            };
            let size = screen.size();
            meters.area.set(screen.area());
            let _ = tell.send(Ok(size));
            let (canvas, pace) = (Canvas::new(size), Pace::new(fps));
            let reader = ScreenThread {
                screen,
                canvas,
                pace,
                clock,
                control,
                meters,
                out,
            };
            let screen = reader.run();
            drop(finished);
            drop(screen);
        })?;
        Ok((thread, ready))
    }

    fn pictures(
        &self,
        name: TrackName,
        leads: bool,
        format: VideoFormat,
        frames: Receiver<Frame>,
        orders: Receiver<Order>,
    ) -> Result<(PipelineThread, Ready<Vec<u8>>), StartError> {
        let (tell, ready) = bounded(1);
        let (clock, out) = (Arc::clone(&self.clock), self.out.clone());
        let meters: Arc<PictureMeters> = self.meters.pictures(name);
        let timeline = Arc::clone(&self.timeline);
        let thread_name = match name {
            TrackName::Video => "aside-video",
            _ => "aside-pictures",
        };
        let thread = PipelineThread::spawn(thread_name, move |_finished| {
            let opened = encode::open_video(VIDEO_CANDIDATES, format).and_then(|(_, encoder)| {
                let track = match leads {
                    true => VideoTrack::new(timeline, encoder, format.fps),
                    false => VideoTrack::following(name, timeline, encoder, format.fps),
                };
                let track = match format.content {
                    Content::Screen => track,
                    Content::Camera => track.arriving_within(CAMERA_LATENCY),
                };
                Ok((track.init()?, track))
            });
            match opened {
                Ok((init, track)) => {
                    let _ = tell.send(Ok(init));
                    VideoThread {
                        track,
                        effort: EffortRule::new(clock.now()),
                        budget_now: Budget::default(),
                        busy: Duration::ZERO,
                        clock,
                        meters,
                        frames,
                        orders,
                        out,
                        budget: ByteBudget::new(PARTS_QUEUED_BYTES),
                        failed: false,
                    }
                    .run();
                }
                Err(e) => drop(tell.send(Err(e.into()))),
            }
        })?;
        Ok((thread, ready))
    }

    fn sound(
        &self,
        name: TrackName,
        inputs: Vec<SoundInput>,
        orders: Receiver<Order>,
    ) -> Result<(PipelineThread, Ready<Vec<u8>>), StartError> {
        let (tell, ready) = bounded(1);
        let (clock, out, file) = (
            Arc::clone(&self.clock),
            self.out.clone(),
            Arc::clone(&self.file),
        );
        let meters = self.meters.sound(name);
        let (timeline, begin) = (Arc::clone(&self.timeline), self.begin);
        let thread_name = match name {
            TrackName::Audio => "aside-audio",
            _ => "aside-sound",
        };
        let thread = PipelineThread::spawn(thread_name, move |finished: Finished| {
            let open = |input: &SoundInput| -> Result<Opened, StartError> {
                let (deliver, sound) = bounded(BLOCKS_QUEUED);
                let (clock, file) = (Arc::clone(&clock), Arc::clone(&file));
                let (role, device) = match input {
                    SoundInput::Microphone { device: choice, .. } => (
                        Role::Microphone,
                        source::microphone::open(choice, clock, begin, file, deliver)?,
                    ),
                    SoundInput::System => {
                        let device = source::microphone::open_system(&clock, &deliver)?;
                        (Role::System, device)
                    }
                };
                Ok((role, device, sound))
            };
            let opened: Result<Vec<Opened>, StartError> = inputs.iter().map(open).collect();
            let opened = opened.and_then(|opened| {
                let mut track = sound_track(name, &opened, timeline)?;
                for (lane, input) in inputs.iter().enumerate() {
                    if matches!(input, SoundInput::Microphone { denoise: true, .. }) {
                        track.denoise(lane);
                    }
                }
                Ok((track.init()?, track, opened))
            });
            let (init, track, opened) = match opened {
                Ok(opened) => opened,
                Err(e) => return drop(tell.send(Err(e))),
            };
            let (now, channels) = (clock.now(), track.channels());
            let device = |(role, microphone, sound): Opened| SoundDevice {
                role,
                opened: Some(now),
                level: Level::new(microphone.format().rate, channels),
                losses: SoundLosses::new(
                    now,
                    match role {
                        Role::Microphone => LossCause::Switched,
                        Role::System => LossCause::OutputSwitched,
                    },
                ),
                muted: false,
                heard: now,
                microphone,
                sound,
            };
            let devices = opened.into_iter().map(device).collect();
            let mut encoder = SoundThread {
                name,
                track,
                devices,
                clock,
                meters,
                orders,
                out,
                failed: false,
            };
            let heard = encoder.wait_for_blocks(PRIMING_BLOCKS);
            let _ = tell.send(heard.map(|()| init).map_err(StartError::from));
            let devices = encoder.run();
            drop(finished);
            drop(devices);
        })?;
        Ok((thread, ready))
    }
}

/// As many channels as the device with most of them needs.
fn sound_track(
    name: TrackName,
    opened: &[Opened],
    timeline: Arc<Timeline>,
) -> Result<AudioTrack, StartError> {
    let formats: Vec<_> = opened
        .iter()
        .map(|(_, microphone, _)| (microphone.format(), microphone.layout()))
        .collect();
    let channels = formats
        .iter()
        .map(|(format, _)| mix::recorded_channels(format.channels))
        .max()
        .unwrap_or(1);
    let encoder = encode::open_audio(channels)?;
    Ok(AudioTrack::new(name, timeline, &formats, encoder))
}
