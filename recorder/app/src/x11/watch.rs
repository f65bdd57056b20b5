//! Displays that are plugged in and out.

use std::thread::{Builder, sleep};
use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{ConnectionExt as _, NotifyMask};

/// One display that goes is told in several events.
const SETTLED: Duration = Duration::from_millis(300);

/// Calls `changed` after every change, on a thread that ends with the X server or the process. Where there is none, nothing is
/// told.
#[expect(
    clippy::disallowed_methods,
    reason = "several events are one change; the thread waits for nothing else"
)]
pub fn watch(changed: impl Fn() + Send + 'static) {
    let wait = move || {
        let Ok((x, number)) = x11rb::connect(None) else {
            return;
        };
        let root = x.setup().roots[number].root;
        let wanted =
            NotifyMask::SCREEN_CHANGE | NotifyMask::CRTC_CHANGE | NotifyMask::OUTPUT_CHANGE;
        let asked = x.randr_select_input(root, wanted);
        if asked.is_err() || x.flush().is_err() {
            return;
        }
        while x.wait_for_event().is_ok() {
            sleep(SETTLED);
            while let Ok(Some(_)) = x.poll_for_event() {}
            changed();
        }
    };
    // Without a thread the list is read when the window is looked at.
    let _ = Builder::new().name("displays".to_owned()).spawn(wait);
}
