//! Takes whose process died, or went away before they were uploaded: found at each start and
//! brought to their server by a process of their own, which lives on when this one ends.

use std::process::{Command, Stdio};

use aside_protocol::id::RecordingId;

use crate::session::{Notice, Observer};
use crate::spool::{Listed, Spool};

/// Starts the other process if there is anything for it to do, and says so in one line.
pub(super) fn resume_in_background(spool: &Spool, server: &str, observer: &mut dyn Observer) {
    // The spool is looked at again when it matters; a look that fails is no reason not to record.
    let takes: Vec<RecordingId> = spool
        .list()
        .unwrap_or_default()
        .iter()
        .filter(|take| is_unfinished(take, server))
        .map(|t| t.id)
        .collect();
    let cancelled = spool.cancellations().unwrap_or_default();
    let to_cancel = cancelled.iter().any(|c| c.server == server);
    if (!takes.is_empty() || to_cancel) && start().is_ok() && !takes.is_empty() {
        observer.notice(&Notice::Resuming { takes });
    }
}

fn is_unfinished(listed: &Listed, server: &str) -> bool {
    let ours = |take: &crate::spool::Take| take.server.as_deref().is_none_or(|s| s == server);
    listed.is_unclaimed() && matches!(&listed.take, Ok((take, _, _)) if ours(take))
}

fn start() -> std::io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["takes", "resume", "--background"]);
    // A pipe of ours that it held open would make our reader wait for it.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Nobody waits for it, on purpose: it outlives this process.
    command.spawn().map(drop)
}
