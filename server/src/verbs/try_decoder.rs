//! `aside-server try-decoder`: gives up what a decoder gives up, and tries to do it all the same. `doctor` runs it.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use aside_server::domain::confinement::Tried;

use super::decoding::give_up;
use super::{make_excerpt, say};

/// Its name on the command line.
pub(crate) const TRY_VERB: &str = "try-decoder";

/// Tries to open this file, and to connect to this port of this machine; says as JSON what came of it.
pub(crate) fn run(file: &Path, port: u16) -> anyhow::Result<()> {
    let posture = give_up(&make_excerpt::CAPS, &[])?;
    let tried = Tried {
        posture,
        opened: File::open(file).is_ok(),
        connected: TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok(),
    };
    say::raw(&serde_json::to_string(&tried)?);
    Ok(())
}

/// Lets such a process try.
pub(super) fn ask() -> anyhow::Result<Tried> {
    // Nobody need answer: the kernel takes the connection.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let program = std::env::current_exe()?;
    let output = Command::new(&program)
        .arg(TRY_VERB)
        .arg(&program)
        .arg(listener.local_addr()?.port().to_string())
        .stdin(Stdio::null())
        .output()
        .context("cannot run the process")?;
    ensure!(output.status.success(), "the process failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}
