//! Figures that any thread may read at any time. Each is true by itself; together they may be a moment apart.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aside_protocol::recording::TrackName;

use super::preview::PreviewSlot;
use super::scene::{Scene, SoundInput, TrackSource};
use super::types::{CameraHealth, Health, Levels, SoundTiming};
use crate::clock::Mono;
use crate::compose::Canvas;
use crate::source::AreaSlot;

const NO_LEVEL: i32 = i32::MIN;

/// Of a whole take: written by the threads of its tracks, read by `health`.
#[derive(Debug, Default)]
pub(super) struct Meters {
    /// The track of the camera, if there is one.
    camera: Option<TrackName>,
    pictures: Vec<(TrackName, Arc<PictureMeters>)>,
    sound: Vec<(TrackName, Arc<SoundMeters>)>,
}

/// Of a track of pictures.
#[derive(Debug, Default)]
pub(super) struct PictureMeters {
    pub captured: AtomicU64,
    pub encoded: AtomicU64,
    pub dropped: AtomicU64,
    /// Steps down from what was asked for, because of the line and because of the encoder; 0: none.
    pub quality_step: AtomicU8,
    pub effort_step: AtomicU8,
    /// One picture of so many is taken, because the encoder is behind; 0 and 1: each.
    pub divisor: AtomicU32,
    /// That the encoder's thread has taken; those captured and not taken wait for it.
    pub taken: AtomicU64,
    /// Since when the screen has been known to have changed without a picture of it, in nanoseconds of the clock; 0: it has not.
    due_since: AtomicU64,
    /// The last picture is black.
    pub black: AtomicBool,
    pub parts: AtomicU32,
    /// Since when the camera has been gone, in nanoseconds of the clock; 0: it is there.
    lost_since: AtomicU64,
    /// How often it went away, and for how long until it was back, in milliseconds.
    losses: AtomicU32,
    lost_ms: AtomicU64,
    /// The camera's last picture shows next to nothing.
    pub dark: AtomicBool,
    /// What is recorded of the desktop.
    pub area: Arc<AreaSlot>,
    /// Who shows the pictures beside the take.
    preview: OnceLock<Arc<PreviewSlot>>,
}

impl PictureMeters {
    /// Where pictures are left for a preview, while they are wanted.
    pub(super) fn preview(&self) -> Option<&PreviewSlot> {
        let slot = self.preview.get()?;
        slot.is_wanted().then_some(slot)
    }

    /// Leaves the picture that stands on `canvas` for a preview that has none yet.
    pub(super) fn offer_again(&self, canvas: &Canvas) {
        if let Some(slot) = self.preview().filter(|slot| slot.is_hungry())
            && let Some(picture) = canvas.newest()
        {
            slot.offer(&picture);
        }
    }

    /// The screen has changed.
    pub(super) fn due(&self, now: Mono) {
        let now = now.nanos().max(1);
        let _ = self
            .due_since
            .compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// What the screen shows is recorded, or is not to be.
    pub(super) fn not_due(&self) {
        self.due_since.store(0, Ordering::Relaxed);
    }

    /// The camera is gone.
    pub(super) fn lost(&self, now: Mono) {
        self.lost_since.store(now.nanos().max(1), Ordering::Relaxed);
        self.losses.fetch_add(1, Ordering::Relaxed);
    }

    /// The camera is back.
    pub(super) fn back(&self, now: Mono) {
        let gone = self.gone_for(now);
        self.lost_since.store(0, Ordering::Relaxed);
        self.lost_ms.fetch_add(gone, Ordering::Relaxed);
    }

    fn is_lost(&self) -> bool {
        self.lost_since.load(Ordering::Relaxed) != 0
    }

    /// For how many milliseconds the camera has been gone this time.
    fn gone_for(&self, now: Mono) -> u64 {
        match self.lost_since.load(Ordering::Relaxed) {
            0 => 0,
            since => {
                let gone = now.since(Mono::from_nanos(since));
                u64::try_from(gone.as_millis()).unwrap_or(u64::MAX)
            }
        }
    }

    fn due_for(&self, now: Mono) -> Duration {
        match self.due_since.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => now.since(Mono::from_nanos(since)),
        }
    }
}

/// Of a track of sound.
#[derive(Debug, Default)]
pub(super) struct SoundMeters {
    pub lost_ms: AtomicU64,
    pub holes: AtomicU32,
    pub parts: AtomicU32,
    /// In the order of the track's devices.
    pub devices: Vec<DeviceMeters>,
}

