//! One event a line, for programs (docs/RECORDER.md). Every line says when: `at_ms` since the
//! process began, `unix_us` on the wall.

use std::time::Duration;

use serde::Serialize;

use super::out;
use crate::clock::Mono;
use crate::control::feed::Feed;
use crate::session::{Notice, Observer, Snapshot, World};

/// How often `health` is told.
const HEALTH_INTERVAL: Duration = Duration::from_secs(1);

/// Writes JSON lines to standard output; a line is written whole, whichever threads write. What the take tells also goes
/// to those who follow it.
#[derive(Clone)]
pub(in crate::control) struct JsonLines {
    world: World,
    next_health: Option<Mono>,
    feed: Feed,
    /// Standard output is for a person: lines go to followers only.
    silent: bool,
}

#[derive(Serialize)]
struct Stamped<'a, T> {
    #[serde(flatten)]
    what: &'a T,
    at_ms: u64,
    unix_us: i64,
}

#[derive(Serialize)]
#[serde(tag = "event", rename = "health")]
struct Health<'a> {
    #[serde(flatten)]
    snapshot: &'a Snapshot,
}

impl JsonLines {
    pub(in crate::control) fn new(world: World) -> Self {
        Self::feeding(world, Feed::default())
    }

    /// Lines for standard output and for those who follow.
    pub(in crate::control) const fn feeding(world: World, feed: Feed) -> Self {
        Self {
            world,
            next_health: None,
            feed,
            silent: false,
        }
    }

    /// For those who follow, and nobody else.
    pub(in crate::control) fn followed(world: World, feed: Feed) -> Self {
        let mut lines = Self::feeding(world, feed);
        lines.silent = true;
        lines
    }

    /// Tells standard output anything that says its own `event`.
    pub(in crate::control) fn write<T: Serialize>(&self, what: &T) {
        if let Some(line) = self.line(what) {
            out(&line);
        }
    }

    /// Tells it to those who follow as well; `kept`: also to those who come later.
    pub(in crate::control) fn tell<T: Serialize>(&self, what: &T, kept: bool) {
        let Some(line) = self.line(what) else { return };
        self.feed.tell(&line, kept);
        if !self.silent {
            out(&line);
        }
    }

    /// A line that says when.
    pub(in crate::control) fn line<T: Serialize>(&self, what: &T) -> Option<String> {
        let now = self.world.now();
        let line = Stamped {
            what,
            at_ms: now.at_ms(),
            unix_us: now.wall.micros(),
        };
        serde_json::to_string(&line).ok()
    }
}

impl Observer for JsonLines {
    fn notice(&mut self, notice: &Notice) {
        // What is told again and again says nothing to those who come later.
        let passing = matches!(
            notice,
            Notice::Part { .. } | Notice::Preview { .. } | Notice::Levels(_)
        );
        self.tell(notice, !passing);
    }

    fn snapshot(&mut self, snapshot: &Snapshot) {
        let now = self.world.clock.now();
        if self.next_health.is_none_or(|due| now >= due) {
            self.next_health = Some(now + HEALTH_INTERVAL);
            self.tell(&Health { snapshot }, false);
        }
    }
}
