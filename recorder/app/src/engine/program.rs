//! Which program records.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The file name of the recorder.
const PROGRAM: &str = "aside";

/// The recorder beside this program, else the one of the search path. `ASIDE_PROGRAM` names another.
pub fn find() -> PathBuf {
    if let Some(named) = env::var_os("ASIDE_PROGRAM").filter(|name| !name.is_empty()) {
        return named.into();
    }
    let beside = env::current_exe()
        .ok()
        .map(|exe| exe.with_file_name(PROGRAM));
    beside
        .filter(|path| path.is_file())
        .unwrap_or_else(|| PROGRAM.into())
}

/// The recorder, ready to be told what to do; it is not ended by what ends the app.
pub(super) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}