/// Of one device of a track of sound.
#[derive(Debug)]
pub(super) struct DeviceMeters {
    system: bool,
    pub silent: AtomicBool,
    pub clipped: AtomicBool,
    pub muted: AtomicBool,
    /// Programs play into the output that is recorded.
    pub playing: AtomicBool,
    /// Hundredths of a decibel.
    level: AtomicI32,
    /// Hundredths of a part per million.
    correction: AtomicI32,
    /// Hundredths of a millisecond: now, and the largest either way.
    offset: AtomicI32,
    offset_most: AtomicI32,
    /// Microseconds; 0: not known.
    latency: AtomicU64,
}

impl DeviceMeters {
    fn of(input: &SoundInput) -> Self {
        Self {
            system: matches!(input, SoundInput::System),
            silent: AtomicBool::new(false),
            clipped: AtomicBool::new(false),
            muted: AtomicBool::new(false),
            playing: AtomicBool::new(false),
            level: AtomicI32::new(NO_LEVEL),
            correction: AtomicI32::new(0),
            offset: AtomicI32::new(NO_LEVEL),
            offset_most: AtomicI32::new(0),
            latency: AtomicU64::new(0),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "both are small figures, and `as` saturates"
)]
fn hundredths(figure: f64) -> i32 {
    (figure * 100.0).round() as i32
}

impl DeviceMeters {
    /// `None`: there is nothing to measure.
    pub(super) fn set_level(&self, db: Option<f32>) {
        let level = db.map_or(NO_LEVEL, |db| hundredths(f64::from(db)));
        self.level.store(level, Ordering::Relaxed);
    }

    pub(super) fn set_correction(&self, ppm: f64) {
        self.correction.store(hundredths(ppm), Ordering::Relaxed);
    }

    /// Where the sound stands against its stamps, in milliseconds, and what the device is said to be late.
    pub(super) fn set_offset(&self, ms: f64, latency: Option<Duration>) {
        let offset = hundredths(ms);
        self.offset.store(offset, Ordering::Relaxed);
        self.offset_most
            .fetch_max(offset.saturating_abs(), Ordering::Relaxed);
        let latency = latency.map_or(0, |l| u64::try_from(l.as_micros()).unwrap_or(0));
        self.latency.store(latency, Ordering::Relaxed);
    }

    fn timing(&self) -> Option<SoundTiming> {
        let offset = self.offset.load(Ordering::Relaxed);
        let latency = self.latency.load(Ordering::Relaxed);
        (offset != NO_LEVEL).then(|| SoundTiming {
            offset_ms: offset as f32 / 100.0,
            most_offset_ms: self.offset_most.load(Ordering::Relaxed) as f32 / 100.0,
            latency_ms: (latency > 0).then(|| latency as f32 / 1000.0),
        })
    }

    fn correction_ppm(&self) -> f32 {
        self.correction.load(Ordering::Relaxed) as f32 / 100.0
    }

    fn level_db(&self) -> Option<f32> {
        let level = self.level.load(Ordering::Relaxed);
        (level != NO_LEVEL).then_some(level as f32 / 100.0)
    }
}

impl Meters {
    /// For `scene`; the tracks in `kept` go on with the figures they have.
    pub(super) fn of(&self, scene: &Scene, kept: &[TrackName]) -> Self {
        let mut meters = Self::default();
        for track in &scene.tracks {
            let (name, stays) = (track.name, kept.contains(&track.name));
            match &track.source {
                TrackSource::Sound { .. } if stays => {
                    meters.sound.push((name, self.sound(name)));
                }
                TrackSource::Sound { devices } => {
                    let devices = devices.iter().map(DeviceMeters::of).collect();
                    let figures = SoundMeters {
                        devices,
                        ..SoundMeters::default()
                    };
                    meters.sound.push((name, Arc::new(figures)));
                }
                source => {
                    if matches!(source, TrackSource::Camera { .. }) {
                        meters.camera = Some(name);
                    }
                    let figures = match stays {
                        true => self.pictures(name),
                        false => Arc::default(),
                    };
                    meters.pictures.push((name, figures));
                }
            }
        }
        meters
    }

