//! A take without threads: scene and microphone are cranked into the tracks.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::cmaf;
use aside_protocol::recording::{PART_TARGET_MICROS, TrackName};
use aside_recorder::clock::{Mono, Timeline};
use aside_recorder::compose::Canvas;
use aside_recorder::encode::{self, Candidate, Spares, VIDEO_CANDIDATES, VideoFormat};
use aside_recorder::pipeline::{AudioTrack, Replaced, SealedPart, VideoTrack};
use aside_recorder::source::sound::{Layout, SoundBlock, SoundFormat};
use aside_recorder::source::synthetic::{BEEP_FOR, BEEP_HZ, FLASH_EVERY, Scene};

/// The scene's beginning; the take begins a little later.
pub(crate) const BEGIN: Mono = Mono::from_nanos(1_000_000_000_000);

/// How the microphone behaves.
#[derive(Clone, Copy)]
pub(crate) struct Mic {
    pub(crate) rate: u32,
    pub(crate) channels: u16,
    /// How much faster than it says, in parts per million.
    pub(crate) ppm: f64,
    /// How far its stamps are off, in milliseconds, back and forth.
    pub(crate) jitter_ms: u64,
}

impl Default for Mic {
    fn default() -> Self {
        Self {
            rate: 48_000,
            channels: 1,
            ppm: 0.0,
            jitter_ms: 0,
        }
    }
}

pub(crate) struct Take {
    pub(crate) timeline: Arc<Timeline>,
    pub(crate) video: VideoTrack,
    pub(crate) audio: AudioTrack,
    pub(crate) scene: Scene,
    canvas: Canvas,
    mic: Mic,
    /// Blocks the microphone has given.
    blocks: u64,
    /// Sound that was said to be missing from the take.
    pub(crate) lost: Duration,
    fps: u32,
    /// Time since `BEGIN`.
    pub(crate) now: Duration,
}

impl Take {
    pub(crate) fn new(fps: u32, mic: Mic) -> Self {
        Self::with(VIDEO_CANDIDATES, fps, mic)
    }

    pub(crate) fn with(candidates: &[Candidate], fps: u32, mic: Mic) -> Self {
        let timeline = Arc::new(Timeline::default());
        let scene = Scene::new(fps);
        let size = scene.size();
        let format = VideoFormat {
            width: size.width,
            height: size.height,
            fps,
            content: encode::Content::Screen,
        };
        let (name, encoder) = encode::open_video(candidates, format).unwrap();
        let video = VideoTrack::new(Arc::clone(&timeline), encoder, fps)
            .with_spares(Spares::behind(name, candidates, format));
        let sound = SoundFormat {
            rate: mic.rate,
            channels: mic.channels,
        };
        let audio = AudioTrack::new(
            TrackName::Audio,
            Arc::clone(&timeline),
            &[(sound, Layout::unnamed(mic.channels))],
            encode::open_audio(mic.channels.min(2)).unwrap(),
        );
        let canvas = Canvas::new(size);
        Self {
            timeline,
            video,
            audio,
            scene,
            canvas,
            mic,
            blocks: 0,
            lost: Duration::ZERO,
            fps,
            now: Duration::ZERO,
        }
    }

    pub(crate) fn at(&self) -> Mono {
        BEGIN + self.now
    }

    /// Shows frame `count` at its time.
    pub(crate) fn show(&mut self, count: u64) {
        assert!(self.scene.paint(count, &mut self.canvas, false));
        let picture = self.canvas.finish().unwrap();
        self.video
            .frame(BEGIN + self.scene.at(count), picture)
            .unwrap();
    }

    /// Cranks to `until`: every frame that `shown` lets through, and every block of sound.
    pub(crate) fn crank(&mut self, until: Duration, shown: impl Fn(u64) -> bool) {
        let step = Duration::from_nanos(1_000_000_000 / u64::from(self.fps) / 4);
        let mut next = self.scene.count(self.now);
        if self.scene.at(next) < self.now || !self.now.is_zero() {
            next += 1;
        }
        while self.now < until {
            self.now = (self.now + step).min(until);
            while self.scene.at(next) <= self.now {
                if shown(next) {
                    self.show(next);
                }
                next += 1;
            }
            self.hear();
            let now = self.at();
            self.video.tick(now).unwrap();
            for (_, silence) in self.audio.tick(now, |_| BEGIN).unwrap() {
                self.lost += silence;
            }
        }
    }

