//! On Wayland the desktop binds the keys, and `aside shortcuts` asks it to (docs/decisions/0048).

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use crate::model::hotkey::Action;
use crate::model::settings::Settings;

/// Is told which key was pressed, on a thread of its own.
pub(super) type Pressed = Arc<dyn Fn(Action) + Send + Sync>;
/// Is told what became of the wishes: keys that were not bound, or `None` where the desktop binds none for programs.
pub(super) type Outcome = Arc<dyn Fn(Option<Vec<String>>) + Send + Sync>;

/// The keys of a desktop, which somebody else waits for.
pub(super) struct Desktop {
    program: PathBuf,
    pressed: Pressed,
    outcome: Outcome,
    waiting: Option<Waiting>,
    known: Arc<Mutex<Option<Vec<String>>>>,
}

impl Desktop {
    pub(super) fn new(program: PathBuf, pressed: Pressed, outcome: Outcome) -> Self {
        let known: Arc<Mutex<Option<Vec<String>>>> = Arc::default();
        let newest = Arc::clone(&known);
        let outcome: Outcome = Arc::new(move |problems: Option<Vec<String>>| {
            newest
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone_from(&problems);
            outcome(problems);
        });
        Self {
            program,
            pressed,
            outcome,
            waiting: None,
            known,
        }
    }

    /// Asks for what the settings say, unless that was asked for already. What comes of it is told later; returned is what is known.
    pub(super) fn bind(&mut self, settings: &Settings) -> Option<Vec<String>> {
        let keys = wished(settings);
        if self.waiting.as_ref().is_none_or(|w| w.keys != keys) {
            // First the old ones are given back.
            self.waiting = None;
            let (pressed, outcome) = (Arc::clone(&self.pressed), Arc::clone(&self.outcome));
            self.waiting = Waiting::new(&self.program, keys, pressed, outcome).ok();
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }
}

/// A program that waits for keys. Dropping it gives them back.
struct Waiting {
    child: Child,
    /// What was wished for.
    keys: BTreeMap<Action, String>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    Shortcuts {
        bound: Vec<Key>,
    },
    Pressed {
        action: String,
    },
    NoShortcuts,
    #[serde(other)]
    Other,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Key {
    action: String,
    /// In the desktop's words; empty: none.
    keys: String,
}

impl Waiting {
    fn new(
        program: &Path,
        keys: BTreeMap<Action, String>,
        pressed: Pressed,
        outcome: Outcome,
    ) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        command.arg("shortcuts");
        for (action, keys) in &keys {
            command.arg("--key");
            command.arg(format!("{}={keys}={}", action.word(), action.name()));
        }
        // It ends when its input is closed, at the latest with this program.
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(lines) = child.stdout.take() {
            let wished = keys.clone();
            std::thread::Builder::new()
                .name("keys".to_owned())
                .spawn(move || listen(lines, &wished, &pressed, &outcome))?;
        }
        Ok(Self { child, keys })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // Its thread ends with its output.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All in one: a desktop asks the person once.
fn wished(settings: &Settings) -> BTreeMap<Action, String> {
    Action::ALL
        .into_iter()
        .map(|action| (action, settings.keys(action).to_owned()))
        .filter(|(_, keys)| !keys.is_empty())
        .collect()
}

fn listen(
    lines: ChildStdout,
    wished: &BTreeMap<Action, String>,
    pressed: &Pressed,
    outcome: &Outcome,
) {
    for line in BufReader::new(lines).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Line::Shortcuts { bound }) => outcome(Some(missing(wished, &bound))),
            Ok(Line::Pressed { action }) => {
                if let Some(action) = Action::ALL.into_iter().find(|a| a.word() == action) {
                    pressed(action);
                }
            }
            Ok(Line::NoShortcuts) => outcome(None),
            Ok(Line::Other) | Err(_) => {}
        }
    }
}

/// What was wished for and is not bound.
fn missing(wished: &BTreeMap<Action, String>, bound: &[Key]) -> Vec<String> {
    let is_bound = |action: Action| {
        bound
            .iter()
            .any(|key| key.action == action.word() && !key.keys.is_empty())
    };
    wished
        .iter()
        .filter(|(action, _)| !is_bound(**action))
        .map(|(action, keys)| format!("{keys} ({})", action.name()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_press_reaches_the_app_and_the_keys_are_given_back_when_they_change() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("aside");
        let script = r#"#!/bin/sh
echo '{"event":"shortcuts","bound":[{"action":"pause","keys":"Meta+P"}]}'
echo '{"event":"pressed","action":"pause"}'
exec cat >/dev/null
"#;
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let (press, presses) = mpsc::sync_channel(8);
        let (tell, outcomes) = mpsc::sync_channel(8);
        // The second program speaks when nobody listens any more.
        let pressed: Pressed = Arc::new(move |action| {
            let _ = press.send(action);
        });
        let outcome: Outcome = Arc::new(move |problems| {
            let _ = tell.send(problems);
        });
        let mut desktop = Desktop::new(program, pressed, outcome);
        let mut settings = Settings::default();
        desktop.bind(&settings);
        let missing = outcomes.recv().unwrap().unwrap();
        assert_eq!(missing.len(), Action::ALL.len() - 1);
        assert_eq!(presses.recv().unwrap(), Action::Pause);
        let first = desktop.waiting.as_ref().unwrap().child.id();
        assert_eq!(desktop.bind(&settings), Some(missing), "asked for already");
        assert_eq!(desktop.waiting.as_ref().unwrap().child.id(), first);
        settings
            .hotkeys
            .insert(Action::Pause, "Ctrl+Shift+Z".to_owned());
        desktop.bind(&settings);
        assert_ne!(desktop.waiting.as_ref().unwrap().child.id(), first);
    }

    #[test]
    fn keys_that_the_desktop_did_not_bind_are_named() {
        let settings = Settings::default();
        let wished = wished(&settings);
        let key = |action: &str, keys: &str| Key {
            action: action.to_owned(),
            keys: keys.to_owned(),
        };
        let mut bound: Vec<Key> = wished
            .keys()
            .map(|action| key(action.word(), "Press it"))
            .collect();
        assert_eq!(missing(&wished, &bound), [] as [&str; 0]);
        bound.retain(|key| key.action != "mark");
        bound.push(key("mark", ""));
        assert_eq!(missing(&wished, &bound), ["Ctrl+Shift+K (Set a mark)"]);
    }

    #[test]
    fn lines_of_the_program_are_understood_and_others_passed_over() {
        let read = |line: &str| serde_json::from_str::<Line>(line).unwrap();
        let line = r#"{"event":"pressed","action":"mark","at_ms":3,"unix_us":4}"#;
        assert_eq!(
            read(line),
            Line::Pressed {
                action: "mark".to_owned()
            }
        );
        let none = r#"{"event":"no_shortcuts","reason":"unsupported","message":"…"}"#;
        assert_eq!(read(none), Line::NoShortcuts);
        assert_eq!(read(r#"{"event":"error","exit":1}"#), Line::Other);
    }
}
