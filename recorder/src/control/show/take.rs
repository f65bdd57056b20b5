//! A take as a person at a terminal follows it.

use std::collections::VecDeque;

use aside_protocol::recording::Audience;
use aside_protocol::time::MediaTime;

use super::terminal::Terminal;
use super::{progress_line, who_can_watch};
use crate::session::{KeptWhy, LeftOnServer, Notice, Observer, Snapshot, clock};

/// Levels of the microphone shown side by side.
const LEVELS: usize = 3;

pub(in crate::control) struct TakeView {
    terminal: Terminal,
    levels: VecDeque<f32>,
    /// The trouble was told; every further try is not.
    retrying: bool,
    /// Who may open the link, as it was told last.
    audience: Option<Audience>,
}

impl TakeView {
    pub(in crate::control) const fn new(terminal: Terminal) -> Self {
        Self {
            terminal,
            levels: VecDeque::new(),
            retrying: false,
            audience: None,
        }
    }
}

impl Observer for TakeView {
    fn notice(&mut self, notice: &Notice) {
        let terminal = &self.terminal;
        match notice {
            Notice::Link { url, .. } => terminal.result(&format!("Watch link: {url}")),
            Notice::Audience { audience, .. } => {
                if self.audience.replace(*audience) != Some(*audience) {
                    let who = who_can_watch(*audience);
                    terminal.message(&format!("Who can watch: {who}."));
                }
            }
            Notice::Copied => terminal.message("The link is on the clipboard."),
            Notice::Local { why, server, .. } => terminal.message(&local(*why, server.as_deref())),
            Notice::Countdown { seconds_left } => terminal.message(&format!("{seconds_left}…")),
            Notice::Ready { .. } => terminal.message("Ready. `aside start` begins the recording."),
            Notice::ChoiceFailed { message, .. } => terminal.message(&sentence(message)),
            Notice::Preview { .. } | Notice::Levels(_) => {}
            Notice::Muted => terminal.message("The microphone is muted."),
            Notice::Unmuted => terminal.message("The microphone is recorded again."),
            Notice::Marked { media_ms, title } => {
                let at = clock(MediaTime::from_millis(
                    i64::try_from(*media_ms).unwrap_or(0),
                ));
                terminal.message(format!("Mark at {at} {title}").trim_end());
            }
            Notice::Face { .. } | Notice::Drawing { .. } => {}
            Notice::Cancelled { server, .. } => {
                terminal.clear();
                terminal.message(cancelled(*server));
            }
            Notice::Trashed { id, .. } => {
                terminal.clear();
                terminal.message(&format!(
                    "The take so far is in the trash for seven days; `aside takes restore {id}` brings it back."
                ));
            }
            Notice::Started { .. } | Notice::Part { .. } | Notice::Stopped { .. } => {}
            Notice::Paused => terminal.message("Paused."),
            Notice::Resumed => terminal.message("Recording again."),
            Notice::Alarm { message, .. } => terminal.message(&sentence(message)),
            Notice::Retrying { message, .. } => {
                if !self.retrying {
                    terminal.message(&format!(
                        "{}. Your recording is safe on this computer; uploading goes on by itself as soon as it can.",
                        sentence(message).trim_end_matches('.')
                    ));
                }
                self.retrying = true;
            }
            Notice::Reconnected => {
                self.retrying = false;
                terminal.message("The server answers again.");
            }
            Notice::UploadClosed { message, .. } => terminal.message(&sentence(message)),
            Notice::Stopping { message, .. } => {
                if let Some(message) = message {
                    terminal.message(&sentence(message));
                }
            }
            Notice::Recovered {
                parts,
                duration_ms,
                lost,
                ..
            } => {
                let length = clock(MediaTime::from_millis(*duration_ms));
                terminal.message(&match lost {
                    0 => format!("Finishing a take of {length}."),
                    lost => format!(
                        "Finishing a take of {length}; {lost} of its {parts} parts cannot be read on this computer."
                    ),
                });
            }
            Notice::Uploaded {
                url,
                missing,
                duration_ms,
                ..
            } => {
                terminal.clear();
                let length = clock(MediaTime::from_millis(*duration_ms));
                terminal.result(&format!(
                    "Watchable at {url}: {length}, {missing} parts missing."
                ));
            }
            Notice::Linked { issue, url, .. } => {
                terminal.message(&format!("The link stands on {issue}: {url}"));
            }
            Notice::NotLinked { message, .. } => terminal.message(&sentence(message)),
            Notice::Kept { message, .. } => {
                terminal.clear();
                terminal.message(&sentence(message));
            }
            Notice::Nothing { .. } => {
                terminal.clear();
                terminal.message("Nothing was recorded, and nothing is left behind.");
            }
            Notice::Resuming { takes } => terminal.message(&match takes.len() {
                1 => "Finishing an earlier take in the background.".to_owned(),
                many => format!("Finishing {many} earlier takes in the background."),
            }),
        }
    }

    fn snapshot(&mut self, snapshot: &Snapshot) {
        if let Some(level) = snapshot.mic_level_db {
            self.levels.push_back(level);
            if self.levels.len() > LEVELS {
                self.levels.pop_front();
            }
        }
        let levels = self.levels.make_contiguous();
        self.terminal
            .update(|color| progress_line(snapshot, levels, color));
    }
}

const fn cancelled(server: LeftOnServer) -> &'static str {
    match server {
        LeftOnServer::NoServer => "Cancelled. Nothing is left of the recording.",
        LeftOnServer::Nothing => {
            "Cancelled. Nothing is left of the recording, here or on the server."
        }
        LeftOnServer::InTrash => {
            "Cancelled. Nothing is left of the recording here; on the server it is in the trash."
        }
        LeftOnServer::ToldLater => {
            "Cancelled. Nothing is left of the recording here; the server is told at the next start of aside."
        }
    }
}

fn local(why: KeptWhy, server: Option<&str>) -> String {
    let server = server.unwrap_or("SERVER");
    match why {
        KeptWhy::SignedOut => format!(
            "You are not signed in to {server}: this recording stays on this computer until `aside login {server}`."
        ),
        KeptWhy::NoServer => {
            "No server is configured, so there is no link: this recording stays on this computer. `aside login SERVER` \
             changes that."
                .to_owned()
        }
        _ => "Recording offline: the link works once the recording is uploaded.".to_owned(),
    }
}

/// A message as a sentence of its own.
pub(in crate::control) fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars
        .next()
        .map(|c| c.to_uppercase().collect::<String>())
        .unwrap_or_default();
    let text = format!("{first}{}", chars.as_str());
    if text.ends_with(['.', '?', '!']) {
        text
    } else {
        format!("{text}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_becomes_a_sentence_once() {
        assert_eq!(sentence("the server is down"), "The server is down.");
        assert_eq!(sentence("Is it muted?"), "Is it muted?");
        assert_eq!(sentence(""), ".");
    }
}
