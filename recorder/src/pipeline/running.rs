//! A pipeline that runs: start, pause, stop, and how it is doing.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::{Kind, TrackName};

use super::meters::Meters;
use super::opening::Opening;
use super::scene::Scene;
use super::track::{Capture, Order, Track};
use super::types::{Health, Levels, Summary};
use crate::clock::{Clock, Mono, Timeline};
use crate::encode::QualityStep;
use crate::source::synthetic::FileStart;

/// How long stop waits for the screen's last picture.
const LAST_PICTURE_TIMEOUT: Duration = Duration::from_millis(60);
/// How long stop waits for a thread to end that has nothing left to say.
const JOIN_TIMEOUT: Duration = Duration::from_millis(40);
/// A spoken file begins so long after the take, so that its first word is not cut.
const FILE_DELAY: Duration = Duration::from_millis(200);

/// A take being recorded. Dropping it stops it.
pub struct Pipeline {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) timeline: Arc<Timeline>,
    pub(super) meters: Arc<Meters>,
    /// What is open.
    pub(super) scene: Scene,
    /// For what is opened later.
    pub(super) opening: Opening,
    pub(super) captures: Vec<Capture>,
    pub(super) tracks: Vec<Track>,
    /// Begins to speak with the take.
    pub(super) file: Arc<FileStart>,
    pub(super) stopped: bool,
    /// Where the take ends, once that is known.
    pub(super) ends: Option<Mono>,
}

impl Pipeline {
    /// Names and inits of the tracks, in the scene's order.
    pub fn tracks(&self) -> Vec<(TrackName, Vec<u8>)> {
        self.tracks
            .iter()
            .map(|t| (t.name, t.init.clone()))
            .collect()
    }

    /// Begins the take: zero of the timeline is the first picture after this. Where it has begun nothing changes.
    pub fn start(&self) {
        if self.timeline.is_asked_for() {
            return;
        }
        let now = self.clock.now();
        self.file.begin(now + FILE_DELAY);
        self.timeline.asked_for(now);
        self.captures.iter().for_each(|c| c.control.run());
    }

    /// Cuts the take here until `resume`; what was recorded leaves. Without `start` before it the take begins paused.
    pub fn pause(&self) {
        if self.timeline.is_paused() {
            return;
        }
        let at = self.clock.now();
        self.timeline.pause(at);
        self.captures.iter().for_each(|c| c.control.idle());
        for track in &self.tracks {
            let _ = track.orders.send(Order::Pause(at));
        }
    }

    /// Goes on after `pause`, without a hole.
    pub fn resume(&self) {
        if self.timeline.is_paused() {
            let now = self.clock.now();
            // A take that began with a pause begins to speak now.
            self.file.begin(now + FILE_DELAY);
            self.timeline.asked_for(now);
            self.timeline.resume(now);
            self.captures.iter().for_each(|c| c.control.run());
        }
    }

    /// How good the pictures are from now on.
    pub fn set_quality(&self, step: QualityStep) {
        for track in self.tracks.iter().filter(|t| t.name.kind() == Kind::Video) {
            let _ = track.orders.send(Order::Quality(step));
        }
    }

    /// Silences the microphones from this instant on, or lets them be heard again; before `start` as well. System sound is
    /// not touched.
    pub fn mute(&self, muted: bool) {
        let at = self.clock.now();
        for track in &self.tracks {
            if track.name.kind() == Kind::Audio {
                let _ = track.orders.send(Order::Mute(at, muted));
            }
        }
    }

    /// Length of the take so far, pauses left out; `None` before the first picture. Cheap, from any thread.
    pub fn length(&self) -> Option<Duration> {
        self.timeline.zero()?;
        let length = self.timeline.length(self.clock.now());
        Some(Duration::from_micros(
            u64::try_from(length.micros()).unwrap_or(0),
        ))
    }

    /// When the first picture was on the screen; `None` before it.
    pub fn first_picture(&self) -> Option<Mono> {
        self.timeline.zero()
    }

    /// How the take is doing; cheap, from any thread.
    pub fn health(&self) -> Health {
        self.health_at(self.clock.now())
    }

    fn health_at(&self, now: Mono) -> Health {
        let media = self.timeline.length(now).millis();
        self.meters.read(u64::try_from(media).unwrap_or(0), now)
    }

    /// How loud the devices are, for a thread of its own.
    pub fn level_reader(&self) -> LevelReader {
        LevelReader(Arc::clone(&self.meters))
    }

    /// The take ends at this instant: what is seen and heard from now on is not in it. `stop` follows. No device is waited for:
    /// `false`, where one may still be read from.
    pub fn end_here(&mut self) -> bool {
        if self.ends.is_some() {
            return false;
        }
        let at = self.clock.now();
        self.ends = Some(at);
        if self.timeline.zero().is_some() && !self.timeline.is_paused() {
            // A pause without an end: what comes while the last picture is waited for is not of this take.
            self.timeline.pause(at);
        }
        self.captures.iter().for_each(|c| c.control.stop());
        let mut ended = true;
        for capture in &self.captures {
            ended &= capture.thread.wait_finished_for(LAST_PICTURE_TIMEOUT);
        }
        ended
    }

    /// Ends the take. When this returns, every part has been sent; no device is waited for.
    pub fn stop(mut self) -> Summary {
        self.end()
    }

    fn end(&mut self) -> Summary {
        self.stopped = true;
        self.end_here();
        let at = self.ends.unwrap_or_else(|| self.clock.now());
        for track in &self.tracks {
            let _ = track.orders.send(Order::Stop(at));
        }
        for track in &self.tracks {
            track.thread.wait_finished();
        }
        let health = self.health_at(at);
        let summary = Summary {
            duration_ms: health.media_ms,
            parts: self
                .tracks
                .iter()
                .map(|t| (t.name, self.meters.parts(t.name)))
                .collect(),
            health,
        };
        join(&mut self.tracks, &mut self.captures);
        summary
    }

    /// Closes tracks of a take that does not record.
    pub(super) fn close(&self, mut tracks: Vec<Track>, mut captures: Vec<Capture>) {
        let at = self.clock.now();
        captures.iter().for_each(|c| c.control.stop());
        for track in &tracks {
            let _ = track.orders.send(Order::Stop(at));
        }
        for capture in &captures {
            capture.thread.wait_finished_for(LAST_PICTURE_TIMEOUT);
        }
        tracks.iter().for_each(|track| track.thread.wait_finished());
        join(&mut tracks, &mut captures);
    }
}

fn join(tracks: &mut [Track], captures: &mut [Capture]) {
    let tracks = tracks.iter_mut().map(|t| &mut t.thread);
    let captures = captures.iter_mut().map(|c| &mut c.thread);
    for thread in tracks.chain(captures) {
        thread.join_timeout(JOIN_TIMEOUT);
    }
}

/// Reads the levels of a pipeline, from any thread.
#[derive(Debug, Clone)]
pub struct LevelReader(Arc<Meters>);

impl LevelReader {
    pub fn read(&self) -> Levels {
        self.0.levels()
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        if !self.stopped {
            self.end();
        }
    }
}
