//! The link on the clipboard, where there is one.
//!
//! On X11 and Wayland whoever copied must
//! live to answer those who paste. And a desktop that hangs may hang this too, so it has a thread
//! of its own that the take never waits for longer than a moment.

use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, never};

/// How long the end of the process may be put off for handing the text to the desktop.
const HANDOVER_TIMEOUT: Duration = Duration::from_millis(300);

/// Answers for the copied text as long as it lives.
pub(super) struct Clipboard {
    /// Closed when the text is no longer needed.
    keep: Option<Sender<()>>,
    over: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Clipboard {
    /// Copies, in the background. The receiver hears once, if it worked.
    pub(super) fn offer(text: String) -> (Self, Receiver<()>) {
        let (keep, kept) = bounded::<()>(0);
        let (say_copied, copied) = bounded(1);
        let (say_over, over) = bounded::<()>(0);
        let serve = move || {
            let _say_over = say_over;
            let Ok(mut clipboard) = arboard::Clipboard::new() else {
                return;
            };
            if clipboard.set_text(text).is_ok() {
                let _ = say_copied.send(());
                let _ = kept.recv();
            }
        };
        match Builder::new().name("clipboard".to_owned()).spawn(serve) {
            Ok(thread) => (
                Self {
                    keep: Some(keep),
                    over,
                    thread: Some(thread),
                },
                copied,
            ),
            // No thread, no clipboard; the link is printed anyway.
            Err(_) => (
                Self {
                    keep: None,
                    over,
                    thread: None,
                },
                never(),
            ),
        }
    }
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        self.keep = None;
        // Nothing is ever sent: the channel closes when the thread is through. A thread that
        // hangs in a dead desktop is left to the end of the process.
        let through =
            self.over.recv_timeout(HANDOVER_TIMEOUT) == Err(RecvTimeoutError::Disconnected);
        if let Some(thread) = self.thread.take()
            && through
        {
            let _ = thread.join();
        }
    }
}
