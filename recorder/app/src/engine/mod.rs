//! The recorder as a program: started, followed, steered. Nothing here waits on the thread of the window; what is heard
//! is told through one function.

mod follow;
pub mod pam;
mod play;
pub mod program;
mod scratch;
mod verbs;

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{ChildStdin, Stdio};
use std::sync::Arc;
use std::thread::Builder;

use serde_json::Value;

use crate::model::line::PreviewOf;
use crate::model::news::News;
use crate::model::{EngineId, words};
use pam::Picture;
use scratch::Scratch;

/// What is heard of the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    News(News),
    /// The preview of an engine.
    Picture(EngineId, PreviewOf, Picture),
}

/// Told from any thread.
pub type Tell = Arc<dyn Fn(Heard) + Send + Sync>;

/// Where commands for an engine go.
enum Line {
    Pipe(ChildStdin),
    Socket(UnixStream),
}

impl Line {
    fn send(&mut self, command: &Value) -> io::Result<()> {
        let line = format!("{command}\n");
        match self {
            Self::Pipe(pipe) => pipe.write_all(line.as_bytes()),
            Self::Socket(socket) => socket.write_all(line.as_bytes()),
        }
    }
}

/// All engines of this window.
pub struct Engines {
    program: PathBuf,
    tell: Tell,
    lines: HashMap<EngineId, Line>,
    login: verbs::Owned,
    players: HashMap<EngineId, verbs::Owned>,
    scratch: Scratch,
}

impl Engines {
    /// `scratch`: a folder of this app's for takes that are kept nowhere.
    pub fn new(program: PathBuf, scratch: PathBuf, tell: Tell) -> Self {
        Self {
            program,
            tell,
            lines: HashMap::new(),
            login: verbs::Owned::default(),
            players: HashMap::new(),
            scratch: Scratch::new(scratch),
        }
    }

    /// Starts `aside record` with these flags; `scratch`: for a take that is kept nowhere.
    pub fn start(&mut self, id: EngineId, flags: &[String], scratch: bool) {
        let mut command = program::command(&self.program);
        if scratch {
            if let Err(error) = self.scratch.make() {
                return self.cannot_start(id, &error);
            }
            self.scratch.within(&mut command);
        }
        let spawned = command
            .arg("record")
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => return self.cannot_start(id, &error),
        };
        if let Some(pipe) = child.stdin.take() {
            self.lines.insert(id, Line::Pipe(pipe));
        }
        let (tell, output) = (Arc::clone(&self.tell), child.stdout.take());
        let follow = move || {
            if let Some(output) = output {
                follow::lines(id, output, &tell);
            }
            // Nobody else waits for it, and its status says no more than its lines.
            let _ = child.wait();
            tell(Heard::News(News::Gone { id }));
        };
        self.follow(id, follow);
    }

    /// Follows the engine behind a socket.
    pub fn attach(&mut self, id: EngineId, socket: &str) {
        let connect = || {
            let mut stream = UnixStream::connect(socket)?;
            stream.write_all(b"{\"command\":\"follow\"}\n")?;
            Ok((stream.try_clone()?, stream))
        };
        let (reading, writing) = match connect() {
            Ok(both) => both,
            Err(error) => return self.cannot_start(id, &error),
        };
        self.lines.insert(id, Line::Socket(writing));
        let tell = Arc::clone(&self.tell);
        self.follow(id, move || {
            follow::lines(id, reading, &tell);
            tell(Heard::News(News::Gone { id }));
        });
    }

    fn follow(&mut self, id: EngineId, follow: impl FnOnce() + Send + 'static) {
        let spawned = Builder::new().name("engine".to_owned()).spawn(follow);
        if let Err(error) = spawned {
            self.cannot_start(id, &error);
        }
    }

    fn cannot_start(&self, id: EngineId, error: &io::Error) {
        let message = match error.kind() {
            io::ErrorKind::NotFound => words::no_engine(&self.program.display().to_string()),
            _ => format!("The recorder cannot be started ({error})."),
        };
        (self.tell)(Heard::News(News::NoEngine { id, message }));
    }

    /// Sends a command. What becomes of it is told; an engine that is gone as well.
    pub fn send(&mut self, id: EngineId, command: &Value) {
        if let Some(line) = self.lines.get_mut(&id)
            && line.send(command).is_err()
        {
            self.lines.remove(&id);
        }
    }

    /// Lets an engine go: one that waits ends, one that records goes on.
    pub fn release(&mut self, id: EngineId) {
        self.lines.remove(&id);
        if let Some(player) = self.players.remove(&id) {
            player.end();
        }
    }

    /// Deletes what was recorded to be kept nowhere.
    pub fn forget_scratch(&mut self) {
        for (_, player) in self.players.drain() {
            player.end();
        }
        self.scratch.forget();
    }
}