    /// Pictures are left in these slots while they are wanted; a track that has its slot keeps it.
    pub(super) fn show_in(&self, screen: &Arc<PreviewSlot>, camera: &Arc<PreviewSlot>) {
        for (name, pictures) in &self.pictures {
            let slot = if self.camera == Some(*name) {
                camera
            } else {
                screen
            };
            pictures.preview.get_or_init(|| Arc::clone(slot));
        }
    }

    /// How loud the devices are.
    pub(super) fn levels(&self) -> Levels {
        let health = self.read(0, Mono::from_nanos(0));
        Levels {
            mic_level_db: health.mic_level_db,
            mic_silent: health.mic_silent,
            mic_clipped: health.mic_clipped,
            muted: health.mic_muted,
            system_level_db: health.system_level_db,
        }
    }

    pub(super) fn pictures(&self, track: TrackName) -> Arc<PictureMeters> {
        find(&self.pictures, track)
    }

    /// What is recorded of the desktop by the leading track.
    pub(super) fn area(&self) -> Option<Arc<AreaSlot>> {
        let (_, leading) = self.pictures.first()?;
        Some(Arc::clone(&leading.area))
    }

    pub(super) fn sound(&self, track: TrackName) -> Arc<SoundMeters> {
        find(&self.sound, track)
    }

    /// Parts that a track has made.
    pub(super) fn parts(&self, track: TrackName) -> u32 {
        let pictures = self.pictures.iter().map(|(name, m)| (name, &m.parts));
        let sound = self.sound.iter().map(|(name, m)| (name, &m.parts));
        let mut all = pictures.chain(sound);
        all.find(|(name, _)| **name == track)
            .map_or(0, |(_, parts)| parts.load(Ordering::Relaxed))
    }

    /// Pictures are those of the leading track, levels those of the first microphone and of the machine's own sound.
    pub(super) fn read(&self, media_ms: u64, now: Mono) -> Health {
        let mut health = Health {
            media_ms,
            ..Health::default()
        };
        if let Some((_, pictures)) = self.pictures.first() {
            health.frames_captured = pictures.captured.load(Ordering::Relaxed);
            health.frames_encoded = pictures.encoded.load(Ordering::Relaxed);
            health.frames_dropped = pictures.dropped.load(Ordering::Relaxed);
            health.quality_step = pictures.quality_step.load(Ordering::Relaxed);
            health.effort_step = pictures.effort_step.load(Ordering::Relaxed);
            let taken = pictures.taken.load(Ordering::Relaxed);
            health.frames_waiting = health.frames_captured.saturating_sub(taken);
            health.picture_due = pictures.due_for(now);
            health.picture_black = pictures.black.load(Ordering::Relaxed);
        }
        health.camera = self.camera.map(|track| {
            let camera = self.pictures(track);
            health.camera_dark = camera.dark.load(Ordering::Relaxed);
            CameraHealth {
                captured: camera.captured.load(Ordering::Relaxed),
                encoded: camera.encoded.load(Ordering::Relaxed),
                dropped: camera.dropped.load(Ordering::Relaxed),
                lost: camera.is_lost(),
                losses: camera.losses.load(Ordering::Relaxed),
                lost_ms: camera.lost_ms.load(Ordering::Relaxed) + camera.gone_for(now),
            }
        });
        if let Some((_, sound)) = self.sound.first() {
            health.sound_lost_ms = sound.lost_ms.load(Ordering::Relaxed);
            health.sound_holes = sound.holes.load(Ordering::Relaxed);
            if let Some(device) = sound.devices.iter().find(|d| !d.system) {
                health.mic_level_db = device.level_db();
                health.mic_silent = device.silent.load(Ordering::Relaxed);
                health.mic_clipped = device.clipped.load(Ordering::Relaxed);
                health.mic_muted = device.muted.load(Ordering::Relaxed);
                health.mic_correction_ppm = device.correction_ppm();
                health.mic_timing = device.timing();
            }
            if let Some(device) = sound.devices.iter().find(|d| d.system) {
                health.system_level_db = device.level_db();
                health.system_silent =
                    device.silent.load(Ordering::Relaxed) && device.playing.load(Ordering::Relaxed);
                health.system_correction_ppm = device.correction_ppm();
                health.system_timing = device.timing();
            }
        }
        health
    }
}

/// Meters of a name that the scene does not have are read by nobody.
fn find<T: Default>(list: &[(TrackName, Arc<T>)], track: TrackName) -> Arc<T> {
    list.iter()
        .find(|(name, _)| *name == track)
        .map(|(_, meters)| Arc::clone(meters))
        .unwrap_or_default()
}
