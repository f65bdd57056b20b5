//! What is asked for, and what the machine wants done.

use aside_protocol::recording::TrackName;

use super::TakeRunner;
use crate::session::command::{Asked, Command, Standing};
use crate::session::notice::Notice;
use crate::session::state::{Effect, Op, Reaction, op};

impl TakeRunner<'_> {
    /// Does what was asked for, or says why not.
    pub(super) fn command(&mut self, asked: &Asked) {
        let reaction = op(&asked.command).map_or(Reaction::Nothing, |op| self.decide(op));
        match reaction {
            Reaction::Nothing => {}
            Reaction::Do(Effect::Draw) => {
                if let Command::Draw(change) = &asked.command
                    && let Err(why) = self.draw(change)
                {
                    return asked.reply(Err(why));
                }
            }
            Reaction::Do(effect) => self.perform(effect, Some(&asked.command)),
            Reaction::Refused(why) => return asked.reply(Err(why)),
        }
        asked.reply(Ok(self.standing()));
    }

    /// Feeds the machine and does what it says.
    pub(super) fn apply(&mut self, op: Op) {
        if let Reaction::Do(effect) = self.decide(op) {
            self.perform(effect, None);
        }
    }

    fn decide(&mut self, op: Op) -> Reaction {
        let (next, reaction) = self.state.next(op);
        self.state = next;
        reaction
    }

    fn standing(&self) -> Standing {
        let take = self.recording.take();
        Standing {
            id: Some(take.id),
            title: take.clean_title(),
            state: self.state.phase.word(),
            muted: self.state.muted,
        }
    }

    /// `command`: what it was asked for with.
    fn perform(&mut self, effect: Effect, command: Option<&Command>) {
        let pipeline = self.pipeline.as_ref();
        match effect {
            Effect::Start => {
                if let Some(pipeline) = pipeline {
                    pipeline.mute(self.state.muted);
                    pipeline.start();
                }
                self.notice_started();
            }
            Effect::StartPaused => {
                if let Some(pipeline) = pipeline {
                    pipeline.mute(self.state.muted);
                    pipeline.pause();
                }
                self.notice_started();
                self.notice_paused();
            }
            Effect::Pause => {
                if let Some(pipeline) = pipeline {
                    pipeline.pause();
                }
                self.notice_paused();
            }
            Effect::Resume => {
                if let Some(pipeline) = pipeline {
                    pipeline.resume();
                }
                if let Some(upload) = &self.upload {
                    upload.paused(false);
                }
                self.observer.notice(&Notice::Resumed);
            }
            Effect::Mute(muted) => {
                if let Some(pipeline) = pipeline {
                    pipeline.mute(muted);
                }
                self.observer.notice(if muted {
                    &Notice::Muted
                } else {
                    &Notice::Unmuted
                });
            }
            Effect::Face => {
                if let Some(Command::Face(change)) = command {
                    self.show_face(*change);
                }
            }
            Effect::Mark => {
                if let Some(Command::Mark { title }) = command {
                    self.mark(title);
                }
            }
            Effect::Preview => {
                if let Some(Command::Preview(change)) = command {
                    self.previews.change(*change, pipeline);
                }
            }
            Effect::Effects => {
                if let Some(Command::Effects(change)) = command {
                    self.effects = change.of(self.effects);
                    if let Some(pipeline) = pipeline {
                        pipeline.show_effects(self.effects);
                    }
                }
            }
            // Only before the take; only with a command, whose answer it decides.
            Effect::Choose | Effect::Draw => {}
            Effect::Stop(cause) => self.close(cause),
        }
    }

    fn notice_started(&mut self) {
        self.started = Some(self.now());
        self.watch_desktop();
        let tracks = self.recording.take().tracks.iter();
        let tracks: Vec<TrackName> = tracks.map(|t| t.name).collect();
        self.observer.notice(&Notice::Started { tracks });
    }

    fn notice_paused(&mut self) {
        self.reporter.paused();
        // Who watches sees what was noted so far; the pause may last.
        self.seal_events();
        if let Some(upload) = &self.upload {
            upload.paused(true);
        }
        self.observer.notice(&Notice::Paused);
    }
}
