//! `aside` alone: the desktop app, which is a program of its own (`aside-app`).

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::CommandFactory as _;

use super::args::Cli;
use super::exit::Exit;
use super::failure::Failure;
use super::show::{err, out};

/// The file name of the app.
const PROGRAM: &str = "aside-app";

/// The app beside this program, else the one of the search path. `ASIDE_APP` names another.
fn program() -> PathBuf {
    if let Some(named) = env::var_os("ASIDE_APP").filter(|name| !name.is_empty()) {
        return named.into();
    }
    let beside = env::current_exe()
        .ok()
        .map(|exe| exe.with_file_name(PROGRAM));
    beside
        .filter(|path| path.is_file())
        .unwrap_or_else(|| PROGRAM.into())
}

/// Starts the app beside this process.
pub(super) fn start() -> io::Result<()> {
    let mut command = Command::new(program());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map(drop)
}

/// Becomes the app, where there is one and a desktop to show it on.
pub(super) fn open(desktop: bool) -> Result<Exit, Failure> {
    if !desktop {
        out("There is no desktop here, so the app cannot open; everything else works.\n");
        return Ok(help());
    }
    let status = match Command::new(program()).status() {
        Ok(status) => status,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            out(
                "The desktop app, aside-app, is not installed. From a checkout `make install` puts it beside aside; the package \
                 aside has it.\n",
            );
            return Ok(help());
        }
        Err(e) => {
            let message = format!("the desktop app cannot be started ({e})");
            return Err(Failure::new(Exit::Failed, message));
        }
    };
    if status.success() {
        Ok(Exit::Ok)
    } else {
        err("The command line goes on working: `aside record`, `aside --help`.");
        Ok(Exit::Failed)
    }
}

fn help() -> Exit {
    out(&Cli::command().render_help().to_string());
    Exit::Ok
}
