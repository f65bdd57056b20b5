//! The real program, started with a home of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A home folder: what one person has on one computer.
pub(crate) struct RecorderHome {
    dir: TempDir,
    server: Option<(String, String)>,
}

impl RecorderHome {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            server: None,
        }
    }

    /// Signed in, by the environment.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            server: Some((url.to_owned(), "goodtoken".to_owned())),
            ..Self::new()
        }
    }

    pub(crate) fn with_token(mut self, token: &str) -> Self {
        if let Some((_, known)) = &mut self.server {
            token.clone_into(known);
        }
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The ids of the takes that are still here.
    pub(crate) fn takes(&self) -> Vec<String> {
        let takes = self.dir.path().join("data/takes");
        let Ok(entries) = std::fs::read_dir(takes) else {
            return Vec::new();
        };
        let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !name.starts_with('.')).collect()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aside"));
        command
            .args(args)
            .env("ASIDE_DATA_DIR", self.dir.path().join("data"))
            .env("ASIDE_CONFIG_DIR", self.dir.path().join("config"))
            .env_remove("ASIDE_SERVER")
            .env_remove("ASIDE_TOKEN")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null());
        if let Some((server, token)) = &self.server {
            command
                .env("ASIDE_SERVER", server)
                .env("ASIDE_TOKEN", token);
        }
        command
    }

    /// Runs to the end.
    pub(crate) fn run(&self, args: &[&str]) -> Done {
        Done::of(self.command(args).output().unwrap())
    }

    /// Runs to the end, with something on standard input.
    pub(crate) fn run_with_input(&self, args: &[&str], input: &str) -> Done {
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        Done::of(child.wait_with_output().unwrap())
    }

    /// A take of the test picture with its beeps, told in JSON lines.
    pub(crate) fn record(&self, more: &[&str]) -> Take {
        let args = [
            &[
                "record",
                "--screen",
                "synthetic",
                "--mic",
                "synthetic",
                "--json",
            ][..],
            more,
        ]
        .concat();
        Take::start(self.command(&args))
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// The lines of `--json`.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// A recorder that runs.
pub(crate) struct Take {
    child: Child,
    lines: BufReader<ChildStdout>,
    pub(crate) events: Vec<Value>,
}

impl Take {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            lines,
            events: Vec::new(),
        }
    }

    /// Reads on until this event, and gives it.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, event: &str) -> Value {
        self.wait_until(event, |e| e["event"] == event)
    }

    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, so: impl Fn(&Value) -> bool) -> Value {
        while let Some(event) = self.next() {
            if so(&event) {
                return event;
            }
        }
        panic!("the recorder ended before {what}: {:#?}", self.events)
    }

    fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        if line.is_empty() {
            return None;
        }
        let event: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{line:?}: {e}"));
        self.events.push(event.clone());
        Some(event)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Reads to the end.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<Value>) {
        while self.next().is_some() {}
        let code = self.child.wait().unwrap().code();
        (code, std::mem::take(&mut self.events))
    }

    /// As a power cut would.
    pub(crate) fn kill(mut self) -> Vec<Value> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        while self.next().is_some() {}
        std::mem::take(&mut self.events)
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        // A test that failed leaves no recorder behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The names of events in their order, each run of the same told once.
pub(crate) fn names(events: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = events
        .iter()
        .map(|e| e["event"].as_str().unwrap())
        .collect();
    names.retain(|n| !matches!(*n, "health" | "part"));
    names.dedup();
    names
}

/// The one event of this name.
#[track_caller]
pub(crate) fn one<'a>(events: &'a [Value], name: &str) -> &'a Value {
    let mut found = events.iter().filter(|e| e["event"] == name);
    let first = found
        .next()
        .unwrap_or_else(|| panic!("no {name} in {events:#?}"));
    assert!(found.next().is_none(), "more than one {name}");
    first
}
