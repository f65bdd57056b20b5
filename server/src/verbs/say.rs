//! The only place that writes to the terminal.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line speaks through them"
)]

use std::io::Write as _;

/// A line on stdout, at once.
pub(crate) fn line(text: &str) {
    println!("{text}");
    // Whoever reads along (a test, a script) waits for this line.
    let _ = std::io::stdout().flush();
}

/// Text as it is.
pub(crate) fn raw(text: &str) {
    print!("{text}");
    let _ = std::io::stdout().flush();
}

/// What went wrong, with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("aside-server: {error:#}");
}
