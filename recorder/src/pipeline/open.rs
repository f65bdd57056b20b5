//! Brings a pipeline up: every device and encoder on its own thread, all at once, errors back to the caller.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::byte_budget::ByteBudget;
use super::meters::Meters;
use super::pace::Pace;
use super::screen_thread::{CaptureControl, ScreenThread};
use super::sound_losses::SoundLosses;
use super::sound_thread::SoundThread;
use super::thread::{Finished, PipelineThread};
use super::video_thread::VideoThread;
use super::{
    AudioTrack, Config, MicChoice, OpenError, Order, Output, Pipeline, StartError, Track,
    VideoTrack,
};
use crate::clock::{Clock, Mono, Timeline};
use crate::compose::Canvas;
use crate::encode::{self, VIDEO_CANDIDATES, VideoFormat};
use crate::mix::{self, Level};
use crate::source::sound::Microphone;
use crate::source::synthetic::FileStart;
use crate::source::{self, Screen, Size};

/// Pictures between the screen and the encoder; the canvas knows how many there can be, this is more.
const PICTURES_QUEUED: usize = 32;
/// Bytes of parts that wait for the disk; with more the encoder waits, and pictures are dropped and counted.
const PARTS_QUEUED_BYTES: usize = 64 << 20;
/// Ten seconds of blocks of 50 ms; then the device's thread waits, and the sound server keeps what comes.
const BLOCKS_QUEUED: usize = 200;
/// How long a microphone may take to come up.
const MIC_OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// Blocks heard before a microphone counts as ready: what it says about time settles meanwhile.
const PRIMING_BLOCKS: usize = 3;

/// Opens a screen on the thread that will read it.
pub type OpenScreen = Box<dyn FnOnce() -> Result<Box<dyn Screen>, OpenError> + Send>;

/// What a thread reports when it is up.
type Ready<T> = Receiver<Result<T, StartError>>;

pub(super) fn open(
    config: &Config,
    clock: Arc<dyn Clock>,
    out: Sender<Output>,
    screen: Option<OpenScreen>,
) -> Result<Pipeline, StartError> {
    if !(1..=120).contains(&config.fps) {
        return Err(StartError::Fps(config.fps));
    }
    let begin = clock.now();
    let mut pipeline = Pipeline {
        timeline: Arc::default(),
        meters: Arc::default(),
        control: Arc::new(CaptureControl::new().map_err(internal)?),
        screen: None,
        tracks: Vec::new(),
        file: Arc::default(),
        stopped: false,
        clock: Arc::clone(&clock),
    };
    let opening = Opening {
        timeline: Arc::clone(&pipeline.timeline),
        meters: Arc::clone(&pipeline.meters),
        clock,
        out,
        begin,
    };

    // The microphone first: it takes longest, and it is better known the longer it has run.
    let (sound_orders, from_sound) = bounded(4);
    let sound = match &config.mic {
        MicChoice::None => None,
        choice => Some(opening.sound(choice.clone(), Arc::clone(&pipeline.file), from_sound)?),
    };
    let screen = screen.unwrap_or_else(|| {
        let (choice, fps, clock) = (
            config.screen.clone(),
            config.fps,
            Arc::clone(&opening.clock),
        );
        Box::new(move || source::screen::open(&choice, fps, clock, begin))
    });
    let (frames, from_screen) = bounded(PICTURES_QUEUED);
    let (worker, size) =
        opening.screen(screen, config.fps, Arc::clone(&pipeline.control), frames)?;
    pipeline.screen = Some(worker);
    let size = size.recv().map_err(|_| thread_ended("screen"))??;

    let (orders, from_video) = bounded(4);
    let (worker, ready) = opening.video(size, config.fps, from_screen, from_video)?;
    let init = ready.recv().map_err(|_| thread_ended("encoder"))??;
    pipeline.tracks.push(Track {
        name: TrackName::Video,
        init,
        orders,
        worker,
    });
    if let Some((worker, ready)) = sound {
        let init = match ready.recv_timeout(MIC_OPEN_TIMEOUT) {
            Ok(init) => init?,
            Err(RecvTimeoutError::Timeout) => {
                return Err(
                    OpenError::SoundServer("no answer within ten seconds".to_owned()).into(),
                );
            }
            Err(RecvTimeoutError::Disconnected) => return Err(thread_ended("microphone")),
        };
        pipeline.tracks.push(Track {
            name: TrackName::Audio,
            init,
            orders: sound_orders,
            worker,
        });
    }
    Ok(pipeline)
}

