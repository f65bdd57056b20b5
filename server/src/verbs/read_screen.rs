//! `aside-server read-screen`: reads the text of the picture on stdin. A worker runs it, a process for each picture.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use aside_server::domain::screen_text::Languages;
use aside_server::jobs::priority::{Nice, lower};

use super::decoding::{Caps, confine};

const CAPS: Caps = Caps {
    // Of which a picture of 2560 × 1440 takes less than a third.
    memory: 2 * 1024 * 1024 * 1024,
    work: 120,
    file: 0,
    opens: true,
};
/// Where systems keep programs, libraries and languages.
const SYSTEM: [&str; 9] = [
    "/usr",
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/nix/store",
    "/gnu/store",
    "/home/linuxbrew/.linuxbrew",
];
/// What it looks at to use its processors, and as a source of chance.
const DEVICES: [&str; 4] = [
    "/dev/null",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
];

/// Sets limits and becomes `tesseract`; comes back only where that cannot be.
pub(crate) fn run(languages: &str) -> anyhow::Result<()> {
    let languages: Languages = languages.parse()?;
    // Before it is confined: its threads are found in `/proc`.
    lower(Nice::Backup);
    confine(&CAPS, &readable())?;
    let languages = languages.to_string();
    let cause = Command::new("tesseract")
        // Sparse text, in no order: a screen has no columns of a page.
        .args(["-", "-", "-l", &languages, "--psm", "11"])
        .args(["-c", "tessedit_create_tsv=1"])
        // Several threads make it hardly faster, and take all cores.
        .env("OMP_THREAD_LIMIT", "1")
        .exec();
    Err(cause).context("cannot run tesseract")
}

/// What `tesseract` may read and run: what lies where systems keep it, or where the environment says. What is not there does no harm.
fn readable() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).unwrap_or_default();
    let mut readable: Vec<PathBuf> = SYSTEM.iter().chain(&DEVICES).map(PathBuf::from).collect();
    readable.extend(absolute(&variable("TESSDATA_PREFIX")));
    readable.extend(absolute(&variable("LD_LIBRARY_PATH")));
    for program in absolute(&variable("PATH")).map(|folder| folder.join("tesseract")) {
        // Where it was installed below a folder of its own, its libraries and languages lie beside `bin`.
        let real = std::fs::canonicalize(&program).ok();
        let prefix = real
            .as_deref()
            .and_then(Path::parent)
            .and_then(Path::parent);
        readable.extend(
            prefix
                .into_iter()
                .flat_map(|it| [it.join("lib"), it.join("share")]),
        );
        readable.push(program);
    }
    readable
}

/// The paths of such a list that say where they are.
fn absolute(list: &OsStr) -> impl Iterator<Item = PathBuf> + use<> {
    let paths: Vec<PathBuf> = std::env::split_paths(list).collect();
    paths.into_iter().filter(|path| Path::is_absolute(path))
}
