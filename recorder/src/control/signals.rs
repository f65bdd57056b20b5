//! Ctrl-C, a polite kill, a closed terminal, and SIGUSR1 for pause: all of them are commands.

use crossbeam_channel::{Receiver, bounded};
use tokio::runtime::Handle;

use crate::session::Command;

/// Signals that wait to be read.
const WAITING: usize = 16;

/// From now on signals no longer end the process: they arrive here.
#[cfg(unix)]
pub(super) fn listen(runtime: &Handle) -> std::io::Result<Receiver<Command>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (tell, commands) = bounded(WAITING);
    // Registered before this returns: a signal that comes in the next moment is not lost.
    let _inside = runtime.enter();
    for (kind, command) in [
        (SignalKind::interrupt(), Command::Stop),
        (SignalKind::terminate(), Command::Stop),
        (SignalKind::hangup(), Command::Stop),
        (SignalKind::user_defined1(), Command::TogglePause),
    ] {
        let (mut signals, tell) = (signal(kind)?, tell.clone());
        runtime.spawn(async move {
            while signals.recv().await.is_some() {
                // Sixteen unread signals say what a seventeenth would.
                let _ = tell.try_send(command);
            }
        });
    }
    Ok(commands)
}

/// From now on Ctrl-C no longer ends the process: it arrives here.
#[cfg(not(unix))]
pub(super) fn listen(runtime: &Handle) -> std::io::Result<Receiver<Command>> {
    let (tell, commands) = bounded(WAITING);
    runtime.spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            let _ = tell.try_send(Command::Stop);
        }
    });
    Ok(commands)
}
