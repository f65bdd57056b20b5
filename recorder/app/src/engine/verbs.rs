//! Runs of `aside` that end by themselves.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

use super::{Engines, Heard, program};
use crate::model::Task;
use crate::model::news::{News, Said};

/// A process that either ends by itself or is ended, and is waited for once.
#[derive(Debug, Default, Clone)]
pub(super) struct Owned {
    child: Arc<Mutex<Option<Child>>>,
}

impl Owned {
    pub(super) fn new(child: Child) -> Self {
        Self {
            child: Arc::new(Mutex::new(Some(child))),
        }
    }

    fn take(&self) -> Option<Child> {
        self.child
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// It has ended by itself; `false`: somebody ended it.
    pub(super) fn ended(&self) -> bool {
        self.take().is_some_and(|mut child| {
            let _ = child.wait();
            true
        })
    }

    pub(super) fn end(&self) {
        if let Some(mut child) = self.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Engines {
    /// Runs `aside` and tells what it said.
    pub fn run(&self, task: Task, args: &[String]) {
        let mut command = program::command(&self.program);
        command.args(args);
        let (tell, failed) = (Arc::clone(&self.tell), task.clone());
        let run = move || {
            let said = match command.output() {
                Ok(output) => Said {
                    ok: output.status.success(),
                    out: String::from_utf8_lossy(&output.stdout).into_owned(),
                    err: String::from_utf8_lossy(&output.stderr).into_owned(),
                },
                Err(error) => Said {
                    err: format!("the recorder cannot be started ({error})"),
                    ..Said::default()
                },
            };
            tell(Heard::News(News::Done { task, said }));
        };
        if let Err(error) = Builder::new().name("verb".to_owned()).spawn(run) {
            let said = Said {
                err: format!("a thread cannot be started ({error})"),
                ..Said::default()
            };
            (self.tell)(Heard::News(News::Done { task: failed, said }));
        }
    }

    /// Signs in; a sign-in that is under way is ended.
    pub fn sign_in(&mut self, server: &str) {
        self.cancel_sign_in();
        let over = |message: String| Heard::News(News::LoginOver { message });
        let spawned = program::command(&self.program)
            .args(["login", "--json", "--", server])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => {
                return (self.tell)(over(format!("the recorder cannot be started ({error})")));
            }
        };
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        self.login = Owned::new(child);
        let login = self.login.clone();
        let tell = Arc::clone(&self.tell);
        let follow = move || {
            if let Some(output) = output {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if let Ok(line) = serde_json::from_str(&line) {
                        tell(Heard::News(News::Login(line)));
                    }
                }
            }
            let mut message = String::new();
            if let Some(mut errors) = errors {
                let _ = errors.read_to_string(&mut message);
            }
            // Whoever cancelled has taken it, and hears nothing more.
            if login.ended() {
                tell(over(message));
            }
        };
        if let Err(error) = Builder::new().name("login".to_owned()).spawn(follow) {
            (self.tell)(over(format!("a thread cannot be started ({error})")));
        }
    }

    pub fn cancel_sign_in(&mut self) {
        self.login.end();
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        self.cancel_sign_in();
        self.forget_scratch();
    }
}
