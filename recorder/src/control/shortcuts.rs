//! Keys of a Wayland desktop: `aside shortcuts` for programs, and `aside record --shortcuts`.

use std::thread::JoinHandle;

use aside_protocol::layout::Face;
use crossbeam_channel::Sender;
use serde_json::json;
use tokio::sync::oneshot;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::show::{JsonLines, err, sentence};
use crate::session::{Asked, Command, FaceChange};
use crate::shortcuts::{Bound, Shortcut, ShortcutError};

/// `aside shortcuts`: until standard input is closed, which it is at the latest when the program ends that started this one.
pub(super) fn shortcuts(app: &App, wished: Vec<Shortcut>) -> Result<Exit, Failure> {
    let wished = match wished.is_empty() {
        true => Shortcut::of_recording(),
        false => wished,
    };
    let (stop, stopped) = oneshot::channel();
    std::thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            // What comes is not read: the end of it is what matters.
            let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            drop(stop);
        })
        .map_err(|e| Failure::new(Exit::Failed, format!("a thread cannot be started ({e})")))?;
    let lines = JsonLines::new(app.world.clone());
    let told = lines.clone();
    let bound = move |bound: Vec<Bound>| {
        let keys: Vec<_> = bound
            .iter()
            .map(|b| json!({ "action": b.action, "keys": b.keys }))
            .collect();
        told.write(&json!({ "event": "shortcuts", "bound": keys }));
    };
    let ended = listen(&wished, stopped, bound, |action| {
        lines.write(&json!({ "event": "pressed", "action": action }));
    });
    match ended {
        Ok(()) => Ok(Exit::Ok),
        Err(error) => {
            let reason = match error {
                ShortcutError::Unsupported => "unsupported",
                ShortcutError::Cancelled => "cancelled",
                ShortcutError::Refused(_) => "refused",
                ShortcutError::PortalGone => "portal_gone",
            };
            let message = error.to_string();
            lines.write(&json!({ "event": "no_shortcuts", "reason": reason, "message": message }));
            Err(Failure::new(Exit::Failed, message))
        }
    }
}

#[cfg(feature = "portal")]
use crate::shortcuts::listen;

#[cfg(not(feature = "portal"))]
fn listen(
    _wished: &[Shortcut],
    _stop: oneshot::Receiver<()>,
    _bound: impl FnOnce(Vec<Bound>),
    _pressed: impl FnMut(&str),
) -> Result<(), ShortcutError> {
    Err(ShortcutError::Unsupported)
}

/// Keys that steer this recording. Dropping it gives them back.
pub(super) struct Keys {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Binds the keys of a recording; a desktop that does not is named, and the take goes on without.
pub(super) fn steer(commands: Sender<Asked>) -> Keys {
    let (stop, stopped) = oneshot::channel();
    let body = move || {
        let mut presses = Presses::default();
        let bound = |bound: Vec<Bound>| {
            let words: Vec<String> = bound
                .iter()
                .filter(|b| !b.keys.is_empty())
                .map(|b| format!("{}: {}", b.action, b.keys))
                .collect();
            err(&format!("Keys of this recording: {}", words.join(", ")));
        };
        let ended = listen(&Shortcut::of_recording(), stopped, bound, |action| {
            if let Some(command) = presses.command(action) {
                // So many unread commands say what another one would.
                let _ = commands.try_send(Asked::unheard(command));
            }
        });
        if let Err(error) = ended {
            err(&sentence(&error.to_string()));
        }
    };
    let thread = std::thread::Builder::new()
        .name("shortcuts".to_owned())
        .spawn(body);
    Keys {
        stop: Some(stop),
        thread: thread.ok(),
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there was told already.
            let _ = thread.join();
        }
    }
}

/// What the next press of a key means: some of them go round.
#[derive(Debug, Default)]
struct Presses {
    muted: bool,
    face: usize,
}

impl Presses {
    fn command(&mut self, action: &str) -> Option<Command> {
        const FACES: [Face; 3] = [Face::Full, Face::Hidden, Face::Corner];
        Some(match action {
            "stop" => Command::Stop,
            "pause" => Command::TogglePause,
            "restart" => Command::Restart,
            "mute" => {
                self.muted = !self.muted;
                match self.muted {
                    true => Command::Mute,
                    false => Command::Unmute,
                }
            }
            "face" => {
                let face = FACES.get(self.face % FACES.len()).copied();
                self.face += 1;
                Command::Face(FaceChange {
                    face,
                    ..FaceChange::default()
                })
            }
            "mark" => Command::Mark {
                title: String::new(),
            },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_recording_is_a_command_and_some_go_round() {
        let mut presses = Presses::default();
        for shortcut in Shortcut::of_recording() {
            assert!(presses.command(&shortcut.action).is_some(), "{shortcut:?}");
        }
        let mut presses = Presses::default();
        assert_eq!(presses.command("mute"), Some(Command::Mute));
        assert_eq!(presses.command("mute"), Some(Command::Unmute));
        let faces: Vec<Option<Face>> = (0..4)
            .map(|_| match presses.command("face") {
                Some(Command::Face(change)) => change.face,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            faces,
            [
                Some(Face::Full),
                Some(Face::Hidden),
                Some(Face::Corner),
                Some(Face::Full)
            ]
        );
        assert_eq!(presses.command("dance"), None);
    }
}
