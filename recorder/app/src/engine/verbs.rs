//! Runs of `aside` that end by themselves.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

use super::{Engines, Heard, program};
use crate::model::Task;
use crate::model::news::{News, Said};

/// The sign-in that is under way.
#[derive(Debug, Default)]
pub(super) struct Login {
    child: Arc<Mutex<Option<Child>>>,
}

impl Login {
    /// Takes the process out, so that it is waited for once.
    fn take(child: &Mutex<Option<Child>>) -> Option<Child> {
        child.lock().unwrap_or_else(PoisonError::into_inner).take()
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
        let shared = Arc::new(Mutex::new(Some(child)));
        self.login.child = Arc::clone(&shared);
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
            if let Some(mut child) = Login::take(&shared) {
                let _ = child.wait();
                tell(over(message));
            }
        };
        if let Err(error) = Builder::new().name("login".to_owned()).spawn(follow) {
            (self.tell)(over(format!("a thread cannot be started ({error})")));
        }
    }

    pub fn cancel_sign_in(&mut self) {
        if let Some(mut child) = Login::take(&self.login.child) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        self.cancel_sign_in();
    }
}
