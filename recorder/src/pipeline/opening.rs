//! The threads of a pipeline: each opens its device or its encoder, and says when it is ready.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use crossbeam_channel::{Receiver, Sender, bounded};

use super::audio::AudioTrack;
use super::byte_budget::ByteBudget;
use super::camera_thread::OpenCamera;
use super::effort::EffortRule;
use super::error::StartError;
use super::meters::{Meters, PictureMeters};
use super::pace::Pace;
use super::scene::SoundInput;
use super::screen_thread::{CaptureControl, Frame, ScreenThread};
use super::sound_device::{Role, SoundDevice};
use super::sound_losses::SoundLosses;
use super::sound_thread::SoundThread;
use super::thread::{Finished, PipelineThread, Ready};
use super::track::Order;
use super::types::{LossCause, Output};
use super::video::VideoTrack;
use super::video_thread::VideoThread;
use crate::clock::{Clock, Mono, Timeline};
use crate::compose::Canvas;
use crate::encode::{self, Budget, Candidate, Content, Spares, VideoFormat};
use crate::mix::{self, Level};
use crate::source::sound::{Microphone, SoundEvent};
use crate::source::synthetic::FileStart;
use crate::source::{self, CameraPlan, OpenError, Screen, Size};

/// Bytes of parts that wait for the disk; with more the encoder waits, and pictures are dropped and counted.
const PARTS_QUEUED_BYTES: usize = 64 << 20;
/// Ten to twenty-five seconds of blocks (50 to 128 ms); then the device's thread waits, and the sound server keeps what comes.
const BLOCKS_QUEUED: usize = 200;
/// A camera's picture is with its encoder this long after its instant of capture, at most: exposure, compression and USB take
/// their time, and so does a queue of eight on a machine that is behind.
const CAMERA_LATENCY: Duration = Duration::from_millis(600);
/// Blocks heard before a microphone counts as ready: what it says about time settles meanwhile.
const PRIMING_BLOCKS: usize = 3;

/// Opens a screen on the thread that will read it.
pub type OpenScreen = Box<dyn FnOnce() -> Result<Box<dyn Screen>, OpenError> + Send>;

/// A device, and what it delivers.
type Opened = (Role, Box<dyn Microphone>, Receiver<SoundEvent>);

/// What every thread of a pipeline is given.
#[derive(Clone)]
pub(super) struct Opening {
    pub timeline: Arc<Timeline>,
    pub meters: Arc<Meters>,
    pub file: Arc<FileStart>,
    pub clock: Arc<dyn Clock>,
    pub out: Sender<Output>,
    /// Zero of the synthetic sources.
    pub begin: Mono,
    /// How long a camera is waited for.
    pub camera_patience: Duration,
    /// Encoders of pictures, best first.
    pub candidates: Vec<Candidate>,
}

impl Opening {
    pub(super) fn screen_of(&self, choice: &source::ScreenChoice, fps: u32) -> OpenScreen {
        let (choice, clock, begin) = (choice.clone(), Arc::clone(&self.clock), self.begin);
        Box::new(move || source::screen::open(&choice, fps, clock, begin))
    }

    pub(super) fn camera_of(&self, plan: &CameraPlan, fps: u32) -> OpenCamera {
        let (plan, clock, begin) = (plan.clone(), Arc::clone(&self.clock), self.begin);
        Box::new(move || source::camera::open(&plan, fps, Arc::clone(&clock), begin))
    }

    pub(super) fn screen(
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

    pub(super) fn pictures(
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
        let (timeline, candidates) = (Arc::clone(&self.timeline), self.candidates.clone());
        let thread_name = match name {
            TrackName::Video => "aside-video",
            _ => "aside-pictures",
        };
        let thread = PipelineThread::spawn(thread_name, move |_finished| {
            let opened = encode::open_video(&candidates, format).and_then(|(encoding, encoder)| {
                let spares = Spares::behind(encoding, &candidates, format);
                let track = match leads {
                    true => VideoTrack::new(timeline, encoder, format.fps),
                    false => VideoTrack::following(name, timeline, encoder, format.fps),
                };
                let track = track.with_spares(spares);
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

    pub(super) fn sound(
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
                let lane = |role| opened.iter().position(|(of, _, _)| *of == role);
                if let (Some(microphone), Some(system)) =
                    (lane(Role::Microphone), lane(Role::System))
                {
                    track.follow_turns(microphone, system);
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
