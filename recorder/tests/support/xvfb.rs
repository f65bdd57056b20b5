//! A real X server, started and stopped by the test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// An X server without a monitor; killed when dropped.
pub(crate) struct Xvfb {
    pub(crate) process: Child,
    pub(crate) display: String,
}

impl Xvfb {
    pub(crate) fn start(size: &str, more: &[&str]) -> Self {
        let mut process = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                size,
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is not installed: `scripts/setup.sh test` installs it");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(!line.trim().is_empty(), "Xvfb did not come up");
        Self {
            process,
            display: format!(":{}", line.trim()),
        }
    }
}

impl Drop for Xvfb {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
