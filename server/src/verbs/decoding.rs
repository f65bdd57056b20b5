//! What the processes that decode have in common: limits, what they give up, and messages behind their length in four bytes,
//! big-endian.

use std::io::{self, ErrorKind, Read, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use aside_server::domain::confinement::Posture;
use aside_server::domain::frame::MAX_MESSAGE;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, setrlimit};

/// What such a process may use.
pub(super) struct Caps {
    /// Bytes of addresses.
    pub(super) memory: u64,
    /// Seconds of work.
    pub(super) work: u64,
    /// Bytes of what it writes into a file.
    pub(super) file: u64,
    /// Whether it opens anything: a descriptor of memory, another program. Without it there is no socket of any kind either.
    pub(super) opens: bool,
}

/// What is decoded was sent by strangers. Call it before a byte of that is read, and before there is another thread: the process
/// gets this much, and of all files it may read and run those in `readable` alone. Says first how far the kernel went along.
pub(super) fn confine(caps: &Caps, readable: &[PathBuf]) -> anyhow::Result<()> {
    let posture = give_up(caps, readable)?;
    let mut output = io::stdout().lock();
    output.write_all(&[posture.to_byte()])?;
    output.flush()?;
    Ok(())
}

/// The same without a word.
pub(super) fn give_up(caps: &Caps, readable: &[PathBuf]) -> anyhow::Result<Posture> {
    let Caps {
        memory, work, file, ..
    } = *caps;
    for (resource, n) in [
        (Resource::As, memory),
        (Resource::Cpu, work),
        (Resource::Core, 0),
        (Resource::Fsize, file),
    ] {
        at_most(resource, n)?;
    }
    // Also where it is known and may not be called, as in some containers: what was decoded without it before still is.
    let posture = restrict(readable).unwrap_or(Posture::Not);
    // What only newer kernels know (Linux 7) is no reason to call others lacking.
    if let Err(error) = restrict_more() {
        tracing::debug!(%error, "{error}");
    }
    if !caps.opens {
        at_most(Resource::Nofile, 0)?;
    }
    Ok(posture)
}

fn at_most(resource: Resource, n: u64) -> anyhow::Result<()> {
    let limit = Rlimit {
        current: Some(n),
        maximum: Some(n),
    };
    setrlimit(resource, limit).context("cannot limit this process")
}

/// No new privileges, and what Landlock knows up to its version 6 (Linux 6.12): files, TCP, signals and abstract sockets.
fn restrict(readable: &[PathBuf]) -> Result<Posture, RulesetError> {
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V4))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .add_rules(path_beneath_rules(readable, AccessFs::from_read(ABI::V1)))?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Posture::Enforced,
        RulesetStatus::PartiallyEnforced => Posture::Partly,
        RulesetStatus::NotEnforced => Posture::Not,
    })
}

/// UDP, and sockets that have a path.
fn restrict_more() -> Result<(), RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::ResolveUnix)?
        .handle_access(AccessNet::BindUdp | AccessNet::ConnectSendUdp)?
        .create()?
        .restrict_self()?;
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
