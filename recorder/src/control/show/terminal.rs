//! Words for people: one line that updates in place at the bottom, everything else above it. Where
//! standard error is no terminal there is no such line.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{err, out};

pub(in crate::control) struct Terminal {
    bar: Option<ProgressBar>,
    pub(in crate::control) color: bool,
}

impl Terminal {
    pub(in crate::control) fn new(no_color: bool) -> Self {
        let person = io::stderr().is_terminal();
        let bar = person.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self {
            bar,
            color: person && !no_color,
        }
    }

    /// Replaces the line at the bottom.
    pub(in crate::control) fn update(&self, line: impl FnOnce(bool) -> String) {
        if let Some(bar) = &self.bar {
            bar.set_message(line(self.color));
            bar.tick();
        }
    }

    /// Takes the line at the bottom away.
    pub(in crate::control) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// A remark.
    pub(in crate::control) fn message(&self, line: &str) {
        self.above(|| err(line));
    }

    /// A result.
    pub(in crate::control) fn result(&self, line: &str) {
        self.above(|| out(line));
    }

    fn above(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}
