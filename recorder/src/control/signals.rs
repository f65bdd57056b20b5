//! Ctrl-C, a polite kill, a closed terminal, and SIGUSR1 for pause: all of them are commands.
//!
//! A pause may be asked for as soon as the process exists, and SIGUSR1 ends a process that has no handler for it. `hold_pause` is
//! therefore the first thing the program does: the kernel keeps the signal until `listen` is ready for it. A program that
//! never listens is not ended by it either (`pkill -USR1 aside` also finds the process that uploads an earlier take).

use crossbeam_channel::{Receiver, Sender, bounded};
use tokio::runtime::Handle;

use crate::session::{Asked, Command};

/// Commands that wait to be read.
const QUEUE_LENGTH: usize = 64;

/// Where commands arrive, and the end into which others than signals may put theirs.
pub(super) struct Commands {
    pub(super) put: Sender<Asked>,
    pub(super) queue: Receiver<Asked>,
}

/// From now on SIGUSR1 waits for `listen`: for this thread and those it starts. Programs that are started get it as usual
/// (the standard library empties the mask of a child).
#[cfg(unix)]
pub fn hold_pause() {
    // It fails for an unknown signal only.
    let _ = pause_signal().thread_block();
}

#[cfg(not(unix))]
pub fn hold_pause() {}

#[cfg(unix)]
fn pause_signal() -> nix::sys::signal::SigSet {
    nix::sys::signal::SigSet::from_iter([nix::sys::signal::Signal::SIGUSR1])
}

/// From now on signals no longer end the process: they arrive here. The caller's thread takes in what `hold_pause` held.
#[cfg(unix)]
pub(super) fn listen(runtime: &Handle) -> std::io::Result<Commands> {
    use tokio::signal::unix::{SignalKind, signal};

    let (put, queue) = bounded(QUEUE_LENGTH);
    // Registered before this returns: a signal that comes in the next moment is not lost.
    let _inside = runtime.enter();
    for (kind, command) in [
        (SignalKind::interrupt(), Command::Stop),
        (SignalKind::terminate(), Command::Stop),
        (SignalKind::hangup(), Command::Stop),
        (SignalKind::user_defined1(), Command::TogglePause),
    ] {
        let (mut signals, put) = (signal(kind)?, put.clone());
        runtime.spawn(async move {
            while signals.recv().await.is_some() {
                // So many unread commands say what another one would.
                let _ = put.try_send(Asked::unheard(command.clone()));
            }
        });
    }
    pause_signal().thread_unblock()?;
    Ok(Commands { put, queue })
}

/// From now on Ctrl-C no longer ends the process: it arrives here.
#[cfg(not(unix))]
pub(super) fn listen(runtime: &Handle) -> std::io::Result<Commands> {
    let (put, queue) = bounded(QUEUE_LENGTH);
    let tell = put.clone();
    runtime.spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            let _ = tell.try_send(Asked::unheard(Command::Stop));
        }
    });
    Ok(Commands { put, queue })
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use nix::sys::signal::{Signal, raise};

    use super::*;

    #[test]
    fn a_pause_that_is_asked_for_before_anybody_listens_is_not_lost() {
        hold_pause();
        // To this thread only: without the line above it ends the test.
        raise(Signal::SIGUSR1).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let commands = listen(runtime.handle()).unwrap();
        let asked = commands
            .queue
            .recv_timeout(Duration::from_secs(60))
            .unwrap();
        assert_eq!(asked.command, Command::TogglePause);
    }
}
