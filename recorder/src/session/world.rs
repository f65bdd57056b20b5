//! Time and chance, handed down from `main`.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::time::Timestamp;

use crate::clock::{Clock, Mono};
use crate::entropy::Entropy;
use crate::wall_clock::WallClock;

/// What the session knows of the world without asking a device.
#[derive(Clone)]
pub struct World {
    pub clock: Arc<dyn Clock>,
    pub wall: Arc<dyn WallClock>,
    pub entropy: Arc<dyn Entropy>,
    /// When this process began: the zero of every `at_ms`.
    pub began: Mono,
}

/// One instant on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Since the process began.
    pub after: Duration,
    pub wall: Timestamp,
}

impl World {
    pub fn now(&self) -> Moment {
        Moment {
            after: self.clock.now().since(self.began),
            wall: self.wall.now(),
        }
    }
}

impl Moment {
    /// Milliseconds since the process began.
    pub fn at_ms(&self) -> u64 {
        u64::try_from(self.after.as_millis()).unwrap_or(u64::MAX)
    }
}
