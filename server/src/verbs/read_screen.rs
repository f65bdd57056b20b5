//! `aside-server read-screen`: reads the text of the picture on stdin. A worker runs it, a process for each picture.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::Context as _;
use aside_server::domain::screen_text::Languages;
use aside_server::jobs::priority::{Nice, lower};
use rustix::process::{Resource, Rlimit, setrlimit};

/// Memory in bytes: addresses, of which a picture of 2560 × 1440 takes less than a third.
const MAX_MEMORY: u64 = 2 * 1024 * 1024 * 1024;
/// Seconds of work.
const MAX_CPU_SECONDS: u64 = 120;

/// Sets limits and becomes `tesseract`; comes back only where that cannot be.
pub(crate) fn run(languages: &str) -> anyhow::Result<()> {
    let languages: Languages = languages.parse()?;
    let at_most = |n| Rlimit {
        current: Some(n),
        maximum: Some(n),
    };
    for (resource, n) in [
        (Resource::As, MAX_MEMORY),
        (Resource::Cpu, MAX_CPU_SECONDS),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
    ] {
        setrlimit(resource, at_most(n)).context("cannot limit this process")?;
    }
    lower(Nice::Backup);
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
