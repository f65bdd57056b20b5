//! Waiting for pictures that another thread delivers.

use std::os::fd::AsFd as _;

use crate::clock::{Clock, Mono};
use crate::source::{ScreenLost, Wake, Waker, Woken};

/// As [`crate::source::Screen::wait`]. `look` answers whether a picture is there, and why none will come any more; it is asked
/// again whenever `delivered` was woken. A picture that is there goes before the end.
pub(super) fn wait(
    (waker, delivered): (&Waker, &Waker),
    clock: &dyn Clock,
    until: Option<Mono>,
    look: impl Fn() -> (bool, Option<String>),
) -> Result<Wake, ScreenLost> {
    loop {
        match look() {
            (true, _) => return Ok(Wake::Changed),
            (false, Some(why)) => return Err(ScreenLost(why)),
            (false, None) => {}
        }
        let now = clock.now();
        match waker.wait(Some(delivered.as_fd()), until.map(|u| u - now)) {
            Woken::Waker => return Ok(Wake::Called),
            Woken::Source => delivered.clear(),
            Woken::Timeout if until.is_some_and(|u| u <= clock.now()) => {
                return Ok(Wake::Called);
            }
            Woken::Timeout => {}
        }
    }
}