    /// Gives the blocks of 20 ms that are complete by now.
    fn hear(&mut self) {
        let frames = u64::from(self.mic.rate / 50);
        let real = f64::from(self.mic.rate) * (1.0 + self.mic.ppm * 1e-6);
        loop {
            let first = self.blocks * frames;
            let end = Duration::from_secs_f64((first + frames) as f64 / real);
            if end > self.now {
                return;
            }
            let sound = |n: u64| beep(n as f64 / real);
            let samples = (first..first + frames)
                .flat_map(|n| std::iter::repeat_n(sound(n), usize::from(self.mic.channels)));
            let jitter = Duration::from_millis(self.mic.jitter_ms);
            let stamp = BEGIN + Duration::from_secs_f64(first as f64 / real);
            let captured = match self.blocks % 3 {
                0 => stamp.before(jitter),
                1 => stamp,
                _ => stamp + jitter,
            };
            let block = SoundBlock {
                captured,
                samples: samples.collect(),
            };
            let heard = self.audio.block(0, &block, BEGIN + self.now).unwrap();
            self.lost += heard.unwrap().hole;
            self.blocks += 1;
        }
    }

    /// Time passes up to `until`, but this program does not run, and what the microphone gives meanwhile is lost.
    pub(crate) fn stand_still(&mut self, until: Duration) {
        self.now = until;
        self.blocks = u64::try_from(until.as_millis() / 20).unwrap();
    }

    pub(crate) fn pause(&mut self) {
        let at = self.at();
        self.timeline.pause(at);
        self.video.pause(at).unwrap();
        self.audio.pause().unwrap();
    }

    /// Goes on, with the picture that stands there now.
    pub(crate) fn resume(&mut self) {
        self.timeline.resume(self.at());
        let count = self.scene.count(self.now);
        assert!(self.scene.paint(count, &mut self.canvas, true));
        let picture = self.canvas.finish().unwrap();
        let at = self.at();
        self.video.frame(at, picture).unwrap();
    }

    /// Ends the take now and gives back what it left.
    pub(crate) fn finish(mut self) -> Left {
        let at = self.at();
        self.video.finish(at).unwrap();
        self.audio.finish(at).unwrap();
        let tracks = vec![
            (
                TrackName::Video,
                self.video.init().unwrap(),
                self.video.take(),
            ),
            (
                TrackName::Audio,
                self.audio.init().unwrap(),
                self.audio.take(),
            ),
        ];
        Left {
            tracks,
            replaced: self.video.take_replaced(),
            later_init: self.video.take_init(2),
        }
    }
}

/// What the microphone hears `seconds` after the beginning.
fn beep(seconds: f64) -> f32 {
    let since = seconds % FLASH_EVERY.as_secs_f64();
    let on = since < BEEP_FOR.as_secs_f64();
    if on {
        (0.5 * (std::f64::consts::TAU * BEEP_HZ * since).sin()) as f32
    } else {
        0.0
    }
}

/// What a take leaves: per track its init and its parts.
pub(crate) struct Left {
    pub(crate) tracks: Vec<(TrackName, Vec<u8>, Vec<SealedPart>)>,
    /// Encoders that failed.
    pub(crate) replaced: Vec<Replaced>,
    /// Version 2 of the picture's init.
    pub(crate) later_init: Option<Vec<u8>>,
}

impl Left {
    pub(crate) fn parts(&self, track: TrackName) -> &[SealedPart] {
        self.tracks
            .iter()
            .find(|(t, ..)| *t == track)
            .map_or(&[], |(.., parts)| parts)
    }

    /// A file as a player would put it together.
    pub(crate) fn file(&self, track: TrackName) -> Vec<u8> {
        let (_, init, parts) = self.tracks.iter().find(|(t, ..)| *t == track).unwrap();
        init.iter()
            .copied()
            .chain(parts.iter().flat_map(|p| p.bytes.iter().copied()))
            .collect()
    }

    /// Every promise a part makes, held against its bytes.
    pub(crate) fn assert_parts_are_whole(&self) {
        for (track, init, parts) in &self.tracks {
            let init = cmaf::read_init(init).unwrap();
            let (mut end, mut segment) = (0, 0);
            for (n, part) in parts.iter().enumerate() {
                let read = cmaf::read_part(&part.bytes, track.kind()).unwrap();
                assert_eq!(part.number as usize, n);
                assert_eq!(
                    (read.info.start, read.info.duration),
                    (part.start, part.duration)
                );
                assert_eq!(read.info.independent, part.independent);
                assert_eq!(
                    part.start, end,
                    "part {n} of {track} does not follow the one before it"
                );
                let target = u64::from(init.timescale) * PART_TARGET_MICROS / 1_000_000;
                assert!(part.duration <= target, "part {n} of {track} is too long");
                let ends_segment = parts.get(n + 1).is_none_or(|next| next.independent);
                assert!(
                    part.independent || ends_segment || part.duration * 100 >= target * 85,
                    "part {n} of {track} is too short in the middle of a segment: {} ticks",
                    part.duration
                );
                if *track == TrackName::Video {
                    assert!(
                        read.samples.iter().skip(1).all(|s| !s.sync),
                        "an IDR in the middle of part {n} begins no part"
                    );
                    if part.independent {
                        segment = part.start;
                    }
                    assert!(part.start + part.duration - segment <= 10 * u64::from(init.timescale));
                }
                end = part.start + part.duration;
            }
            assert!(parts.first().is_some_and(|p| p.independent));
        }
    }
}
