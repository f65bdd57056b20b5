//! The time of day as a parameter. Positions in a take never come from here: the wall clock may
//! be set while a take runs, [`crate::clock::Clock`] may not.

use std::fmt::Debug;

use aside_protocol::time::Timestamp;

/// What time it is.
pub trait WallClock: Send + Sync + Debug {
    fn now(&self) -> Timestamp;
}

/// The machine's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemWallClock;

impl WallClock for SystemWallClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one WallClock that asks the machine"
    )]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let micros = since.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX));
        Timestamp::from_micros(micros)
    }
}

/// A wall clock that always shows the same time, for tests.
#[derive(Debug, Clone, Copy)]
pub struct StoppedWallClock(pub Timestamp);

impl WallClock for StoppedWallClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}
