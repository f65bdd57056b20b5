//! What the processes that decode have in common: limits, and messages behind their length in four bytes, big-endian.

use std::io::{ErrorKind, Read};

use anyhow::{Context as _, ensure};
use aside_server::domain::frame::MAX_MESSAGE;
use rustix::process::{Resource, Rlimit, setrlimit};

/// What such a process may use.
pub(super) struct Caps {
    /// Bytes of addresses.
    pub(super) memory: u64,
    /// Seconds of work.
    pub(super) work: u64,
    /// Bytes of what it writes into a file.
    pub(super) file: u64,
}

/// What is decoded was sent by strangers: it gets this much. Reading files and the network are not limited.
pub(super) fn limit(caps: &Caps) -> anyhow::Result<()> {
    let at_most = |n| Rlimit {
        current: Some(n),
        maximum: Some(n),
    };
    for (resource, n) in [
        (Resource::As, caps.memory),
        (Resource::Cpu, caps.work),
        (Resource::Core, 0),
        (Resource::Fsize, caps.file),
    ] {
        setrlimit(resource, at_most(n)).context("cannot limit this process")?;
    }
    Ok(())
}

/// The next message; none at the end.
pub(super) fn message(input: &mut impl Read) -> anyhow::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(end) if end.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u32::from_be_bytes(length);
    ensure!(length <= MAX_MESSAGE, "this message is too long");
    let mut bytes = vec![0; usize::try_from(length)?];
    input.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}
