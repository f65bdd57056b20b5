//! Where words go. Results (the link, the list) to standard output, everything else to standard
//! error. Whoever reads may be gone: that never ends a take.

mod json;
mod line;
mod take;
mod terminal;

use std::io::{self, Write as _};

pub(super) use json::JsonLines;
pub(super) use line::{megabytes, progress_line};
pub(super) use take::{TakeView, sentence};
pub(super) use terminal::Terminal;

/// One line to standard output.
pub(super) fn out(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// One line to standard error.
pub(super) fn err(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
