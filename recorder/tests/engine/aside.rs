//! The real program, started with a home of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

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

    /// The same computer, signed in.
    pub(crate) fn moved_to(self, url: &str) -> Self {
        Self {
            server: Some((url.to_owned(), "goodtoken".to_owned())),
            ..self
        }
    }

    /// Cancelled takes of which a server is still to be told.
    pub(crate) fn notes(&self) -> usize {
        let notes = self.dir.path().join("data/cancelled");
        std::fs::read_dir(notes).map_or(0, Iterator::count)
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
            .env_remove("XDG_RUNTIME_DIR")
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

    /// The same, steered through a pipe; the first line out is read.
    pub(crate) fn steer(&self, more: &[&str]) -> Take {
        let args = [&["--control", "stdio"][..], more].concat();
        let mut command = self.command(&[]);
        command
            .args(["record", "--screen", "synthetic", "--mic", "synthetic"])
            .args(args)
            .stdin(Stdio::piped());
        let mut take = Take::start(command);
        take.wait_for("hello");
        take
    }

    /// Runs a verb, and says its exit code.
    pub(crate) fn verb(&self, args: &[&str]) -> (Option<i32>, String) {
        let done = self.run(args);
        (done.code, done.err)
    }

    /// The sockets of recorders.
    pub(crate) fn sockets(&self) -> usize {
        let run = self.dir.path().join("data/run");
        std::fs::read_dir(run).map_or(0, Iterator::count)
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
    commands: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
    pub(crate) events: Vec<Value>,
}

impl Take {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self {
            commands: child.stdin.take(),
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

    /// Writes this to the pipe that steers.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.commands.as_mut().unwrap().write_all(bytes).unwrap();
    }

    /// Sends a command and gives its answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, line: &Value) -> Value {
        self.write(format!("{line}\n").as_bytes());
        self.wait_until("an answer", |e| {
            e["event"] == "accepted" || e["event"] == "refused"
        })
    }

    /// Sends a command that has no arguments, and which is carried out.
    #[track_caller]
    pub(crate) fn obeys(&mut self, command: &str) -> Value {
        let answer = self.ask(&serde_json::json!({ "command": command }));
        assert_eq!(answer["event"], "accepted", "{answer}");
        answer
    }

    /// The program that steers goes away.
    pub(crate) fn close_pipe(&mut self) {
        self.commands = None;
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

    /// Stops it when another encoder has taken the place of one that failed, and has made parts.
    #[track_caller]
    pub(crate) fn until_replaced(mut self) -> (Option<i32>, Vec<Value>) {
        self.wait_until("another encoder", |e| e["code"] == "encoder_replaced");
        for _ in 0..2 {
            self.wait_until("a part of its", |e| {
                e["event"] == "part" && e["track"] == "video" && e["state"] == "sealed"
            });
        }
        self.signal(Signal::INT);
        self.end()
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

/// What is told where the machine has more to do than it can.
const BUSY: [&str; 13] = [
    "frames_dropped",
    "frames_complete",
    "encoder_behind",
    "encoder_in_step",
    "picture_frozen",
    "picture_back",
    "upload_behind",
    "upload_in_step",
    "effort_lowered",
    "effort_restored",
    "quality_lowered",
    "quality_raised",
    "quality_restored",
];

/// The names of events in their order, each run of the same told once, without alarms that a busy machine brings about.
pub(crate) fn names(events: &[Value]) -> Vec<&str> {
    let busy = |e: &Value| e["code"].as_str().is_some_and(|code| BUSY.contains(&code));
    let mut names: Vec<&str> = events
        .iter()
        .filter(|e| !busy(e))
        .map(|e| e["event"].as_str().unwrap())
        .collect();
    // Who may watch is told when the server has answered, whatever else happens meanwhile.
    names.retain(|n| !matches!(*n, "health" | "part" | "audience"));
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
