//! One event a line, for programs (docs/RECORDER.md). Every line says when: `at_ms` since the
//! process began, `unix_us` on the wall.

use std::time::Duration;

use serde::Serialize;

use super::out;
use crate::clock::Mono;
use crate::session::{Notice, Observer, Snapshot, World};

/// How often `health` is told.
const HEALTH_INTERVAL: Duration = Duration::from_secs(1);

/// Writes JSON lines to standard output; a line is written whole, whichever threads write.
#[derive(Clone)]
pub(in crate::control) struct JsonLines {
    world: World,
    next_health: Option<Mono>,
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
    pub(in crate::control) const fn new(world: World) -> Self {
        Self {
            world,
            next_health: None,
        }
    }

    /// Tells anything that says its own `event`.
    pub(in crate::control) fn write<T: Serialize>(&self, what: &T) {
        let now = self.world.now();
        let line = Stamped {
            what,
            at_ms: now.at_ms(),
            unix_us: now.wall.micros(),
        };
        if let Ok(line) = serde_json::to_string(&line) {
            out(&line);
        }
    }
}

impl Observer for JsonLines {
    fn notice(&mut self, notice: &Notice) {
        self.write(notice);
    }

    fn snapshot(&mut self, snapshot: &Snapshot) {
        let now = self.world.clock.now();
        if self.next_health.is_none_or(|due| now >= due) {
            self.next_health = Some(now + HEALTH_INTERVAL);
            self.write(&Health { snapshot });
        }
    }
}