struct Opening {
    timeline: Arc<Timeline>,
    meters: Arc<Meters>,
    clock: Arc<dyn Clock>,
    out: Sender<Output>,
    begin: Mono,
}

impl Opening {
    fn screen(
        &self,
        open: OpenScreen,
        fps: u32,
        control: Arc<CaptureControl>,
        out: Sender<super::screen_thread::Frame>,
    ) -> Result<(PipelineThread, Ready<Size>), StartError> {
        let (tell, ready) = bounded(1);
        let (clock, meters) = (Arc::clone(&self.clock), Arc::clone(&self.meters));
        let worker = PipelineThread::spawn("aside-screen", move |finished| {
            let screen = match open() {
                Ok(screen) => screen,
                Err(e) => return drop(tell.send(Err(e.into()))),
            };
            let size = screen.size();
            let _ = tell.send(Ok(size));
            let (canvas, pace) = (Canvas::new(size), Pace::new(fps));
            let thread = ScreenThread {
                screen,
                canvas,
                pace,
                clock,
                control,
                meters,
                out,
            };
            let screen = thread.run();
            drop(finished);
            drop(screen);
        })?;
        Ok((worker, ready))
    }

    fn video(
        &self,
        size: Size,
        fps: u32,
        frames: Receiver<super::screen_thread::Frame>,
        orders: Receiver<Order>,
    ) -> Result<(PipelineThread, Ready<Vec<u8>>), StartError> {
        let (tell, ready) = bounded(1);
        let (clock, meters, out) = (
            Arc::clone(&self.clock),
            Arc::clone(&self.meters),
            self.out.clone(),
        );
        let timeline = Arc::clone(&self.timeline);
        let format = VideoFormat {
            width: size.width,
            height: size.height,
            fps,
        };
        let worker = PipelineThread::spawn("aside-video", move |_finished| {
            let opened = encode::open_video(VIDEO_CANDIDATES, format).and_then(|(_, encoder)| {
                let track = VideoTrack::new(timeline, encoder, fps);
                Ok((track.init()?, track))
            });
            match opened {
                Ok((init, track)) => {
                    let _ = tell.send(Ok(init));
                    VideoThread {
                        track,
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
        Ok((worker, ready))
    }

    fn sound(
        &self,
        choice: MicChoice,
        file: Arc<FileStart>,
        orders: Receiver<Order>,
    ) -> Result<(PipelineThread, Ready<Vec<u8>>), StartError> {
        let (tell, ready) = bounded(1);
        let (clock, meters, out) = (
            Arc::clone(&self.clock),
            Arc::clone(&self.meters),
            self.out.clone(),
        );
        let (timeline, begin) = (Arc::clone(&self.timeline), self.begin);
        let worker = PipelineThread::spawn("aside-audio", move |finished: Finished| {
            let (deliver, sound) = bounded(BLOCKS_QUEUED);
            let opened =
                source::microphone::open(&choice, Arc::clone(&clock), begin, file, deliver)
                    .map_err(StartError::from)
                    .and_then(|microphone| {
                        Ok((sound_track(microphone.as_ref(), timeline)?, microphone))
                    })
                    .and_then(|(track, microphone)| Ok((track.init()?, track, microphone)));
            let (init, track, microphone) = match opened {
                Ok(opened) => opened,
                Err(e) => return drop(tell.send(Err(e))),
            };
            let level = Level::new(microphone.format().rate, track.channels());
            let heard = clock.now();
            let losses = SoundLosses::new(heard);
            let mut thread = SoundThread {
                track,
                microphone,
                level,
                clock,
                meters,
                sound,
                orders,
                out,
                losses,
                heard,
                failed: false,
            };
            let heard = thread.wait_for_blocks(PRIMING_BLOCKS);
            let _ = tell.send(heard.map(|()| init).map_err(StartError::from));
            let microphone = thread.run();
            drop(finished);
            drop(microphone);
        })?;
        Ok((worker, ready))
    }
}

fn sound_track(
    microphone: &dyn Microphone,
    timeline: Arc<Timeline>,
) -> Result<AudioTrack, StartError> {
    let format = microphone.format();
    let encoder = encode::open_audio(mix::recorded_channels(format.channels))?;
    let devices = [(format, microphone.layout())];
    Ok(AudioTrack::new(timeline, &devices, encoder))
}

fn internal(e: impl std::fmt::Display) -> StartError {
    OpenError::Internal(e.to_string()).into()
}

fn thread_ended(what: &str) -> StartError {
    internal(format!("the {what} thread ended"))
}
